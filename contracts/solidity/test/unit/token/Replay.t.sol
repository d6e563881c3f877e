// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controller} from "../../../src/token/Controller.sol";
import {IERC3643} from "../../../src/token/IERC3643.sol";
import {Roles} from "../../../src/authority/Roles.sol";
import {Stage} from "../../base/Stage.sol";
import {Vm} from "../../base/Vm.sol";
import {LogModel} from "./LogModel.sol";

/// @notice A random run of every power, then its logs alone: they give every figure that the views give.
contract ReplayTest is Stage {
    bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;
    uint256 private constant OWNER_KEY = 0x0B0E;
    address[4] private people;
    uint64 private next = 1;
    LogModel private model;
    mapping(string action => uint256) private done;

    function setUp() public override {
        super.setUp();
        people = [alice, bob, carol, vm.addr(OWNER_KEY)];
        register(people[3], KYC_EXPIRY);
        registerAs(carol, alice, KYC_EXPIRY);
        model = new LogModel();
        vm.recordLogs();
        token = newToken("replayed", MATURITY + 30 days);
        vm.startPrank(ADMIN);
        wireOne(address(token), IERC3643.mint.selector, Roles.AGENT);
        manager.grantRole(Roles.AGENT, AGENT, 0);
        vm.stopPrank();
    }

    function testFuzz_logsGiveTheWholeState(uint256 seed) public {
        run(seed, 40);
        compare();
    }

    function test_theRunReachesEveryPowerAndTheEnd() public {
        for (uint256 i; i < 12; ++i) {
            run(uint256(keccak256(abi.encode("run", i))), 60);
        }
        string[14] memory actions = [
            "issue",
            "mint",
            "redeem",
            "annul",
            "forcedTransfer",
            "recover",
            "transfer",
            "batchTransfer",
            "transferFrom",
            "permit",
            "freezeUnits",
            "unfreezeUnits",
            "setFrozenUnits",
            "unpause"
        ];
        for (uint256 i; i < 14; ++i) {
            vm.assertTrue(done[actions[i]] != 0, actions[i]);
        }
        compare();
        end();
        compare();
        vm.assertTrue(token.deactivated());
    }

    function run(uint256 seed, uint256 steps) private {
        for (uint256 i; i < steps; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            (address a, address b) = (people[(seed >> 8) % 4], people[(seed >> 16) % 4]);
            uint128 units = uint128((seed >> 24) % 400);
            uint256 kind = seed % 18;
            if (kind < 6) supply(kind, a, units);
            else if (kind < 12) move(kind, a, b, units);
            else restrict(kind, a, units, seed);
        }
    }

    function supply(uint256 kind, address a, uint128 units) private {
        address t = address(token);
        if (kind < 2 && units != 0) confirmUnits(token, next++, next++, units);
        uint64 n = next++;
        if (kind < 3) attempt("issue", ISSUER, abi.encodeCall(Controller.issue, (t, one(n, a, units))));
        if (kind == 3) attempt("redeem", SERVICING, abi.encodeCall(Controller.redeem, (t, one(n, a, units))));
        if (kind == 4) attempt("annul", ENFORCEMENT, abi.encodeCall(Controller.annul, (t, one(n, a, units), order())));
        if (kind == 5) attemptToken("mint", AGENT, abi.encodeCall(IERC3643.mint, (a, units)));
    }

    function move(uint256 kind, address a, address b, uint128 units) private {
        address t = address(token);
        uint64 n = next++;
        if (kind == 6) {
            attempt("forcedTransfer", ENFORCEMENT, abi.encodeCall(Controller.forcedTransfer, (t, n, a, b, units, order())));
        }
        if (kind == 7) attempt("recover", ENFORCEMENT, abi.encodeCall(Controller.recover, (t, n, a, b, order())));
        if (kind == 8) attemptToken("transfer", a, abi.encodeCall(token.transfer, (b, units)));
        if (kind == 9) batch(a, b, units / 2);
        if (kind == 10) attemptToken("transferFrom", b, abi.encodeCall(token.transferFrom, (a, b, units / 4)));
        if (kind == 11) {
            if (a == people[3]) permit(b, units);
            else attemptToken("approve", a, abi.encodeCall(token.approve, (b, units)));
        }
    }

    function restrict(uint256 kind, address a, uint128 units, uint256 seed) private {
        address t = address(token);
        if (kind == 12) attempt("freezeUnits", ENFORCEMENT, abi.encodeCall(Controller.freezeUnits, (t, a, units / 2, order())));
        if (kind == 13) {
            attempt("unfreezeUnits", ENFORCEMENT, abi.encodeCall(Controller.unfreezeUnits, (t, a, units / 4, order())));
        }
        if (kind == 14) attempt("setFrozenUnits", ENFORCEMENT, abi.encodeCall(Controller.setFrozenUnits, (t, a, units, order())));
        if (kind == 15) {
            bool closed = (seed >> 32) % 4 == 0;
            attempt("setWalletFrozen", ENFORCEMENT, abi.encodeCall(Controller.setWalletFrozen, (t, a, closed, order())));
        }
        if (kind == 16) {
            attempt("pause", PAUSER, abi.encodeCall(Controller.pause, (t, order())));
            if ((seed >> 32) % 4 != 0) attempt("unpause", RESUMER, abi.encodeCall(Controller.unpause, (t, order())));
        }
        if (kind == 17) administer(seed >> 32);
    }

    function administer(uint256 seed) private {
        vm.startPrank(ADMIN);
        if (seed % 4 == 0) token.setTermsHash(bytes32(seed));
        if (seed % 4 == 1) token.setName(seed % 8 == 1 ? "One" : "Two");
        if (seed % 4 == 2) token.setSymbol(seed % 8 == 2 ? "ONE" : "TWO");
        if (seed % 4 == 3) token.setOnchainID(address(uint160(seed)));
        vm.stopPrank();
    }

    function batch(address a, address b, uint256 units) private {
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], to[1], amounts[0], amounts[1]) = (b, people[1], units / 3, units / 5);
        attemptToken("batchTransfer", a, abi.encodeCall(IERC3643.batchTransfer, (to, amounts)));
    }

    function permit(address spender, uint256 value) private {
        bytes32 typed = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        uint256 until = block.timestamp;
        address owner = people[3];
        bytes32 content = keccak256(abi.encode(typed, owner, spender, value, token.nonces(owner), until));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(OWNER_KEY, digest);
        attemptToken("permit", RELAY, abi.encodeCall(token.permit, (owner, spender, value, until, v, r, s)));
    }

    /// @dev Another registry and engine, another code, and the end of the series.
    function end() private {
        address t = address(token);
        for (uint256 i; i < 4; ++i) {
            uint128 held = uint128(token.balanceOf(people[i]));
            if (held == 0) continue;
            vm.prank(SERVICING);
            controller.redeem(t, one(next++, people[i], held));
        }
        (uint256 room,,) = engine.roomOf(t);
        if (room != 0) {
            vm.prank(WITHDRAW);
            controller.withdraw(t, withdrawal(next++, next++, uint128(room)));
        }
        address code = deploy("SecurityToken", "");
        bytes memory upgrade = abi.encodeCall(Controller.upgrade, (t, code, ""));
        vm.prank(UPGRADER);
        manager.schedule(address(controller), upgrade, 0);
        vm.warp(block.timestamp + 2 days);
        vm.prank(UPGRADER);
        controller.upgrade(t, code, "");
        vm.startPrank(ADMIN);
        controller.deactivate(t, order());
        token.setCompliance(address(0xE));
        token.setIdentityRegistry(address(0x1D));
        vm.stopPrank();
    }

    function compare() private {
        model.read(vm.getRecordedLogs(), address(token));
        vm.assertEq(model.unknown(), "");
        for (uint256 i; i < 4; ++i) {
            compareAccount(people[i]);
        }
        vm.assertEq(model.supply(), token.totalSupply(), "supply");
        vm.assertEq(model.issued() - model.redeemed() - model.annulled(), token.totalSupply(), "counters");
        vm.assertEq(model.paused(), token.paused());
        vm.assertEq(model.deactivated(), token.deactivated());
        vm.assertEq(model.registry(), token.identityRegistry());
        vm.assertEq(model.engine(), token.compliance());
        vm.assertEq(model.controller(), token.controller());
        vm.assertEq(model.authority(), token.authority());
        vm.assertEq(bytes32(uint256(uint160(model.implementation()))), vm.load(address(token), IMPLEMENTATION_SLOT));
        vm.assertEq(model.onchainID(), token.onchainID());
        vm.assertEq(model.terms(), token.termsHash());
        vm.assertEq(model.name(), token.name());
        vm.assertEq(model.symbol(), token.symbol());
        vm.assertEq(uint256(model.decimals()), token.decimals());
    }

    function compareAccount(address wallet) private view {
        vm.assertEq(model.balance(wallet), token.balanceOf(wallet), "balance");
        vm.assertEq(model.frozen(wallet), token.getFrozenTokens(wallet), "frozen");
        vm.assertEq(model.frozenByDifference(wallet), token.getFrozenTokens(wallet), "frozen, by differences");
        vm.assertEq(model.closed(wallet), token.isFrozen(wallet));
        vm.assertEq(model.nonce(wallet), token.nonces(wallet), "nonce");
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(model.allowance(wallet, people[i]), token.allowance(wallet, people[i]), "allowance");
        }
    }

    function attempt(string memory action, address caller, bytes memory call) private {
        attemptAt(address(controller), action, caller, call);
    }

    function attemptToken(string memory action, address caller, bytes memory call) private {
        attemptAt(address(token), action, caller, call);
    }

    /// @dev The recorder also keeps what a reverted call had logged; a chain does not, so that is thrown away.
    function attemptAt(address target, string memory action, address caller, bytes memory call) private {
        model.read(vm.getRecordedLogs(), address(token));
        vm.prank(caller);
        (bool success,) = target.call(call);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (!success) return;
        ++done[action];
        model.read(logs, address(token));
    }
}
