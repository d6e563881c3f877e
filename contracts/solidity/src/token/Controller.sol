// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Roles} from "../authority/Roles.sol";
import {IEngine} from "../compliance/IEngine.sol";
import {Confirmation, IController, Withdrawal} from "./IController.sol";
import {IERC3643} from "./IERC3643.sol";
import {ISecurityToken, Item} from "./ISecurityToken.sol";

/// @notice The numbered powers over every token: each instruction number of a token acts at most once, whatever its kind.
/// @dev One controller and not a set of powers per token: wiring one selector of one contract in the AccessManager costs
/// 24,500 gas, so each further series would pay for every power again.
contract Controller is AccessManaged, EIP712, IController, IERC165 {
    /// @notice 250 first allotments at 60,000 gas (a holding limit counted per investor included) stay under 16,777,216.
    uint256 public constant MAX_BATCH = 250;

    bytes32 public constant CONFIRMATION_TYPEHASH = keccak256(
        "Confirmation(address token,uint64 number,uint64 issueNumber,uint128 units,bytes32 registryReference,uint40 validUntil)"
    );

    /// @dev One bit per number: 256 numbers share a storage word.
    mapping(address token => mapping(uint256 word => uint256 bits)) private _used;

    constructor(address initialAuthority) AccessManaged(initialAuthority) EIP712("Tokenization Controller", "1") {}

    /// @inheritdoc IController
    function confirm(Confirmation[] calldata confirmations, bytes[] calldata signatures) external restricted {
        _checkSize(confirmations.length);
        if (confirmations.length != signatures.length) {
            revert ControllerLengthMismatch(confirmations.length, signatures.length);
        }
        for (uint256 i; i < confirmations.length; ++i) {
            _confirm(confirmations[i], signatures[i]);
        }
    }

    /// @inheritdoc IController
    /// @dev Using up `issueNumber` as well is what makes a refund safe: that issue can never happen afterwards.
    function withdraw(address token, Withdrawal[] calldata withdrawals) external restricted {
        _checkSize(withdrawals.length);
        IEngine engine = _engine(token);
        for (uint256 i; i < withdrawals.length; ++i) {
            Withdrawal calldata w = withdrawals[i];
            if (w.units == 0) revert ControllerZeroUnits(token, w.number);
            _use(token, w.number);
            _use(token, w.issueNumber);
            engine.reduceCap(token, w.units);
            emit CapReduced(token, w.number, w.issueNumber, w.units);
        }
    }

    /// @inheritdoc IController
    function issue(address token, Item[] calldata items) external restricted {
        _useAll(token, items);
        ISecurityToken(token).issue(items);
    }

    /// @inheritdoc IController
    function redeem(address token, Item[] calldata items) external restricted {
        _useAll(token, items);
        ISecurityToken(token).redeem(items);
    }

    /// @inheritdoc IController
    function annul(address token, Item[] calldata items, bytes32 reference_) external restricted {
        _useAll(token, items);
        ISecurityToken(token).annul(items, reference_);
    }

    /// @inheritdoc IController
    function forcedTransfer(
        address token, uint64 number, address from, address to, uint128 units, bytes32 reference_
    ) external restricted {
        _use(token, number);
        ISecurityToken(token).forceTransfer(number, from, to, units, reference_);
    }

    /// @inheritdoc IController
    function recover(address token, uint64 number, address lost, address replacement, bytes32 reference_)
        external
        restricted
    {
        _use(token, number);
        ISecurityToken(token).recover(number, lost, replacement, reference_);
    }

    /// @inheritdoc IController
    function pause(address token, bytes32 reference_) external restricted {
        IERC3643(token).pause();
        emit TokenPauseSet(token, true, reference_);
    }

    /// @inheritdoc IController
    function unpause(address token, bytes32 reference_) external restricted {
        IERC3643(token).unpause();
        emit TokenPauseSet(token, false, reference_);
    }

    /// @inheritdoc IController
    function setWalletFrozen(address token, address wallet, bool frozen, bytes32 reference_) external restricted {
        IERC3643(token).setAddressFrozen(wallet, frozen);
        emit WalletFreezeSet(token, wallet, frozen, reference_);
    }

    /// @inheritdoc IController
    function freezeUnits(address token, address wallet, uint128 units, bytes32 reference_) external restricted {
        IERC3643(token).freezePartialTokens(wallet, units);
        emit UnitsFreezeChanged(token, wallet, int256(uint256(units)), reference_);
    }

    /// @inheritdoc IController
    function unfreezeUnits(address token, address wallet, uint128 units, bytes32 reference_) external restricted {
        IERC3643(token).unfreezePartialTokens(wallet, units);
        emit UnitsFreezeChanged(token, wallet, -int256(uint256(units)), reference_);
    }

    /// @inheritdoc IController
    function numberUsed(address token, uint64 number) external view returns (bool) {
        return _used[token][number >> 8] & (1 << (number & 0xff)) != 0;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IController).interfaceId;
    }

    /// @inheritdoc IController
    function hashConfirmation(Confirmation calldata c) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    CONFIRMATION_TYPEHASH,
                    c.token,
                    c.number,
                    c.issueNumber,
                    c.units,
                    c.registryReference,
                    c.validUntil
                )
            )
        );
    }

    function _confirm(Confirmation calldata c, bytes calldata signature) private {
        if (block.timestamp > c.validUntil) {
            revert ControllerConfirmationExpired(c.token, c.number, c.validUntil, block.timestamp);
        }
        if (c.units == 0) revert ControllerZeroUnits(c.token, c.number);
        address registrar = _registrarOf(c, signature);
        _use(c.token, c.number);
        _engine(c.token).raiseCap(c.token, c.units);
        emit CapRaised(c.token, c.number, c.issueNumber, c.units, c.registryReference, registrar);
    }

    /// @dev OpenZeppelin's ECDSA refuses the mirrored (high-s) form, so a confirmation has one signature only.
    function _registrarOf(Confirmation calldata c, bytes calldata signature) private view returns (address signer) {
        ECDSA.RecoverError problem;
        (signer, problem,) = ECDSA.tryRecoverCalldata(hashConfirmation(c), signature);
        if (problem != ECDSA.RecoverError.NoError) revert ControllerSignatureInvalid(c.token, c.number);
        (bool isRegistrar,) = IAccessManager(authority()).hasRole(Roles.REGISTRAR, signer);
        if (!isRegistrar) revert ControllerNotRegistrar(c.token, c.number, signer);
    }

    /// @dev Keeps the current word in memory: consecutive numbers, the normal case, cost one storage write per 256.
    function _useAll(address token, Item[] calldata items) private {
        _checkSize(items.length);
        mapping(uint256 => uint256) storage used = _used[token];
        uint256 word = items[0].number >> 8;
        uint256 bits = used[word];
        for (uint256 i; i < items.length; ++i) {
            uint64 number = items[i].number;
            if (number >> 8 != word) {
                used[word] = bits;
                word = number >> 8;
                bits = used[word];
            }
            bits = _mark(token, number, bits);
        }
        used[word] = bits;
    }

    function _use(address token, uint64 number) private {
        _used[token][number >> 8] = _mark(token, number, _used[token][number >> 8]);
    }

    function _mark(address token, uint64 number, uint256 bits) private pure returns (uint256) {
        if (number == 0) revert ControllerNumberZero(token);
        uint256 bit = 1 << (number & 0xff);
        if (bits & bit != 0) revert ControllerNumberUsed(token, number);
        return bits | bit;
    }

    function _engine(address token) private view returns (IEngine) {
        return IEngine(IERC3643(token).compliance());
    }

    function _checkSize(uint256 size) private pure {
        if (size == 0 || size > MAX_BATCH) revert ControllerBatchSize(size, MAX_BATCH);
    }
}
