// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An account as one storage word, so that every rule about it costs one read.
/// @dev Bits: balance 0-119, frozen 120-239, whole account frozen 240. The supply never exceeds `MAX`, so adding to a balance
/// never carries into the next field.
library AccountWord {
    uint256 internal constant MAX = type(uint120).max;

    function balanceOf(uint256 word) internal pure returns (uint256) {
        return word & MAX;
    }

    /// @dev May exceed the balance: an order may freeze what is still to come.
    function frozenOf(uint256 word) internal pure returns (uint256) {
        return (word >> 120) & MAX;
    }

    function isClosed(uint256 word) internal pure returns (bool) {
        return word >> 240 != 0;
    }

    /// @notice What the holder may dispose of.
    function unfrozenOf(uint256 word) internal pure returns (uint256) {
        uint256 balance = balanceOf(word);
        uint256 frozen = frozenOf(word);
        return frozen < balance ? balance - frozen : 0;
    }

    function withFrozen(uint256 word, uint256 frozen) internal pure returns (uint256) {
        return (word & ~(MAX << 120)) | (frozen << 120);
    }

    function withClosed(uint256 word, bool closed) internal pure returns (uint256) {
        return closed ? word | (1 << 240) : word & ~(uint256(1) << 240);
    }
}
