// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../src/authority/Roles.sol";
import {Engine} from "../../../src/compliance/Engine.sol";
import {IEngine, Rules} from "../../../src/compliance/IEngine.sol";
import {Attestation, IReserveBook} from "../../../src/reserve/IReserveBook.sol";
import {ReserveBook} from "../../../src/reserve/ReserveBook.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice The trap: a book that reverts with nothing, or burns what it is given.
contract BrokenBook {
    bool public burns;

    function set(bool burns_) external {
        burns = burns_;
    }

    function requireBacked(address, uint256) external view {
        if (!burns) revert();
        for (uint256 i; i < type(uint256).max; ++i) {}
    }
}

/// @notice Supply of a reserve-backed series grows only as far as an attestation in force carries it; nothing else asks.
contract ReserveBackingTest is EngineStage {
    uint256 private constant EXAMINER_KEY = 0xE8A;
    uint40 private constant VALID = 10 days;

    SecurityToken private series;
    ReserveBook private book;

    function setUp() public override {
        super.setUp();
        book = ReserveBook(engine.reserveBook());
        series = ruled("gold", backed());
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.EXAMINER, vm.addr(EXAMINER_KEY), 0);
        wireOne(address(book), ReserveBook.addReserve.selector, Roles.DEPLOYER);
        wireOne(address(book), ReserveBook.attest.selector, Roles.RELAY);
        vm.stopPrank();
        vm.prank(DEPLOYER);
        book.addReserve(address(series), "kind", 10, 0);
        confirmSome(series, 1_000);
    }

    function test_withoutAnAttestationNothingIsIssued() public {
        issueRefused(series, alice, 1, abi.encodeWithSelector(IReserveBook.ReserveUnattested.selector, address(series)));
        setRules(series, noRules());
        issueTo(series, alice, 1);
    }

    function test_supplyTimesBackingStopsAtWhatWasAttested() public {
        attest(1, 1_000);
        issueTo(series, alice, 60);
        issueRefused(series, bob, 41, missing(1_010, 1_000, 10));
        issueTo(series, bob, 40);
        issueRefused(series, bob, 1, missing(1_010, 1_000, 10));
        redeemFrom(series, alice, 1);
        issueTo(series, bob, 1);
        annulFrom(series, bob, 5);
        issueRefused(series, bob, 6, missing(1_010, 1_000, 10));
        issueTo(series, bob, 5);
        vm.assertEq(series.totalSupply(), 100);
    }

    function test_expiryStopsIssuingNeverTransfersOrRedemption() public {
        attest(1, 1_000);
        issueTo(series, alice, 60);
        vm.warp(START + VALID);
        confirmSome(series, 1);
        issueRefused(
            series,
            alice,
            1,
            abi.encodeWithSelector(
                IReserveBook.ReserveAttestationExpired.selector, address(series), 1, START + VALID, START + VALID
            )
        );
        send(series, alice, bob, 10);
        force(series, alice, bob, 10);
        redeemFrom(series, bob, 20);
        vm.assertEq(series.totalSupply(), 40);
        attest(2, 410);
        issueTo(series, alice, 1);
    }

    function test_aShrunkenReserveTakesNothingBack() public {
        attest(1, 1_000);
        issueTo(series, alice, 100);
        attest(2, 500);
        issueRefused(series, alice, 1, missing(1_010, 500, 510));
        send(series, alice, bob, 100);
        redeemFrom(series, bob, 51);
        issueTo(series, bob, 1);
    }

    function test_aBookThatRevertsOrBurnsGasStopsIssuingOnly() public {
        (SecurityToken broken, BrokenBook bad) = brokenSeries();
        confirmSome(broken, 10);
        uint64 number = numbered();
        vm.prank(ISSUER);
        (bool done,) = address(controller).call(abi.encodeCall(controller.issue, (address(broken), one(number, alice, 1))));
        vm.assertFalse(done);
        bad.set(true);
        vm.prank(ISSUER);
        (done,) = address(controller).call{gas: 2_000_000}(
            abi.encodeCall(controller.issue, (address(broken), one(number, alice, 1)))
        );
        vm.assertFalse(done);
        vm.assertFalse(controller.numberUsed(address(broken), number));
        send(broken, bob, alice, 5);
        force(broken, bob, alice, 1);
        redeemFrom(broken, alice, 6);
        vm.assertEq(broken.totalSupply(), 4);
    }

    function test_withoutABookNoSeriesCanBeBacked() public {
        Engine bookless = Engine(deploy("Engine", abi.encode(manager, controller, address(0))));
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineReserveBookMissing.selector, address(9));
        vm.startPrank(ADMIN);
        bookless.addProgramme(PROGRAMME, 1);
        vm.expectRevert(reason);
        bookless.addSeries(address(9), PROGRAMME, 1, 1, MATURITY, backed());
        bookless.addSeries(address(9), PROGRAMME, 1, 1, MATURITY, noRules());
        vm.expectRevert(reason);
        bookless.setRules(address(9), backed());
        vm.stopPrank();
        vm.assertEq(bookless.reserveBook(), address(0));
    }

    function testFuzz_exactlyWhatIsCarriedIsIssued(uint64 quantity, uint16 units) public {
        quantity = uint64(bound(quantity, 1, 20_000));
        uint128 asked = uint128(bound(units, 1, 1_000));
        attest(1, quantity);
        uint256 needed = uint256(asked) * 10;
        if (needed <= quantity) issueTo(series, alice, asked);
        else issueRefused(series, alice, asked, missing(needed, quantity, needed - quantity));
    }

    /// @dev A series of its own suite: ten units are issued before its rule is switched on.
    function brokenSeries() private returns (SecurityToken broken, BrokenBook bad) {
        bad = new BrokenBook();
        engine = Engine(deploy("Engine", abi.encode(manager, controller, bad)));
        vm.startPrank(ADMIN);
        wireOne(address(engine), IEngine.addSeries.selector, Roles.FACTORY);
        wireOne(address(engine), IEngine.setRules.selector, Roles.RULES);
        engine.addProgramme(PROGRAMME, PROGRAMME_CEILING);
        vm.stopPrank();
        broken = ruled("broken", noRules());
        give(broken, bob, 10);
        setRules(broken, backed());
    }

    function attest(uint64 number, uint128 quantity) private {
        uint40 nowAt = uint40(block.timestamp);
        Attestation memory a =
            Attestation(address(series), number, quantity, 0, nowAt, nowAt + VALID, keccak256("report"));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(EXAMINER_KEY, book.hashAttestation(a));
        vm.prank(RELAY);
        book.attest(a, abi.encodePacked(r, s, v));
    }

    function backed() private pure returns (Rules memory rules) {
        rules.reserveBacked = true;
    }

    function missing(uint256 needed, uint256 eligible, uint256 lacking) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IReserveBook.ReserveInsufficient.selector, address(series), needed, eligible, lacking
        );
    }
}
