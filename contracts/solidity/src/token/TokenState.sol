// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuthorityManaged} from "../authority/AuthorityManaged.sol";
import {AccountWord} from "./core/AccountWord.sol";
import {RestrictedToken} from "./core/RestrictedToken.sol";
import {TokenLedger} from "./core/TokenLedger.sol";
import {IERC3643} from "./IERC3643.sol";
import {ISecurityToken} from "./ISecurityToken.sol";

/// @notice What a security adds to the core: whom it asks (registry, engine, controller), pause, freezes as ERC-3643 logs them.
abstract contract TokenState is RestrictedToken, AuthorityManaged, IERC3643, ISecurityToken {
    using AccountWord for uint256;

    uint256 internal constant MAX_BATCH = 250;

    /// @custom:storage-location erc7201:tokenization.storage.SecurityToken
    struct SecurityStorage {
        address identityRegistry;
        bool paused;
        bool deactivated;
        address engine;
        address controller;
        address onchainID;
        bytes32 termsHash;
    }

    // keccak256(abi.encode(uint256(keccak256("tokenization.storage.SecurityToken")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SECURITY_SLOT = 0x75c7453359385271cd43d49e488ea1ad55bbc4ae74f8da88af2667a50158dd00;

    modifier onlyController() {
        if (msg.sender != _security().controller) revert TokenNotController(msg.sender);
        _;
    }

    /// @inheritdoc IERC3643
    function isFrozen(address userAddress) external view returns (bool) {
        return _word(userAddress).isClosed();
    }

    /// @inheritdoc IERC3643
    function onchainID() external view returns (address) {
        return _security().onchainID;
    }

    /// @inheritdoc IERC3643
    function identityRegistry() external view returns (address) {
        return _security().identityRegistry;
    }

    /// @inheritdoc IERC3643
    function compliance() external view returns (address) {
        return _security().engine;
    }

    /// @inheritdoc ISecurityToken
    function controller() external view returns (address) {
        return _security().controller;
    }

    /// @inheritdoc IERC3643
    function paused() external view returns (bool) {
        return _security().paused;
    }

    /// @inheritdoc ISecurityToken
    function deactivated() external view returns (bool) {
        return _security().deactivated;
    }

    /// @inheritdoc ISecurityToken
    function termsHash() external view returns (bytes32) {
        return _security().termsHash;
    }

    /// @inheritdoc IERC3643
    function version() public pure returns (string memory) {
        return VERSION;
    }

    /// @inheritdoc IERC3643
    function forcedTransfer(address from, address to, uint256 amount)
        public
        override(IERC3643, RestrictedToken)
        returns (bool)
    {
        return super.forcedTransfer(from, to, amount);
    }

    /// @inheritdoc RestrictedToken
    function getFrozenTokens(address account) public view override(IERC3643, RestrictedToken) returns (uint256) {
        return super.getFrozenTokens(account);
    }

    /// @inheritdoc RestrictedToken
    function name() public view override(IERC3643, RestrictedToken) returns (string memory) {
        return super.name();
    }

    /// @inheritdoc RestrictedToken
    function symbol() public view override(IERC3643, RestrictedToken) returns (string memory) {
        return super.symbol();
    }

    /// @inheritdoc RestrictedToken
    function decimals() public view override(IERC3643, RestrictedToken) returns (uint8) {
        return super.decimals();
    }

    function _setIdentityRegistry(address identityRegistry_) internal {
        if (identityRegistry_ == address(0)) revert TokenZeroAddress(address(this));
        _security().identityRegistry = identityRegistry_;
        emit IdentityRegistryAdded(identityRegistry_);
    }

    function _setEngine(address engine_) internal {
        if (engine_ == address(0)) revert TokenZeroAddress(address(this));
        _security().engine = engine_;
        emit ComplianceAdded(engine_);
    }

    function _setTermsHash(bytes32 termsHash_) internal {
        _security().termsHash = termsHash_;
        emit TermsSet(termsHash_);
    }

    function _setWalletFrozen(address wallet, bool frozen) internal {
        _ledger().accounts[wallet].word = _word(wallet).withClosed(frozen);
        emit AddressFrozen(wallet, frozen, msg.sender);
    }

    /// @dev Bounded by the balance, as ERC-3643 wants it; `setFrozenTokens` is not.
    function _freezeUnits(address wallet, uint256 units) internal {
        uint256 word = _word(wallet);
        uint256 room = word.unfrozenOf();
        if (units > room) revert TokenFreezeExceedsBalance(wallet, units, room);
        _setFrozen(wallet, word.frozenOf() + units);
    }

    function _unfreezeUnits(address wallet, uint256 units) internal {
        uint256 frozen = _word(wallet).frozenOf();
        if (units > frozen) revert TokenUnfreezeExceedsFrozen(wallet, units, frozen);
        _setFrozen(wallet, frozen - units);
    }

    /// @dev ERC-7943 logs the figure, ERC-3643 the difference; whoever follows either one alone is right.
    function _emitFrozen(address account, uint256 before, uint256 amount) internal override(TokenLedger) {
        emit Frozen(account, amount);
        if (amount > before) emit TokensFrozen(account, amount - before);
        if (amount < before) emit TokensUnfrozen(account, before - amount);
    }

    function _requireRunning() internal view {
        if (!_security().paused) return;
        if (_security().deactivated) revert TokenDeactivated(address(this));
        revert TokenPaused(address(this));
    }

    function _requireWalletOpen(address wallet) internal view {
        if (_word(wallet).isClosed()) revert TokenWalletFrozen(wallet);
    }

    function _requireUnits(uint256 units) internal view {
        if (units == 0) revert TokenZeroUnits(address(this));
    }

    function _checkLengths(uint256 first, uint256 second) internal pure {
        if (first != second) revert TokenLengthMismatch(first, second);
        if (first == 0 || first > MAX_BATCH) revert TokenBatchSize(first, MAX_BATCH);
    }

    // slither-disable-next-line assembly -- a fixed slot (ERC-7201)
    function _security() internal pure returns (SecurityStorage storage $) {
        assembly ("memory-safe") {
            $.slot := SECURITY_SLOT
        }
    }
}
