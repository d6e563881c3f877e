// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Roles} from "../../src/authority/Roles.sol";
import {IERC7943Fungible} from "../../src/token/core/IERC7943.sol";
import {RestrictedToken} from "../../src/token/core/RestrictedToken.sol";
import {Stage} from "../base/Stage.sol";
import {Vm} from "../base/Vm.sol";
import {ERC7943Behaviour} from "./ERC7943Behaviour.sol";
import {OneWayRegistry} from "./OneWayRegistry.sol";

/// @notice The same behaviours on the proxied security, whose refusals come from the registry and the engine.
contract ERC7943SecurityTest is Stage, ERC7943Behaviour {
    OneWayRegistry private people;

    function setUp() public override {
        super.setUp();
        register(HOLDER, KYC_EXPIRY);
        confirmUnits(token, 1, 2, 1_000);
        issueUnits(2, HOLDER, 1_000);
        people = new OneWayRegistry();
        people.set(HOLDER, true, true);
        people.set(OTHER, true, true);
        vm.startPrank(ADMIN);
        token.setIdentityRegistry(address(people));
        wireOne(address(token), IERC7943Fungible.forcedTransfer.selector, Roles.AGENT);
        wireOne(address(token), IERC7943Fungible.setFrozenTokens.selector, Roles.AGENT);
        manager.grantRole(Roles.AGENT, OFFICER, 0);
        vm.stopPrank();
    }

    function test_aFrozenWalletNeitherSendsNorReceives() public {
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), HOLDER, true, order());
        vm.assertFalse(token.canSend(HOLDER));
        vm.assertFalse(token.canReceive(HOLDER));
        vm.assertFalse(token.canTransfer(OTHER, HOLDER, 0));
        vm.assertTrue(token.canSend(OTHER));
    }

    function test_noViewRevertsWhateverItAsks() public {
        OneWayRegistry.Mood[3] memory moods =
            [OneWayRegistry.Mood.Reverts, OneWayRegistry.Mood.BurnsGas, OneWayRegistry.Mood.AnswersTwo];
        vm.assertTrue(token.canTransfer(HOLDER, OTHER, 1));
        for (uint256 i; i < 3; ++i) {
            people.setMood(moods[i]);
            assertAllFalse();
        }
        people.setMood(OneWayRegistry.Mood.Well);
        vm.startPrank(ADMIN);
        token.setIdentityRegistry(address(0xE0A));
        assertAllFalse();
        token.setIdentityRegistry(address(people));
        vm.assertTrue(token.canTransfer(HOLDER, OTHER, 1));
        token.setCompliance(address(people));
        vm.assertTrue(token.canSend(HOLDER));
        vm.assertFalse(token.canTransfer(HOLDER, OTHER, 1));
        vm.stopPrank();
    }

    function testFuzz_canTransferKnowsPauseFreezeAndMaturity(bool paused, bool closed, uint40 when, uint256 amount)
        public
    {
        if (paused) {
            vm.prank(PAUSER);
            controller.pause(address(token), order());
        }
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), OTHER, closed, order());
        vm.warp(bound(when, START, MATURITY + 2));
        amount = bound(amount, 0, 1_100);
        bool promised = token.canTransfer(HOLDER, OTHER, amount);
        vm.prank(HOLDER);
        (bool done,) = address(token).call(abi.encodeCall(token.transfer, (OTHER, amount)));
        vm.assertEq(promised, done);
        vm.assertEq(done, !paused && !closed && block.timestamp < MATURITY && amount <= 1_000);
    }

    function test_everyEventOfAForcedTransferInItsPlace() public {
        freeze(HOLDER, 900);
        vm.recordLogs();
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 9, HOLDER, OTHER, 300, order());
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 5);
        vm.assertEq(logs[0].topics[0], keccak256("Frozen(address,uint256)"));
        vm.assertEq(logs[0].data, abi.encode(700));
        vm.assertEq(logs[1].topics[0], keccak256("TokensUnfrozen(address,uint256)"));
        vm.assertEq(logs[1].data, abi.encode(200));
        vm.assertEq(logs[2].topics[0], keccak256("Transfer(address,address,uint256)"));
        vm.assertEq(logs[3].topics[0], keccak256("TransferForced(uint64,address,address,uint256,uint16,bytes32)"));
        vm.assertEq(logs[3].data, abi.encode(300, BASIS, REFERENCE));
        vm.assertEq(logs[4].topics[0], keccak256("ForcedTransfer(address,address,uint256)"));
    }

    function test_aForcedTransferOfNothingIsRefused() public {
        refuse(OFFICER, abi.encodeWithSignature("TokenZeroUnits(address)", address(token)));
        token.forcedTransfer(HOLDER, OTHER, 0);
    }

    function subject() internal view override returns (RestrictedToken) {
        return token;
    }

    function permitAccount(address account, bool send, bool receive_) internal override {
        people.set(account, send, receive_);
    }

    function cannotSend(address account) internal pure override returns (bytes memory) {
        return abi.encodeWithSelector(OneWayRegistry.NoSender.selector, account);
    }

    function cannotReceive(address account) internal pure override returns (bytes memory) {
        return abi.encodeWithSelector(OneWayRegistry.NoReceiver.selector, account);
    }

    function unauthorised(address caller, bytes4) internal pure override returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
    }

    function assertAllFalse() private view {
        vm.assertFalse(token.canSend(HOLDER));
        vm.assertFalse(token.canReceive(HOLDER));
        vm.assertFalse(token.canTransfer(HOLDER, OTHER, 1));
    }
}
