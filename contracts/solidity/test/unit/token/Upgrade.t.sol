// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Controller} from "../../../src/token/Controller.sol";
import {ISecurityToken} from "../../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {Stage} from "../../base/Stage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Code changes two days after they were announced, through the controller, and in no other way.
contract UpgradeTest is Stage {
    bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;
    address private next;
    bytes private call;

    function setUp() public override {
        super.setUp();
        aliceHolds1000();
        next = deploy("SecurityToken", "");
        call = abi.encodeCall(Controller.upgrade, (address(token), next, ""));
    }

    function test_anUpgradeWaitsTwoDaysAndKeepsEverything() public {
        bytes32 id = manager.hashOperation(UPGRADER, address(controller), call);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
        upgradeNow();
        vm.prank(UPGRADER);
        manager.schedule(address(controller), call, 0);
        vm.warp(START + 2 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, id));
        upgradeNow();
        vm.assertEq(implementation(), factory.implementation());
        vm.warp(START + 2 days);
        vm.recordLogs();
        upgradeNow();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[logs.length - 1].topics[0], keccak256("TokenUpgraded(address,address)"));
        vm.assertEq(implementation(), next);
        vm.assertEq(token.balanceOf(alice), 1_000);
        vm.assertEq(token.authority(), address(manager));
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
        upgradeNow();
    }

    function test_theGuardianOfTheScheduleCancels() public {
        vm.startPrank(ADMIN);
        manager.setRoleGuardian(11, 23);
        manager.grantRole(23, carol, 0);
        vm.stopPrank();
        vm.prank(UPGRADER);
        manager.schedule(address(controller), call, 0);
        vm.prank(carol);
        manager.cancel(UPGRADER, address(controller), call);
        vm.warp(START + 2 days);
        bytes32 id = manager.hashOperation(UPGRADER, address(controller), call);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
        upgradeNow();
    }

    function test_nobodyUpgradesATokenDirectlyNotEvenTheAdmin() public {
        address[3] memory callers = [ADMIN, UPGRADER, ISSUER];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenNotController.selector, callers[i]));
            vm.prank(callers[i]);
            token.upgradeToAndCall(next, "");
        }
        vm.prank(ADMIN);
        wireOne(address(token), token.upgradeToAndCall.selector, 1);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenNotController.selector, ISSUER));
        vm.prank(ISSUER);
        token.upgradeToAndCall(next, "");
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ADMIN));
        vm.prank(ADMIN);
        controller.upgrade(address(token), next, "");
    }

    function test_aSeriesMadeLaterNeedsNoWiring() public {
        SecurityToken later = newToken("later", MATURITY + 1);
        bytes memory other = abi.encodeCall(Controller.upgrade, (address(later), next, ""));
        vm.prank(UPGRADER);
        manager.schedule(address(controller), other, 0);
        vm.warp(START + 2 days);
        vm.prank(UPGRADER);
        controller.upgrade(address(later), next, "");
        vm.assertEq(vm.load(address(later), IMPLEMENTATION_SLOT), bytes32(uint256(uint160(next))));
    }

    function test_whatIsNoImplementationIsRefused() public {
        bytes memory wrong = abi.encodeCall(Controller.upgrade, (address(token), address(registry), ""));
        vm.prank(UPGRADER);
        manager.schedule(address(controller), wrong, 0);
        vm.warp(START + 2 days);
        vm.expectRevert(abi.encodeWithSignature("ERC1967InvalidImplementation(address)", registry));
        vm.prank(UPGRADER);
        controller.upgrade(address(token), address(registry), "");
    }

    function upgradeNow() private {
        vm.prank(UPGRADER);
        controller.upgrade(address(token), next, "");
    }

    function implementation() private view returns (address) {
        return address(uint160(uint256(vm.load(address(token), IMPLEMENTATION_SLOT))));
    }
}
