// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC3643} from "./IERC3643.sol";
import {ISecurityToken} from "./ISecurityToken.sol";

/// @notice Balances, frozen units and allowances: the one place where a balance changes.
/// @dev Balance, frozen units and the wallet's flag share one word, so that every rule about an account costs one read.
abstract contract AccountBook is IERC3643, ISecurityToken, IERC20Errors {
    /// @param balance units held; @param frozen of them not free; @param walletFrozen neither sends nor receives
    struct Account {
        uint120 balance;
        uint120 frozen;
        bool walletFrozen;
    }

    /// @custom:storage-location erc7201:tokenization.storage.SecurityToken
    struct TokenStorage {
        address identityRegistry;
        uint8 decimals;
        bool paused;
        address engine;
        address controller;
        address onchainID;
        uint256 totalSupply;
        bytes32 termsHash;
        string name;
        string symbol;
        mapping(address wallet => Account) accounts;
        mapping(address owner => mapping(address spender => uint256)) allowances;
    }

    // keccak256(abi.encode(uint256(keccak256("tokenization.storage.SecurityToken")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant TOKEN_SLOT = 0x75c7453359385271cd43d49e488ea1ad55bbc4ae74f8da88af2667a50158dd00;

    /// @notice ERC-20.
    function approve(address spender, uint256 value) external returns (bool) {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        _tokenStorage().allowances[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    /// @notice ERC-20.
    function totalSupply() external view returns (uint256) {
        return _tokenStorage().totalSupply;
    }

    /// @notice ERC-20.
    function balanceOf(address account) external view returns (uint256) {
        return _tokenStorage().accounts[account].balance;
    }

    /// @notice ERC-20.
    function allowance(address owner, address spender) external view returns (uint256) {
        return _tokenStorage().allowances[owner][spender];
    }

    /// @notice ERC-3643: units of the wallet that it may not send.
    function getFrozenTokens(address userAddress) external view returns (uint256) {
        return _tokenStorage().accounts[userAddress].frozen;
    }

    /// @notice ERC-3643: whether the wallet as a whole is frozen.
    function isFrozen(address userAddress) external view returns (bool) {
        return _tokenStorage().accounts[userAddress].walletFrozen;
    }

    /// @dev The choke point. `from` zero creates, `to` zero destroys. Checks nothing but the balance: rules stand before it.
    /// Units taken past the free part lower the frozen figure first, so that frozen never exceeds the balance.
    function _update(address from, address to, uint256 units) internal {
        TokenStorage storage $ = _tokenStorage();
        if (units > type(uint120).max) revert TokenUnitsOutOfRange(units, type(uint120).max);
        uint120 value = uint120(units);
        if (from != address(0)) _debit($, from, value);
        if (to != address(0)) $.accounts[to].balance += value;
        emit Transfer(from, to, units);
    }

    function _debit(TokenStorage storage $, address from, uint120 units) private {
        Account memory account = $.accounts[from];
        if (units > account.balance) revert ERC20InsufficientBalance(from, account.balance, units);
        unchecked {
            account.balance -= units;
        }
        if (account.frozen > account.balance) {
            emit TokensUnfrozen(from, account.frozen - account.balance);
            account.frozen = account.balance;
        }
        $.accounts[from] = account;
    }

    /// @dev Order as ERC-7943 wants it: the balance first, then what of it is free.
    function _requireFree(address from, uint256 units) internal view {
        Account memory account = _tokenStorage().accounts[from];
        if (units > account.balance) revert ERC20InsufficientBalance(from, account.balance, units);
        uint256 free = account.balance - account.frozen;
        if (units > free) revert TokenUnitsFrozen(from, units, free);
    }

    function _requireWalletFree(address wallet) internal view {
        if (_tokenStorage().accounts[wallet].walletFrozen) revert TokenWalletFrozen(wallet);
    }

    function _spendAllowance(address owner, address spender, uint256 units) internal {
        TokenStorage storage $ = _tokenStorage();
        uint256 current = $.allowances[owner][spender];
        if (current == type(uint256).max) return;
        if (current < units) revert ERC20InsufficientAllowance(spender, current, units);
        unchecked {
            $.allowances[owner][spender] = current - units;
        }
    }

    function _freezeUnits(address wallet, uint256 units) internal {
        Account storage account = _tokenStorage().accounts[wallet];
        uint256 room = account.balance - account.frozen;
        if (units > room) revert TokenFreezeExceedsBalance(wallet, units, room);
        account.frozen += uint120(units);
        emit TokensFrozen(wallet, units);
    }

    function _unfreezeUnits(address wallet, uint256 units) internal {
        Account storage account = _tokenStorage().accounts[wallet];
        if (units > account.frozen) revert TokenUnfreezeExceedsFrozen(wallet, units, account.frozen);
        account.frozen -= uint120(units);
        emit TokensUnfrozen(wallet, units);
    }

    function _setWalletFrozen(address wallet, bool frozen) internal {
        _tokenStorage().accounts[wallet].walletFrozen = frozen;
        emit AddressFrozen(wallet, frozen, msg.sender);
    }

    function _tokenStorage() internal pure returns (TokenStorage storage $) {
        assembly ("memory-safe") {
            $.slot := TOKEN_SLOT
        }
    }
}
