// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Roles} from "../../../src/authority/Roles.sol";
import {IEngine, Rules} from "../../../src/compliance/IEngine.sol";
import {IERC3643Compliance} from "../../../src/compliance/IERC3643Compliance.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {EngineStage} from "../../base/EngineStage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Rules as data: set, read, rebuilt from logs; the end of a series; the compliance face of ERC-3643.
contract TermsTest is EngineStage {
    function test_rulesAreReadAsTheyWereSet() public {
        Rules memory wanted = Rules("set", 6, 70, 8, true);
        SecurityToken series = ruled("all", wanted);
        assertRules(series, wanted, true);
        Rules memory fewer = Rules(0, 0, 0, 9, false);
        setRules(series, fewer);
        assertRules(series, fewer, true);
        assertRules(token, noRules(), false);
    }

    function test_onlyRulesSetsRulesOfAListedToken() public {
        Rules memory wanted = Rules("set", 6, 0, 0, false);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, CEILINGS));
        vm.prank(CEILINGS);
        engine.setRules(address(token), wanted);
        assertRules(token, noRules(), false);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, STRANGER));
        vm.prank(RULES);
        engine.setRules(STRANGER, wanted);
    }

    /// @dev Delay is wiring: nothing in the engine stands in its way.
    function test_aDelayedRuleIsAnnouncedThenExecuted() public {
        vm.startPrank(ADMIN);
        manager.revokeRole(Roles.RULES, RULES);
        manager.grantRole(Roles.RULES, RULES, 1 days);
        vm.stopPrank();
        Rules memory wanted = Rules("set", 0, 0, 0, false);
        bytes memory call = abi.encodeCall(IEngine.setRules, (address(token), wanted));
        bytes32 id = manager.hashOperation(RULES, address(engine), call);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
        setRules(token, wanted);
        vm.prank(RULES);
        manager.schedule(address(engine), call, 0);
        vm.warp(START + 1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, id));
        setRules(token, wanted);
        assertRules(token, noRules(), false);
        vm.warp(START + 1 days);
        setRules(token, wanted);
        assertRules(token, wanted, false);
    }

    function test_logsRebuildTheTerms() public {
        Rules memory wanted = Rules("set", 6, 70, 8, true);
        vm.recordLogs();
        SecurityToken series = ruled("logged", wanted);
        Vm.Log memory log = only(vm.getRecordedLogs(), IEngine.RulesSet.selector);
        vm.assertEq(log.topics[1], bytes32(uint256(uint160(address(series)))));
        vm.assertEq(log.topics[2], "set");
        vm.assertEq(keccak256(log.data), keccak256(abi.encode(6, 70, 8, true, true)));
        vm.recordLogs();
        admit("set", 300);
        log = only(vm.getRecordedLogs(), IEngine.CountrySetChanged.selector);
        vm.assertEq(log.topics[1], "set");
        vm.assertEq(log.topics[2], bytes32(uint256(1)));
        vm.assertEq(keccak256(log.data), keccak256(abi.encode(uint256(1) << 44)));
        vm.recordLogs();
        vm.prank(PERIODS);
        engine.setClosedPeriod(address(series), START + 1, START + 2);
        log = only(vm.getRecordedLogs(), IEngine.ClosedPeriodSet.selector);
        vm.assertEq(log.topics[1], bytes32(uint256(uint160(address(series)))));
        vm.assertEq(keccak256(log.data), keccak256(abi.encode(START + 1, START + 2)));
    }

    function test_aSeriesWithoutRulesSaysNothingOfThem() public {
        vm.recordLogs();
        newToken("bare", MATURITY);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            vm.assertTrue(logs[i].topics[0] != IEngine.RulesSet.selector);
        }
        only(logs, IERC3643Compliance.TokenBound.selector);
        only(logs, IEngine.SeriesAdded.selector);
    }

    function test_aClosedSeriesIsNeverIssuedAgain() public {
        give(token, alice, 10);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineSeriesOutstanding.selector, address(token), 10));
        vm.prank(address(controller));
        engine.closeSeries(address(token));
        confirmSome(token, 5);
        redeemFrom(token, alice, 10);
        vm.recordLogs();
        vm.prank(address(controller));
        engine.closeSeries(address(token));
        Vm.Log memory log = only(vm.getRecordedLogs(), IEngine.SeriesClosed.selector);
        vm.assertEq(log.topics[1], bytes32(uint256(uint160(address(token)))));
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineSeriesClosed.selector, address(token));
        issueRefused(token, alice, 5, reason);
        vm.assertFalse(engine.dealingOpen(address(token)));
        vm.startPrank(address(controller));
        vm.expectRevert(reason);
        engine.closeSeries(address(token));
        vm.expectRevert(reason);
        engine.raiseCap(address(token), 1);
        vm.stopPrank();
        setRules(token, noRules());
        issueRefused(token, alice, 5, reason);
        (,, bool closed) = engine.rulesOf(address(token));
        vm.assertTrue(closed);
    }

    function test_onlyTheControllerClosesAndOnlyAListedToken() public {
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineNotController.selector, ADMIN));
        vm.prank(ADMIN);
        engine.closeSeries(address(token));
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, STRANGER);
        vm.startPrank(address(controller));
        vm.expectRevert(reason);
        engine.closeSeries(STRANGER);
        vm.expectRevert(reason);
        engine.raiseCap(STRANGER, 1);
        vm.expectRevert(reason);
        engine.reduceCap(STRANGER, 1);
        vm.stopPrank();
        vm.assertTrue(engine.dealingOpen(address(token)));
    }

    function test_onlyTheControllerMovesTheCap() public {
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineNotController.selector, ADMIN);
        vm.startPrank(ADMIN);
        vm.expectRevert(reason);
        engine.raiseCap(address(token), 1);
        vm.expectRevert(reason);
        engine.reduceCap(address(token), 0);
        vm.stopPrank();
        assertCap(0, 0, 0, 0, 0);
    }

    function test_partsOfTheStandardWithoutUseSayWhich() public {
        unsupported(IERC3643Compliance.bindToken.selector, abi.encodeCall(engine.bindToken, (STRANGER)));
        unsupported(IERC3643Compliance.unbindToken.selector, abi.encodeCall(engine.unbindToken, (address(token))));
        unsupported(IERC3643Compliance.transferred.selector, abi.encodeCall(engine.transferred, (alice, bob, 1)));
        unsupported(IERC3643Compliance.created.selector, abi.encodeCall(engine.created, (alice, 1)));
        unsupported(IERC3643Compliance.destroyed.selector, abi.encodeCall(engine.destroyed, (alice, 1)));
        vm.assertTrue(engine.isTokenBound(address(token)));
        vm.assertFalse(engine.isTokenBound(STRANGER));
    }

    function test_theTokenThatAsksIsTheOneThatIsBound() public {
        vm.prank(address(token));
        vm.assertEq(engine.getTokenBound(), address(token));
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, address(this)));
        engine.getTokenBound();
    }

    function test_theEngineAnnouncesItsFaces() public view {
        vm.assertTrue(engine.supportsInterface(type(IERC165).interfaceId));
        vm.assertTrue(engine.supportsInterface(type(IEngine).interfaceId));
        vm.assertTrue(engine.supportsInterface(type(IERC3643Compliance).interfaceId));
        vm.assertFalse(engine.supportsInterface(0xffffffff));
        // bindToken ^ unbindToken ^ isTokenBound ^ getTokenBound ^ canTransfer ^ transferred ^ created ^ destroyed
        uint32 standard = 0x3ff5aa02 ^ 0x40db3b50 ^ 0x993e8b95 ^ 0x6a3edf28;
        standard ^= 0xe46638e6 ^ 0x8baf29b4 ^ 0x5f8dead3 ^ 0x8d2ea772;
        vm.assertTrue(engine.supportsInterface(bytes4(standard)));
    }

    function test_canTransferAnswersTheCallingToken() public {
        give(token, alice, 10);
        confirmSome(token, 5);
        vm.startPrank(address(token));
        vm.assertTrue(engine.canTransfer(alice, bob, 1));
        vm.assertTrue(engine.canTransfer(address(0), bob, 5));
        vm.assertFalse(engine.canTransfer(address(0), bob, 6));
        vm.assertFalse(engine.canTransfer(address(0), bob, 0));
        vm.assertFalse(engine.canTransfer(alice, carol, 1));
        vm.stopPrank();
        vm.assertFalse(engine.canTransfer(alice, bob, 1));
    }

    function test_failuresCarryTheWholeReason() public {
        confirmSome(token, 5);
        bytes memory unknown = abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol);
        vm.assertEq(keccak256(engine.failureOf(address(token), alice, carol, 1)), keccak256(unknown));
        vm.assertEq(keccak256(engine.failureOf(address(token), address(0), carol, 1)), keccak256(unknown));
        vm.assertEq(
            keccak256(engine.failureOf(address(token), address(0), alice, 0)),
            keccak256(abi.encodeWithSelector(IEngine.EngineZeroUnits.selector, address(token)))
        );
        vm.assertEq(
            keccak256(engine.failureOf(STRANGER, alice, bob, 1)),
            keccak256(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, STRANGER))
        );
        bytes memory cap = abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, address(token), 6, 5);
        issueRefused(token, alice, 6, cap);
        vm.expectRevert(cap);
        engine.requireAllowed(address(token), address(0), alice, 6);
        vm.warp(MATURITY);
        bytes memory matured =
            abi.encodeWithSelector(IEngine.EngineMatured.selector, address(token), MATURITY, MATURITY);
        sendRefused(token, alice, bob, 0, matured);
        issueRefused(token, alice, 1, matured);
    }

    /// @dev A token cannot report more than a counter holds: it says whose counter, and what was left.
    function test_countersDoNotWrap() public {
        vm.startPrank(address(controller));
        engine.raiseCap(address(token), type(uint128).max - 1);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineTermsOutOfRange.selector, address(token), 2, 1));
        engine.raiseCap(address(token), 2);
        engine.raiseCap(address(token), 1);
        vm.stopPrank();
        assertCap(type(uint128).max, 0, 0, 0, 0);
    }

    function unsupported(bytes4 selector, bytes memory call) private {
        (bool done, bytes memory reason) = address(engine).call(call);
        vm.assertFalse(done);
        vm.assertEq(
            keccak256(reason), keccak256(abi.encodeWithSelector(IEngine.EnginePartUnsupported.selector, selector))
        );
    }

    function only(Vm.Log[] memory logs, bytes32 topic) private view returns (Vm.Log memory found) {
        uint256 count;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != topic || logs[i].emitter != address(engine)) continue;
            found = logs[i];
            ++count;
        }
        vm.assertEq(count, 1, "logs");
    }

    function assertRules(SecurityToken series, Rules memory expected, bool counts) private view {
        (Rules memory found, bool counted, bool closed) = engine.rulesOf(address(series));
        vm.assertEq(keccak256(abi.encode(found)), keccak256(abi.encode(expected)));
        vm.assertEq(counted, counts);
        vm.assertFalse(closed);
    }
}
