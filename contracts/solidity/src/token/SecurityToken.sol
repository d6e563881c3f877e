// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {RestrictedToken} from "./core/RestrictedToken.sol";
import {IERC3643} from "./IERC3643.sol";
import {ISecurityToken} from "./ISecurityToken.sol";
import {TokenInterop} from "./TokenInterop.sol";

/// @notice One series. Behind a UUPS proxy; supply rules live in the engine, numbered powers in the controller.
// slither-disable-next-line unimplemented-functions -- every one is there: the contract is deployed and tested
contract SecurityToken is TokenInterop, Initializable, UUPSUpgradeable {
    constructor() {
        _disableInitializers();
    }

    /// @notice Called once by the proxy's constructor.
    /// @dev The controller is for life: its bitmap is what makes every instruction act at most once.
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
        _setAuthority(authority_);
        _setMetadata(name_, symbol_, decimals_);
        _security().controller = controller_;
        emit ControllerSet(controller_);
        _setIdentityRegistry(identityRegistry_);
        _setEngine(engine_);
        _setTermsHash(termsHash_);
        emit Named(name_, symbol_);
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    /// @dev The name is part of the permit's domain: permits signed under the old one are void.
    function setName(string calldata name_) external authorised {
        _ledger().name = name_;
        emit EIP712DomainChanged();
        emit Named(name_, _ledger().symbol);
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setSymbol(string calldata symbol_) external authorised {
        _ledger().symbol = symbol_;
        emit Named(_ledger().name, symbol_);
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setOnchainID(address onchainID_) external authorised {
        _security().onchainID = onchainID_;
        _emitInformation();
    }

    /// @inheritdoc IERC3643
    function setIdentityRegistry(address identityRegistry_) external authorised {
        _setIdentityRegistry(identityRegistry_);
    }

    /// @inheritdoc IERC3643
    function setCompliance(address compliance_) external authorised {
        _setEngine(compliance_);
    }

    /// @notice Replaces the hash of the term sheet; the old one stays in the logs.
    function setTermsHash(bytes32 termsHash_) external authorised {
        _setTermsHash(termsHash_);
    }

    /// @inheritdoc RestrictedToken
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC3643).interfaceId || interfaceId == type(ISecurityToken).interfaceId
            || interfaceId == type(IAccessManaged).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev The controller alone, which asks for the UPGRADER role and its delay: a new series has nothing to wire. A
    /// deactivated token has no successor, else an upgrade could wake it.
    function _authorizeUpgrade(address) internal override onlyController {
        if (_security().deactivated) revert TokenDeactivated(address(this));
    }

    function _emitInformation() private {
        emit UpdatedTokenInformation(name(), symbol(), decimals(), version(), _security().onchainID);
    }
}
