// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @notice ERC-7943 for fungible tokens, final text: eligibility to send and to receive are two questions.
interface IERC7943Fungible is IERC165 {
    /// @notice Units were taken from one account and given to another without the first one's consent.
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount);
    /// @notice The frozen amount of an account changed; `amount` is the figure after the change.
    event Frozen(address indexed account, uint256 amount);

    error ERC7943CannotSend(address account);
    error ERC7943CannotReceive(address account);
    error ERC7943CannotTransfer(address from, address to, uint256 amount);
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);

    /// @notice Moves units by order, frozen ones included. Restricted.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool result);
    /// @notice Replaces the frozen amount; it may exceed the balance, for what is still to come. Restricted.
    function setFrozenTokens(address account, uint256 amount) external returns (bool result);
    /// @notice Whether the account may send at all. Never reverts.
    function canSend(address account) external view returns (bool allowed);
    /// @notice Whether the account may receive at all. Never reverts.
    function canReceive(address account) external view returns (bool allowed);
    /// @notice Frozen amount; may exceed the balance.
    function getFrozenTokens(address account) external view returns (uint256 amount);
    /// @notice Whether this very transfer would pass. Never reverts.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool allowed);
}
