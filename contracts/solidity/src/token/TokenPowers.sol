// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuthorityManaged} from "../authority/AuthorityManaged.sol";
import {IEngine} from "../compliance/IEngine.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {AccountBook} from "./AccountBook.sol";
import {Item} from "./ISecurityToken.sol";

/// @notice What the numbered powers and the holders do to balances, and the rules that stand before each.
abstract contract TokenPowers is AccountBook, AuthorityManaged {
    modifier onlyController() {
        if (msg.sender != _tokenStorage().controller) revert TokenNotController(msg.sender);
        _;
    }

    /// @dev The shared controller, wired once for all series, or whoever the AccessManager names for this token.
    modifier controllerOrRestricted() {
        if (msg.sender != _tokenStorage().controller) _checkCanCall(msg.sender, msg.data);
        _;
    }

    /// @notice Creates units by numbered items: all of them or none.
    function issue(Item[] calldata items) external onlyController {
        address[] memory wallets = new address[](items.length);
        uint256[] memory units = new uint256[](items.length);
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

    /// @notice Destroys units that are paid. No rule stands before it but the balance: frozen, lapsed and paused holders are paid.
    function redeem(Item[] calldata items) external onlyController {
        uint256 total;
        for (uint256 i; i < items.length; ++i) {
            _redeem(items[i].number, items[i].wallet, items[i].units);
            total += items[i].units;
        }
        if (_afterRedeem(total)) _reduceHoldings(items);
    }

    /// @notice Destroys units that should never have existed. Works while paused or frozen; gives room back to the cap.
    function annul(Item[] calldata items, bytes32 reference_) external onlyController {
        uint256 total;
        for (uint256 i; i < items.length; ++i) {
            Item calldata item = items[i];
            _requireUnits(item.units);
            _update(item.wallet, address(0), item.units);
            emit Annulled(item.number, item.wallet, item.units, reference_);
            total += item.units;
        }
        _tokenStorage().totalSupply -= total;
        if (IEngine(_tokenStorage().engine).onAnnul(total)) _reduceHoldings(items);
    }

    /// @notice Moves units by order of law, frozen ones included.
    function forceTransfer(uint64 number, address from, address to, uint128 units, bytes32 reference_)
        external
        onlyController
    {
        _forceTransfer(number, from, to, units, reference_);
    }

    /// @notice Moves everything a lost wallet holds, its restrictions included, to another wallet of the same identity.
    function recover(uint64 number, address lost, address replacement, bytes32 reference_) external onlyController {
        _recover(number, lost, replacement, reference_);
    }

    function _transfer(address from, address to, uint256 units) internal {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        _requireFree(from, units);
        _beforeTransfer(from, to, units);
        _update(from, to, units);
    }

    function _beforeTransfer(address from, address to, uint256 units) internal {
        TokenStorage storage $ = _tokenStorage();
        if ($.paused) revert TokenPaused(address(this));
        _requireWalletFree(from);
        _requireWalletFree(to);
        (uint256 fromRecord, uint256 toRecord) = IIdentityRegistry($.identityRegistry).verifiedPair(from, to);
        IEngine($.engine).onTransfer(fromRecord, toRecord, units);
    }

    /// @dev Rules once per batch: pause, then the receivers, then the engine's (maturity, cap, series, programme, holders).
    function _beforeIssue(address[] memory wallets, uint256[] memory units, uint256 total) internal {
        TokenStorage storage $ = _tokenStorage();
        if ($.paused) revert TokenPaused(address(this));
        uint256[] memory records = IIdentityRegistry($.identityRegistry).verifiedRecords(wallets);
        IEngine($.engine).onIssue(total, records, units);
        $.totalSupply += total;
    }

    function _issue(uint64 number, address wallet, uint256 units) internal {
        _requireUnits(units);
        _requireWalletFree(wallet);
        _update(address(0), wallet, units);
        emit Issued(number, wallet, units);
    }

    function _redeem(uint64 number, address wallet, uint256 units) internal {
        _requireUnits(units);
        _update(wallet, address(0), units);
        emit Redeemed(number, wallet, units);
    }

    function _afterRedeem(uint256 total) internal returns (bool wantsHoldings) {
        _tokenStorage().totalSupply -= total;
        return IEngine(_tokenStorage().engine).onRedeem(total);
    }

    /// @dev Reads identities only where the series counts holdings: elsewhere a redemption does not pay for it.
    function _reduceHoldings(Item[] calldata items) private {
        TokenStorage storage $ = _tokenStorage();
        uint256[] memory records = new uint256[](items.length);
        uint256[] memory units = new uint256[](items.length);
        for (uint256 i; i < items.length; ++i) {
            records[i] = IIdentityRegistry($.identityRegistry).recordWord(items[i].wallet);
            units[i] = items[i].units;
        }
        IEngine($.engine).onHoldingsReduced(records, units);
    }

    function _reduceHolding(address wallet, uint256 amount) internal {
        TokenStorage storage $ = _tokenStorage();
        uint256[] memory records = new uint256[](1);
        uint256[] memory units = new uint256[](1);
        records[0] = IIdentityRegistry($.identityRegistry).recordWord(wallet);
        units[0] = amount;
        IEngine($.engine).onHoldingsReduced(records, units);
    }

    function _forceTransfer(uint64 number, address from, address to, uint256 units, bytes32 reference_) internal {
        _requireUnits(units);
        if (from == to) revert TokenTransferToSelf(from);
        uint256 toRecord = _requireReceiver(to);
        TokenStorage storage $ = _tokenStorage();
        uint256 fromRecord = IIdentityRegistry($.identityRegistry).recordWord(from);
        IEngine($.engine).onForcedMove(fromRecord, toRecord, units);
        _update(from, to, units);
        emit ForcedTransfer(number, from, to, units, reference_);
    }

    function _recover(uint64 number, address lost, address replacement, bytes32 reference_) internal {
        TokenStorage storage $ = _tokenStorage();
        if (lost == replacement) revert TokenTransferToSelf(lost);
        _requireReceiver(replacement);
        IIdentityRegistry registry = IIdentityRegistry($.identityRegistry);
        address owner = registry.recordOf(replacement).identity;
        if (registry.recordOf(lost).identity != owner) revert TokenOtherIdentity(lost, replacement);
        Account memory account = $.accounts[lost];
        _requireUnits(account.balance);
        _update(lost, replacement, account.balance);
        emit Recovered(number, lost, replacement, account.balance, reference_);
        if (account.frozen != 0) _freezeUnits(replacement, account.frozen);
        if (account.walletFrozen) _setWalletFrozen(replacement, true);
        emit RecoverySuccess(lost, replacement, owner);
    }

    function _requireReceiver(address wallet) internal view returns (uint256 record) {
        _requireWalletFree(wallet);
        address[] memory wallets = new address[](1);
        wallets[0] = wallet;
        return IIdentityRegistry(_tokenStorage().identityRegistry).verifiedRecords(wallets)[0];
    }

    function _requireUnits(uint256 units) internal view {
        if (units == 0) revert TokenZeroUnits(address(this));
    }
}
