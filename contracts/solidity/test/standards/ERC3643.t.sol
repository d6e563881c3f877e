// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IIdentityRegistry} from "../../src/identity/IIdentityRegistry.sol";
import {IERC3643} from "../../src/token/IERC3643.sol";
import {ISecurityToken} from "../../src/token/ISecurityToken.sol";
import {Stage} from "../base/Stage.sol";
import {Vm} from "../base/Vm.sol";

/// @notice What ERC-3643 asks of a token, read from its text, under an agent as the standard knows one.
contract ERC3643Test is Stage {
    function setUp() public override {
        super.setUp();
        bytes4[14] memory powers = [
            IERC3643.mint.selector,
            IERC3643.burn.selector,
            IERC3643.forcedTransfer.selector,
            IERC3643.recoveryAddress.selector,
            IERC3643.pause.selector,
            IERC3643.unpause.selector,
            IERC3643.setAddressFrozen.selector,
            IERC3643.freezePartialTokens.selector,
            IERC3643.unfreezePartialTokens.selector,
            IERC3643.batchMint.selector,
            IERC3643.batchBurn.selector,
            IERC3643.batchForcedTransfer.selector,
            IERC3643.batchSetAddressFrozen.selector,
            IERC3643.batchFreezePartialTokens.selector
        ];
        for (uint256 i; i < 14; ++i) {
            grantAgent(powers[i]);
        }
        grantAgent(IERC3643.batchUnfreezePartialTokens.selector);
        confirmUnits(token, 1, 2, 5_000);
    }

    function test_interfaceIsAnnounced() public view {
        vm.assertTrue(token.supportsInterface(type(IERC3643).interfaceId));
        vm.assertTrue(token.supportsInterface(type(ISecurityToken).interfaceId));
        vm.assertTrue(token.supportsInterface(type(IERC20Metadata).interfaceId));
        vm.assertTrue(token.supportsInterface(type(IAccessManaged).interfaceId));
        vm.assertFalse(token.supportsInterface(0xffffffff));
    }

    function test_mintAsksIdentityAndCap() public {
        vm.startPrank(AGENT);
        token.mint(alice, 100);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol));
        token.mint(carol, 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        token.mint(address(0), 1);
        vm.expectRevert(abi.encodeWithSignature("EngineCapExceeded(address,uint256,uint256)", token, 4_901, 4_900));
        token.mint(alice, 4_901);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        token.burn(address(0), 1);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(alice), 100);
        vm.assertEq(token.totalSupply(), 100);
    }

    function test_everyPowerIsTheAgentsAlone() public {
        bytes[16] memory calls = [
            abi.encodeCall(IERC3643.mint, (alice, 1)),
            abi.encodeCall(IERC3643.burn, (alice, 1)),
            abi.encodeCall(IERC3643.forcedTransfer, (alice, bob, 1)),
            abi.encodeCall(IERC3643.recoveryAddress, (alice, bob, alice)),
            abi.encodeCall(IERC3643.pause, ()),
            abi.encodeCall(IERC3643.unpause, ()),
            abi.encodeCall(IERC3643.setAddressFrozen, (alice, true)),
            abi.encodeCall(IERC3643.freezePartialTokens, (alice, 1)),
            abi.encodeCall(IERC3643.unfreezePartialTokens, (alice, 1)),
            abi.encodeCall(IERC3643.setName, ("x")),
            abi.encodeCall(IERC3643.setSymbol, ("x")),
            abi.encodeCall(IERC3643.setOnchainID, (alice)),
            abi.encodeCall(IERC3643.setIdentityRegistry, (alice)),
            abi.encodeCall(IERC3643.setCompliance, (alice)),
            abi.encodeWithSignature("setTermsHash(bytes32)", bytes32("x")),
            abi.encodeWithSignature("setFrozenTokens(address,uint256)", alice, 1)
        ];
        for (uint256 i; i < 16; ++i) {
            assertUnauthorised(calls[i]);
        }
        (address[] memory who, uint256[] memory units) = (pair(alice, bob), amounts(1, 1));
        assertUnauthorised(abi.encodeCall(IERC3643.batchMint, (who, units)));
        assertUnauthorised(abi.encodeCall(IERC3643.batchBurn, (who, units)));
        assertUnauthorised(abi.encodeCall(IERC3643.batchForcedTransfer, (who, who, units)));
        assertUnauthorised(abi.encodeCall(IERC3643.batchSetAddressFrozen, (who, new bool[](2))));
        assertUnauthorised(abi.encodeCall(IERC3643.batchFreezePartialTokens, (who, units)));
        assertUnauthorised(abi.encodeCall(IERC3643.batchUnfreezePartialTokens, (who, units)));
    }

    function test_batchesDoWhatTheSinglesDo() public {
        vm.startPrank(AGENT);
        token.batchMint(pair(alice, bob), amounts(300, 200));
        token.batchForcedTransfer(pair(alice, bob), pair(bob, alice), amounts(100, 50));
        assertHeld(250, 250);
        token.batchFreezePartialTokens(pair(alice, bob), amounts(40, 50));
        token.batchUnfreezePartialTokens(pair(alice, bob), amounts(10, 50));
        vm.assertEq(token.getFrozenTokens(alice), 30);
        vm.assertEq(token.getFrozenTokens(bob), 0);
        bool[] memory flags = new bool[](2);
        flags[1] = true;
        token.batchSetAddressFrozen(pair(alice, bob), flags);
        vm.assertFalse(token.isFrozen(alice));
        vm.assertTrue(token.isFrozen(bob));
        token.batchBurn(pair(alice, bob), amounts(250, 50));
        vm.stopPrank();
        assertHeld(0, 200);
        vm.assertEq(token.totalSupply(), 200);
    }

    function test_unequalLengthsAndEmptyBatchesAreRefused() public {
        (address[] memory two, uint256[] memory one_) = (pair(alice, bob), new uint256[](1));
        bytes memory unequal = abi.encodeWithSelector(ISecurityToken.TokenLengthMismatch.selector, 2, 1);
        vm.startPrank(AGENT);
        vm.expectRevert(unequal);
        token.batchMint(two, one_);
        vm.expectRevert(unequal);
        token.batchBurn(two, one_);
        vm.expectRevert(unequal);
        token.batchForcedTransfer(two, new address[](1), amounts(1, 1));
        vm.expectRevert(unequal);
        token.batchForcedTransfer(two, two, one_);
        vm.expectRevert(unequal);
        token.batchSetAddressFrozen(two, new bool[](1));
        vm.expectRevert(unequal);
        token.batchFreezePartialTokens(two, one_);
        vm.expectRevert(unequal);
        token.batchUnfreezePartialTokens(two, one_);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenBatchSize.selector, 0, 250));
        token.batchMint(new address[](0), new uint256[](0));
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenBatchSize.selector, 251, 250));
        token.batchBurn(new address[](251), new uint256[](251));
        vm.stopPrank();
    }

    function test_partialFreezeIsBoundedByTheBalance() public {
        vm.startPrank(AGENT);
        token.mint(alice, 100);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenFreezeExceedsBalance.selector, alice, 101, 100));
        token.freezePartialTokens(alice, 101);
        vm.recordLogs();
        token.freezePartialTokens(alice, 70);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[0].topics[0], keccak256("Frozen(address,uint256)"));
        vm.assertEq(logs[1].topics[0], keccak256("TokensFrozen(address,uint256)"));
        vm.assertEq(logs[1].data, abi.encode(70));
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenFreezeExceedsBalance.selector, alice, 31, 30));
        token.freezePartialTokens(alice, 31);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenUnfreezeExceedsFrozen.selector, alice, 71, 70));
        token.unfreezePartialTokens(alice, 71);
        token.unfreezePartialTokens(alice, 70);
        vm.stopPrank();
        vm.assertEq(token.getFrozenTokens(alice), 0);
    }

    function test_recoveryMovesAllWithinOneIdentityWhateverTheArgumentSays() public {
        registerAs(carol, alice, KYC_EXPIRY);
        vm.startPrank(AGENT);
        token.mint(alice, 100);
        token.freezePartialTokens(alice, 30);
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenOtherIdentity.selector, alice, bob));
        token.recoveryAddress(alice, bob, alice);
        vm.recordLogs();
        vm.assertTrue(token.recoveryAddress(alice, carol, address(0)));
        vm.stopPrank();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[2].topics[0], keccak256("Transfer(address,address,uint256)"));
        vm.assertEq(logs[3].topics[0], keccak256("Recovered(uint64,address,address,uint256,uint16,bytes32)"));
        vm.assertEq(logs[4].topics[0], keccak256("ForcedTransfer(address,address,uint256)"));
        vm.assertEq(logs[logs.length - 1].topics[0], keccak256("RecoverySuccess(address,address,address)"));
        vm.assertEq(token.getFrozenTokens(alice), 0);
        vm.assertEq(token.getFrozenTokens(carol), 30);
        vm.assertEq(token.balanceOf(carol), 100);
    }

    function test_informationIsChangedAndLogged() public {
        vm.startPrank(ADMIN);
        token.setSymbol("MTB2");
        token.setOnchainID(address(7));
        vm.recordLogs();
        token.setName("Treasury bill");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[1].topics[0], keccak256("Named(string,string)"));
        vm.assertEq(logs[1].data, abi.encode("Treasury bill", "MTB2"));
        vm.assertEq(
            logs[2].topics[0], keccak256("UpdatedTokenInformation(string,string,uint8,string,address)")
        );
        vm.assertEq(logs[2].topics[3], bytes32(uint256(7)));
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenZeroAddress.selector, token));
        token.setIdentityRegistry(address(0));
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenZeroAddress.selector, token));
        token.setCompliance(address(0));
        vm.stopPrank();
        vm.assertEq(token.name(), "Treasury bill");
        vm.assertEq(token.symbol(), "MTB2");
        vm.assertEq(token.onchainID(), address(7));
    }

    function test_theAgentPausesAndUnpauses() public {
        vm.startPrank(AGENT);
        token.mint(alice, 10);
        token.pause();
        vm.expectRevert(abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, token));
        token.mint(alice, 1);
        token.burn(alice, 1);
        token.unpause();
        token.mint(alice, 1);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(alice), 10);
    }

    function assertUnauthorised(bytes memory call) private {
        vm.prank(bob);
        (bool done, bytes memory reason) = address(token).call(call);
        vm.assertFalse(done);
        vm.assertEq(reason, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, bob));
    }

    function pair(address first, address second) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (first, second);
    }

    function amounts(uint256 first, uint256 second) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (first, second);
    }

    function assertHeld(uint256 ofAlice, uint256 ofBob) private view {
        vm.assertEq(token.balanceOf(alice), ofAlice);
        vm.assertEq(token.balanceOf(bob), ofBob);
    }
}
