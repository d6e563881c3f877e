// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One numbered unit of work on one wallet.
/// @param number instruction number; the contract acts on it at most once
struct Item {
    uint64 number;
    address wallet;
    uint128 units;
}

/// @notice The powers of the controller over a token, and the events that carry the instruction's number.
/// @dev Each event follows the ERC-20 `Transfer` that it explains immediately: a Transfer at log index i that has a cause
/// has it at i + 1.
interface ISecurityToken {
    event Issued(uint64 indexed number, address indexed wallet, uint256 units);
    event Redeemed(uint64 indexed number, address indexed wallet, uint256 units);
    event Annulled(uint64 indexed number, address indexed wallet, uint256 units, bytes32 reference_);
    event ForcedTransfer(
        uint64 indexed number, address indexed from, address indexed to, uint256 units, bytes32 reference_
    );
    event Recovered(uint64 indexed number, address indexed from, address indexed to, uint256 units, bytes32 reference_);
    event TermsSet(bytes32 termsHash);
    event ControllerSet(address indexed controller);

    error TokenNotController(address caller);
    error TokenPaused(address token);
    error TokenZeroUnits(address token);
    error TokenZeroAddress(address token);
    error TokenTransferToSelf(address wallet);
    error TokenWalletFrozen(address wallet);
    error TokenUnitsFrozen(address wallet, uint256 requested, uint256 unfrozen);
    error TokenFreezeExceedsBalance(address wallet, uint256 requested, uint256 room);
    error TokenUnfreezeExceedsFrozen(address wallet, uint256 requested, uint256 frozen);
    error TokenOtherIdentity(address lost, address replacement);
    error TokenLengthMismatch(uint256 first, uint256 second);
    error TokenBatchSize(uint256 size, uint256 limit);
    error TokenUnitsOutOfRange(uint256 units, uint256 limit);

    function issue(Item[] calldata items) external;
    function redeem(Item[] calldata items) external;
    function annul(Item[] calldata items, bytes32 reference_) external;
    function forceTransfer(uint64 number, address from, address to, uint128 units, bytes32 reference_) external;
    function recover(uint64 number, address lost, address replacement, bytes32 reference_) external;
    function controller() external view returns (address);
}
