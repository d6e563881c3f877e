// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {AccountWord} from "./AccountWord.sol";
import {IERC7943Fungible} from "./IERC7943.sol";
import {TokenPermit} from "./TokenPermit.sol";

/// @notice The core: ERC-20, ERC-2612, ERC-7943 and ERC-165, knowing no registry, no engine and no role.
/// @dev A subclass says who may call (`_requireMayCall`), who may send (`canSend`) and who may receive (`canReceive`); it may
/// add rules (`_requireRules` with its view `_rulesAllow`) and replace any refusal by a more telling one. It calls
/// `_setMetadata` from its constructor or initialiser. Checks come in the order of ERC-7943: addresses, balance, unfrozen
/// amount, sender, receiver, rules.
abstract contract RestrictedToken is TokenPermit, IERC20Metadata {
    using AccountWord for uint256;

    error TokenTransferToSelf(address wallet);

    /// @dev For what ERC-7943 and ERC-3643 call restricted.
    modifier authorised() {
        _requireMayCall(msg.sender, msg.sig);
        _;
    }

    /// @inheritdoc IERC20
    function transfer(address to, uint256 value) public virtual returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function transferFrom(address from, address to, uint256 value) public virtual returns (bool) {
        _spendAllowance(from, msg.sender, value);
        _transfer(from, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function approve(address spender, uint256 value) public virtual returns (bool) {
        _approve(msg.sender, spender, value);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function forcedTransfer(address from, address to, uint256 amount) public virtual authorised returns (bool) {
        _forceTransfer(from, to, amount);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function setFrozenTokens(address account, uint256 amount) public virtual authorised returns (bool) {
        _setFrozen(account, amount);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function canSend(address account) public view virtual returns (bool);

    /// @inheritdoc IERC7943Fungible
    function canReceive(address account) public view virtual returns (bool);

    /// @inheritdoc IERC7943Fungible
    /// @dev True exactly when `transfer` by `from` would pass.
    function canTransfer(address from, address to, uint256 amount) public view virtual returns (bool) {
        if (from == address(0) || to == address(0)) return false;
        if (amount > _word(from).unfrozenOf()) return false;
        return canSend(from) && canReceive(to) && _rulesAllow(from, to, amount);
    }

    /// @inheritdoc IERC7943Fungible
    function getFrozenTokens(address account) public view virtual returns (uint256) {
        return _word(account).frozenOf();
    }

    /// @inheritdoc IERC20
    function totalSupply() public view virtual returns (uint256) {
        return _ledger().totalSupply;
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) public view virtual returns (uint256) {
        return _word(account).balanceOf();
    }

    /// @inheritdoc IERC20
    function allowance(address owner, address spender) public view virtual returns (uint256) {
        return _ledger().allowances[owner][spender];
    }

    /// @inheritdoc IERC20Metadata
    function name() public view virtual returns (string memory) {
        return _ledger().name;
    }

    /// @inheritdoc IERC20Metadata
    function symbol() public view virtual returns (string memory) {
        return _ledger().symbol;
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public view virtual returns (uint8) {
        return _ledger().decimals;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view virtual returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC20).interfaceId
            || interfaceId == type(IERC20Metadata).interfaceId || interfaceId == type(IERC20Permit).interfaceId
            || interfaceId == type(IERC5267).interfaceId || interfaceId == type(IERC7943Fungible).interfaceId;
    }

    /// @dev Once, from a constructor or an initialiser.
    function _setMetadata(string memory name_, string memory symbol_, uint8 decimals_) internal {
        _ledger().name = name_;
        _ledger().symbol = symbol_;
        _ledger().decimals = decimals_;
    }

    /// @dev Hook: reverts unless `caller` may call the restricted function `selector` with the present calldata.
    function _requireMayCall(address caller, bytes4 selector) internal virtual;

    /// @dev Hook: reverts unless the account may send.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _requireCanSend(address account) internal view virtual {
        if (!canSend(account)) revert ERC7943CannotSend(account);
    }

    /// @dev Hook: reverts unless the account may receive.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _requireCanReceive(address account) internal view virtual {
        if (!canReceive(account)) revert ERC7943CannotReceive(account);
    }

    /// @dev Hook: rules about the transfer itself (limits, pause, closed periods); may book what it counts.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _requireRules(address from, address to, uint256 amount) internal virtual {
        if (!_rulesAllow(from, to, amount)) revert ERC7943CannotTransfer(from, to, amount);
    }

    /// @dev Hook: what `_requireRules` would say, without reverting.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _rulesAllow(address, address, uint256) internal view virtual returns (bool) {
        return true;
    }

    /// @dev Hook: everything that stands between the balance and the movement. Replace it to ask several rules in one call.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _beforeTransfer(address from, address to, uint256 amount) internal virtual {
        _requireCanSend(from);
        _requireCanReceive(to);
        _requireRules(from, to, amount);
    }

    function _transfer(address from, address to, uint256 amount) internal virtual {
        _requireEnds(from, to);
        _requireUnfrozen(from, amount);
        _beforeTransfer(from, to, amount);
        _update(from, to, amount);
    }

    /// @dev No consent, no freeze and no rule of the sender stands in the way; the receiver must be one who may hold. To
    /// oneself it would move nothing and erase a freeze.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _forceTransfer(address from, address to, uint256 amount) internal virtual {
        _requireEnds(from, to);
        if (from == to) revert TokenTransferToSelf(from);
        _requireCanReceive(to);
        _update(from, to, amount);
        emit ForcedTransfer(from, to, amount);
    }

    /// @dev For subclasses with a mint of their own.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _mint(address to, uint256 amount) internal virtual {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        _requireCanReceive(to);
        _raiseSupply(amount);
        _update(address(0), to, amount);
    }

    /// @dev For subclasses with a burn of their own, by an authority: takes frozen units past the free ones.
    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _burn(address from, uint256 amount) internal virtual {
        if (from == address(0)) revert ERC20InvalidSender(from);
        _update(from, address(0), amount);
        _lowerSupply(amount);
    }

    function _requireEnds(address from, address to) internal pure {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        if (from == address(0)) revert ERC20InvalidSender(from);
    }
}
