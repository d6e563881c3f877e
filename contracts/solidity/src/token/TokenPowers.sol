// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountWord} from "./core/AccountWord.sol";
import {RestrictedToken} from "./core/RestrictedToken.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {ISecurityToken, Item, Order} from "./ISecurityToken.sol";
import {TokenRules} from "./TokenRules.sol";

/// @notice The numbered powers: what they do to balances, and the rules that stand before each.
abstract contract TokenPowers is TokenRules {
    using AccountWord for uint256;

    /// @inheritdoc ISecurityToken
    /// @dev Creates units by numbered items: all of them or none.
    function issue(Item[] calldata items) external onlyController {
        address[] memory wallets = new address[](items.length);
        uint256[] memory units = new uint256[](items.length);
        // slither-disable-next-line uninitialized-local -- begins at zero
        uint256 total;
        for (uint256 i; i < items.length; ++i) {
            wallets[i] = items[i].wallet;
            units[i] = items[i].units;
            total += items[i].units;
        }
        _beforeIssue(wallets, units, total);
        for (uint256 i; i < items.length; ++i) {
            _issue(items[i].number, items[i].wallet, items[i].units);
        }
    }

    /// @inheritdoc ISecurityToken
    /// @dev Destroys units that are paid. No rule but the balance: frozen, lapsed and paused holders are paid.
    function redeem(Item[] calldata items) external onlyController {
        // slither-disable-next-line uninitialized-local -- begins at zero
        uint256 total;
        for (uint256 i; i < items.length; ++i) {
            _redeem(items[i].number, items[i].wallet, items[i].units);
            total += items[i].units;
        }
        if (_afterRedeem(total)) _reduceHoldings(items);
    }

    /// @inheritdoc ISecurityToken
    /// @dev Destroys units that should never have existed. Works while paused or frozen; gives room back to the cap.
    function annul(Item[] calldata items, Order calldata order) external onlyController {
        // slither-disable-next-line uninitialized-local -- begins at zero
        uint256 total;
        for (uint256 i; i < items.length; ++i) {
            Item calldata item = items[i];
            _requireUnits(item.units);
            _update(item.wallet, address(0), item.units);
            emit Annulled(item.number, item.wallet, item.units, order.basis, order.reference_);
            total += item.units;
        }
        _lowerSupply(total);
        // slither-disable-next-line reentrancy-no-eth -- our engine, which calls no stranger
        if (_engine().onAnnul(total)) _reduceHoldings(items);
    }

    /// @inheritdoc ISecurityToken
    /// @dev Moves units by order of law, frozen ones included.
    function forceTransfer(uint64 number, address from, address to, uint128 units, Order calldata order)
        external
        onlyController
    {
        _forceNumbered(number, from, to, units, order);
    }

    /// @inheritdoc ISecurityToken
    /// @dev Moves everything a lost wallet holds, its restrictions included, to another wallet of the same identity.
    function recover(uint64 number, address lost, address replacement, Order calldata order) external onlyController {
        _recover(number, lost, replacement, order);
    }

    /// @inheritdoc ISecurityToken
    /// @dev Paused and never unpaused again, so that the movement of units pays nothing for the further flag.
    function deactivate() external onlyController {
        if (_security().deactivated) revert TokenDeactivated(address(this));
        uint256 supply = totalSupply();
        if (supply != 0) revert TokenSupplyOutstanding(address(this), supply);
        _security().paused = true;
        _security().deactivated = true;
        emit Paused(msg.sender);
        emit Deactivated();
    }

    /// @dev ERC-7943's and ERC-3643's own door: an order without number or reference.
    function _forceTransfer(address from, address to, uint256 amount) internal override(RestrictedToken) {
        _forceNumbered(0, from, to, amount, Order(0, 0));
    }

    /// @dev Rules once per batch: pause, then the receivers, then the engine's (maturity, cap, series, programme, holders).
    function _beforeIssue(address[] memory wallets, uint256[] memory units, uint256 total) internal {
        _requireRunning();
        // slither-disable-next-line calls-loop -- a bounded batch; our own contract, which calls no stranger
        uint256[] memory records = _registry().verifiedRecords(wallets);
        // slither-disable-next-line calls-loop,reentrancy-benign,reentrancy-events,reentrancy-no-eth -- our engine, which calls no stranger
        _engine().onIssue(total, records, units);
        _raiseSupply(total);
    }

    function _issue(uint64 number, address wallet, uint256 units) internal {
        _requireUnits(units);
        _requireWalletOpen(wallet);
        _update(address(0), wallet, units);
        emit Issued(number, wallet, units);
    }

    function _redeem(uint64 number, address wallet, uint256 units) internal {
        _requireUnits(units);
        _update(wallet, address(0), units);
        emit Redeemed(number, wallet, units);
    }

    function _afterRedeem(uint256 total) internal returns (bool wantsHoldings) {
        _lowerSupply(total);
        // slither-disable-next-line calls-loop,reentrancy-events,reentrancy-no-eth -- our engine, which calls no stranger
        return _engine().onRedeem(total);
    }

    function _reduceHolding(address wallet, uint256 amount) internal {
        uint256[] memory records = new uint256[](1);
        uint256[] memory units = new uint256[](1);
        // slither-disable-next-line calls-loop -- a bounded batch; our own contract, which calls no stranger
        records[0] = _registry().recordWord(wallet);
        units[0] = amount;
        // slither-disable-next-line calls-loop,reentrancy-events,reentrancy-no-eth -- our engine, which calls no stranger
        _engine().onHoldingsReduced(records, units);
    }

    function _recover(uint64 number, address lost, address replacement, Order memory order) internal {
        if (lost == replacement) revert TokenTransferToSelf(lost);
        address owner = _sameOwner(lost, replacement);
        uint256 word = _word(lost);
        uint256 units = word.balanceOf();
        uint256 frozen = word.frozenOf();
        _requireUnits(units);
        if (frozen != 0) _setFrozen(lost, 0);
        _update(lost, replacement, units);
        emit Recovered(number, lost, replacement, units, order.basis, order.reference_);
        emit ForcedTransfer(lost, replacement, units);
        if (frozen != 0) _addFrozen(replacement, frozen);
        if (word.isClosed()) _setWalletFrozen(replacement, true);
        emit RecoverySuccess(lost, replacement, owner);
    }

    function _forceNumbered(uint64 number, address from, address to, uint256 units, Order memory order) private {
        _requireEnds(from, to);
        _requireUnits(units);
        if (from == to) revert TokenTransferToSelf(from);
        uint256 toRecord = _receiverRecord(to);
        // slither-disable-next-line calls-loop,reentrancy-events,reentrancy-no-eth -- our engine, which calls no stranger
        _engine().onForcedMove(_registry().recordWord(from), toRecord, units);
        _update(from, to, units);
        emit TransferForced(number, from, to, units, order.basis, order.reference_);
        emit ForcedTransfer(from, to, units);
    }

    /// @dev Reads identities only where the series counts holdings: elsewhere a redemption does not pay for it.
    function _reduceHoldings(Item[] calldata items) private {
        IIdentityRegistry registry = _registry();
        uint256[] memory records = new uint256[](items.length);
        uint256[] memory units = new uint256[](items.length);
        for (uint256 i; i < items.length; ++i) {
            // slither-disable-next-line calls-loop -- a bounded batch; our own contract, which calls no stranger
            records[i] = registry.recordWord(items[i].wallet);
            units[i] = items[i].units;
        }
        // slither-disable-next-line reentrancy-no-eth -- our engine, which calls no stranger
        _engine().onHoldingsReduced(records, units);
    }

    /// @dev Saturates: a recovery must not fail because two freezes together are wider than the field.
    function _addFrozen(address wallet, uint256 more) private {
        uint256 sum = _word(wallet).frozenOf() + more;
        _setFrozen(wallet, sum > AccountWord.MAX ? AccountWord.MAX : sum);
    }

    function _sameOwner(address lost, address replacement) private view returns (address owner) {
        _receiverRecord(replacement);
        IIdentityRegistry registry = _registry();
        owner = registry.recordOf(replacement).identity;
        if (registry.recordOf(lost).identity != owner) revert TokenOtherIdentity(lost, replacement);
    }
}
