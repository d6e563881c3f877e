// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice A sanction binds the investor, has a role of its own, and bars both ways; two flags bar one way only.
contract SanctionsTest is EngineStage {
    uint32 private constant SANCTIONED = 1 << 31;
    uint32 private constant MAY_NOT_SEND = 1 << 30;
    uint32 private constant MAY_NOT_RECEIVE = 1 << 29;
    address private constant ANNE = address(0x31);
    address private constant FIRST = address(0xA1);
    address private constant LATER = address(0xA2);

    function setUp() public override {
        super.setUp();
        registerFull(FIRST, ANNE, 1, 1);
        give(token, FIRST, 100);
        give(token, alice, 100);
        confirmSome(token, 100);
    }

    function test_aWalletOfASanctionedInvestorIsBornFlagged() public {
        sanction(ANNE, true);
        registerFull(LATER, ANNE, 1, 1);
        vm.assertEq(uint256(registry.recordOf(LATER).flags), SANCTIONED);
        issueRefused(token, LATER, 1, flagged(LATER, SANCTIONED));
        sendRefused(token, alice, LATER, 1, flagged(LATER, SANCTIONED));
        vm.assertFalse(registry.canSend(LATER));
        vm.assertFalse(registry.canReceive(LATER));
        vm.assertFalse(registry.contains(ANNE));
    }

    function test_namingOneWalletMarksItsInvestor() public {
        sanction(FIRST, true);
        sendRefused(token, FIRST, alice, 1, flagged(FIRST, SANCTIONED));
        sendRefused(token, alice, FIRST, 1, flagged(FIRST, SANCTIONED));
        registerFull(LATER, ANNE, 1, 1);
        sendRefused(token, alice, LATER, 1, flagged(LATER, SANCTIONED));
        sanction(FIRST, false);
        send(token, FIRST, alice, 1);
        sendRefused(token, alice, LATER, 1, flagged(LATER, SANCTIONED));
        sanction(LATER, false);
        send(token, alice, LATER, 1);
        registerFull(address(0xA3), ANNE, 1, 1);
        vm.assertTrue(registry.isVerified(address(0xA3)));
    }

    function test_anInvestorWhoseWalletIsHisIdentity() public {
        sanction(alice, true);
        sendRefused(token, alice, bob, 1, flagged(alice, SANCTIONED));
        sanction(alice, false);
        send(token, alice, bob, 1);
    }

    function test_renewalAndRemovalLiftNoSanction() public {
        sanction(FIRST, true);
        registerFull(FIRST, ANNE, 1, 1);
        sendRefused(token, FIRST, alice, 1, flagged(FIRST, SANCTIONED));
        vm.prank(IDENTITY);
        registry.removeBatch(single(FIRST));
        registerFull(FIRST, ANNE, 1, 1);
        sendRefused(token, FIRST, alice, 1, flagged(FIRST, SANCTIONED));
    }

    function test_aWalletMayBeSanctionedBeforeItIsKnown() public {
        sanction(LATER, true);
        vm.assertFalse(registry.contains(LATER));
        registerFull(LATER, ANNE, 1, 1);
        sendRefused(token, alice, LATER, 1, flagged(LATER, SANCTIONED));
        vm.assertEq(uint256(registry.recordOf(FIRST).flags), 0);
    }

    function test_theSanctionIsNoFlagOfTheIdentityRole() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.IdentityFlagReserved.selector, FIRST, SANCTIONED | 1, SANCTIONED
            )
        );
        setFlags(FIRST, SANCTIONED | 1);
        sanction(FIRST, true);
        setFlags(FIRST, 5);
        vm.assertEq(uint256(registry.recordOf(FIRST).flags), SANCTIONED | 5);
        setFlags(FIRST, 0);
        vm.assertEq(uint256(registry.recordOf(FIRST).flags), SANCTIONED);
        setFlags(FIRST, 5);
        sanction(FIRST, false);
        vm.assertEq(uint256(registry.recordOf(FIRST).flags), 5);
        sendRefused(token, FIRST, alice, 1, flagged(FIRST, 5));
    }

    function test_eachRoleHasItsOwnFlags() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, IDENTITY));
        vm.prank(IDENTITY);
        registry.setSanctioned(single(FIRST), true);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, SANCTIONS));
        vm.prank(SANCTIONS);
        registry.setFlagsBatch(single(FIRST), new uint32[](1));
        vm.assertEq(uint256(registry.recordOf(FIRST).flags), 0);
    }

    function test_batchesAreBoundedAndNameSomebody() public {
        vm.startPrank(SANCTIONS);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityBatchSize.selector, 0, 400));
        registry.setSanctioned(new address[](0), true);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityBatchSize.selector, 401, 400));
        registry.setSanctioned(new address[](401), true);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityZero.selector, address(0)));
        registry.setSanctioned(new address[](1), true);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityBatchSize.selector, 0, 400));
        vm.prank(IDENTITY);
        registry.setFlagsBatch(new address[](0), new uint32[](0));
    }

    function test_whoMayNotSendStillReceives() public {
        setFlags(FIRST, MAY_NOT_SEND);
        sendRefused(token, FIRST, alice, 1, flagged(FIRST, MAY_NOT_SEND));
        send(token, alice, FIRST, 1);
        issueTo(token, FIRST, 1);
        vm.assertFalse(registry.canSend(FIRST));
        vm.assertTrue(registry.canReceive(FIRST));
        vm.assertTrue(registry.isVerified(FIRST));
        vm.assertEq(token.balanceOf(FIRST), 102);
    }

    function test_whoMayNotReceiveStillSends() public {
        setFlags(FIRST, MAY_NOT_RECEIVE);
        sendRefused(token, alice, FIRST, 1, flagged(FIRST, MAY_NOT_RECEIVE));
        issueRefused(token, FIRST, 1, flagged(FIRST, MAY_NOT_RECEIVE));
        send(token, FIRST, alice, 1);
        vm.assertTrue(registry.canSend(FIRST));
        vm.assertFalse(registry.canReceive(FIRST));
        vm.assertFalse(registry.isVerified(FIRST));
    }

    function test_aFlagWithoutANameBarsBothWays() public {
        setFlags(FIRST, 1 | MAY_NOT_SEND | MAY_NOT_RECEIVE);
        sendRefused(token, FIRST, alice, 1, flagged(FIRST, 1 | MAY_NOT_SEND));
        sendRefused(token, alice, FIRST, 1, flagged(FIRST, 1 | MAY_NOT_RECEIVE));
    }

    function test_whoIsSanctionedIsPaidAndMovedByOrder() public {
        sanction(FIRST, true);
        redeemFrom(token, FIRST, 60);
        force(token, FIRST, alice, 40);
        vm.assertEq(token.balanceOf(FIRST), 0);
        vm.assertEq(token.balanceOf(alice), 140);
    }

    function test_anOrderOfLawDeliversToNobodyWhoIsSanctioned() public {
        sanction(FIRST, true);
        uint64 number = numbered();
        vm.expectRevert(flagged(FIRST, SANCTIONED));
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), number, alice, FIRST, 1, order());
        vm.assertEq(token.balanceOf(FIRST), 100);
    }

    function sanction(address account, bool on) private {
        vm.prank(SANCTIONS);
        registry.setSanctioned(single(account), on);
    }

    function setFlags(address wallet, uint32 value) private {
        uint32[] memory flags = new uint32[](1);
        flags[0] = value;
        vm.prank(IDENTITY);
        registry.setFlagsBatch(single(wallet), flags);
    }

    function flagged(address wallet, uint32 flags) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IIdentityRegistry.IdentityFlagged.selector, wallet, flags);
    }
}
