// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEngine} from "../../src/compliance/IEngine.sol";
import {IController, Withdrawal} from "../../src/token/IController.sol";
import {IIdentityRegistry} from "../../src/identity/IIdentityRegistry.sol";
import {IERC3643} from "../../src/token/IERC3643.sol";
import {ISecurityToken, Item} from "../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Stage} from "../base/Stage.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Numbers, the cap, issue and withdrawal, and the raw ERC-3643 mint that must pass the same rules.
contract CapTest is Stage {
    function test_issueWithinTheCap() public {
        aliceHolds1000();
        assertCap(1_000, 0, 1_000, 0, 0);
        vm.assertEq(token.balanceOf(alice), 1_000);
        vm.assertTrue(controller.numberUsed(address(token), 2));
    }

    function test_issueBeyondTheCapSaysByHowMuch() public {
        confirmUnits(token, 1, 2, 1_000);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, address(token), 1_001, 1_000));
        issueUnits(2, alice, 1_001);
        assertCap(1_000, 0, 0, 0, 0);
        vm.assertFalse(controller.numberUsed(address(token), 2));
    }

    function test_redemptionGivesNoRoomBack() public {
        aliceHolds1000();
        vm.prank(SERVICING);
        controller.redeem(address(token), one(3, alice, 400));
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, address(token), 1, 0));
        issueUnits(4, alice, 1);
        assertCap(1_000, 0, 1_000, 400, 0);
    }

    function test_annulmentGivesRoomBack() public {
        aliceHolds1000();
        vm.prank(ENFORCEMENT);
        controller.annul(address(token), one(3, alice, 400), order());
        assertCap(1_000, 0, 1_000, 0, 400);
        issueUnits(4, bob, 400);
        assertCap(1_000, 0, 1_400, 0, 400);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, address(token), 1, 0));
        issueUnits(5, bob, 1);
    }

    function test_aNumberActsOnceWhateverTheKind() public {
        aliceHolds1000();
        bytes memory used = abi.encodeWithSelector(IController.ControllerNumberUsed.selector, address(token), 2);
        vm.expectRevert(used);
        issueUnits(2, alice, 1);
        vm.expectRevert(used);
        vm.prank(SERVICING);
        controller.redeem(address(token), one(2, alice, 1));
        vm.expectRevert(used);
        vm.prank(ENFORCEMENT);
        controller.annul(address(token), one(2, alice, 1), order());
        vm.expectRevert(used);
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 2, alice, bob, 1, order());
        vm.expectRevert(used);
        vm.prank(ENFORCEMENT);
        controller.recover(address(token), 2, alice, bob, order());
        vm.expectRevert(used);
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(2, 9, 1));
        assertCap(1_000, 0, 1_000, 0, 0);
    }

    function test_numbersAreKeptPerToken() public {
        aliceHolds1000();
        SecurityToken other = newToken("other", MATURITY);
        confirmUnits(other, 1, 2, 5);
        vm.prank(ISSUER);
        controller.issue(address(other), one(2, bob, 5));
        vm.assertEq(other.balanceOf(bob), 5);
    }

    function test_duplicateInABatchIsRefusedWhole() public {
        confirmUnits(token, 1, 2, 1_000);
        Item[] memory items = new Item[](3);
        items[0] = Item(5, alice, 1);
        items[1] = Item(300, bob, 2);
        items[2] = Item(5, bob, 3);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, address(token), 5));
        vm.prank(ISSUER);
        controller.issue(address(token), items);
        assertCap(1_000, 0, 0, 0, 0);
        vm.assertFalse(controller.numberUsed(address(token), 300));
    }

    function testFuzz_aBatchUsesExactlyItsNumbers(uint64 a, uint64 b, uint64 c, uint64 other) public {
        vm.assume(a > 1 && b > 1 && c > 1 && a != b && b != c && a != c);
        vm.assume(other != 1 && other != a && other != b && other != c);
        confirmUnits(token, 1, a, 6);
        Item[] memory items = new Item[](3);
        (items[0], items[1], items[2]) = (Item(a, alice, 1), Item(b, bob, 2), Item(c, alice, 3));
        vm.prank(ISSUER);
        controller.issue(address(token), items);
        vm.assertTrue(controller.numberUsed(address(token), a));
        vm.assertTrue(controller.numberUsed(address(token), b));
        vm.assertTrue(controller.numberUsed(address(token), c));
        vm.assertFalse(controller.numberUsed(address(token), other));
        vm.assertEq(token.balanceOf(alice), 4);
    }

    function test_numberZeroAndZeroUnitsAreRefused() public {
        confirmUnits(token, 1, 2, 10);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberZero.selector, address(token)));
        issueUnits(0, alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineZeroUnits.selector, address(token)));
        issueUnits(2, alice, 0);
        Item[] memory items = new Item[](2);
        (items[0], items[1]) = (Item(2, alice, 1), Item(3, alice, 0));
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenZeroUnits.selector, address(token)));
        vm.prank(ISSUER);
        controller.issue(address(token), items);
        issueUnits(2, alice, 10);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenZeroUnits.selector, address(token)));
        vm.prank(SERVICING);
        controller.redeem(address(token), one(3, alice, 0));
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenZeroUnits.selector, address(token)));
        vm.prank(ENFORCEMENT);
        controller.annul(address(token), one(3, alice, 0), order());
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerZeroUnits.selector, address(token), 3));
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(3, 4, 0));
        assertCap(10, 0, 10, 0, 0);
    }

    function test_batchSizeIsBounded() public {
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerBatchSize.selector, 0, 250));
        vm.prank(ISSUER);
        controller.issue(address(token), new Item[](0));
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerBatchSize.selector, 251, 250));
        vm.prank(ISSUER);
        controller.issue(address(token), new Item[](251));
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerBatchSize.selector, 0, 250));
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), new Withdrawal[](0));
    }

    function test_withdrawalLowersTheCapAndUsesUpTheIssue() public {
        confirmUnits(token, 1, 2, 600);
        confirmUnits(token, 3, 4, 400);
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(5, 4, 400));
        assertCap(1_000, 400, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, address(token), 4));
        issueUnits(4, alice, 400);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, address(token), 601, 600));
        issueUnits(6, alice, 601);
        issueUnits(2, alice, 600);
    }

    function test_whatIsIssuedCannotBeWithdrawn() public {
        aliceHolds1000();
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, address(token), 2));
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(3, 2, 1));
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineCapInUse.selector, address(token), 1, 0));
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(3, 4, 1));
        assertCap(1_000, 0, 1_000, 0, 0);
    }

    function test_withdrawalNeedsTwoDifferentNumbersOtherThanZero() public {
        confirmUnits(token, 1, 2, 10);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberZero.selector, address(token)));
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(3, 0, 1));
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, address(token), 3));
        vm.prank(WITHDRAW);
        controller.withdraw(address(token), withdrawal(3, 3, 1));
    }

    function test_rawMintPassesTheSameCapAndSaysNumberZero() public {
        confirmUnits(token, 1, 2, 1_000);
        grantAgent(IERC3643.mint.selector);
        vm.recordLogs();
        vm.prank(AGENT);
        token.mint(alice, 300);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], keccak256("Transfer(address,address,uint256)"));
        vm.assertEq(logs[1].topics[0], keccak256("Issued(uint64,address,uint256)"));
        vm.assertEq(logs[1].topics[1], bytes32(0));
        vm.assertEq(abi.decode(logs[1].data, (uint256)), 300);
        assertCap(1_000, 0, 300, 0, 0);
    }

    function test_rawMintRevertsOnceTheCapIsExhausted() public {
        aliceHolds1000();
        grantAgent(IERC3643.mint.selector);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, address(token), 1, 0));
        vm.prank(AGENT);
        token.mint(alice, 1);
        assertCap(1_000, 0, 1_000, 0, 0);
    }

    function test_rawPowersAnswerToNobodyUnlessGranted() public {
        aliceHolds1000();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ISSUER));
        vm.prank(ISSUER);
        token.mint(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, SERVICING));
        vm.prank(SERVICING);
        token.burn(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ENFORCEMENT));
        vm.prank(ENFORCEMENT);
        token.forcedTransfer(alice, bob, 1);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenNotController.selector, ISSUER));
        vm.prank(ISSUER);
        token.issue(one(9, alice, 1));
        assertCap(1_000, 0, 1_000, 0, 0);
    }

    /// @dev Each power of the controller, called past it by whoever holds the power.
    function test_theTokenTakesNumberedOrdersFromItsControllerAlone() public {
        aliceHolds1000();
        bytes memory refused = abi.encodeWithSelector(ISecurityToken.TokenNotController.selector, ENFORCEMENT);
        vm.startPrank(ENFORCEMENT);
        vm.expectRevert(refused);
        token.redeem(one(9, alice, 1));
        vm.expectRevert(refused);
        token.annul(one(9, alice, 1), order());
        vm.expectRevert(refused);
        token.forceTransfer(9, alice, bob, 1, order());
        vm.expectRevert(refused);
        token.recover(9, alice, bob, order());
        vm.stopPrank();
        assertCap(1_000, 0, 1_000, 0, 0);
        vm.assertEq(token.balanceOf(alice), 1_000);
    }

    function test_onePowerDoesNotOpenAnother() public {
        aliceHolds1000();
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ISSUER);
        vm.expectRevert(refused);
        vm.prank(ISSUER);
        controller.redeem(address(token), one(3, alice, 1));
        vm.expectRevert(refused);
        vm.prank(ISSUER);
        controller.annul(address(token), one(3, alice, 1), order());
        vm.expectRevert(refused);
        vm.prank(ISSUER);
        controller.withdraw(address(token), withdrawal(3, 4, 1));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, SERVICING));
        vm.prank(SERVICING);
        controller.issue(address(token), one(3, alice, 1));
        vm.assertFalse(controller.numberUsed(address(token), 3));
    }

    function test_receiverMustBeVerified() public {
        confirmUnits(token, 1, 2, 10);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol));
        issueUnits(2, carol, 10);
        register(carol, START + 1 days);
        vm.warp(START + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityExpired.selector, carol, START + 1 days, START + 1 days)
        );
        issueUnits(2, carol, 10);
        assertCap(10, 0, 0, 0, 0);
    }

    function test_frozenWalletReceivesNothing() public {
        confirmUnits(token, 1, 2, 10);
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, alice));
        issueUnits(2, alice, 10);
    }

    function test_unlistedTokenIsUnknownToTheEngine() public {
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, address(this)));
        engine.onIssue(1, new uint256[](0), new uint256[](0));
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, address(this)));
        engine.onRedeem(1);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, address(this)));
        engine.onAnnul(1);
    }
}
