// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Attestation, IReserveBook} from "../../../src/reserve/IReserveBook.sol";
import {ReserveBook} from "../../../src/reserve/ReserveBook.sol";
import {ReserveStage} from "../../base/ReserveStage.sol";

/// @notice The book without its checks of the figures: what each of them prevents then happens.
contract CarelessBook is ReserveBook {
    constructor(address authority_) ReserveBook(authority_) {}

    function _checkFigures(Reserve storage, Attestation calldata) internal view override {}
}

/// @notice The book that believes any signature.
contract CredulousBook is ReserveBook {
    constructor(address authority_) ReserveBook(authority_) {}

    function _examinerOf(Attestation calldata, bytes calldata) internal pure override returns (address) {
        return address(1);
    }
}

contract AttestationTest is ReserveStage {
    function test_attestationIsStoredAsSigned() public {
        Attestation memory a = attestation(7, 1_000_000, 40_000);
        attest(a);
        vm.assertEq(keccak256(abi.encode(book.attestationOf(token))), keccak256(abi.encode(a)));
    }

    function test_digestIsThatOfThePublishedDomain() public view {
        Attestation memory a = attestation(1, 2, 1);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tokenization ReserveBook"),
                keccak256("1"),
                block.chainid,
                address(book)
            )
        );
        bytes32 body = keccak256(
            abi.encode(
                book.ATTESTATION_TYPEHASH(), a.token, a.number, a.quantity, a.encumbered, a.asOf, a.expiry, a.reportHash
            )
        );
        vm.assertEq(book.hashAttestation(a), keccak256(abi.encodePacked(hex"1901", domain, body)));
    }

    function test_replayIsRefused() public {
        Attestation memory a = attestation(1, 1_000_000, 0);
        attest(a);
        expectRefused(a, abi.encodeWithSelector(IReserveBook.ReserveNumberNotAfter.selector, token, 1, 1));
        attest(attestation(5, 900_000, 0));
        expectRefused(a, abi.encodeWithSelector(IReserveBook.ReserveNumberNotAfter.selector, token, 1, 5));
        vm.assertEq(uint256(book.attestationOf(token).quantity), 900_000);
    }

    function test_numberZeroIsNeverAfterNone() public {
        expectRefused(
            attestation(0, 1, 0), abi.encodeWithSelector(IReserveBook.ReserveNumberNotAfter.selector, token, 0, 0)
        );
    }

    function test_olderAsOfIsRefusedWhateverItsNumber() public {
        attest(attestation(1, 1_000_000, 0));
        Attestation memory a = attestation(2, 2_000_000, 0);
        a.asOf = START - 1;
        expectRefused(
            a, abi.encodeWithSelector(IReserveBook.ReserveAsOfBeforeCurrent.selector, token, START - 1, START)
        );
        a.asOf = START;
        attest(a);
        vm.assertEq(uint256(book.attestationOf(token).quantity), 2_000_000);
    }

    function test_asOfLiesInThePast() public {
        Attestation memory a = attestation(1, 1_000_000, 0);
        a.asOf = START + 1;
        expectRefused(a, abi.encodeWithSelector(IReserveBook.ReserveAsOfInFuture.selector, token, START + 1, START));
        vm.warp(START + 1);
        attest(a);
    }

    function test_expiryLiesInTheFuture() public {
        Attestation memory a = attestation(1, 1_000_000, 0);
        a.expiry = START;
        expectRefused(a, abi.encodeWithSelector(IReserveBook.ReserveExpiryPast.selector, token, START, START));
        a.expiry = START + 1;
        attest(a);
        book.requireBacked(token, 1);
    }

    function test_encumberedBeyondQuantityIsRefused() public {
        expectRefused(
            attestation(1, 100, 101),
            abi.encodeWithSelector(IReserveBook.ReserveEncumberedBeyondQuantity.selector, token, 101, 100)
        );
        attest(attestation(1, 100, 100));
        (uint256 eligible,) = book.capacityOf(token);
        vm.assertEq(eligible, 0);
    }

    function test_emptyReportHashIsRefused() public {
        Attestation memory a = attestation(1, 100, 0);
        a.reportHash = 0;
        expectRefused(a, abi.encodeWithSelector(IReserveBook.ReserveReportHashZero.selector, token));
    }

    function test_unknownTokenIsRefused() public {
        Attestation memory a = attestation(1, 100, 0);
        a.token = address(0xBAD);
        bytes memory signature = signed(EXAMINER_KEY, a);
        vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveUnknown.selector, address(0xBAD)));
        vm.prank(RELAY);
        book.attest(a, signature);
    }

    function test_wrongExaminerIsNamed() public {
        Attestation memory a = attestation(1, 100, 0);
        bytes memory signature = signed(0xBAD, a);
        vm.expectRevert(
            abi.encodeWithSelector(IReserveBook.ReserveNotExaminer.selector, token, 1, vm.addr(0xBAD))
        );
        vm.prank(RELAY);
        book.attest(a, signature);
    }

    function test_examinerWhoseRoleEndedIsRefused() public {
        Attestation memory a = attestation(1, 100, 0);
        vm.prank(ADMIN);
        manager.revokeRole(17, examiner);
        expectRefused(a, abi.encodeWithSelector(IReserveBook.ReserveNotExaminer.selector, token, 1, examiner));
    }

    function test_anotherChainsAttestationIsRefused() public {
        Attestation memory a = attestation(1, 100, 0);
        bytes memory signature = signed(EXAMINER_KEY, a);
        vm.chainId(777);
        vm.expectPartialRevert(IReserveBook.ReserveNotExaminer.selector);
        vm.prank(RELAY);
        book.attest(a, signature);
    }

    function test_anotherBooksAttestationIsRefused() public {
        Attestation memory a = attestation(1, 100, 0);
        bytes memory signature = signed(EXAMINER_KEY, a);
        ReserveBook other = ReserveBook(deploy("ReserveBook", abi.encode(manager)));
        wireBook(other);
        vm.prank(DEPLOYER);
        other.addReserve(token, GOLD, PER_UNIT, MARGIN);
        vm.expectPartialRevert(IReserveBook.ReserveNotExaminer.selector);
        vm.prank(RELAY);
        other.attest(a, signature);
    }

    function test_reEncodedSignaturesAreRefused() public {
        Attestation memory a = attestation(1, 100, 0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(EXAMINER_KEY, book.hashAttestation(a));
        bytes[5] memory forms = [
            abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255))),
            abi.encodePacked(r, s, v - 27),
            abi.encodePacked(r, s),
            bytes("")
        ];
        for (uint256 i; i < forms.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IReserveBook.ReserveSignatureInvalid.selector, token, 1));
            vm.prank(RELAY);
            book.attest(a, forms[i]);
        }
    }

    function testFuzz_anyChangedFieldVoidsTheSignature(uint128 quantity, uint128 encumbered, uint40 asOf, bytes32 hash)
        public
    {
        Attestation memory a = attestation(1, 1_000_000, 5);
        bytes memory signature = signed(EXAMINER_KEY, a);
        vm.assume(quantity != 1_000_000 || encumbered != 5 || asOf != START || hash != REPORT);
        encumbered = uint128(bound(encumbered, 0, quantity));
        asOf = uint40(bound(asOf, 0, START));
        if (hash == 0) hash = REPORT;
        if (quantity == 1_000_000 && encumbered == 5 && asOf == START && hash == REPORT) return;
        (a.quantity, a.encumbered, a.asOf, a.reportHash) = (quantity, encumbered, asOf, hash);
        vm.expectPartialRevert(IReserveBook.ReserveNotExaminer.selector);
        vm.prank(RELAY);
        book.attest(a, signature);
    }

    function test_onlyTheRelayBringsIt() public {
        Attestation memory a = attestation(1, 100, 0);
        bytes memory signature = signed(EXAMINER_KEY, a);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, examiner));
        vm.prank(examiner);
        book.attest(a, signature);
    }

    /// @dev Control: without the checks, replay, an older as-of, an expired and an over-encumbered figure all pass.
    function test_control_withoutTheChecksEachOfTheseActs() public {
        book = new CarelessBook(address(manager));
        wireBook(book);
        vm.prank(DEPLOYER);
        book.addReserve(token, GOLD, PER_UNIT, MARGIN);
        Attestation memory first = attestation(1, 1_000_000, 0);
        attest(first);
        attest(attestation(2, 10, 0));
        attest(first);
        vm.assertEq(uint256(book.attestationOf(token).quantity), 1_000_000);
        Attestation memory a = attestation(3, 5, 6);
        (a.asOf, a.expiry) = (START - 1, START - 1);
        attest(a);
        vm.assertEq(uint256(book.attestationOf(token).asOf), START - 1);
        vm.assertEq(uint256(book.attestationOf(token).encumbered), 6);
    }

    /// @dev Control: a book that believes any signature takes a stranger's figure.
    function test_control_withoutTheSignatureAnybodyAttests() public {
        book = new CredulousBook(address(manager));
        wireBook(book);
        vm.prank(DEPLOYER);
        book.addReserve(token, GOLD, PER_UNIT, MARGIN);
        vm.prank(RELAY);
        book.attest(attestation(1, 1_000_000, 0), "");
        vm.assertEq(uint256(book.attestationOf(token).quantity), 1_000_000);
    }
}
