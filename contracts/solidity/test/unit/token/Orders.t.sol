// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IController} from "../../../src/token/IController.sol";
import {Item, Order} from "../../../src/token/ISecurityToken.sol";
import {Stage} from "../../base/Stage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Every act of authority names the law it rests on, and its log says so.
contract OrdersTest is Stage {
    function setUp() public override {
        super.setUp();
        aliceHolds1000();
        registerAs(carol, alice, KYC_EXPIRY);
    }

    function test_anOrderWithoutABasisIsRefused() public {
        Order memory none = Order(0, REFERENCE);
        address t = address(token);
        Item[] memory items = one(3, alice, 1);
        refuse(ENFORCEMENT);
        controller.annul(t, items, none);
        refuse(ENFORCEMENT);
        controller.forcedTransfer(t, 3, alice, bob, 1, none);
        refuse(ENFORCEMENT);
        controller.recover(t, 3, alice, carol, none);
        refuse(ENFORCEMENT);
        controller.setWalletFrozen(t, alice, true, none);
        refuse(ENFORCEMENT);
        controller.freezeUnits(t, alice, 1, none);
        refuse(ENFORCEMENT);
        controller.unfreezeUnits(t, alice, 0, none);
        refuse(ENFORCEMENT);
        controller.setFrozenUnits(t, alice, 1, none);
        refuse(PAUSER);
        controller.pause(t, none);
        refuse(RESUMER);
        controller.unpause(t, none);
        refuse(ADMIN);
        controller.deactivate(t, none);
        vm.assertFalse(controller.numberUsed(t, 3));
        vm.assertEq(token.balanceOf(alice), 1_000);
    }

    function test_everyOrderIsLoggedWithBasisAndReference() public {
        address t = address(token);
        vm.recordLogs();
        vm.startPrank(ENFORCEMENT);
        controller.annul(t, one(3, alice, 10), order());
        controller.forcedTransfer(t, 4, alice, bob, 20, order());
        controller.freezeUnits(t, alice, 30, order());
        controller.unfreezeUnits(t, alice, 5, order());
        controller.setFrozenUnits(t, alice, 2_000, order());
        controller.setWalletFrozen(t, alice, true, order());
        controller.recover(t, 5, alice, carol, order());
        vm.stopPrank();
        vm.prank(PAUSER);
        controller.pause(t, order());
        vm.prank(RESUMER);
        controller.unpause(t, order());
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertLogged(logs, "Annulled(uint64,address,uint256,uint16,bytes32)", abi.encode(10, BASIS, REFERENCE));
        assertLogged(
            logs, "TransferForced(uint64,address,address,uint256,uint16,bytes32)", abi.encode(20, BASIS, REFERENCE)
        );
        string memory changed = "UnitsFreezeChanged(address,address,int256,uint16,bytes32)";
        assertLogged(logs, changed, abi.encode(30, BASIS, REFERENCE));
        assertLogged(logs, changed, abi.encode(int256(-5), BASIS, REFERENCE));
        assertLogged(
            logs, "UnitsFreezeSet(address,address,uint256,uint16,bytes32)", abi.encode(2_000, BASIS, REFERENCE)
        );
        assertLogged(
            logs, "WalletFreezeSet(address,address,bool,uint16,bytes32)", abi.encode(true, BASIS, REFERENCE)
        );
        assertLogged(
            logs, "Recovered(uint64,address,address,uint256,uint16,bytes32)", abi.encode(970, BASIS, REFERENCE)
        );
        string memory paused = "TokenPauseSet(address,bool,uint16,bytes32)";
        assertLogged(logs, paused, abi.encode(true, BASIS, REFERENCE));
        assertLogged(logs, paused, abi.encode(false, BASIS, REFERENCE));
    }

    function test_aRecoveryTakesAlongEvenWhatIsFrozenForLater() public {
        address t = address(token);
        vm.startPrank(ENFORCEMENT);
        controller.setFrozenUnits(t, alice, 2_500, order());
        controller.setFrozenUnits(t, carol, 100, order());
        controller.recover(t, 5, alice, carol, order());
        vm.stopPrank();
        vm.assertEq(token.getFrozenTokens(alice), 0);
        vm.assertEq(token.getFrozenTokens(carol), 2_600);
        vm.assertFalse(token.canTransfer(carol, bob, 1));
        vm.assertEq(token.balanceOf(carol), 1_000);
    }

    function test_aRecoveryOfTwoWidestFreezesSaturates() public {
        address t = address(token);
        uint128 widest = type(uint120).max;
        vm.startPrank(ENFORCEMENT);
        controller.setFrozenUnits(t, alice, widest, order());
        controller.setFrozenUnits(t, carol, widest, order());
        controller.recover(t, 5, alice, carol, order());
        vm.stopPrank();
        vm.assertEq(token.getFrozenTokens(carol), widest);
        vm.assertEq(token.balanceOf(carol), 1_000);
    }

    function test_pausingAndResumingAreTwoPowers() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, RESUMER));
        vm.prank(RESUMER);
        controller.pause(address(token), order());
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, PAUSER));
        vm.prank(PAUSER);
        controller.unpause(address(token), order());
        vm.assertTrue(token.paused());
    }

    function refuse(address caller) private {
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerBasisMissing.selector, token));
        vm.prank(caller);
    }

    function assertLogged(Vm.Log[] memory logs, string memory signature, bytes memory data) private pure {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != keccak256(bytes(signature))) continue;
            if (keccak256(logs[i].data) == keccak256(data)) return;
        }
        vm.assertTrue(false, signature);
    }
}
