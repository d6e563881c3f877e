// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPayingAgent, Payment, PaymentKind, Rate, Rounding} from "../../../src/servicing/IPayingAgent.sol";
import {Order} from "../../../src/token/ISecurityToken.sol";
import {CashMoves} from "../../../src/settlement/CashMoves.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {HookCash} from "../../base/cash/HookCash.sol";
import {SilentCash} from "../../base/cash/SilentCash.sol";
import {TrickCash} from "../../base/cash/TrickCash.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Payments of given amounts: each number once, a wallet that refuses is reserved for, a token that stops is not.
contract PaymentsTest is SettlementStage {
    HookCash private hooked;

    function useHooked() private {
        hooked = new HookCash();
        cash = hooked;
        accept(address(cash), 6);
    }

    function pay(Payment[] memory list) private {
        vm.prank(PAYER);
        agent.pay(COUPON, list, LATER);
    }

    function refuses(Payment[] memory list, bytes memory reason) private {
        uint256 held = cash.balanceOf(address(agent));
        vm.expectRevert(reason);
        pay(list);
        vm.assertEq(cash.balanceOf(address(agent)), held, "nothing moved");
        vm.assertFalse(agent.numberUsed(address(token), 10), "no number used");
    }

    function both(uint128 first, uint128 second) private view returns (Payment[] memory) {
        return payments2(Payment(10, alice, first, false), Payment(11, bob, second, false));
    }

    function test_paysInMinorUnits() public {
        fundedCoupon(500);
        vm.recordLogs();
        pay(both(120, 80));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertMinor(alice, 120);
        assertMinor(bob, 80);
        assertFigures(COUPON, 500, 200, 0);
        vm.assertTrue(agent.numberUsed(address(token), 10));
        vm.assertTrue(agent.numberUsed(address(token), 11));
        vm.assertFalse(agent.numberUsed(address(token), 12));
        vm.assertEq(logs.length, 3);
        vm.assertEq(logs[2].topics[0], IPayingAgent.Paid.selector);
        vm.assertEq(logs[2].topics[1], COUPON);
        vm.assertEq(logs[2].topics[2], bytes32(uint256(uint160(address(token)))));
        uint64[] memory numbers = new uint64[](2);
        address[] memory wallets = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (numbers[0], numbers[1]) = (10, 11);
        (wallets[0], wallets[1]) = (alice, bob);
        (amounts[0], amounts[1]) = (120, 80);
        vm.assertEq(keccak256(logs[2].data), keccak256(abi.encode(numbers, wallets, amounts)));
    }

    function test_theEventTellsOfWhatWasPaidOnly() public {
        useHooked();
        fundedCoupon(500);
        hooked.set(bob, HookCash.Way.Refuses);
        Payment[] memory list = new Payment[](4);
        list[0] = Payment(10, alice, 1, true);
        list[1] = Payment(11, alice, 2, false);
        list[2] = Payment(12, bob, 3, false);
        list[3] = Payment(13, carol, 4, false);
        vm.recordLogs();
        pay(list);
        Vm.Log memory found = lastLog(vm.getRecordedLogs(), IPayingAgent.Paid.selector);
        uint64[] memory numbers = new uint64[](2);
        address[] memory wallets = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (numbers[0], numbers[1]) = (11, 13);
        (wallets[0], wallets[1]) = (alice, carol);
        (amounts[0], amounts[1]) = (2, 4);
        vm.assertEq(keccak256(found.data), keccak256(abi.encode(numbers, wallets, amounts)));
        assertFigures(COUPON, 500, 6, 4);
    }

    function test_resumesInBatches() public {
        fundedCoupon(500);
        pay(payment(255, alice, 10));
        Payment[] memory list = new Payment[](3);
        list[0] = Payment(256, alice, 10, false);
        list[1] = Payment(254, bob, 20, false);
        list[2] = Payment(600, bob, 30, false);
        pay(list);
        assertMinor(alice, 20);
        assertMinor(bob, 50);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 254));
        pay(payments2(Payment(700, alice, 1, false), Payment(254, bob, 20, false)));
        assertFigures(COUPON, 500, 70, 0);
        vm.assertFalse(agent.numberUsed(address(token), 700));
    }

    function test_aNumberPaysOnceOverAllEventsOfAToken() public {
        fundedCoupon(500);
        pay(payment(10, alice, 10));
        cash.mint(TREASURY, 500 * SCALE);
        openFunded(REDEMPTION, address(cash), PaymentKind.Redemption, 500);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 10));
        vm.prank(PAYER);
        agent.pay(REDEMPTION, payment(10, alice, 10), LATER);
        assertFigures(REDEMPTION, 500, 0, 0);
    }

    function test_refusesBadItems() public {
        fundedCoupon(500);
        refuses(
            payments2(Payment(10, alice, 1, false), Payment(10, bob, 1, false)),
            abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 10)
        );
        refuses(payment(0, alice, 1), abi.encodeWithSelector(IPayingAgent.PayNumberZero.selector, token));
        refuses(payment(10, alice, 0), abi.encodeWithSelector(IPayingAgent.PayZeroAmount.selector, COUPON, 10));
        refuses(
            payment(10, address(0), 1),
            abi.encodeWithSelector(IPayingAgent.PayWalletInvalid.selector, COUPON, 10, address(0))
        );
        refuses(
            payment(10, address(agent), 1),
            abi.encodeWithSelector(IPayingAgent.PayWalletInvalid.selector, COUPON, 10, agent)
        );
        refuses(new Payment[](0), abi.encodeWithSelector(IPayingAgent.PayBatchSize.selector, 0, 250));
        refuses(new Payment[](251), abi.encodeWithSelector(IPayingAgent.PayBatchSize.selector, 251, 250));
        refuses(both(400, 101), abi.encodeWithSelector(IPayingAgent.PayUnderfunded.selector, COUPON, 501, 500));
    }

    function test_validUntilIsTheLastSecond() public {
        fundedCoupon(500);
        vm.warp(LATER + 1);
        refuses(
            payment(10, alice, 1), abi.encodeWithSelector(IPayingAgent.PayExpired.selector, COUPON, LATER, LATER + 1)
        );
        vm.warp(LATER);
        pay(payment(10, alice, 1));
        assertMinor(alice, 1);
    }

    function test_pauseFreezeAndLapseOfTheSecurityDoNotStopPayments() public {
        fundedCoupon(500);
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.warp(KYC_EXPIRY);
        vm.prank(PAYER);
        agent.pay(COUPON, payment(10, alice, 10), KYC_EXPIRY);
        assertMinor(alice, 10);
    }

    function test_markedPaymentsGoToTheReserve() public {
        fundedCoupon(500);
        vm.recordLogs();
        pay(payments2(Payment(10, alice, 120, true), Payment(11, bob, 80, false)));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[0].topics[0], IPayingAgent.Reserved.selector);
        vm.assertEq(uint256(logs[0].topics[2]), 10);
        vm.assertEq(keccak256(logs[0].data), keccak256(abi.encode(uint256(120), "")));
        assertMinor(alice, 0);
        assertMinor(bob, 80);
        assertFigures(COUPON, 500, 80, 120);
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 120);
        vm.assertEq(agent.owedIn(address(cash)), 420);
    }

    function test_aWalletThatRefusesIsReservedForAndTheOthersArePaid() public {
        useHooked();
        fundedCoupon(500);
        hooked.set(alice, HookCash.Way.Refuses);
        vm.recordLogs();
        pay(both(120, 80));
        Vm.Log memory found = lastLog(vm.getRecordedLogs(), IPayingAgent.Reserved.selector);
        assertFigures(COUPON, 500, 80, 120);
        assertMinor(bob, 80);
        bytes memory reason = abi.encodeWithSelector(HookCash.Refused.selector, alice);
        vm.assertEq(keccak256(found.data), keccak256(abi.encode(uint256(120), reason)));
    }

    function test_trap_aRuleThatBurnsGasOrReturnsMegabytes() public {
        useHooked();
        fundedCoupon(500);
        hooked.set(alice, HookCash.Way.BurnsGas);
        hooked.set(carol, HookCash.Way.ReturnsMegabyte);
        Payment[] memory list = new Payment[](3);
        list[0] = Payment(10, alice, 1, false);
        list[1] = Payment(11, carol, 2, false);
        list[2] = Payment(12, bob, 3, false);
        uint256 before = gasleft();
        pay(list);
        vm.assertLt(before - gasleft(), 900_000, "two tricks cost two limits at most");
        assertFigures(COUPON, 500, 3, 3);
        assertMinor(bob, 3);
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 1);
        vm.assertEq(agent.unclaimedOf(address(cash), carol), 2);
    }

    /// @dev With too little gas a good wallet's transfer would fail for want of gas and be taken for a refusal.
    function test_tooLittleGasRevertsAndReservesNothing() public {
        fundedCoupon(500);
        Payment[] memory list = both(120, 80);
        for (uint256 gas = 100_000; gas < 460_000; gas += 10_000) {
            vm.prank(PAYER);
            (bool done,) = address(agent).call{gas: gas}(abi.encodeCall(agent.pay, (COUPON, list, LATER)));
            vm.assertEq(agent.unclaimedOf(address(cash), alice) + agent.unclaimedOf(address(cash), bob), 0);
            if (done) return;
        }
        vm.assertTrue(false, "never enough");
    }

    function test_tooLittleGasIsSaid() public {
        fundedCoupon(500);
        vm.expectPartialRevert(IPayingAgent.PayGasTooLow.selector);
        vm.prank(PAYER);
        agent.pay{gas: 300_000}(COUPON, payment(10, alice, 1), LATER);
    }

    function test_tooLittleGasForTheProbeIsSaid() public {
        useHooked();
        fundedCoupon(500);
        hooked.set(alice, HookCash.Way.BurnsGas);
        vm.expectPartialRevert(IPayingAgent.PayGasTooLow.selector);
        vm.prank(PAYER);
        agent.pay{gas: 450_000}(COUPON, payment(10, alice, 1), LATER);
    }

    /// @dev Nothing is reserved because a token stands still: the numbers stay unused and bank rails may pay them.
    function test_aCashTokenThatStopsRevertsTheBatch() public {
        TrickCash trick = new TrickCash();
        cash = trick;
        accept(address(cash), 6);
        fundedCoupon(500);
        trick.play(TrickCash.Trick.Stopped);
        refuses(
            both(120, 80),
            abi.encodeWithSelector(
                IPayingAgent.PayCashStopped.selector, cash, abi.encodeWithSignature("Error(string)", "stopped")
            )
        );
        trick.play(TrickCash.Trick.ReturnsFalse);
        refuses(
            both(120, 80),
            abi.encodeWithSelector(IPayingAgent.PayCashStopped.selector, cash, abi.encode(uint256(0)))
        );
        assertFigures(COUPON, 500, 0, 0);
    }

    function test_trap_aTokenThatBeginsToTakeAFeeOrToLie() public {
        TrickCash trick = new TrickCash();
        cash = trick;
        accept(address(cash), 6);
        fundedCoupon(500);
        trick.play(TrickCash.Trick.FeeFromReceiver);
        refuses(
            both(120, 80),
            abi.encodeWithSelector(
                CashMoves.CashMovedOtherwise.selector, cash, alice, 120 * SCALE, 120 * SCALE - 1
            )
        );
        trick.play(TrickCash.Trick.MovesNothing);
        refuses(
            both(120, 80),
            abi.encodeWithSelector(CashMoves.CashMovedOtherwise.selector, cash, alice, 120 * SCALE, 0)
        );
        trick.play(TrickCash.Trick.FeeFromSender);
        refuses(
            both(120, 80),
            abi.encodeWithSelector(CashMoves.CashMovedOtherwise.selector, cash, agent, 200 * SCALE, 200 * SCALE + 2)
        );
    }

    /// @dev If cash was taken away from the agent by an order, nothing is promised out of what is not there.
    function test_cashThatIsNotThereIsNotPaid() public {
        fundedCoupon(500);
        vm.prank(address(agent));
        cash.transfer(carol, 400 * SCALE);
        refuses(
            both(70, 80),
            abi.encodeWithSelector(IPayingAgent.PayCashMissing.selector, cash, 150 * SCALE, 100 * SCALE)
        );
    }

    function test_cashThatSaysNothingIsPaid() public {
        SilentCash silent = new SilentCash();
        accept(address(silent), 6);
        silent.mint(TREASURY, 500 * SCALE);
        openFunded(COUPON, address(silent), PaymentKind.Coupon, 500);
        pay(both(120, 80));
        vm.assertEq(silent.balanceOf(alice), 120 * SCALE);
        assertFigures(COUPON, 500, 200, 0);
    }

    function test_aCashTokenThatVanishedIsNotTakenForPaid() public {
        fundedCoupon(500);
        vm.etch(address(cash), "");
        vm.expectRevert(abi.encodeWithSelector(CashMoves.CashUnreadable.selector, cash));
        pay(both(120, 80));
        vm.assertFalse(agent.numberUsed(address(token), 10));
    }

    function test_trap_reentrancyFromTheCashToken() public {
        useHooked();
        fundedCoupon(500);
        cash.mint(TREASURY, 500 * SCALE);
        vm.prank(ADMIN);
        manager.grantRole(19, address(cash), 0);
        Payment[] memory marked = payment(20, alice, 40);
        marked[0].toReserve = true;
        pay(marked);
        refusedInside(abi.encodeCall(agent.pay, (COUPON, payment(12, alice, 50), LATER)), 100);
        refusedInside(abi.encodeCall(agent.closeEvent, (COUPON)), 101);
        refusedInside(abi.encodeCall(agent.fund, (COUPON, 5)), 102);
        refusedInside(abi.encodeCall(agent.draw, (address(cash))), 103);
        uint64[] memory numbers = new uint64[](1);
        address[] memory wallets = new address[](1);
        (numbers[0], wallets[0]) = (12, alice);
        Rate memory rate = Rate(1, 1, Rounding.Down);
        refusedInside(abi.encodeCall(agent.payComputed, (COUPON, numbers, wallets, rate, LATER)), 104);
        bytes memory redemption =
            abi.encodeCall(agent.redeemAndPay, (COUPON, one(12, alice, 1), new uint128[](1), LATER));
        refusedInside(redemption, 105);
        assertFigures(COUPON, 500, 60, 40);
        assertMinor(address(agent), 440);
        hooked.callOut(alice, address(agent), abi.encodeCall(agent.pay, (COUPON, payment(12, carol, 50), LATER)));
        vm.prank(alice);
        cash.transfer(bob, 1);
        vm.assertTrue(hooked.hookDone(), "the same call passes where nothing is under way");
    }

    function refusedInside(bytes memory call, uint64 number) private {
        hooked.callOut(alice, address(agent), call);
        pay(payment(number, alice, 10));
        vm.assertFalse(hooked.hookDone());
        vm.assertEq(
            bytes32(hooked.hookAnswer()), bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }

    /// @dev A wallet's hook that sends money back to the agent must not stop the batch.
    function test_moneySentBackStopsNobody() public {
        useHooked();
        fundedCoupon(500);
        vm.prank(bob);
        cash.approve(address(hooked), type(uint256).max);
        cash.mint(bob, SCALE);
        hooked.callOut(alice, address(cash), abi.encodeCall(cash.transferFrom, (bob, address(agent), SCALE)));
        pay(both(120, 80));
        assertFigures(COUPON, 500, 200, 0);
        assertMinor(address(agent), 301);
    }

    function test_retiredNumbersNeverPay() public {
        fundedCoupon(500);
        uint64[] memory numbers = new uint64[](2);
        (numbers[0], numbers[1]) = (10, 300);
        vm.recordLogs();
        vm.prank(PAYER);
        agent.retire(address(token), numbers, order());
        vm.assertEq(vm.getRecordedLogs()[1].topics[0], IPayingAgent.NumberRetired.selector);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 300));
        pay(payment(300, alice, 1));
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, token, 10));
        vm.prank(PAYER);
        agent.retire(address(token), numbers, order());
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayBasisMissing.selector));
        vm.prank(PAYER);
        agent.retire(address(token), numbers, Order(0, REFERENCE));
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayBatchSize.selector, 0, 250));
        vm.prank(PAYER);
        agent.retire(address(token), new uint64[](0), order());
    }

    function testFuzz_figuresAddUp(uint128[5] memory amounts, uint8 marked, uint8 refusing) public {
        useHooked();
        fundedCoupon(5_000);
        Payment[] memory list = new Payment[](5);
        uint256 paid;
        uint256 reserved;
        for (uint64 i; i < 5; ++i) {
            address wallet = address(uint160(0x7000 + i));
            list[i] = Payment(10 + i, wallet, uint128(bound(amounts[i], 1, 1_000)), (marked >> i) & 1 == 1);
            if ((refusing >> i) & 1 == 1) hooked.set(wallet, HookCash.Way.Refuses);
            if ((marked | refusing) >> i & 1 == 1) reserved += list[i].amount;
            else paid += list[i].amount;
        }
        pay(list);
        assertFigures(COUPON, 5_000, paid, reserved);
        assertMinor(address(agent), 5_000 - paid);
        vm.assertEq(agent.owedIn(address(cash)), 5_000 - paid);
    }
}
