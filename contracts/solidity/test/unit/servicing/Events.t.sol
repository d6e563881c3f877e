// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IPayingAgent, Payment, PaymentEvent, PaymentKind, Rate, Rounding} from "../../../src/servicing/IPayingAgent.sol";
import {CashMoves} from "../../../src/settlement/CashMoves.sol";
import {ICashBook} from "../../../src/settlement/ICashBook.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {TrickCash} from "../../base/cash/TrickCash.sol";

/// @notice Payment events: opened, funded by their treasury alone and exactly, closed with the residual returned.
contract EventsTest is SettlementStage {
    function open(bytes32 id, address token_, address cash_, address treasury) private {
        vm.prank(PAYER);
        agent.openEvent(id, token_, cash_, PaymentKind.Coupon, treasury);
    }

    function test_opensAndFunds() public {
        fundedCoupon(500);
        PaymentEvent memory e = agent.eventOf(COUPON);
        vm.assertEq(e.token, address(token));
        vm.assertEq(e.cash, address(cash));
        vm.assertEq(e.treasury, TREASURY);
        vm.assertEq(e.scale, SCALE);
        vm.assertTrue(e.open);
        vm.assertFalse(e.batches);
        assertFigures(COUPON, 500, 0, 0);
        assertMinor(address(agent), 500);
        assertMinor(TREASURY, 0);
        vm.assertEq(agent.owedIn(address(cash)), 500);
        cash.mint(TREASURY, 100 * SCALE);
        vm.prank(PAYER);
        agent.fund(COUPON, 100);
        assertFigures(COUPON, 600, 0, 0);
    }

    function test_anIdIsUsedOnce() public {
        fundedCoupon(500);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayEventKnown.selector, COUPON));
        open(COUPON, address(token), address(cash), TREASURY);
        vm.prank(PAYER);
        agent.closeEvent(COUPON);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayEventKnown.selector, COUPON));
        open(COUPON, address(token), address(cash), TREASURY);
    }

    function test_opensOnlyWithTokenTreasuryAndAcceptedCash() public {
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayZeroAddress.selector, COUPON));
        open(COUPON, address(0), address(cash), TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayZeroAddress.selector, COUPON));
        open(COUPON, address(token), address(cash), address(0));
        vm.expectRevert(abi.encodeWithSelector(ICashBook.CashNotAccepted.selector, address(7)));
        open(COUPON, address(token), address(7), TREASURY);
        vm.assertFalse(agent.eventOf(COUPON).open);
    }

    function test_fundsOnlyAnOpenEventFromItsTreasury() public {
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayEventNotOpen.selector, COUPON));
        vm.prank(PAYER);
        agent.fund(COUPON, 1);
        fundedCoupon(500);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayZeroAmount.selector, COUPON, 0));
        vm.prank(PAYER);
        agent.fund(COUPON, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPayingAgent.PayUnderfunded.selector, COUPON, type(uint128).max, type(uint128).max - 500
            )
        );
        vm.prank(PAYER);
        agent.fund(COUPON, type(uint128).max);
        give(PAYER, 100, address(agent));
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, TREASURY, 0, SCALE)
        );
        vm.prank(PAYER);
        agent.fund(COUPON, 1);
        assertFigures(COUPON, 500, 0, 0);
    }

    function test_trap_feeOfTheCashToken() public {
        TrickCash trick = new TrickCash();
        cash = trick;
        accept(address(cash), 6);
        trick.play(TrickCash.Trick.FeeFromReceiver);
        give(TREASURY, 500, address(agent));
        open(COUPON, address(token), address(cash), TREASURY);
        vm.expectRevert(
            abi.encodeWithSelector(
                CashMoves.CashMovedOtherwise.selector, cash, agent, 500 * SCALE, 500 * SCALE - 1
            )
        );
        vm.prank(PAYER);
        agent.fund(COUPON, 500);
        assertFigures(COUPON, 0, 0, 0);
        vm.assertEq(agent.owedIn(address(cash)), 0);
    }

    function test_closingReturnsWhatIsLeftAndEndsTheEvent() public {
        fundedCoupon(500);
        vm.prank(PAYER);
        agent.pay(COUPON, payment(10, alice, 120), LATER);
        vm.prank(PAYER);
        agent.closeEvent(COUPON);
        assertMinor(TREASURY, 380);
        assertMinor(address(agent), 0);
        assertFigures(COUPON, 120, 120, 0);
        vm.assertEq(agent.owedIn(address(cash)), 0);
        bytes memory closed = abi.encodeWithSelector(IPayingAgent.PayEventNotOpen.selector, COUPON);
        vm.startPrank(PAYER);
        vm.expectRevert(closed);
        agent.closeEvent(COUPON);
        vm.expectRevert(closed);
        agent.fund(COUPON, 1);
        vm.expectRevert(closed);
        agent.pay(COUPON, payment(11, alice, 1), LATER);
        vm.stopPrank();
    }

    function test_closingAnEmptyEventMovesNothing() public {
        open(COUPON, address(token), address(cash), TREASURY);
        vm.prank(PAYER);
        agent.closeEvent(COUPON);
        vm.assertFalse(agent.eventOf(COUPON).open);
    }

    function test_aReserveStaysWhenTheEventCloses() public {
        fundedCoupon(500);
        Payment[] memory list = payment(10, alice, 120);
        list[0].toReserve = true;
        vm.startPrank(PAYER);
        agent.pay(COUPON, list, LATER);
        agent.closeEvent(COUPON);
        vm.stopPrank();
        assertFigures(COUPON, 120, 0, 120);
        assertMinor(TREASURY, 380);
        assertMinor(address(agent), 120);
        vm.assertEq(agent.owedIn(address(cash)), 120);
    }

    /// @dev The book may drop a token or the token may change: amounts that are due stay what they were.
    function test_trap_decimalsOfTheCashToken() public {
        fundedCoupon(500);
        cash.setDecimals(18);
        vm.prank(ADMIN);
        book.remove(address(cash));
        vm.prank(PAYER);
        agent.pay(COUPON, payment(10, alice, 120), LATER);
        assertMinor(alice, 120);
        vm.expectRevert(abi.encodeWithSelector(ICashBook.CashNotAccepted.selector, cash));
        open(REDEMPTION, address(token), address(cash), TREASURY);
    }

    function test_onlyTheRoles() public {
        bytes memory reason = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, SERVICING);
        fundedCoupon(500);
        vm.startPrank(SERVICING);
        vm.expectRevert(reason);
        agent.openEvent(REDEMPTION, address(token), address(cash), PaymentKind.Coupon, SERVICING);
        vm.expectRevert(reason);
        agent.fund(COUPON, 1);
        vm.expectRevert(reason);
        agent.closeEvent(COUPON);
        vm.expectRevert(reason);
        agent.pay(COUPON, payment(10, SERVICING, 1), LATER);
        uint64[] memory numbers = new uint64[](1);
        address[] memory wallets = new address[](1);
        (numbers[0], wallets[0]) = (10, alice);
        vm.expectRevert(reason);
        agent.payComputed(COUPON, numbers, wallets, Rate(1, 1, Rounding.Down), LATER);
        vm.expectRevert(reason);
        agent.redeemAndPay(COUPON, one(10, alice, 1), new uint128[](1), LATER);
        vm.expectRevert(reason);
        agent.retire(address(token), new uint64[](1), order());
        vm.expectRevert(reason);
        agent.drawFor(address(cash), alice, SERVICING, 1, 1, order());
        vm.stopPrank();
        assertFigures(COUPON, 500, 0, 0);
        vm.assertTrue(agent.supportsInterface(type(IPayingAgent).interfaceId));
        vm.assertTrue(agent.supportsInterface(type(IERC165).interfaceId));
        vm.assertFalse(agent.supportsInterface(0xffffffff));
    }
}
