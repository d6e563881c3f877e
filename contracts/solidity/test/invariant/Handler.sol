// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Confirmation} from "../../src/token/IController.sol";
import {IERC3643} from "../../src/token/IERC3643.sol";
import {Item} from "../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Plays every role at random, right and wrong, over three series that mature one after another. Refusals are fine;
/// what must never happen is written down in `violation` or checked by the invariants.
contract Handler is Stage {
    uint64 public constant NUMBERS = 192;

    SecurityToken[3] public tokens;
    address[6] public wallets;
    uint256 public nowAt;
    string public violation;
    mapping(address token => mapping(uint64 number => uint256)) public acted;
    mapping(bytes32 action => uint256) public successes;

    modifier atNow() {
        vm.warp(nowAt);
        _;
    }

    function setUp() public override {
        super.setUp();
        nowAt = START;
        tokens[0] = token;
        tokens[1] = newToken("second", MATURITY + 30 days);
        tokens[2] = newToken("third", MATURITY + 60 days);
        for (uint256 i; i < wallets.length; ++i) {
            wallets[i] = address(uint160(0x1000 + i));
            // Pairs share an identity, so that recovery has somewhere to go.
            registerAs(wallets[i], address(uint160(0x2000 + i / 2)), KYC_EXPIRY);
        }
        vm.startPrank(ADMIN);
        for (uint256 i; i < 3; ++i) {
            wireOne(address(tokens[i]), IERC3643.mint.selector, 8);
            wireOne(address(tokens[i]), IERC3643.burn.selector, 8);
        }
        manager.grantRole(8, AGENT, 0);
        vm.stopPrank();
    }

    function confirm(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        uint64 number = pickNumber(seed);
        Confirmation memory c = confirmation(t, number, pickNumber(seed >> 64), uint128(bound(units, 0, 4_000)));
        bytes memory signature = signed(seed % 16 == 0 ? 0xBAD : REGISTRAR_KEY, c);
        try this.relayOut(c, signature) {
            if (seed % 16 == 0) violation = "another key's confirmation raised the cap";
            spend(t, number, "confirm");
        } catch {}
    }

    /// @dev An outside call of its own, so that a refusal can be caught.
    function relayOut(Confirmation calldata c, bytes calldata signature) external {
        vm.prank(RELAY);
        relay(c, signature);
    }

    function withdraw(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        (uint64 number, uint64 issueNumber) = (pickNumber(seed), pickNumber(seed >> 64));
        vm.prank(WITHDRAW);
        try controller.withdraw(address(t), withdrawal(number, issueNumber, uint128(bound(units, 0, 1_500)))) {
            spend(t, number, "withdraw");
            spend(t, issueNumber, "withdraw");
        } catch {}
    }

    function issue(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        Item[] memory items = pickItems(seed, units);
        bool[2] memory verified = [registry.isVerified(items[0].wallet), registry.isVerified(items[1].wallet)];
        vm.prank(ISSUER);
        try controller.issue(address(t), items) {
            if (!verified[0] || !verified[1]) violation = "issued to a wallet that is not verified";
            spendItems(t, items, "issue");
        } catch {}
    }

    function redeem(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        Item[] memory items = pickItems(seed, units);
        bool covered = covers(t, items);
        vm.prank(SERVICING);
        try controller.redeem(address(t), items) {
            spendItems(t, items, "redeem");
        } catch {
            if (covered && unused(t, items)) violation = "a covered redemption was refused";
        }
    }

    function annul(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        Item[] memory items = pickItems(seed, units);
        bool covered = covers(t, items);
        vm.prank(ENFORCEMENT);
        try controller.annul(address(t), items, order()) {
            spendItems(t, items, "annul");
        } catch {
            if (covered && unused(t, items)) violation = "a covered annulment was refused";
        }
    }

    function forcedTransfer(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        (address from, address to) = (pickWallet(seed >> 8), pickWallet(seed >> 16));
        uint64 number = pickNumber(seed);
        bool verified = registry.isVerified(to);
        vm.prank(ENFORCEMENT);
        try controller.forcedTransfer(address(t), number, from, to, uint128(bound(units, 0, 900)), order()) {
            if (!verified) violation = "forced to a wallet that is not verified";
            spend(t, number, "forcedTransfer");
        } catch {}
    }

    function recover(uint256 seed) external atNow {
        SecurityToken t = pickToken(seed);
        (address lost, address replacement) = (pickWallet(seed >> 8), pickWallet(seed >> 16));
        uint64 number = pickNumber(seed);
        uint256 frozen = t.getFrozenTokens(lost) + t.getFrozenTokens(replacement);
        bool same = registry.identity(lost) == registry.identity(replacement);
        vm.prank(ENFORCEMENT);
        try controller.recover(address(t), number, lost, replacement, order()) {
            if (!same) violation = "recovered into another investor's wallet";
            if (t.getFrozenTokens(replacement) != frozen) violation = "a recovery lost a freeze";
            spend(t, number, "recover");
        } catch {}
    }

    function transfer(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        (address from, address to) = (pickWallet(seed >> 8), pickWallet(seed >> 16));
        bool verified = registry.isVerified(to) && registry.isVerified(from);
        (,,, uint40 maturity,) = engine.seriesOf(address(t));
        vm.prank(from);
        try t.transfer(to, bound(units, 0, 900)) {
            if (!verified) violation = "a transfer between wallets that are not both verified";
            if (nowAt >= maturity) violation = "a transfer after maturity";
            ++successes["transfer"];
        } catch {}
    }

    function rawMint(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        address to = pickWallet(seed >> 8);
        bool verified = registry.isVerified(to);
        vm.prank(AGENT);
        try t.mint(to, bound(units, 0, 900)) {
            if (!verified) violation = "raw mint to a wallet that is not verified";
            ++successes["rawMint"];
        } catch {}
    }

    function rawBurn(uint256 seed, uint128 units) external atNow {
        vm.prank(AGENT);
        try pickToken(seed).burn(pickWallet(seed >> 8), bound(units, 0, 300)) {
            ++successes["rawBurn"];
        } catch {}
    }

    function freezeUnits(uint256 seed, uint128 units, bool more) external atNow {
        address t = address(pickToken(seed));
        address wallet = pickWallet(seed >> 8);
        units = uint128(bound(units, 0, 900));
        vm.startPrank(ENFORCEMENT);
        if (more) try controller.freezeUnits(t, wallet, units, order()) {} catch {}
        else try controller.unfreezeUnits(t, wallet, units, order()) {} catch {}
        vm.stopPrank();
    }

    function restrict(uint256 seed) external atNow {
        address t = address(pickToken(seed));
        address wallet = pickWallet(seed >> 8);
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(t, wallet, seed % 5 == 0, order());
        vm.prank(seed % 7 == 0 ? PAUSER : RESUMER);
        if (seed % 7 == 0) controller.pause(t, order());
        else controller.unpause(t, order());
        uint40 expiry = seed % 6 == 0 ? uint40(nowAt + 10 days) : KYC_EXPIRY;
        registerAs(wallet, registry.identity(wallet), expiry);
    }

    function passTime(uint256 seed) external {
        nowAt += bound(seed, 1, 6 days);
        vm.warp(nowAt);
        if (seed % 4 == 0) engine.freeMatured(PROGRAMME, 1);
    }

    function figures(uint256 i) external view returns (uint256[5] memory f, uint256 face, uint256 ceiling, bool open) {
        address t = address(tokens[i]);
        (f[0], f[1], f[2], f[3], f[4]) = engine.capOf(t);
        uint40 maturity;
        (, ceiling, face, maturity,) = engine.seriesOf(t);
        open = nowAt < maturity;
    }

    function programme() external view returns (uint256 ceiling, uint256 used, uint256 room) {
        return engine.programmeOf(PROGRAMME);
    }

    function numberUsed(uint256 i, uint64 number) external view returns (bool) {
        return controller.numberUsed(address(tokens[i]), number);
    }

    function pickToken(uint256 seed) private view returns (SecurityToken) {
        return tokens[uint256(keccak256(abi.encode("token", seed))) % 3];
    }

    function pickWallet(uint256 seed) private view returns (address) {
        return wallets[uint256(keccak256(abi.encode("wallet", seed))) % 6];
    }

    function pickNumber(uint256 seed) private pure returns (uint64) {
        return uint64(uint256(keccak256(abi.encode("number", seed))) % NUMBERS);
    }

    function pickItems(uint256 seed, uint128 units) private view returns (Item[] memory items) {
        items = new Item[](2);
        units = uint128(bound(units, 0, 800));
        items[0] = Item(pickNumber(seed), pickWallet(seed >> 8), units);
        items[1] = Item(pickNumber(seed >> 32), pickWallet(seed >> 40), units / 2 + 1);
    }

    function covers(SecurityToken t, Item[] memory items) private view returns (bool) {
        if (items[0].units == 0) return false;
        if (items[0].wallet == items[1].wallet) {
            return t.balanceOf(items[0].wallet) >= items[0].units + items[1].units;
        }
        return t.balanceOf(items[0].wallet) >= items[0].units && t.balanceOf(items[1].wallet) >= items[1].units;
    }

    function unused(SecurityToken t, Item[] memory items) private view returns (bool) {
        (uint64 a, uint64 b) = (items[0].number, items[1].number);
        return a != 0 && b != 0 && a != b && acted[address(t)][a] == 0 && acted[address(t)][b] == 0;
    }

    function spendItems(SecurityToken t, Item[] memory items, bytes32 action) private {
        for (uint256 i; i < items.length; ++i) {
            spend(t, items[i].number, action);
        }
    }

    function spend(SecurityToken t, uint64 number, bytes32 action) private {
        ++successes[action];
        if (number == 0) violation = "number zero acted";
        if (++acted[address(t)][number] > 1) violation = "a number acted twice";
    }
}
