// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IEngine} from "../compliance/IEngine.sol";
import {Confirmation, IController, Withdrawal} from "./IController.sol";
import {IERC7943Fungible} from "./core/IERC7943.sol";
import {IERC3643} from "./IERC3643.sol";
import {ISecurityToken, Item, Order} from "./ISecurityToken.sol";
import {Numbers} from "./Numbers.sol";

/// @notice The numbered powers over every token: each instruction number of a token acts at most once, whatever its kind.
/// @dev One controller and not a set of powers per token: wiring one selector of one contract in the AccessManager costs
/// 24,500 gas, so each further series would pay for every power again.
contract Controller is AccessManaged, EIP712, Numbers, IERC165 {
    /// @notice 250 first allotments at 60,000 gas (a holding limit counted per investor included) stay under 16,777,216.
    uint256 public constant MAX_BATCH = 250;

    bytes32 public constant CONFIRMATION_TYPEHASH = keccak256(
        "Confirmation(address token,uint64 number,uint64 issueNumber,uint128 units,bytes32 registryReference,uint40 validUntil)"
    );

    /// @inheritdoc IController
    /// @dev Whose signature raises a cap: the registrar's for securities, the fiscal agent's for a cash token.
    uint64 public immutable confirmerRole;

    modifier ordered(address token, Order calldata order) {
        if (order.basis == 0) revert ControllerBasisMissing(token);
        _;
    }

    constructor(address initialAuthority, uint64 confirmerRole_)
        AccessManaged(initialAuthority)
        EIP712("Tokenization Controller", "1")
    {
        // Everybody has PUBLIC_ROLE, and ADMIN is what an argument left out would say.
        if (confirmerRole_ == 0 || confirmerRole_ == type(uint64).max) revert ControllerRoleOpen(confirmerRole_);
        confirmerRole = confirmerRole_;
    }

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
            // slither-disable-next-line calls-loop -- a bounded batch; our own contract, which calls no stranger
            engine.reduceCap(token, w.units);
            emit CapReduced(token, w.number, w.issueNumber, w.units);
        }
    }

    /// @inheritdoc IController
    function issue(address token, Item[] calldata items) external restricted {
        _checkSize(items.length);
        _useAll(token, items);
        ISecurityToken(token).issue(items);
    }

    /// @inheritdoc IController
    function redeem(address token, Item[] calldata items) external restricted {
        _checkSize(items.length);
        _useAll(token, items);
        ISecurityToken(token).redeem(items);
    }

    /// @inheritdoc IController
    function annul(address token, Item[] calldata items, Order calldata order)
        external
        restricted
        ordered(token, order)
    {
        _checkSize(items.length);
        _useAll(token, items);
        ISecurityToken(token).annul(items, order);
    }

    /// @inheritdoc IController
    function forcedTransfer(
        address token, uint64 number, address from, address to, uint128 units, Order calldata order
    ) external restricted ordered(token, order) {
        _use(token, number);
        ISecurityToken(token).forceTransfer(number, from, to, units, order);
    }

    /// @inheritdoc IController
    function recover(address token, uint64 number, address lost, address replacement, Order calldata order)
        external
        restricted
        ordered(token, order)
    {
        _use(token, number);
        ISecurityToken(token).recover(number, lost, replacement, order);
    }

    /// @inheritdoc IController
    function pause(address token, Order calldata order) external restricted ordered(token, order) {
        IERC3643(token).pause();
        emit TokenPauseSet(token, true, order.basis, order.reference_);
    }

    /// @inheritdoc IController
    function unpause(address token, Order calldata order) external restricted ordered(token, order) {
        IERC3643(token).unpause();
        emit TokenPauseSet(token, false, order.basis, order.reference_);
    }

    /// @inheritdoc IController
    function setWalletFrozen(address token, address wallet, bool frozen, Order calldata order)
        external
        restricted
        ordered(token, order)
    {
        IERC3643(token).setAddressFrozen(wallet, frozen);
        emit WalletFreezeSet(token, wallet, frozen, order.basis, order.reference_);
    }

    /// @inheritdoc IController
    function freezeUnits(address token, address wallet, uint128 units, Order calldata order)
        external
        restricted
        ordered(token, order)
    {
        IERC3643(token).freezePartialTokens(wallet, units);
        emit UnitsFreezeChanged(token, wallet, int256(uint256(units)), order.basis, order.reference_);
    }

    /// @inheritdoc IController
    function unfreezeUnits(address token, address wallet, uint128 units, Order calldata order)
        external
        restricted
        ordered(token, order)
    {
        IERC3643(token).unfreezePartialTokens(wallet, units);
        emit UnitsFreezeChanged(token, wallet, -int256(uint256(units)), order.basis, order.reference_);
    }

    /// @inheritdoc IController
    function setFrozenUnits(address token, address wallet, uint128 units, Order calldata order)
        external
        restricted
        ordered(token, order)
    {
        // slither-disable-next-line unused-return -- true or a revert
        IERC7943Fungible(token).setFrozenTokens(wallet, units);
        emit UnitsFreezeSet(token, wallet, units, order.basis, order.reference_);
    }

    /// @inheritdoc IController
    /// @dev The books must be closed first: no unit in anybody's hands (the token and the engine both say so), and none that the
    /// registrar confirmed still waiting to be issued, or it would stay immobilised for a token that cannot be.
    function deactivate(address token, Order calldata order) external restricted ordered(token, order) {
        IEngine engine = _engine(token);
        // slither-disable-next-line unused-return -- only the cap is asked for
        (uint256 room,,) = engine.roomOf(token);
        if (room != 0) revert ControllerUnitsIssuable(token, room);
        ISecurityToken(token).deactivate();
        engine.closeSeries(token);
        emit SeriesDeactivated(token, order.basis, order.reference_);
    }

    /// @inheritdoc IController
    function upgrade(address token, address implementation, bytes calldata data) external restricted {
        UUPSUpgradeable(token).upgradeToAndCall(implementation, data);
        emit TokenUpgraded(token, implementation);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IController).interfaceId
            || interfaceId == type(IERC5267).interfaceId || interfaceId == type(IAccessManaged).interfaceId;
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
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (block.timestamp > c.validUntil) {
            revert ControllerConfirmationExpired(c.token, c.number, c.validUntil, block.timestamp);
        }
        if (c.units == 0) revert ControllerZeroUnits(c.token, c.number);
        address registrar = _registrarOf(c, signature);
        _use(c.token, c.number);
        // slither-disable-next-line calls-loop,reentrancy-events -- a bounded batch of tokens that registrars signed; the number is used up
        _engine(c.token).raiseCap(c.token, c.units);
        emit CapRaised(c.token, c.number, c.issueNumber, c.units, c.registryReference, registrar);
    }

    /// @dev OpenZeppelin's ECDSA refuses the mirrored (high-s) form, so a confirmation has one signature only.
    function _registrarOf(Confirmation calldata c, bytes calldata signature) private view returns (address signer) {
        ECDSA.RecoverError problem;
        // slither-disable-next-line unused-return -- the rest describes a failure that is refused anyway
        (signer, problem,) = ECDSA.tryRecoverCalldata(hashConfirmation(c), signature);
        if (problem != ECDSA.RecoverError.NoError) revert ControllerSignatureInvalid(c.token, c.number);
        // slither-disable-next-line calls-loop,unused-return -- the delay is not for signers
        (bool isRegistrar,) = IAccessManager(authority()).hasRole(confirmerRole, signer);
        if (!isRegistrar) revert ControllerNotRegistrar(c.token, c.number, signer);
    }

    function _engine(address token) private view returns (IEngine) {
        // slither-disable-next-line calls-loop -- a bounded batch; roles and registrars name the token
        return IEngine(IERC3643(token).compliance());
    }

    function _checkSize(uint256 size) private pure {
        if (size == 0 || size > MAX_BATCH) revert ControllerBatchSize(size, MAX_BATCH);
    }
}
