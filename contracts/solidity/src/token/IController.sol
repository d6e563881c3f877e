// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Item, Order} from "./ISecurityToken.sol";

/// @notice The registrar's word that units are immobilised: signed with EIP-712, relayed by anyone with the RELAY role.
/// @param number the confirmation's own instruction number
/// @param issueNumber the issue that these units are meant for
/// @param validUntil last second at which it may be relayed
struct Confirmation {
    address token;
    uint64 number;
    uint64 issueNumber;
    uint128 units;
    bytes32 registryReference;
    uint40 validUntil;
}

/// @notice Takes confirmed units out again, and uses up the issue they were meant for.
struct Withdrawal {
    uint64 number;
    uint64 issueNumber;
    uint128 units;
}

/// @notice The numbered powers over every token, in one contract.
interface IController {
    event CapRaised(
        address indexed token,
        uint64 indexed number,
        uint64 issueNumber,
        uint256 units,
        bytes32 registryReference,
        address registrar
    );
    event CapReduced(address indexed token, uint64 indexed number, uint64 issueNumber, uint256 units);
    event TokenPauseSet(address indexed token, bool paused, uint16 basis, bytes32 reference_);
    event WalletFreezeSet(
        address indexed token, address indexed wallet, bool frozen, uint16 basis, bytes32 reference_
    );
    /// @notice `change` is signed: units frozen more, or fewer.
    event UnitsFreezeChanged(
        address indexed token, address indexed wallet, int256 change, uint16 basis, bytes32 reference_
    );
    /// @notice The figure was replaced; it may exceed what the wallet holds.
    event UnitsFreezeSet(
        address indexed token, address indexed wallet, uint256 units, uint16 basis, bytes32 reference_
    );
    event TokenUpgraded(address indexed token, address indexed implementation);
    event SeriesDeactivated(address indexed token, uint16 basis, bytes32 reference_);

    error ControllerBatchSize(uint256 size, uint256 limit);
    error ControllerLengthMismatch(uint256 first, uint256 second);
    error ControllerNumberZero(address token);
    error ControllerNumberUsed(address token, uint64 number);
    error ControllerZeroUnits(address token, uint64 number);
    error ControllerSignatureInvalid(address token, uint64 number);
    error ControllerNotRegistrar(address token, uint64 number, address signer);
    error ControllerConfirmationExpired(address token, uint64 number, uint256 validUntil, uint256 nowAt);
    error ControllerBasisMissing(address token);
    error ControllerUnitsIssuable(address token, uint256 units);
    error ControllerRoleOpen(uint64 role);

    function confirm(Confirmation[] calldata confirmations, bytes[] calldata signatures) external;
    function withdraw(address token, Withdrawal[] calldata withdrawals) external;
    function issue(address token, Item[] calldata items) external;
    function redeem(address token, Item[] calldata items) external;
    function annul(address token, Item[] calldata items, Order calldata order) external;
    function forcedTransfer(
        address token, uint64 number, address from, address to, uint128 units, Order calldata order
    ) external;
    function recover(address token, uint64 number, address lost, address replacement, Order calldata order) external;
    function pause(address token, Order calldata order) external;
    function unpause(address token, Order calldata order) external;
    function setWalletFrozen(address token, address wallet, bool frozen, Order calldata order) external;
    function freezeUnits(address token, address wallet, uint128 units, Order calldata order) external;
    function unfreezeUnits(address token, address wallet, uint128 units, Order calldata order) external;
    /// @notice Replaces the frozen amount; it may exceed the balance, for what is still to come.
    function setFrozenUnits(address token, address wallet, uint128 units, Order calldata order) external;
    /// @notice Ends a series for ever, once nothing is outstanding and nothing confirmed is left to issue.
    function deactivate(address token, Order calldata order) external;
    /// @notice Changes the code of one token, keeping its storage.
    function upgrade(address token, address implementation, bytes calldata data) external;
    function confirmerRole() external view returns (uint64);
    function numberUsed(address token, uint64 number) external view returns (bool);
    function hashConfirmation(Confirmation calldata confirmation) external view returns (bytes32);
}
