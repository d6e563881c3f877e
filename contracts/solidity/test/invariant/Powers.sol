// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Confirmation} from "../../src/token/IController.sol";
import {Item} from "../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Known} from "./Known.sol";

/// @notice The numbered powers, right and wrong. Refusals are fine, but one: what is covered is always redeemed and annulled.
abstract contract Powers is Known {
    function confirm(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        uint64 number = pickNumber(seed);
        Confirmation memory c = confirmation(t, number, pickNumber(seed >> 64), uint128(bound(units, 0, 4_000)));
        bytes memory signature = signed(seed % 16 == 0 ? 0xBAD : REGISTRAR_KEY, c);
        try this.relayOut(c, signature) {
            if (seed % 16 == 0) fail("confirm", "by another key");
            if (lines[address(t)].ended) fail("confirm", "after the end");
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
        vm.prank(ISSUER);
        try controller.issue(address(t), items) {
            for (uint256 i; i < items.length; ++i) {
                checkAdmitted(t, items[i].wallet, items[i].units, "issue");
                spend(t, items[i].number, "issue");
            }
            checkOpen(t, "issue");
            checkRoom(t, "issue");
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
            if (covered && unused(t, items)) fail("redeem", "refused, though covered");
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
            if (covered && unused(t, items)) fail("annul", "refused, though covered");
        }
    }

    function forcedTransfer(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        (address from, address to) = (pickWallet(seed >> 8), pickWallet(seed >> 16));
        uint64 number = pickNumber(seed);
        vm.prank(ENFORCEMENT);
        try controller.forcedTransfer(address(t), number, from, to, uint128(bound(units, 0, 900)), order()) {
            checkReceiver(t, to, "forcedTransfer");
            if (from == to) fail("forcedTransfer", "to the wallet itself");
            spend(t, number, "forcedTransfer");
        } catch {}
    }

    function recover(uint256 seed) external atNow {
        SecurityToken t = pickToken(seed);
        (address lost, address replacement) = (pickWallet(seed >> 8), pickWallet(seed >> 16));
        uint64 number = pickNumber(seed);
        uint256 frozen = t.getFrozenTokens(lost) + t.getFrozenTokens(replacement);
        vm.prank(ENFORCEMENT);
        try controller.recover(address(t), number, lost, replacement, order()) {
            checkReceiver(t, replacement, "recover");
            if (identityOf(lost) != identityOf(replacement)) fail("recover", "into another investor's wallet");
            if (t.getFrozenTokens(replacement) != frozen) fail("recover", "a freeze was lost");
            if (shut[address(t)][lost]) shut[address(t)][replacement] = true;
            spend(t, number, "recover");
        } catch {}
    }

    /// @notice Everybody is redeemed, what is left of the cap is withdrawn, and the series ends.
    function windUp(uint256 seed) external atNow {
        SecurityToken t = pickToken(seed);
        if (seed % 4 != 0 || lines[address(t)].ended) return;
        for (uint256 i; i < wallets.length; ++i) {
            uint128 balance = uint128(t.balanceOf(wallets[i]));
            uint64 number = pickNumber(seed >> i);
            vm.prank(SERVICING);
            try controller.redeem(address(t), one(number, wallets[i], balance)) {
                spend(t, number, "redeem");
            } catch {}
        }
        (uint256 room,,) = engine.roomOf(address(t));
        (uint64 first, uint64 second) = (pickNumber(seed >> 100), pickNumber(seed >> 101));
        vm.prank(WITHDRAW);
        try controller.withdraw(address(t), withdrawal(first, second, uint128(room))) {
            spend(t, first, "withdraw");
            spend(t, second, "withdraw");
        } catch {}
        vm.prank(ENFORCEMENT);
        try controller.deactivate(address(t), order()) {
            if (t.totalSupply() != 0) fail("windUp", "with units outstanding");
            lines[address(t)].ended = true;
            ++successes["windUp"];
        } catch {}
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
}
