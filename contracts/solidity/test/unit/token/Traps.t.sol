// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Roles} from "../../../src/authority/Roles.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {RestrictedToken} from "../../../src/token/core/RestrictedToken.sol";
import {Confirmation, IController} from "../../../src/token/IController.sol";
import {ISecurityToken, Item} from "../../../src/token/ISecurityToken.sol";
import {Stage} from "../../base/Stage.sol";

/// @notice Traps that other suites fell into, each by name.
contract TrapsTest is Stage {
    function setUp() public override {
        super.setUp();
        aliceHolds1000();
        confirmUnits(token, 100, 101, 500);
    }

    function test_forcedTransferToSelf() public {
        vm.expectRevert(abi.encodeWithSelector(RestrictedToken.TokenTransferToSelf.selector, alice));
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 3, alice, alice, 1, order());
        vm.assertFalse(controller.numberUsed(address(token), 3));
    }

    function test_recoveryIntoTheSameWallet() public {
        vm.expectRevert(abi.encodeWithSelector(RestrictedToken.TokenTransferToSelf.selector, alice));
        vm.prank(ENFORCEMENT);
        controller.recover(address(token), 3, alice, alice, order());
    }

    function test_recoveryIntoAnotherIdentity() public {
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenOtherIdentity.selector, alice, bob));
        vm.prank(ENFORCEMENT);
        controller.recover(address(token), 3, alice, bob, order());
        vm.assertEq(token.balanceOf(bob), 0);
    }

    function test_issueToAFrozenWallet() public {
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, alice));
        issueUnits(101, alice, 500);
        vm.assertEq(token.balanceOf(alice), 1_000);
    }

    function test_issueWhilePausedAndRedeemWhilePaused() public {
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, token));
        issueUnits(101, alice, 500);
        vm.prank(SERVICING);
        controller.redeem(address(token), one(3, alice, 1_000));
        vm.assertEq(token.totalSupply(), 0);
    }

    function test_duplicateNumbersInABatch() public {
        Item[] memory items = new Item[](2);
        (items[0], items[1]) = (Item(101, alice, 1), Item(101, bob, 1));
        bytes memory used = abi.encodeWithSelector(IController.ControllerNumberUsed.selector, token, 101);
        vm.expectRevert(used);
        vm.prank(ISSUER);
        controller.issue(address(token), items);
        vm.expectRevert(used);
        vm.prank(SERVICING);
        controller.redeem(address(token), items);
        vm.expectRevert(used);
        vm.prank(ENFORCEMENT);
        controller.annul(address(token), items, order());
        vm.assertFalse(controller.numberUsed(address(token), 101));
    }

    function test_emptyBatchesAndUnequalLengths() public {
        bytes memory size = abi.encodeWithSelector(IController.ControllerBatchSize.selector, 0, 250);
        vm.expectRevert(size);
        vm.prank(ISSUER);
        controller.issue(address(token), new Item[](0));
        vm.expectRevert(size);
        vm.prank(SERVICING);
        controller.redeem(address(token), new Item[](0));
        vm.expectRevert(size);
        vm.prank(ENFORCEMENT);
        controller.annul(address(token), new Item[](0), order());
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerLengthMismatch.selector, 1, 2));
        vm.prank(RELAY);
        controller.confirm(new Confirmation[](1), new bytes[](2));
    }

    function test_transferToTheTokenItself() public {
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, token));
        vm.prank(alice);
        token.transfer(address(token), 1);
        vm.assertEq(token.balanceOf(address(token)), 0);
    }

    function test_transferToSelfMovesNothing() public {
        vm.prank(alice);
        vm.assertTrue(token.transfer(alice, 1_000));
        vm.assertEq(token.balanceOf(alice), 1_000);
    }

    function test_aTransferOfNothingIsATransfer() public {
        vm.recordLogs();
        vm.prank(bob);
        vm.assertTrue(token.transfer(alice, 0));
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol));
        vm.prank(bob);
        token.transfer(carol, 0);
    }

    function test_theEndlessAllowanceIsNotSpent() public {
        vm.prank(alice);
        token.approve(bob, type(uint256).max);
        vm.recordLogs();
        vm.prank(bob);
        token.transferFrom(alice, bob, 10);
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.assertEq(token.allowance(alice, bob), type(uint256).max);
        vm.prank(alice);
        token.approve(bob, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 5, 6));
        vm.prank(bob);
        token.transferFrom(alice, bob, 6);
    }

    function test_aControllerWhoseConfirmerEverybodyIsCannotBeMade() public {
        bytes memory code = vm.getCode("Controller.sol:Controller");
        vm.assertEq(create(abi.encodePacked(code, abi.encode(manager, uint64(0)))), address(0));
        vm.assertEq(create(abi.encodePacked(code, abi.encode(manager, type(uint64).max))), address(0));
        vm.assertTrue(create(abi.encodePacked(code, abi.encode(manager, Roles.CASH_CONFIRMER))) != address(0));
        vm.assertEq(uint256(controller.confirmerRole()), Roles.REGISTRAR);
    }

    function test_contractSize() public view {
        uint256 size = factory.implementation().code.length;
        vm.assertLt(size, 24_576 - 1_024, "room for a repair");
        vm.assertLt(address(controller).code.length, 24_576 - 1_024, "Controller");
    }

    function create(bytes memory code) private returns (address made) {
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
    }
}
