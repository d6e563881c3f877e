// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEngine} from "../../../src/compliance/IEngine.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice Between record instant and payment nobody deals and nothing is issued; the power cannot lock a market for ever.
contract ClosedPeriodTest is EngineStage {
    uint40 private constant FROM = START + 10 days;
    uint40 private constant UNTIL = START + 13 days;
    uint40 private constant LONGEST = 31 days;

    function setUp() public override {
        super.setUp();
        give(token, alice, 1_000);
        confirmSome(token, 100);
    }

    function test_dealingStopsAtFromAndBeginsAgainAtUntil() public {
        set(FROM, UNTIL);
        vm.warp(FROM - 1);
        vm.assertTrue(engine.dealingOpen(address(token)));
        send(token, alice, bob, 1);
        vm.warp(FROM);
        vm.assertFalse(engine.dealingOpen(address(token)));
        sendRefused(token, alice, bob, 1, closedFor(FROM, UNTIL, FROM));
        vm.warp(UNTIL - 1);
        sendRefused(token, alice, bob, 1, closedFor(FROM, UNTIL, UNTIL - 1));
        vm.warp(UNTIL);
        vm.assertTrue(engine.dealingOpen(address(token)));
        send(token, alice, bob, 1);
        vm.assertEq(token.balanceOf(bob), 2);
    }

    /// @dev The trap: units issued after the record instant would carry a coupon that was never funded for them.
    function test_issueAfterCouponsBeganIsRefused() public {
        set(FROM, UNTIL);
        vm.warp(FROM);
        issueRefused(token, alice, 100, closedFor(FROM, UNTIL, FROM));
        vm.warp(UNTIL);
        issueTo(token, alice, 100);
        vm.assertEq(token.balanceOf(alice), 1_100);
    }

    function test_aBatchOfTransfersIsRefusedToo() public {
        set(FROM, UNTIL);
        vm.warp(FROM);
        uint256[] memory units = new uint256[](1);
        units[0] = 1;
        vm.expectRevert(closedFor(FROM, UNTIL, FROM));
        vm.prank(alice);
        token.batchTransfer(single(bob), units);
        vm.assertEq(token.balanceOf(bob), 0);
    }

    function test_paymentsAndOrdersOfLawGoOn() public {
        set(FROM, UNTIL);
        vm.warp(FROM);
        force(token, alice, bob, 10);
        redeemFrom(token, alice, 20);
        annulFrom(token, alice, 30);
        vm.assertEq(token.balanceOf(alice), 940);
        vm.assertEq(token.balanceOf(bob), 10);
        vm.assertEq(token.totalSupply(), 950);
    }

    function test_itMayBeginNowButNotBefore() public {
        setRefused(
            START - 1, UNTIL, abi.encodeWithSelector(IEngine.EnginePeriodPast.selector, address(token), START - 1, START)
        );
        set(START, UNTIL);
        vm.assertFalse(engine.dealingOpen(address(token)));
    }

    function test_itLastsAtLeastASecondAndAtMostAMonth() public {
        setRefused(FROM, FROM, lengthIs(0));
        setRefused(FROM, FROM - 1, lengthIs(0));
        setRefused(FROM, 0, lengthIs(0));
        setRefused(FROM, FROM + LONGEST + 1, lengthIs(LONGEST + 1));
        set(FROM, FROM + 1);
        set(FROM, FROM + LONGEST);
        (uint40 from, uint40 until) = engine.closedPeriodOf(address(token));
        vm.assertEq(from, FROM);
        vm.assertEq(until, FROM + LONGEST);
    }

    function test_aRunningPeriodKeepsItsBeginning() public {
        set(FROM, UNTIL);
        vm.warp(FROM + 1 days);
        setRefused(FROM + 1 days, UNTIL, running());
        setRefused(FROM + 2 days, UNTIL, running());
        setRefused(0, 0, running());
        setRefused(FROM, FROM + LONGEST + 1, lengthIs(LONGEST + 1));
        set(FROM, FROM + LONGEST);
        vm.warp(FROM + LONGEST - 1);
        sendRefused(token, alice, bob, 1, closedFor(FROM, FROM + LONGEST, FROM + LONGEST - 1));
    }

    function test_aRunningPeriodMayEndNowButNotBefore() public {
        set(FROM, UNTIL);
        vm.warp(FROM + 1 days);
        uint40 before = FROM + 1 days - 1;
        setRefused(
            FROM, before, abi.encodeWithSelector(IEngine.EnginePeriodPast.selector, address(token), before, before + 1)
        );
        set(FROM, FROM + 1 days);
        vm.assertTrue(engine.dealingOpen(address(token)));
        send(token, alice, bob, 1);
    }

    function test_afterwardsTheMarketStaysOpenAsLongAsItWasClosed() public {
        set(FROM, UNTIL);
        vm.warp(UNTIL);
        uint40 earliest = UNTIL + (UNTIL - FROM);
        setRefused(
            earliest - 1,
            earliest,
            abi.encodeWithSelector(IEngine.EnginePeriodTooSoon.selector, address(token), earliest - 1, earliest)
        );
        set(earliest, earliest + 1);
    }

    /// @dev Neither withdrawing a past period nor replacing an announced one by another forgets how long it was closed.
    function test_theOpenTimeCannotBeBargainedAway() public {
        set(FROM, UNTIL);
        vm.warp(UNTIL);
        set(0, 0);
        uint40 earliest = UNTIL + (UNTIL - FROM);
        bytes memory reason =
            abi.encodeWithSelector(IEngine.EnginePeriodTooSoon.selector, address(token), UNTIL, earliest);
        setRefused(UNTIL, UNTIL + 1, reason);
        set(earliest + 9, earliest + 99);
        setRefused(UNTIL, UNTIL + 1, reason);
        set(0, 0);
        setRefused(UNTIL, UNTIL + 1, reason);
        set(earliest, earliest + 1);
    }

    function test_anAnnouncedPeriodCanBeWithdrawnOrReplaced() public {
        set(FROM, UNTIL);
        set(FROM + 5, UNTIL + 5);
        set(0, 0);
        (uint40 from, uint40 until) = engine.closedPeriodOf(address(token));
        vm.assertEq(from, 0);
        vm.assertEq(until, 0);
        vm.warp(FROM + 6);
        send(token, alice, bob, 1);
        set(FROM + 6, FROM + 7);
        vm.assertFalse(engine.dealingOpen(address(token)));
    }

    function test_onlyPeriodsClosesAndOnlyAListedToken() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, RULES));
        vm.prank(RULES);
        engine.setClosedPeriod(address(token), FROM, UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, STRANGER));
        vm.prank(PERIODS);
        engine.setClosedPeriod(STRANGER, FROM, UNTIL);
        (uint40 from,) = engine.closedPeriodOf(address(token));
        vm.assertEq(from, 0);
    }

    function test_openAlsoMeansNotMatured() public {
        vm.warp(MATURITY - 1);
        vm.assertTrue(engine.dealingOpen(address(token)));
        vm.warp(MATURITY);
        vm.assertFalse(engine.dealingOpen(address(token)));
    }

    function test_otherRulesSurviveAPeriodAndAPeriodSurvivesThem() public {
        set(FROM, UNTIL);
        setRules(token, noRules());
        vm.warp(FROM);
        sendRefused(token, alice, bob, 1, closedFor(FROM, UNTIL, FROM));
        vm.warp(UNTIL);
        set(0, 0);
        send(token, alice, bob, 1);
    }

    /// @dev Whatever is tried every day for 200 days: never closed for more than 31 days on end, and never longer in all than
    /// it was open, but for the period that runs.
    /// forge-config: default.fuzz.runs = 24
    function testFuzz_theMarketIsOpenAtLeastHalfTheTime(uint256 seed) public {
        address series = address(newToken("long", START + 400 days));
        uint256 closed;
        uint256 onEnd;
        for (uint256 day; day < 200; ++day) {
            vm.warp(START + day * 1 days);
            uint256 dice = uint256(keccak256(abi.encode(seed, day)));
            (uint40 from,) = engine.closedPeriodOf(series);
            uint40 chosen = dice % 3 == 0 ? from : uint40(block.timestamp + (dice >> 8) % 4 days);
            uint40 until = uint40(block.timestamp + (dice >> 64) % 40 days);
            vm.prank(PERIODS);
            try engine.setClosedPeriod(series, chosen, until) {} catch {}
            bool open = engine.dealingOpen(series);
            closed += open ? 0 : 1;
            onEnd = open ? 0 : onEnd + 1;
            vm.assertLe(onEnd, 31, "days on end");
            vm.assertLe(closed, day + 1 - closed + 31, "closed days");
        }
        vm.assertLt(0, closed, "some period was set");
    }

    function set(uint40 from, uint40 until) private {
        vm.prank(PERIODS);
        engine.setClosedPeriod(address(token), from, until);
    }

    function setRefused(uint40 from, uint40 until, bytes memory reason) private {
        (uint40 oldFrom, uint40 oldUntil) = engine.closedPeriodOf(address(token));
        vm.expectRevert(reason);
        vm.prank(PERIODS);
        engine.setClosedPeriod(address(token), from, until);
        (uint40 newFrom, uint40 newUntil) = engine.closedPeriodOf(address(token));
        vm.assertEq(newFrom, oldFrom);
        vm.assertEq(newUntil, oldUntil);
    }

    function closedFor(uint40 from, uint40 until, uint40 nowAt) private view returns (bytes memory) {
        return abi.encodeWithSelector(IEngine.EngineDealingClosed.selector, address(token), from, until, nowAt);
    }

    function lengthIs(uint256 length) private view returns (bytes memory) {
        return abi.encodeWithSelector(IEngine.EnginePeriodLength.selector, address(token), length, LONGEST);
    }

    function running() private view returns (bytes memory) {
        return abi.encodeWithSelector(IEngine.EnginePeriodRunning.selector, address(token), FROM, UNTIL);
    }
}
