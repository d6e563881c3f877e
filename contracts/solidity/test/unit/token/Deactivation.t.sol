// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Controller} from "../../../src/token/Controller.sol";
import {Confirmation, IController} from "../../../src/token/IController.sol";
import {ISecurityToken} from "../../../src/token/ISecurityToken.sol";
import {Stage} from "../../base/Stage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice The end of a series: when it may come, and that nothing wakes it again.
contract DeactivationTest is Stage {
    function setUp() public override {
        super.setUp();
        aliceHolds1000();
    }

    function test_notWhileAnybodyHoldsAUnit() public {
        redeemUnits(3, 999);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenSupplyOutstanding.selector, token, 1));
        deactivate();
        vm.assertFalse(token.deactivated());
        vm.assertFalse(token.paused());
    }

    function test_notWhileConfirmedUnitsWait() public {
        confirmUnits(token, 4, 5, 60);
        redeemUnits(3, 1_000);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerUnitsIssuable.selector, token, 60));
        deactivate();
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(6, 5, 60));
        deactivate();
        vm.assertTrue(token.deactivated());
    }

    function test_theControllerAlone() public {
        redeemUnits(3, 1_000);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenNotController.selector, ADMIN));
        vm.prank(ADMIN);
        token.deactivate();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ENFORCEMENT));
        vm.prank(ENFORCEMENT);
        controller.deactivate(address(token), order());
    }

    function test_itIsLoggedWithItsOrder() public {
        redeemUnits(3, 1_000);
        vm.recordLogs();
        deactivate();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 4);
        vm.assertEq(logs[0].topics[0], keccak256("Paused(address)"));
        vm.assertEq(logs[1].topics[0], keccak256("Deactivated()"));
        vm.assertEq(logs[2].topics[0], keccak256("SeriesClosed(address)"));
        vm.assertEq(logs[3].topics[0], keccak256("SeriesDeactivated(address,uint16,bytes32)"));
        vm.assertEq(logs[3].data, abi.encode(BASIS, REFERENCE));
    }

    function test_nothingWakesIt() public {
        redeemUnits(3, 1_000);
        deactivate();
        bytes memory over = abi.encodeWithSelector(ISecurityToken.TokenDeactivated.selector, token);
        vm.expectRevert(over);
        deactivate();
        vm.expectRevert(over);
        vm.prank(RESUMER);
        controller.unpause(address(token), order());
        vm.expectRevert(over);
        vm.prank(ADMIN);
        token.unpause();
        vm.expectRevert(over);
        vm.prank(alice);
        token.transfer(bob, 0);
        vm.expectRevert(over);
        vm.prank(ISSUER);
        controller.issue(address(token), one(7, alice, 1));
        bytes memory upgrade = abi.encodeCall(Controller.upgrade, (address(token), factory.implementation(), ""));
        vm.prank(UPGRADER);
        manager.schedule(address(controller), upgrade, 0);
        vm.warp(START + 2 days);
        address same = factory.implementation();
        vm.expectRevert(over);
        vm.prank(UPGRADER);
        controller.upgrade(address(token), same, "");
    }

    function test_noCapIsRaisedForIt() public {
        redeemUnits(3, 1_000);
        deactivate();
        Confirmation memory c = confirmation(token, 8, 9, 10);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.expectRevert(abi.encodeWithSignature("EngineSeriesClosed(address)", token));
        vm.prank(RELAY);
        relay(c, signature);
        vm.assertFalse(controller.numberUsed(address(token), 8));
    }

    function test_viewsGoOn() public {
        redeemUnits(3, 1_000);
        deactivate();
        vm.assertTrue(token.paused());
        vm.assertTrue(token.deactivated());
        vm.assertEq(token.totalSupply(), 0);
        vm.assertEq(token.name(), "Bill");
        vm.assertEq(token.termsHash(), keccak256("terms"));
        vm.assertFalse(token.canTransfer(alice, bob, 0));
        assertCap(1_000, 0, 1_000, 1_000, 0);
    }

    function deactivate() private {
        vm.prank(ADMIN);
        controller.deactivate(address(token), order());
    }

    function redeemUnits(uint64 number, uint128 units) private {
        vm.prank(SERVICING);
        controller.redeem(address(token), one(number, alice, units));
    }
}
