// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEngine} from "../../src/compliance/IEngine.sol";
import {IIdentityRegistry} from "../../src/identity/IIdentityRegistry.sol";
import {IERC7943Fungible} from "../../src/token/core/IERC7943.sol";
import {RestrictedToken} from "../../src/token/core/RestrictedToken.sol";
import {IERC3643} from "../../src/token/IERC3643.sol";
import {ISecurityToken, Item} from "../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Stage} from "../base/Stage.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Transfers by holders, orders of law, freezes and pause: who is stopped, and who is never stopped.
contract MovementTest is Stage {
    function setUp() public override {
        super.setUp();
        aliceHolds1000();
    }

    function test_holderTransfers() public {
        vm.prank(alice);
        vm.assertTrue(token.transfer(bob, 300));
        assertBalances(700, 300);
        assertCap(1_000, 0, 1_000, 0, 0);
    }

    function test_transferFromSpendsTheAllowance() public {
        vm.prank(alice);
        token.approve(carol, 100);
        vm.prank(carol);
        token.transferFrom(alice, bob, 60);
        vm.assertEq(token.allowance(alice, carol), 40);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, carol, 40, 41));
        vm.prank(carol);
        token.transferFrom(alice, bob, 41);
        assertBalances(940, 60);
    }

    function test_batchTransferIsAllOrNothing() public {
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], to[1], amounts[0], amounts[1]) = (bob, bob, 600, 401);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000, 1_001));
        vm.prank(alice);
        token.batchTransfer(to, amounts);
        assertBalances(1_000, 0);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenLengthMismatch.selector, 2, 1));
        vm.prank(alice);
        token.batchTransfer(to, new uint256[](1));
    }

    function test_orderOfChecks() public {
        vm.warp(KYC_EXPIRY);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000, 1_001));
        token.transfer(carol, 1_001);
        vm.stopPrank();
        freeze(alice, 900);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, 101, 100));
        token.transfer(carol, 101);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityExpired.selector, alice, KYC_EXPIRY, KYC_EXPIRY)
        );
        token.transfer(carol, 1);
        vm.stopPrank();
        register(alice, KYC_EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol));
        vm.prank(alice);
        token.transfer(carol, 1);
    }

    function test_lapsedHolderKeepsWhatHeHasAndIsPaid() public {
        register(alice, START + 1 days);
        vm.warp(START + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityExpired.selector, alice, START + 1 days, START + 1 days)
        );
        vm.prank(alice);
        token.transfer(bob, 1);
        vm.assertEq(token.balanceOf(alice), 1_000);
        redeem(3, alice, 1_000);
        assertCap(1_000, 0, 1_000, 1_000, 0);
    }

    function test_lapsedReceiverIsRefused() public {
        register(bob, START + 1 days);
        vm.warp(START + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityExpired.selector, bob, START + 1 days, START + 1 days)
        );
        vm.prank(alice);
        token.transfer(bob, 1);
        assertBalances(1_000, 0);
    }

    function test_transfersCloseAtMaturityAndRedemptionDoesNot() public {
        vm.warp(MATURITY - 1);
        vm.prank(alice);
        token.transfer(bob, 1);
        vm.warp(MATURITY);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineMatured.selector, address(token), MATURITY, MATURITY));
        vm.prank(alice);
        token.transfer(bob, 1);
        redeem(3, alice, 999);
        redeem(4, bob, 1);
        assertCap(1_000, 0, 1_000, 1_000, 0);
    }

    function test_pauseStopsTransfersAndIssueButNoPaymentAndNoOrder() public {
        confirmUnits(token, 10, 11, 5);
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        vm.assertTrue(token.paused());
        bytes memory stopped = abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, address(token));
        vm.expectRevert(stopped);
        vm.prank(alice);
        token.transfer(bob, 1);
        vm.expectRevert(stopped);
        issueUnits(11, alice, 5);
        redeem(12, alice, 100);
        annul(13, alice, 50);
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 14, alice, bob, 25, order());
        assertBalances(825, 25);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, PAUSER));
        vm.prank(PAUSER);
        controller.unpause(address(token), order());
        vm.prank(RESUMER);
        controller.unpause(address(token), order());
        vm.prank(alice);
        token.transfer(bob, 1);
    }

    function test_frozenWalletNeitherSendsNorReceivesButIsPaid() public {
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, alice));
        vm.prank(alice);
        token.transfer(bob, 1);
        issueToBob(10, 11, 5);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, alice));
        vm.prank(bob);
        token.transfer(alice, 1);
        redeem(12, alice, 400);
        annul(13, alice, 100);
        vm.assertEq(token.balanceOf(alice), 500);
        vm.assertTrue(token.isFrozen(alice));
    }

    function test_flaggedWalletNeitherSendsNorReceivesAndRenewalDoesNotLiftIt() public {
        address[] memory wallets = new address[](1);
        uint32[] memory flags = new uint32[](1);
        (wallets[0], flags[0]) = (alice, 4);
        vm.prank(IDENTITY);
        registry.setFlagsBatch(wallets, flags);
        register(alice, KYC_EXPIRY + 1);
        bytes memory flagged = abi.encodeWithSelector(IIdentityRegistry.IdentityFlagged.selector, alice, 4);
        vm.expectRevert(flagged);
        vm.prank(alice);
        token.transfer(bob, 1);
        vm.prank(IDENTITY);
        registry.removeBatch(wallets);
        register(alice, KYC_EXPIRY);
        vm.expectRevert(flagged);
        vm.prank(alice);
        token.transfer(bob, 1);
    }

    function test_partialFreezeLeavesTheRestFree() public {
        freeze(alice, 600);
        vm.expectRevert(abi.encodeWithSelector(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, 401, 400));
        vm.prank(alice);
        token.transfer(bob, 401);
        vm.prank(alice);
        token.transfer(bob, 400);
        assertBalances(600, 400);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenFreezeExceedsBalance.selector, alice, 1, 0));
        vm.prank(ENFORCEMENT);
        controller.freezeUnits(address(token), alice, 1, order());
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenUnfreezeExceedsFrozen.selector, alice, 601, 600));
        vm.prank(ENFORCEMENT);
        controller.unfreezeUnits(address(token), alice, 601, order());
        vm.prank(ENFORCEMENT);
        controller.unfreezeUnits(address(token), alice, 600, order());
        vm.assertEq(token.getFrozenTokens(alice), 0);
    }

    function test_redemptionTakesFreeUnitsFirst() public {
        freeze(alice, 600);
        redeem(3, alice, 300);
        vm.assertEq(token.getFrozenTokens(alice), 600);
        redeem(4, alice, 300);
        vm.assertEq(token.getFrozenTokens(alice), 400);
        vm.assertEq(token.balanceOf(alice), 400);
    }

    function test_forcedTransferMovesFrozenUnitsToo() public {
        freeze(alice, 900);
        vm.recordLogs();
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 3, alice, bob, 500, order());
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 5);
        vm.assertEq(logs[0].topics[0], keccak256("Frozen(address,uint256)"));
        vm.assertEq(logs[1].topics[0], keccak256("TokensUnfrozen(address,uint256)"));
        vm.assertEq(logs[2].topics[0], keccak256("Transfer(address,address,uint256)"));
        vm.assertEq(logs[3].topics[0], keccak256("TransferForced(uint64,address,address,uint256,uint16,bytes32)"));
        vm.assertEq(logs[3].topics[1], bytes32(uint256(3)));
        vm.assertEq(logs[3].data, abi.encode(500, BASIS, REFERENCE));
        vm.assertEq(logs[4].topics[0], keccak256("ForcedTransfer(address,address,uint256)"));
        assertBalances(500, 500);
        vm.assertEq(token.getFrozenTokens(alice), 500);
    }

    function test_onlyEnforcementMovesByForceAndFreezes() public {
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ISSUER);
        vm.startPrank(ISSUER);
        vm.expectRevert(refused);
        controller.forcedTransfer(address(token), 3, alice, bob, 500, order());
        vm.expectRevert(refused);
        controller.recover(address(token), 3, alice, bob, order());
        vm.expectRevert(refused);
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.expectRevert(refused);
        controller.freezeUnits(address(token), alice, 1, order());
        vm.expectRevert(refused);
        controller.unfreezeUnits(address(token), alice, 1, order());
        vm.expectRevert(refused);
        controller.setFrozenUnits(address(token), alice, 1, order());
        vm.stopPrank();
        vm.assertFalse(token.isFrozen(alice));
        vm.assertEq(token.getFrozenTokens(alice), 0);
        assertBalances(1_000, 0);
        vm.assertFalse(controller.numberUsed(address(token), 3));
    }

    function test_forcedTransferToSelfIsRefusedAndErasesNoFreeze() public {
        freeze(alice, 900);
        vm.expectRevert(abi.encodeWithSelector(RestrictedToken.TokenTransferToSelf.selector, alice));
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 3, alice, alice, 500, order());
        vm.assertEq(token.getFrozenTokens(alice), 900);
        vm.assertFalse(controller.numberUsed(address(token), 3));
    }

    function test_transferToSelfChangesNothing() public {
        freeze(alice, 100);
        vm.prank(alice);
        token.transfer(alice, 900);
        vm.assertEq(token.balanceOf(alice), 1_000);
        vm.assertEq(token.getFrozenTokens(alice), 100);
    }

    function test_forcedTransferNeedsAVerifiedAndUnfrozenReceiver() public {
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol));
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 3, alice, carol, 1, order());
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), bob, true, order());
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, bob));
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 3, alice, bob, 1, order());
    }

    function test_recoveryKeepsRestrictionsAndIdentity() public {
        freeze(alice, 250);
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), alice, true, order());
        registerAs(carol, alice, KYC_EXPIRY);
        vm.prank(ENFORCEMENT);
        controller.recover(address(token), 3, alice, carol, order());
        vm.assertEq(token.balanceOf(alice), 0);
        vm.assertEq(token.balanceOf(carol), 1_000);
        vm.assertEq(token.getFrozenTokens(carol), 250);
        vm.assertTrue(token.isFrozen(carol));
    }

    function test_recoveryIntoAnotherInvestorIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenOtherIdentity.selector, alice, bob));
        vm.prank(ENFORCEMENT);
        controller.recover(address(token), 3, alice, bob, order());
        assertBalances(1_000, 0);
    }

    function test_batchOfRedemptionsOnOneWalletIsExact() public {
        Item[] memory items = new Item[](2);
        (items[0], items[1]) = (Item(3, alice, 600), Item(4, alice, 401));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 400, 401));
        vm.prank(SERVICING);
        controller.redeem(address(token), items);
        assertCap(1_000, 0, 1_000, 0, 0);
        items[1].units = 400;
        vm.prank(SERVICING);
        controller.redeem(address(token), items);
        assertCap(1_000, 0, 1_000, 1_000, 0);
    }

    function test_everyCauseFollowsItsTransferImmediately() public {
        Item[] memory items = new Item[](2);
        (items[0], items[1]) = (Item(3, alice, 10), Item(4, alice, 20));
        vm.recordLogs();
        vm.prank(SERVICING);
        controller.redeem(address(token), items);
        vm.prank(ENFORCEMENT);
        (items[0].number, items[1].number) = (5, 6);
        controller.annul(address(token), items, order());
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 8);
        for (uint256 i; i < 8; i += 2) {
            vm.assertEq(logs[i].topics[0], keccak256("Transfer(address,address,uint256)"));
            vm.assertEq(logs[i + 1].topics[1], bytes32(3 + i / 2));
            (uint256 moved, uint256 caused) = (abi.decode(logs[i].data, (uint256)), firstWord(logs[i + 1].data));
            vm.assertEq(moved, caused);
        }
        vm.assertEq(logs[1].topics[0], keccak256("Redeemed(uint64,address,uint256)"));
        vm.assertEq(logs[5].topics[0], keccak256("Annulled(uint64,address,uint256,uint16,bytes32)"));
    }

    function test_rawPowersCarryNumberZeroAndPassTheSameRules() public {
        grantAgent(IERC3643.burn.selector);
        grantAgent(IERC3643.forcedTransfer.selector);
        grantAgent(IERC3643.recoveryAddress.selector);
        vm.startPrank(AGENT);
        token.burn(alice, 100);
        token.forcedTransfer(alice, bob, 200);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenOtherIdentity.selector, alice, bob));
        token.recoveryAddress(alice, bob, alice);
        vm.stopPrank();
        assertBalances(700, 200);
        assertCap(1_000, 0, 1_000, 100, 0);
    }

    function testFuzz_transferConserves(uint256 units, uint256 frozen) public {
        units = bound(units, 0, 1_200);
        frozen = bound(frozen, 0, 1_000);
        if (frozen != 0) freeze(alice, uint128(frozen));
        vm.prank(alice);
        try token.transfer(bob, units) {
            vm.assertTrue(units <= 1_000 - frozen, "more than was free");
            assertBalances(1_000 - units, units);
        } catch {
            vm.assertTrue(units > 1_000 - frozen, "refused what was free");
            assertBalances(1_000, 0);
        }
    }

    function redeem(uint64 number, address wallet, uint128 units) private {
        vm.prank(SERVICING);
        controller.redeem(address(token), one(number, wallet, units));
    }

    function annul(uint64 number, address wallet, uint128 units) private {
        vm.prank(ENFORCEMENT);
        controller.annul(address(token), one(number, wallet, units), order());
    }

    function freeze(address wallet, uint128 units) private {
        vm.prank(ENFORCEMENT);
        controller.freezeUnits(address(token), wallet, units, order());
    }

    function issueToBob(uint64 number, uint64 issueNumber, uint128 units) private {
        confirmUnits(token, number, issueNumber, units);
        issueUnits(issueNumber, bob, units);
    }

    function assertBalances(uint256 ofAlice, uint256 ofBob) private view {
        vm.assertEq(token.balanceOf(alice), ofAlice);
        vm.assertEq(token.balanceOf(bob), ofBob);
    }

    function firstWord(bytes memory data) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(data, 0x20))
        }
    }
}
