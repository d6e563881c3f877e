// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEngine} from "../../../src/compliance/IEngine.sol";
import {IPayingAgent, Rate, Rounding} from "../../../src/servicing/IPayingAgent.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";

/// @notice Amounts computed from balances, only while nobody can deal.
contract ComputedTest is SettlementStage {
    uint64[] private numbers;
    address[] private wallets;

    function setUp() public override {
        super.setUp();
        confirmUnits(token, 1, 2, 1_000);
        issueUnits(2, alice, 333);
        issueUnits(3, bob, 6);
        numbers.push(10);
        numbers.push(11);
        wallets.push(alice);
        wallets.push(bob);
        fundedCoupon(10_000);
    }

    function rate(uint128 numerator, uint128 denominator, Rounding rounding) private pure returns (Rate memory) {
        return Rate(numerator, denominator, rounding);
    }

    function pay(Rate memory r) private {
        vm.prank(PAYER);
        agent.payComputed(COUPON, numbers, wallets, r, LATER);
    }

    function refuses(Rate memory r, bytes memory reason) private {
        vm.expectRevert(reason);
        pay(r);
        assertFigures(COUPON, 10_000, 0, 0);
    }

    function test_paysBalanceTimesRate() public {
        closeDealing(START, LATER);
        pay(rate(5, 2, Rounding.Down));
        assertMinor(alice, 832);
        assertMinor(bob, 15);
        assertFigures(COUPON, 10_000, 847, 0);
        vm.assertTrue(agent.numberUsed(address(token), 10));
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 10));
        pay(rate(5, 2, Rounding.Down));
    }

    function test_rounding() public {
        closeDealing(START, LATER);
        // 333 x 1/2 = 166.5, 6 x 1/2 = 3
        checkRounded(rate(1, 2, Rounding.Down), 166, 3);
        checkRounded(rate(1, 2, Rounding.HalfUp), 167, 3);
        checkRounded(rate(1, 2, Rounding.HalfEven), 166, 3);
        checkRounded(rate(1, 2, Rounding.Up), 167, 3);
        // 333 x 3/2 = 499.5, 6 x 3/2 = 9
        checkRounded(rate(3, 2, Rounding.HalfEven), 500, 9);
        // 333 x 1/4 = 83.25, 6 x 1/4 = 1.5
        checkRounded(rate(1, 4, Rounding.HalfUp), 83, 2);
        checkRounded(rate(1, 4, Rounding.HalfEven), 83, 2);
        checkRounded(rate(1, 4, Rounding.Up), 84, 2);
        checkRounded(rate(1, 5, Rounding.HalfEven), 67, 1);
    }

    function checkRounded(Rate memory r, uint256 forAlice, uint256 forBob) private {
        numbers[0] += 10;
        numbers[1] += 10;
        uint256[2] memory before = [cash.balanceOf(alice), cash.balanceOf(bob)];
        pay(r);
        vm.assertEq(cash.balanceOf(alice) - before[0], forAlice * SCALE);
        vm.assertEq(cash.balanceOf(bob) - before[1], forBob * SCALE);
    }

    function test_nothingDueUsesUpItsNumber() public {
        closeDealing(START, LATER);
        wallets[1] = carol;
        pay(rate(1, 1, Rounding.Down));
        assertMinor(alice, 333);
        assertMinor(carol, 0);
        vm.assertTrue(agent.numberUsed(address(token), 11));
        assertFigures(COUPON, 10_000, 333, 0);
    }

    function test_onlyWhileDealingIsClosed() public {
        Rate memory r = rate(1, 1, Rounding.Down);
        refuses(r, abi.encodeWithSelector(IPayingAgent.PayDealingOpen.selector, token, 0, 0, START));
        uint40 from = START + 2 hours;
        uint40 until = START + 3 hours;
        closeDealing(from, until);
        vm.warp(from - 1);
        refuses(r, abi.encodeWithSelector(IPayingAgent.PayDealingOpen.selector, token, from, until, from - 1));
        vm.warp(until);
        refuses(r, abi.encodeWithSelector(IPayingAgent.PayDealingOpen.selector, token, from, until, until));
        vm.warp(until - 1);
        pay(r);
        assertMinor(alice, 333);
    }

    /// @dev What the check is for: while it passes, no holder can move his balance to be paid on it twice.
    function test_nobodyMovesHisBalanceBetweenTwoBatches() public {
        closeDealing(START, LATER);
        numbers.pop();
        wallets.pop();
        pay(rate(1, 1, Rounding.Down));
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineDealingClosed.selector, token, START, LATER, START)
        );
        vm.prank(alice);
        token.transfer(bob, 333);
        (numbers[0], wallets[0]) = (11, bob);
        pay(rate(1, 1, Rounding.Down));
        assertMinor(bob, 6);
    }

    /// @dev A later period is another record: whoever bought in between would be paid on what another was paid for.
    function test_allBatchesArePaidInOnePeriod() public {
        closeDealing(START, LATER);
        numbers.pop();
        wallets.pop();
        pay(rate(1, 1, Rounding.Down));
        vm.assertEq(agent.eventOf(COUPON).recordFrom, START);
        vm.warp(START + 3 days);
        vm.prank(alice);
        token.transfer(bob, 333);
        closeDealing(START + 3 days, START + 4 days);
        (numbers[0], wallets[0]) = (11, bob);
        vm.expectRevert(
            abi.encodeWithSelector(IPayingAgent.PayRecordMoved.selector, COUPON, START, START + 3 days)
        );
        vm.prank(PAYER);
        agent.payComputed(COUPON, numbers, wallets, rate(1, 1, Rounding.Down), START + 4 days);
        assertMinor(bob, 0);
    }

    /// @dev A token whose engine closed the period but lets people deal all the same is not believed.
    function test_aClosedPeriodThatDoesNotCloseIsNotEnough() public {
        closeDealing(START, LATER);
        vm.mockCall(address(engine), abi.encodeCall(IEngine.dealingOpen, (address(token))), abi.encode(true));
        refuses(
            rate(1, 1, Rounding.Down),
            abi.encodeWithSelector(IPayingAgent.PayDealingOpen.selector, token, START, LATER, START)
        );
    }

    function test_refusesBadArguments() public {
        closeDealing(START, LATER);
        refuses(rate(0, 1, Rounding.Down), abi.encodeWithSelector(IPayingAgent.PayRateInvalid.selector, COUPON));
        refuses(rate(1, 0, Rounding.Down), abi.encodeWithSelector(IPayingAgent.PayRateInvalid.selector, COUPON));
        refuses(
            rate(type(uint128).max, 1, Rounding.Down),
            abi.encodeWithSelector(
                SafeCast.SafeCastOverflowedUintDowncast.selector, 128, 333 * uint256(type(uint128).max)
            )
        );
        refuses(
            rate(100, 1, Rounding.Down),
            abi.encodeWithSelector(IPayingAgent.PayUnderfunded.selector, COUPON, 33_900, 10_000)
        );
        wallets.push(carol);
        refuses(rate(1, 1, Rounding.Down), abi.encodeWithSelector(IPayingAgent.PayLengthMismatch.selector, 2, 3));
        vm.warp(LATER + 1);
        refuses(
            rate(1, 1, Rounding.Down),
            abi.encodeWithSelector(IPayingAgent.PayExpired.selector, COUPON, LATER, LATER + 1)
        );
    }

    function testFuzz_roundsToANeighbour(uint128 numerator, uint128 denominator, uint8 rounding) public {
        closeDealing(START, LATER);
        Rate memory r = rate(
            uint128(bound(numerator, 1, 29 * uint256(1e18))),
            uint128(bound(denominator, 1e18, 1e24)),
            Rounding(rounding % 4)
        );
        pay(r);
        uint256 exactly = 333 * uint256(r.numerator);
        uint256 paid = cash.balanceOf(alice) / SCALE * r.denominator;
        vm.assertLt(paid > exactly ? paid - exactly : exactly - paid, r.denominator, "a neighbour");
        if (r.rounding == Rounding.Down) vm.assertLe(paid, exactly, "down");
        if (r.rounding == Rounding.Up) vm.assertLe(exactly, paid, "up");
    }
}
