// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Attestation, IReserveBook} from "../../../src/reserve/IReserveBook.sol";
import {Order} from "../../../src/token/ISecurityToken.sol";
import {ReserveStage} from "../../base/ReserveStage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Backing, margin, encumbrance, room, and the state told by the logs.
contract ReserveTest is ReserveStage {
    /// @dev What the logs alone say (the book's own state is never asked).
    struct Told {
        bytes32 kind;
        uint256 perUnit;
        uint256 marginBps;
        Attestation last;
    }

    function test_reserveOpensOnceAndItsKindIsFixed() public {
        (bytes32 kind, uint256 perUnit, uint256 marginBps) = book.backingOf(token);
        vm.assertEq(kind, GOLD);
        vm.assertEq(perUnit, PER_UNIT);
        vm.assertEq(marginBps, MARGIN);
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveKnown.selector, token, GOLD));
        vm.prank(DEPLOYER);
        book.addReserve(token, OIL, PER_UNIT, MARGIN);
        vm.startPrank(RULES);
        book.setBacking(token, 7, 0);
        vm.stopPrank();
        (kind, perUnit, marginBps) = book.backingOf(token);
        vm.assertEq(kind, GOLD);
        vm.assertEq(perUnit, 7);
        vm.assertEq(marginBps, 0);
    }

    function test_goldBacksGoldAndOilBacksOil() public {
        vm.prank(DEPLOYER);
        book.addReserve(address(0x011), OIL, 1, 0);
        attest(attestation(1, 1_000_000, 0));
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveUnattested.selector, address(0x011)));
        book.requireBacked(address(0x011), 1);
        Attestation memory a = attestation(1, 5, 0);
        a.token = address(0x011);
        attest(a);
        (uint256 eligible,) = book.capacityOf(token);
        vm.assertEq(eligible, 975_000);
        (eligible,) = book.capacityOf(address(0x011));
        vm.assertEq(eligible, 5);
    }

    function test_badTermsAreRefused() public {
        uint256 tooMuch = uint256(type(uint96).max) + 1;
        vm.startPrank(DEPLOYER);
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveZeroAddress.selector));
        book.addReserve(address(0), GOLD, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveKindZero.selector, address(1)));
        book.addReserve(address(1), 0, 1, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReserveBook.ReserveBackingOutOfRange.selector, address(1), tooMuch, type(uint96).max
            )
        );
        book.addReserve(address(1), GOLD, tooMuch, 0);
        vm.stopPrank();
        vm.startPrank(RULES);
        vm.expectRevert(
            abi.encodeWithSelector(IReserveBook.ReserveBackingOutOfRange.selector, token, 0, type(uint96).max)
        );
        book.setBacking(token, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IReserveBook.ReserveMarginOutOfRange.selector, token, 10_001, 10_000)
        );
        book.setBacking(token, 1, 10_001);
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveUnknown.selector, address(1)));
        book.setBacking(address(1), 1, 0);
        vm.stopPrank();
    }

    function test_unknownTokensHaveNoAnswer() public {
        bytes memory reason = abi.encodeWithSelector(IReserveBook.ReserveUnknown.selector, address(1));
        vm.expectRevert(reason);
        book.requireBacked(address(1), 0);
        vm.expectRevert(reason);
        book.roomOf(address(1));
        vm.expectRevert(reason);
        book.capacityOf(address(1));
        vm.expectRevert(reason);
        book.backingOf(address(1));
        vm.expectRevert(reason);
        book.attestationOf(address(1));
        vm.expectRevert(reason);
        vm.prank(ENFORCEMENT);
        book.raiseEncumbrance(address(1), 1, Order(1, REPORT));
    }

    function test_unattestedReserveBacksNothing() public {
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveUnattested.selector, token));
        book.requireBacked(token, 0);
        vm.assertEq(book.roomOf(token), 0);
    }

    function test_expiryIsTheFirstSecondThatBacksNothing() public {
        Attestation memory a = attestation(9, 100 * uint128(PER_UNIT), 0);
        attest(a);
        vm.warp(a.expiry - 1);
        book.requireBacked(token, 97);
        vm.assertEq(book.roomOf(token), 97);
        vm.warp(a.expiry);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReserveBook.ReserveAttestationExpired.selector, token, 9, a.expiry, uint256(a.expiry)
            )
        );
        book.requireBacked(token, 97);
        vm.assertEq(book.roomOf(token), 0);
        (uint256 eligible, uint256 units) = book.capacityOf(token);
        vm.assertEq(eligible, 0);
        vm.assertEq(units, 0);
    }

    /// @dev 2,000,000 less 40,000 encumbered, less 2.5 %: 1,911,000 eligible; 59 units need 1,896,850, the sixtieth is short.
    function test_theExactEdgeAndByHowMuch() public {
        attest(attestation(1, 2_000_000, 40_000));
        book.requireBacked(token, 59);
        vm.expectRevert(
            abi.encodeWithSelector(IReserveBook.ReserveInsufficient.selector, token, 1_929_000, 1_911_000, 18_000)
        );
        book.requireBacked(token, 60);
        supply.set(50);
        vm.assertEq(book.roomOf(token), 9);
        supply.set(60);
        vm.assertEq(book.roomOf(token), 0);
    }

    function test_oneSmallestUnitShortIsShort() public {
        vm.prank(RULES);
        book.setBacking(token, 3, 0);
        attest(attestation(1, 300, 0));
        book.requireBacked(token, 100);
        attest(attestation(2, 299, 0));
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveInsufficient.selector, token, 300, 299, 1));
        book.requireBacked(token, 100);
    }

    function test_wholeMarginBacksNothing() public {
        vm.prank(RULES);
        book.setBacking(token, 1, 10_000);
        attest(attestation(1, type(uint128).max, 0));
        book.requireBacked(token, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveInsufficient.selector, token, 1, 0, 1));
        book.requireBacked(token, 1);
    }

    function test_absurdUnitsGetTheSameAnswer() public {
        attest(attestation(1, 10_000, 0));
        uint256 most = type(uint256).max;
        vm.expectRevert(
            abi.encodeWithSelector(IReserveBook.ReserveInsufficient.selector, token, most, 9_750, most - 9_750)
        );
        book.requireBacked(token, most);
    }

    /// @dev The rule as it is written, in 512 bits: unitsAfter x backing x 10,000 <= (quantity - encumbered) x (10,000 - margin).
    function testFuzz_theRuleIn512Bits(
        uint256 units, uint96 perUnit, uint16 marginBps, uint128 quantity, uint128 encumbered, bool atTheEdge
    ) public {
        perUnit = uint96(bound(perUnit, 1, type(uint96).max));
        marginBps = uint16(bound(marginBps, 0, 10_000));
        encumbered = uint128(bound(encumbered, 0, quantity));
        vm.prank(RULES);
        book.setBacking(token, perUnit, marginBps);
        attest(attestation(1, quantity, encumbered));
        uint256 right = uint256(quantity - encumbered) * (10_000 - marginBps);
        if (atTheEdge) units = right / 10_000 / perUnit + units % 2;
        (uint256 low, uint256 high) = wide(units, uint256(perUnit) * 10_000);
        if (high != 0 || low > right) vm.expectPartialRevert(IReserveBook.ReserveInsufficient.selector);
        book.requireBacked(token, units);
        (, uint256 carried) = book.capacityOf(token);
        vm.assertTrue(carried * perUnit * 10_000 <= right && (carried + 1) * perUnit * 10_000 > right, "carried");
    }

    function test_raisedEncumbranceNarrowsAtOnce() public {
        attest(attestation(1, 2_000_000, 40_000));
        vm.prank(ENFORCEMENT);
        book.raiseEncumbrance(token, 1_000_000, Order(12, REPORT));
        vm.assertEq(uint256(book.attestationOf(token).encumbered), 1_000_000);
        vm.assertEq(book.roomOf(token), 30);
        vm.prank(ENFORCEMENT);
        book.raiseEncumbrance(token, 5_000_000, Order(12, REPORT));
        vm.assertEq(book.roomOf(token), 0);
        vm.expectRevert(
            abi.encodeWithSelector(IReserveBook.ReserveInsufficient.selector, token, PER_UNIT, 0, PER_UNIT)
        );
        book.requireBacked(token, 1);
    }

    function test_encumbranceIsNeverLoweredByTheAuthority() public {
        attest(attestation(1, 2_000_000, 40_000));
        for (uint128 figure = 39_999; figure < 40_001; ++figure) {
            vm.expectRevert(
                abi.encodeWithSelector(IReserveBook.ReserveEncumbranceNotRaised.selector, token, figure, 40_000)
            );
            vm.prank(ENFORCEMENT);
            book.raiseEncumbrance(token, figure, Order(1, REPORT));
        }
    }

    function test_aRaiseNamesItsLegalBasis() public {
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveBasisMissing.selector, token));
        vm.prank(ENFORCEMENT);
        book.raiseEncumbrance(token, 1, Order(0, REPORT));
    }

    function test_anAttestationFromBeforeTheRaiseCannotUndoIt() public {
        attest(attestation(1, 2_000_000, 0));
        vm.warp(START + 10);
        vm.prank(ENFORCEMENT);
        book.raiseEncumbrance(token, 1_000_000, Order(1, REPORT));
        vm.warp(START + 20);
        Attestation memory a = attestation(2, 2_000_000, 3);
        a.asOf = START + 10;
        attest(a);
        vm.assertEq(uint256(book.attestationOf(token).encumbered), 1_000_000);
        (a.number, a.encumbered) = (3, 1_500_000);
        attest(a);
        vm.assertEq(uint256(book.attestationOf(token).encumbered), 1_500_000);
        (a.number, a.encumbered, a.asOf) = (4, 3, START + 11);
        attest(a);
        vm.assertEq(uint256(book.attestationOf(token).encumbered), 3);
    }

    function test_aRaiseMayComeBeforeTheFirstAttestation() public {
        vm.prank(ENFORCEMENT);
        book.raiseEncumbrance(token, 500, Order(1, REPORT));
        attest(attestation(1, 400, 0));
        vm.assertEq(uint256(book.attestationOf(token).encumbered), 500);
        (uint256 eligible,) = book.capacityOf(token);
        vm.assertEq(eligible, 0);
    }

    function test_aFallenReserveStopsNewUnitsOnly() public {
        attest(attestation(1, 100 * uint128(PER_UNIT), 0));
        supply.set(90);
        attest(attestation(2, 50 * uint128(PER_UNIT), 0));
        vm.expectPartialRevert(IReserveBook.ReserveInsufficient.selector);
        book.requireBacked(token, 91);
        vm.assertEq(book.roomOf(token), 0);
    }

    function test_eachPowerHasItsRole() public {
        bytes[3] memory calls = [
            abi.encodeCall(book.addReserve, (address(1), GOLD, 1, 0)),
            abi.encodeCall(book.setBacking, (token, 1, 0)),
            abi.encodeCall(book.raiseEncumbrance, (token, 1, Order(1, REPORT)))
        ];
        for (uint256 i; i < calls.length; ++i) {
            vm.prank(RELAY);
            (bool done, bytes memory reason) = address(book).call(calls[i]);
            vm.assertFalse(done);
            vm.assertEq(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, RELAY))
            );
        }
    }

    function test_wideningWaitsItsDay() public {
        vm.startPrank(ADMIN);
        manager.revokeRole(14, RULES);
        manager.grantRole(14, RULES, 1 days);
        vm.stopPrank();
        bytes memory call = abi.encodeCall(book.setBacking, (token, 1, 0));
        vm.prank(RULES);
        (bool done,) = address(book).call(call);
        vm.assertFalse(done);
        vm.startPrank(RULES);
        manager.schedule(address(book), call, 0);
        vm.warp(START + 1 days);
        book.setBacking(token, 1, 0);
        vm.stopPrank();
        (, uint256 perUnit,) = book.backingOf(token);
        vm.assertEq(perUnit, 1);
    }

    function test_logsTellTheWholeState() public {
        vm.recordLogs();
        address other = address(0x0711);
        vm.prank(DEPLOYER);
        book.addReserve(other, OIL, 11, 5);
        vm.prank(RULES);
        book.setBacking(other, 12, 6);
        Attestation memory a = attestation(4, 1_000, 10);
        a.token = other;
        attest(a);
        vm.prank(ENFORCEMENT);
        book.raiseEncumbrance(other, 700, Order(3, REPORT));
        a.number = 5;
        attest(a);
        Told memory told = readLogs(other);
        (bytes32 kind, uint256 perUnit, uint256 marginBps) = book.backingOf(other);
        vm.assertEq(told.kind, kind);
        vm.assertEq(told.perUnit, perUnit);
        vm.assertEq(told.marginBps, marginBps);
        vm.assertEq(keccak256(abi.encode(told.last)), keccak256(abi.encode(book.attestationOf(other))));
        vm.assertEq(uint256(told.last.encumbered), 700);
    }

    function test_codeSizesStayUnderTheLimit() public view {
        vm.assertLt(address(book).code.length, 24_576, "ReserveBook");
    }

    function test_interfacesAreAnnounced() public view {
        vm.assertTrue(book.supportsInterface(type(IERC165).interfaceId));
        vm.assertTrue(book.supportsInterface(type(IReserveBook).interfaceId));
        vm.assertFalse(book.supportsInterface(0xffffffff));
    }

    function readLogs(address of_) private returns (Told memory told) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != address(book)) continue;
            bytes32 event_ = logs[i].topics[0];
            bytes memory data = logs[i].data;
            if (event_ == IReserveBook.ReserveAdded.selector) {
                told.kind = logs[i].topics[2];
                (told.perUnit, told.marginBps) = abi.decode(data, (uint256, uint256));
            } else if (event_ == IReserveBook.BackingSet.selector) {
                (told.perUnit, told.marginBps) = abi.decode(data, (uint256, uint256));
            } else if (event_ == IReserveBook.EncumbranceRaised.selector) {
                (, told.last.encumbered,,) = abi.decode(data, (uint128, uint128, uint16, bytes32));
            } else {
                Attestation memory a = told.last;
                (a.token, a.number) = (of_, uint64(uint256(logs[i].topics[2])));
                (a.quantity,, a.encumbered, a.asOf, a.expiry, a.reportHash) =
                    abi.decode(data, (uint128, uint128, uint128, uint40, uint40, bytes32));
            }
        }
    }

    /// @dev 512-bit product, by the Chinese remainder of the products modulo 2^256 and 2^256 - 1.
    function wide(uint256 a, uint256 b) private pure returns (uint256 low, uint256 high) {
        unchecked {
            uint256 rest = mulmod(a, b, type(uint256).max);
            low = a * b;
            high = rest - low - (rest < low ? 1 : 0);
        }
    }
}
