// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEngine} from "../compliance/IEngine.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {IERC3643} from "../token/IERC3643.sol";
import {ISecurityToken} from "../token/ISecurityToken.sol";
import {IERC7943Fungible} from "../token/core/IERC7943.sol";
import {IDeliveryVersusPayment} from "./IDeliveryVersusPayment.sol";

/// @notice Why a move would be refused, in the words (revert data) of the contract that would refuse it.
/// @dev Views only: nothing here decides anything, the contracts named do when the time comes.
library Refusals {
    /// @dev Of one move by allowance. `used` is what earlier legs take of the same balance and allowance.
    struct Move {
        address asset;
        address from;
        address to;
        uint256 value;
        uint256 used;
        bool permissioned;
    }

    /// @notice Of `transferFrom` by this contract: allowance, balance, then the token's own rules if it is an ERC-3643 token.
    function ofMove(Move memory m) internal view returns (bytes memory reason) {
        uint256 left = _less(IERC20(m.asset).allowance(m.from, address(this)), m.used);
        if (left < m.value) {
            return abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(this), left, m.value
            );
        }
        left = _less(IERC20(m.asset).balanceOf(m.from), m.used);
        if (left < m.value) {
            return abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, m.from, left, m.value);
        }
        if (!m.permissioned) return "";
        left = _less(left, IERC3643(m.asset).getFrozenTokens(m.from));
        if (left < m.value) {
            return abi.encodeWithSelector(
                IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, m.from, m.value, left
            );
        }
        return _ofRules(m);
    }

    /// @notice Of an issue to one wallet: pause, identity, the engine's rules, frozen wallet.
    /// @param units with those of earlier legs to the same wallet
    function ofIssue(address token, address wallet, uint256 units) internal view returns (bytes memory reason) {
        if (IERC3643(token).paused()) return abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, token);
        address[] memory wallets = new address[](1);
        wallets[0] = wallet;
        address registry = IERC3643(token).identityRegistry();
        reason = ofCall(registry, abi.encodeCall(IIdentityRegistry.verifiedRecords, (wallets)));
        if (reason.length == 0) reason = _ofEngine(token, address(0), wallet, units);
        if (reason.length == 0) reason = _ofFrozen(token, wallet);
    }

    /// @notice What a call would revert with, or nothing. A revert without data becomes `DvpRefused` naming the contract.
    // slither-disable-next-line low-level-calls -- a question that may fail, and whose failure is the answer
    function ofCall(address target, bytes memory data) internal view returns (bytes memory reason) {
        (bool done, bytes memory returned) = target.staticcall(data);
        if (done) return "";
        return returned.length == 0 ? _refused(target, address(0), address(0), 0) : returned;
    }

    function _ofRules(Move memory m) private view returns (bytes memory reason) {
        if (IERC3643(m.asset).paused()) return abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, m.asset);
        reason = _ofFrozen(m.asset, m.from);
        if (reason.length == 0) reason = _ofFrozen(m.asset, m.to);
        if (reason.length == 0) reason = _ofIdentity(m);
        if (reason.length == 0) reason = _ofEngine(m.asset, m.from, m.to, m.value);
        // A foreign permissioned token has rules that we cannot name: it is asked by ERC-7943 whether it would move at all.
        if (reason.length == 0 && !_allows(m)) reason = _refused(m.asset, m.from, m.to, m.value);
    }

    function _ofFrozen(address token, address wallet) private view returns (bytes memory) {
        if (!IERC3643(token).isFrozen(wallet)) return "";
        return abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, wallet);
    }

    /// @dev Asked in ERC-3643's words first: a foreign token's registry knows no more than `isVerified`.
    function _ofIdentity(Move memory m) private view returns (bytes memory) {
        IIdentityRegistry registry = IIdentityRegistry(IERC3643(m.asset).identityRegistry());
        if (registry.isVerified(m.from) && registry.isVerified(m.to)) return "";
        return ofCall(address(registry), abi.encodeCall(IIdentityRegistry.verifiedPair, (m.from, m.to)));
    }

    /// @dev An engine that does not know the question says nothing here.
    // slither-disable-next-line low-level-calls -- a question that may fail, and whose failure is the answer
    function _ofEngine(address token, address from, address to, uint256 units) private view returns (bytes memory) {
        (bool done, bytes memory returned) =
            IERC3643(token).compliance().staticcall(abi.encodeCall(IEngine.failureOf, (token, from, to, units)));
        return done && returned.length >= 64 ? abi.decode(returned, (bytes)) : bytes("");
    }

    /// @dev A token that does not know the question is taken to allow.
    // slither-disable-next-line low-level-calls -- a question that may fail, and whose failure is the answer
    function _allows(Move memory m) private view returns (bool) {
        (bool done, bytes memory returned) =
            m.asset.staticcall(abi.encodeCall(IERC7943Fungible.canTransfer, (m.from, m.to, m.value)));
        return !done || returned.length < 32 || abi.decode(returned, (uint256)) != 0;
    }

    function _refused(address token, address from, address to, uint256 units) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDeliveryVersusPayment.DvpRefused.selector, token, from, to, units);
    }

    function _less(uint256 value, uint256 part) private pure returns (uint256) {
        return value > part ? value - part : 0;
    }
}
