// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {IPayingAgent, Payment} from "../../../src/servicing/IPayingAgent.sol";
import {Order} from "../../../src/token/ISecurityToken.sol";
import {CashMoves} from "../../../src/settlement/CashMoves.sol";
import {ICashBook} from "../../../src/settlement/ICashBook.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {HookCash} from "../../base/cash/HookCash.sol";
import {TrickCash} from "../../base/cash/TrickCash.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice What is reserved for a holder leaves to him, or on an order on his behalf, and never twice.
contract UnclaimedTest is SettlementStage {
    TrickCash private trick;
    HookCash private hooked;

    function reserved(uint128 amount) private {
        fundedCoupon(500);
        Payment[] memory list = payment(10, alice, amount);
        list[0].toReserve = true;
        vm.prank(PAYER);
        agent.pay(COUPON, list, LATER);
    }

    function drawFor(address wallet, address to, uint256 amount, uint64 number) private {
        vm.prank(UNCLAIMED);
        agent.drawFor(address(cash), wallet, to, amount, number, order());
    }

    function test_theHolderDrawsAll() public {
        reserved(120);
        vm.recordLogs();
        vm.prank(alice);
        agent.draw(address(cash));
        Vm.Log memory found = lastLog(vm.getRecordedLogs(), IPayingAgent.Drawn.selector);
        vm.assertEq(uint256(found.topics[2]), 0, "no number");
        vm.assertEq(keccak256(found.data), keccak256(abi.encode(alice, uint256(120), uint256(0), bytes32(0))));
        assertMinor(alice, 120);
        assertMinor(address(agent), 380);
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 0);
        vm.assertEq(agent.owedIn(address(cash)), 380);
        nothingFor(alice, 0, 0);
    }

    function nothingFor(address wallet, uint256 requested, uint256 held) private {
        vm.expectRevert(
            abi.encodeWithSelector(IPayingAgent.PayNothingUnclaimed.selector, cash, wallet, requested, held)
        );
        vm.prank(wallet);
        agent.draw(address(cash));
    }

    function test_nobodyDrawsAnothersReserve() public {
        reserved(120);
        nothingFor(bob, 0, 0);
        assertMinor(bob, 0);
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 120);
    }

    /// @dev What waits because its holder lapsed or was sanctioned must not be his for the asking.
    function test_aLapsedOrFlaggedHolderDoesNotDrawHimself() public {
        reserved(120);
        address[] memory wallets = new address[](1);
        uint32[] memory flags = new uint32[](1);
        (wallets[0], flags[0]) = (alice, 4);
        vm.prank(IDENTITY);
        registry.setFlagsBatch(wallets, flags);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityFlagged.selector, alice, 4));
        vm.prank(alice);
        agent.draw(address(cash));
        flags[0] = 0;
        vm.prank(IDENTITY);
        registry.setFlagsBatch(wallets, flags);
        vm.warp(KYC_EXPIRY);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityExpired.selector, alice, KYC_EXPIRY, KYC_EXPIRY)
        );
        vm.prank(alice);
        agent.draw(address(cash));
        drawFor(alice, carol, 120, 5);
        assertMinor(carol, 120);
    }

    function test_anOrderDrawsInParts() public {
        reserved(120);
        vm.recordLogs();
        drawFor(alice, carol, 50, 5);
        Vm.Log memory found = lastLog(vm.getRecordedLogs(), IPayingAgent.Drawn.selector);
        vm.assertEq(uint256(found.topics[2]), 5);
        vm.assertEq(found.topics[3], bytes32(uint256(uint160(alice))));
        vm.assertEq(keccak256(found.data), keccak256(abi.encode(carol, uint256(50), uint256(BASIS), REFERENCE)));
        assertMinor(carol, 50);
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 70);
        vm.assertTrue(agent.numberUsed(address(cash), 5));
        drawFor(alice, alice, 70, 6);
        assertMinor(alice, 70);
        assertMinor(address(agent), 380);
    }

    function test_anOrderActsOnceAndWithinTheReserve() public {
        reserved(120);
        drawFor(alice, carol, 50, 5);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberUsed.selector, cash, 5));
        drawFor(alice, carol, 50, 5);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNumberZero.selector, cash));
        drawFor(alice, carol, 50, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IPayingAgent.PayNothingUnclaimed.selector, cash, alice, 71, 70)
        );
        drawFor(alice, carol, 71, 6);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayNothingUnclaimed.selector, cash, alice, 0, 70));
        drawFor(alice, carol, 0, 6);
        vm.expectRevert(
            abi.encodeWithSelector(CashMoves.CashMovedOtherwise.selector, cash, agent, 10 * SCALE, 0)
        );
        drawFor(alice, address(agent), 10, 6);
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 70);
        vm.assertFalse(agent.numberUsed(address(cash), 6));
    }

    function test_anOrderRestsOnALaw() public {
        reserved(120);
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayBasisMissing.selector));
        vm.prank(UNCLAIMED);
        agent.drawFor(address(cash), alice, carol, 10, 6, Order(0, REFERENCE));
        vm.expectRevert(abi.encodeWithSelector(IPayingAgent.PayBasisMissing.selector));
        vm.prank(UNCLAIMED);
        agent.drawFor(address(cash), alice, carol, 10, 6, Order(BASIS, 0));
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 120);
    }

    function test_drawsAreMeasured() public {
        trick = new TrickCash();
        cash = trick;
        accept(address(cash), 6);
        reserved(120);
        trick.play(TrickCash.Trick.MovesNothing);
        vm.expectRevert(
            abi.encodeWithSelector(CashMoves.CashMovedOtherwise.selector, cash, alice, 120 * SCALE, 0)
        );
        vm.prank(alice);
        agent.draw(address(cash));
        vm.assertEq(agent.unclaimedOf(address(cash), alice), 120);
    }

    function test_aReserveOutlivesTheCashBooksEntry() public {
        reserved(120);
        vm.prank(ADMIN);
        book.remove(address(cash));
        vm.prank(alice);
        agent.draw(address(cash));
        assertMinor(alice, 120);
    }

    function test_trap_reentrantDrawPaysOnce() public {
        hooked = new HookCash();
        cash = hooked;
        accept(address(cash), 6);
        reserved(120);
        vm.prank(ADMIN);
        manager.grantRole(20, address(cash), 0);
        bytes memory again =
            abi.encodeCall(agent.drawFor, (address(cash), alice, carol, 120, 9, order()));
        hooked.callOut(alice, address(agent), again);
        vm.prank(alice);
        agent.draw(address(cash));
        vm.assertFalse(hooked.hookDone());
        vm.assertEq(
            bytes32(hooked.hookAnswer()), bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        assertMinor(alice, 120);
        assertMinor(carol, 0);
    }
}
