// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {IERC7943Fungible} from "../../../src/token/core/IERC7943.sol";
import {ISecurityToken} from "../../../src/token/ISecurityToken.sol";
import {Stage} from "../../base/Stage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice One sender, many receivers: every check of a transfer for every receiver, or none of them is paid.
contract BatchTransferTest is Stage {
    address[] private to;
    uint256[] private amounts;

    function setUp() public override {
        super.setUp();
        aliceHolds1000();
        register(carol, KYC_EXPIRY);
    }

    function test_aReceiverTwiceAndTheSenderHimselfAreExact() public {
        add(bob, 100);
        add(bob, 50);
        add(alice, 30);
        add(carol, 0);
        vm.recordLogs();
        send();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 4);
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(logs[i].topics[0], keccak256("Transfer(address,address,uint256)"));
            vm.assertEq(logs[i].topics[2], bytes32(uint256(uint160(to[i]))));
            vm.assertEq(logs[i].data, abi.encode(amounts[i]));
        }
        vm.assertEq(token.balanceOf(alice), 850);
        vm.assertEq(token.balanceOf(bob), 150);
    }

    function test_theTotalMustBeThereAndFree() public {
        add(bob, 600);
        add(carol, 401);
        expect(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000, 1_001));
        amounts[1] = 400;
        vm.prank(ENFORCEMENT);
        controller.freezeUnits(address(token), alice, 1, order());
        expect(abi.encodeWithSelector(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, 1_000, 999));
        amounts[1] = 399;
        send();
        vm.assertEq(token.getFrozenTokens(alice), 1);
        vm.assertEq(token.balanceOf(carol), 399);
    }

    function test_anOverflowingTotalPaysNobody() public {
        add(bob, type(uint256).max);
        add(carol, 2);
        expect(abi.encodeWithSignature("Panic(uint256)", 0x11));
    }

    function test_lengthsAreCompared() public {
        add(bob, 1);
        to.push(carol);
        expect(abi.encodeWithSelector(ISecurityToken.TokenLengthMismatch.selector, 2, 1));
        delete to;
        delete amounts;
        expect(abi.encodeWithSelector(ISecurityToken.TokenBatchSize.selector, 0, 250));
    }

    function test_everyRefusalOfATransferStopsTheBatch() public {
        add(bob, 1);
        add(address(0), 1);
        expect(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        to[1] = address(0xDEAD);
        expect(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, address(0xDEAD)));
        to[1] = carol;
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), carol, true, order());
        expect(abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, carol));
        vm.startPrank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), carol, false, order());
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.stopPrank();
        expect(abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, alice));
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), alice, false, order());
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        expect(abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, token));
        vm.prank(RESUMER);
        controller.unpause(address(token), order());
        register(alice, START + 1);
        vm.warp(START + 1);
        expect(abi.encodeWithSelector(IIdentityRegistry.IdentityExpired.selector, alice, START + 1, START + 1));
        register(alice, KYC_EXPIRY);
        vm.warp(MATURITY);
        expect(abi.encodeWithSignature("EngineMatured(address,uint256,uint256)", token, MATURITY, MATURITY));
        vm.assertEq(token.balanceOf(alice), 1_000);
        vm.warp(MATURITY - 1);
        send();
        vm.assertEq(token.balanceOf(carol), 1);
    }

    function testFuzz_aBatchIsItsTransfersOneByOne(uint256[6] memory seeds, bool bobFrozen) public {
        address[4] memory people = [bob, carol, alice, address(0xDEAD)];
        for (uint256 i; i < 6; ++i) {
            add(people[seeds[i] % (i == 5 ? 4 : 3)], (seeds[i] >> 8) % 150);
        }
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), bob, bobFrozen, order());
        vm.prank(alice);
        (bool done,) = address(token).call(abi.encodeCall(token.batchTransfer, (to, amounts)));
        (uint256 ofBob, uint256 ofCarol) = (token.balanceOf(bob), token.balanceOf(carol));
        if (!done) {
            bool refused;
            for (uint256 i; i < 6; ++i) {
                refused = refused || !token.canTransfer(alice, to[i], amounts[i]);
            }
            vm.assertTrue(refused, "refused together, allowed one by one");
            vm.assertEq(ofBob + ofCarol, 0);
            return;
        }
        uint256[2] memory expected;
        for (uint256 i; i < 6; ++i) {
            if (to[i] == bob) expected[0] += amounts[i];
            if (to[i] == carol) expected[1] += amounts[i];
        }
        vm.assertEq(ofBob, expected[0]);
        vm.assertEq(ofCarol, expected[1]);
        vm.assertEq(token.balanceOf(alice), 1_000 - ofBob - ofCarol);
    }

    function add(address receiver, uint256 amount) private {
        to.push(receiver);
        amounts.push(amount);
    }

    function send() private {
        vm.prank(alice);
        token.batchTransfer(to, amounts);
    }

    function expect(bytes memory reason) private {
        vm.expectRevert(reason);
        send();
    }
}
