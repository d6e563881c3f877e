// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IPayingAgent, PaymentKind} from "../../../src/servicing/IPayingAgent.sol";
import {IController} from "../../../src/token/IController.sol";
import {Item} from "../../../src/token/ISecurityToken.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {HookCash} from "../../base/cash/HookCash.sol";

/// @notice Burn and payment together; each of the two also alone under the same number.
contract RedemptionTest is SettlementStage {
    uint128[] private amounts;

    function setUp() public override {
        super.setUp();
        confirmUnits(token, 1, 2, 1_000);
        issueUnits(2, alice, 600);
        issueUnits(3, bob, 400);
        amounts.push(6_000);
        amounts.push(4_000);
    }

    function funded() private {
        cash.mint(TREASURY, 20_000 * SCALE);
        openFunded(REDEMPTION, address(cash), PaymentKind.Redemption, 20_000);
    }

    function items(uint128 ofAlice, uint128 ofBob) private view returns (Item[] memory list) {
        list = new Item[](2);
        list[0] = Item(10, alice, ofAlice);
        list[1] = Item(11, bob, ofBob);
    }

    function redeem(Item[] memory list) private {
        vm.prank(PAYER);
        agent.redeemAndPay(REDEMPTION, list, amounts, MATURITY);
    }

    function refuses(Item[] memory list, bytes memory reason) private {
        vm.expectRevert(reason);
        redeem(list);
        assertFigures(REDEMPTION, 20_000, 0, 0);
        vm.assertEq(token.totalSupply(), 1_000);
    }

    function test_burnsAndPaysInFull() public {
        funded();
        vm.warp(MATURITY);
        redeem(items(600, 400));
        vm.assertEq(token.totalSupply(), 0);
        assertMinor(alice, 6_000);
        assertMinor(bob, 4_000);
        assertFigures(REDEMPTION, 20_000, 10_000, 0);
        vm.assertTrue(controller.numberUsed(address(token), 10));
        vm.assertTrue(agent.numberUsed(address(token), 10));
    }

    function test_burnsAndPaysInPart() public {
        funded();
        redeem(items(60, 40));
        vm.assertEq(token.balanceOf(alice), 540);
        vm.assertEq(token.balanceOf(bob), 360);
        assertMinor(alice, 6_000);
        assertFigures(REDEMPTION, 20_000, 10_000, 0);
    }

    function test_pauseFreezeAndLapseDoNotStopIt() public {
        funded();
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.warp(KYC_EXPIRY);
        vm.prank(PAYER);
        agent.redeemAndPay(REDEMPTION, items(600, 400), amounts, KYC_EXPIRY);
        assertMinor(alice, 6_000);
        vm.assertEq(token.totalSupply(), 0);
    }

    function test_aBurnThatFailsPaysNobody() public {
        funded();
        refuses(
            items(600, 401), abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, bob, 400, 401)
        );
        assertMinor(alice, 0);
        vm.assertFalse(agent.numberUsed(address(token), 10));
    }

    function test_aPaymentThatFailsBurnsNothing() public {
        funded();
        amounts[1] = 14_001;
        refuses(
            items(600, 400),
            abi.encodeWithSelector(IPayingAgent.PayUnderfunded.selector, REDEMPTION, 20_001, 20_000)
        );
        vm.assertFalse(controller.numberUsed(address(token), 10));
    }

    function test_refusesBadArguments() public {
        funded();
        amounts.push(1);
        refuses(items(1, 1), abi.encodeWithSelector(IPayingAgent.PayLengthMismatch.selector, 2, 3));
        amounts.pop();
        amounts[1] = 0;
        refuses(items(1, 1), abi.encodeWithSelector(IPayingAgent.PayZeroAmount.selector, REDEMPTION, 11));
        amounts[1] = 1;
        vm.warp(MATURITY + 1);
        refuses(
            items(1, 1),
            abi.encodeWithSelector(IPayingAgent.PayExpired.selector, REDEMPTION, MATURITY, MATURITY + 1)
        );
    }

    function test_aCouponBurnsNothing() public {
        fundedCoupon(20_000);
        vm.expectRevert(
            abi.encodeWithSelector(IPayingAgent.PayEventKind.selector, COUPON, PaymentKind.Coupon)
        );
        vm.prank(PAYER);
        agent.redeemAndPay(COUPON, items(1, 1), amounts, MATURITY);
        vm.assertEq(token.totalSupply(), 1_000);
    }

    function test_aNumberBurnsOnceAndPaysOnce() public {
        funded();
        redeem(items(60, 40));
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 10));
        redeem(items(60, 40));
        vm.prank(SERVICING);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, token, 10));
        controller.redeem(address(token), items(60, 40));
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 10));
        vm.prank(PAYER);
        agent.pay(REDEMPTION, payment(10, alice, 1), MATURITY);
        assertFigures(REDEMPTION, 20_000, 10_000, 0);
    }

    /// @dev Burn and payment are independent legs: a burn that ran ahead (bank rails, a split batch) does not bar the payment,
    /// and a number that was paid cannot be paid again by burning it with payment.
    function test_legsMayRunApartButNeitherTwice() public {
        funded();
        vm.prank(SERVICING);
        controller.redeem(address(token), one(10, alice, 600));
        vm.prank(PAYER);
        agent.pay(REDEMPTION, payment(10, alice, 6_000), MATURITY);
        assertMinor(alice, 6_000);
        vm.prank(PAYER);
        agent.pay(REDEMPTION, payment(11, bob, 4_000), MATURITY);
        Item[] memory list = one(11, bob, 400);
        amounts.pop();
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 11));
        redeem(list);
        vm.assertEq(token.balanceOf(bob), 400);
        vm.prank(SERVICING);
        controller.redeem(address(token), list);
        vm.assertEq(token.totalSupply(), 0);
    }

    function test_whoCannotBePaidIsBurnedAndReservedFor() public {
        HookCash hooked = new HookCash();
        cash = hooked;
        accept(address(cash), 6);
        funded();
        hooked.set(alice, HookCash.Way.Refuses);
        redeem(items(600, 400));
        vm.assertEq(token.totalSupply(), 0);
        assertFigures(REDEMPTION, 20_000, 4_000, 6_000);
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 6_000);
    }
}
