// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AccountWord} from "./AccountWord.sol";
import {IERC7943Fungible} from "./IERC7943.sol";

/// @notice Balances, frozen amounts, supply and allowances: the one place where each of them changes.
/// @dev Storage has a namespace of its own (ERC-7201), so that the same code serves behind a proxy and without one.
abstract contract TokenLedger is IERC20, IERC20Errors, IERC7943Fungible {
    using AccountWord for uint256;

    /// @dev A struct of one field, so that its slot is computed once for reading and writing.
    struct Account {
        uint256 word;
    }

    /// @custom:storage-location erc7201:tokenization.storage.TokenLedger
    struct LedgerStorage {
        uint256 totalSupply;
        mapping(address wallet => Account) accounts;
        mapping(address owner => mapping(address spender => uint256)) allowances;
        mapping(address owner => uint256) nonces;
        string name;
        string symbol;
        uint8 decimals;
    }

    // keccak256(abi.encode(uint256(keccak256("tokenization.storage.TokenLedger")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant LEDGER_SLOT = 0x1d0ddbffd9a48a72afd0383fcf1b7fc55c9e71bfd4e2321c2bb2c340d1b52a00;

    error TokenUnitsOutOfRange(uint256 units, uint256 limit);

    /// @dev The choke point. `from` zero creates, `to` zero destroys. Checks nothing but the balance: rules stand before it,
    /// and the supply is booked beside it, once per batch.
    function _update(address from, address to, uint256 amount) internal virtual {
        if (from != address(0)) _debit(from, amount);
        if (to != address(0)) _credit(to, amount);
        emit Transfer(from, to, amount);
    }

    /// @dev Free units go first. What is taken past them lowers the frozen amount by exactly the excess, and the logs say so
    /// before the `Transfer`.
    function _debit(address from, uint256 amount) internal {
        Account storage account = _ledger().accounts[from];
        uint256 word = account.word;
        uint256 balance = word.balanceOf();
        if (amount > balance) revert ERC20InsufficientBalance(from, balance, amount);
        uint256 unfrozen = word.unfrozenOf();
        if (amount > unfrozen) {
            uint256 frozen = word.frozenOf();
            uint256 left = frozen - (amount - unfrozen);
            word = word.withFrozen(left);
            _emitFrozen(from, frozen, left);
        }
        unchecked {
            account.word = word - amount;
        }
    }

    /// @dev Cannot carry: all balances together are at most the supply, which `_raiseSupply` bounds.
    function _credit(address to, uint256 amount) internal {
        unchecked {
            _ledger().accounts[to].word += amount;
        }
    }

    /// @dev Before any credit, so that no sum of balances passes the width of a balance.
    function _raiseSupply(uint256 amount) internal {
        uint256 supply = _ledger().totalSupply;
        if (amount > AccountWord.MAX - supply) revert TokenUnitsOutOfRange(amount, AccountWord.MAX - supply);
        unchecked {
            _ledger().totalSupply = supply + amount;
        }
    }

    function _lowerSupply(uint256 amount) internal {
        _ledger().totalSupply -= amount;
    }

    function _setFrozen(address account, uint256 amount) internal {
        if (amount > AccountWord.MAX) revert TokenUnitsOutOfRange(amount, AccountWord.MAX);
        uint256 word = _word(account);
        _ledger().accounts[account].word = word.withFrozen(amount);
        _emitFrozen(account, word.frozenOf(), amount);
    }

    /// @dev Virtual, for standards that log the difference beside the figure.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _emitFrozen(address account, uint256, uint256 amount) internal virtual {
        emit Frozen(account, amount);
    }

    /// @dev Balance first, then what of it is free: the order of ERC-7943.
    function _requireUnfrozen(address from, uint256 amount) internal view {
        uint256 word = _word(from);
        uint256 balance = word.balanceOf();
        if (amount > balance) revert ERC20InsufficientBalance(from, balance, amount);
        uint256 unfrozen = word.unfrozenOf();
        if (amount > unfrozen) revert ERC7943InsufficientUnfrozenBalance(from, amount, unfrozen);
    }

    function _approve(address owner, address spender, uint256 value) internal {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        _ledger().allowances[owner][spender] = value;
        emit Approval(owner, spender, value);
    }

    /// @dev Logs what is left: a `Transfer` does not name the spender, so allowances could not be rebuilt from logs otherwise.
    function _spendAllowance(address owner, address spender, uint256 amount) internal {
        uint256 current = _ledger().allowances[owner][spender];
        if (current == type(uint256).max) return;
        if (current < amount) revert ERC20InsufficientAllowance(spender, current, amount);
        unchecked {
            _approve(owner, spender, current - amount);
        }
    }

    function _word(address account) internal view returns (uint256) {
        return _ledger().accounts[account].word;
    }

    // slither-disable-next-line assembly -- a fixed slot (ERC-7201)
    function _ledger() internal pure returns (LedgerStorage storage $) {
        assembly ("memory-safe") {
            $.slot := LEDGER_SLOT
        }
    }
}
