// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The compliance contract of ERC-3643 (same ABI, same interface id).
interface IERC3643Compliance {
    // slither-disable-next-line unindexed-event-address -- the standard's own event
    event TokenBound(address token);
    // slither-disable-next-line unindexed-event-address -- the standard's own event
    event TokenUnbound(address token);

    function bindToken(address token) external;
    function unbindToken(address token) external;
    function isTokenBound(address token) external view returns (bool);
    function getTokenBound() external view returns (address);
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);
    function transferred(address from, address to, uint256 amount) external;
    function created(address to, uint256 amount) external;
    function destroyed(address from, uint256 amount) external;
}
