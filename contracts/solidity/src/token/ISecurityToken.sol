// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One numbered unit of work on one wallet.
/// @param number instruction number; the contract acts on it at most once
struct Item {
    uint64 number;
    address wallet;
    uint128 units;
}

/// @notice The decision behind an act of authority.
/// @param basis code of the law or rule it rests on (the platform keeps the list); zero is refused
/// @param reference_ salted hash of the order, judgment or request
struct Order {
    uint16 basis;
    bytes32 reference_;
}

/// @notice The powers of the controller over a token, and the events that carry the instruction's number.
/// @dev Each event follows the ERC-20 `Transfer` that it explains immediately: a Transfer at log index i that has a cause
/// has it at i + 1. ERC-7943's `ForcedTransfer` comes after that.
interface ISecurityToken {
    event Issued(uint64 indexed number, address indexed wallet, uint256 units);
    event Redeemed(uint64 indexed number, address indexed wallet, uint256 units);
    event Annulled(
        uint64 indexed number, address indexed wallet, uint256 units, uint16 basis, bytes32 reference_
    );
    event TransferForced(
        uint64 indexed number,
        address indexed from,
        address indexed to,
        uint256 units,
        uint16 basis,
        bytes32 reference_
    );
    event Recovered(
        uint64 indexed number,
        address indexed from,
        address indexed to,
        uint256 units,
        uint16 basis,
        bytes32 reference_
    );
    event TermsSet(bytes32 termsHash);
    event ControllerSet(address indexed controller);
    /// @notice Name and symbol in clear: ERC-3643's own event carries their hashes only.
    event Named(string name, string symbol);
    event Deactivated();

    error TokenNotController(address caller);
    error TokenPaused(address token);
    error TokenDeactivated(address token);
    error TokenSupplyOutstanding(address token, uint256 supply);
    error TokenZeroUnits(address token);
    error TokenZeroAddress(address token);
    error TokenWalletFrozen(address wallet);
    error TokenFreezeExceedsBalance(address wallet, uint256 requested, uint256 room);
    error TokenUnfreezeExceedsFrozen(address wallet, uint256 requested, uint256 frozen);
    error TokenOtherIdentity(address lost, address replacement);
    error TokenLengthMismatch(uint256 first, uint256 second);
    error TokenBatchSize(uint256 size, uint256 limit);

    function issue(Item[] calldata items) external;
    function redeem(Item[] calldata items) external;
    function annul(Item[] calldata items, Order calldata order) external;
    function forceTransfer(uint64 number, address from, address to, uint128 units, Order calldata order) external;
    function recover(uint64 number, address lost, address replacement, Order calldata order) external;
    /// @notice For ever: no issue, no transfer, no unpausing, no upgrade. Needs a supply of zero.
    function deactivate() external;
    function controller() external view returns (address);
    function deactivated() external view returns (bool);
    function termsHash() external view returns (bytes32);
}
