// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC3643} from "./IERC3643.sol";
import {ISecurityToken} from "./ISecurityToken.sol";
import {TokenPowers} from "./TokenPowers.sol";

/// @notice One series. Behind a UUPS proxy; supply rules live in the engine, numbered powers in the controller.
/// @dev The unnumbered functions of ERC-3643 exist for interoperability. They pass the same rules, carry number 0 in their
/// events, and answer only to whom the AccessManager names: production names nobody.
contract SecurityToken is TokenPowers, Initializable, UUPSUpgradeable, IERC165 {
    uint256 private constant MAX_BATCH = 250;

    constructor() {
        _disableInitializers();
    }

    /// @notice Called once by the proxy's constructor.
    function initialize(
        string calldata name_,
        string calldata symbol_,
        uint8 decimals_,
        address authority_,
        address identityRegistry_,
        address engine_,
        address controller_,
        bytes32 termsHash_
    ) external initializer {
        TokenStorage storage $ = _tokenStorage();
        _setAuthority(authority_);
        $.name = name_;
        $.symbol = symbol_;
        $.decimals = decimals_;
        $.controller = controller_;
        emit ControllerSet(controller_);
        _setIdentityRegistry(identityRegistry_);
        _setEngine(engine_);
        $.termsHash = termsHash_;
        emit TermsSet(termsHash_);
        _emitInformation();
    }

    /// @notice ERC-20.
    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @notice ERC-20.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        _spendAllowance(from, msg.sender, value);
        _transfer(from, to, value);
        return true;
    }

    /// @inheritdoc IERC3643
    function batchTransfer(address[] calldata toList, uint256[] calldata amounts) external {
        _checkLengths(toList.length, amounts.length);
        for (uint256 i; i < toList.length; ++i) {
            _transfer(msg.sender, toList[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function mint(address to, uint256 amount) external restricted {
        _mint(to, amount);
    }

    /// @inheritdoc IERC3643
    function batchMint(address[] calldata toList, uint256[] calldata amounts) external restricted {
        _checkLengths(toList.length, amounts.length);
        for (uint256 i; i < toList.length; ++i) {
            _mint(toList[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function burn(address userAddress, uint256 amount) external restricted {
        _redeem(0, userAddress, amount);
        if (_afterRedeem(amount)) _reduceHolding(userAddress, amount);
    }

    /// @inheritdoc IERC3643
    function batchBurn(address[] calldata userAddresses, uint256[] calldata amounts) external restricted {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _redeem(0, userAddresses[i], amounts[i]);
            if (_afterRedeem(amounts[i])) _reduceHolding(userAddresses[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function forcedTransfer(address from, address to, uint256 amount) external restricted returns (bool) {
        _forceTransfer(0, from, to, amount, bytes32(0));
        return true;
    }

    /// @inheritdoc IERC3643
    function batchForcedTransfer(address[] calldata fromList, address[] calldata toList, uint256[] calldata amounts)
        external
        restricted
    {
        _checkLengths(fromList.length, toList.length);
        _checkLengths(fromList.length, amounts.length);
        for (uint256 i; i < fromList.length; ++i) {
            _forceTransfer(0, fromList[i], toList[i], amounts[i], bytes32(0));
        }
    }

    /// @inheritdoc IERC3643
    /// @dev The identity argument of the standard is not trusted: both wallets must have the same identity on record.
    function recoveryAddress(address lostWallet, address newWallet, address) external restricted returns (bool) {
        _recover(0, lostWallet, newWallet, bytes32(0));
        return true;
    }

    /// @inheritdoc IERC3643
    function pause() external controllerOrRestricted {
        _tokenStorage().paused = true;
        emit Paused(msg.sender);
    }

    /// @inheritdoc IERC3643
    function unpause() external controllerOrRestricted {
        _tokenStorage().paused = false;
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IERC3643
    function setAddressFrozen(address userAddress, bool freeze) external controllerOrRestricted {
        _setWalletFrozen(userAddress, freeze);
    }

    /// @inheritdoc IERC3643
    function batchSetAddressFrozen(address[] calldata userAddresses, bool[] calldata freeze) external restricted {
        _checkLengths(userAddresses.length, freeze.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _setWalletFrozen(userAddresses[i], freeze[i]);
        }
    }

    /// @inheritdoc IERC3643
    function freezePartialTokens(address userAddress, uint256 amount) external controllerOrRestricted {
        _freezeUnits(userAddress, amount);
    }

    /// @inheritdoc IERC3643
    function batchFreezePartialTokens(address[] calldata userAddresses, uint256[] calldata amounts)
        external
        restricted
    {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _freezeUnits(userAddresses[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function unfreezePartialTokens(address userAddress, uint256 amount) external controllerOrRestricted {
        _unfreezeUnits(userAddress, amount);
    }

    /// @inheritdoc IERC3643
    function batchUnfreezePartialTokens(address[] calldata userAddresses, uint256[] calldata amounts)
        external
        restricted
    {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _unfreezeUnits(userAddresses[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function setName(string calldata name_) external restricted {
        _tokenStorage().name = name_;
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setSymbol(string calldata symbol_) external restricted {
        _tokenStorage().symbol = symbol_;
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setOnchainID(address onchainID_) external restricted {
        _tokenStorage().onchainID = onchainID_;
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setIdentityRegistry(address identityRegistry_) external restricted {
        _setIdentityRegistry(identityRegistry_);
    }

    /// @inheritdoc IERC3643
    function setCompliance(address compliance_) external restricted {
        _setEngine(compliance_);
    }

    /// @notice Replaces the hash of the term sheet; the old one stays in the logs.
    function setTermsHash(bytes32 termsHash_) external restricted {
        _tokenStorage().termsHash = termsHash_;
        emit TermsSet(termsHash_);
    }

    /// @inheritdoc IERC3643
    function name() external view returns (string memory) {
        return _tokenStorage().name;
    }

    /// @inheritdoc IERC3643
    function symbol() external view returns (string memory) {
        return _tokenStorage().symbol;
    }

    /// @inheritdoc IERC3643
    function decimals() external view returns (uint8) {
        return _tokenStorage().decimals;
    }

    /// @inheritdoc IERC3643
    function onchainID() external view returns (address) {
        return _tokenStorage().onchainID;
    }

    /// @inheritdoc IERC3643
    function identityRegistry() external view returns (address) {
        return _tokenStorage().identityRegistry;
    }

    /// @inheritdoc IERC3643
    function compliance() external view returns (address) {
        return _tokenStorage().engine;
    }

    /// @inheritdoc ISecurityToken
    function controller() external view returns (address) {
        return _tokenStorage().controller;
    }

    /// @inheritdoc IERC3643
    function paused() external view returns (bool) {
        return _tokenStorage().paused;
    }

    /// @notice Hash of the term sheet in force.
    function termsHash() external view returns (bytes32) {
        return _tokenStorage().termsHash;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC20).interfaceId
            || interfaceId == type(IERC3643).interfaceId || interfaceId == type(ISecurityToken).interfaceId
            || interfaceId == type(IAccessManaged).interfaceId;
    }

    /// @inheritdoc IERC3643
    function version() public pure returns (string memory) {
        return "1";
    }

    function _authorizeUpgrade(address) internal override restricted {}

    function _mint(address to, uint256 amount) private {
        address[] memory wallets = new address[](1);
        wallets[0] = to;
        uint256[] memory units = new uint256[](1);
        units[0] = amount;
        _beforeIssue(wallets, units, amount);
        _issue(0, to, amount);
    }

    function _setIdentityRegistry(address identityRegistry_) private {
        if (identityRegistry_ == address(0)) revert TokenZeroAddress(address(this));
        _tokenStorage().identityRegistry = identityRegistry_;
        emit IdentityRegistryAdded(identityRegistry_);
    }

    function _setEngine(address engine_) private {
        if (engine_ == address(0)) revert TokenZeroAddress(address(this));
        _tokenStorage().engine = engine_;
        emit ComplianceAdded(engine_);
    }

    function _emitInformation() private {
        TokenStorage storage $ = _tokenStorage();
        emit UpdatedTokenInformation($.name, $.symbol, $.decimals, version(), $.onchainID);
    }

    function _checkLengths(uint256 first, uint256 second) private pure {
        if (first != second) revert TokenLengthMismatch(first, second);
        if (first == 0 || first > MAX_BATCH) revert TokenBatchSize(first, MAX_BATCH);
    }
}
