// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Reads the one storage word of a wallet's record, so that a whole batch of records travels as words.
/// @dev Bits: identity 0-159, country 160-175, category 176-183, expiry 184-223, flags 224-255.
library Records {
    uint256 internal constant FLAGS_AT = 224;
    uint256 internal constant FLAGS_MASK = uint256(type(uint32).max) << FLAGS_AT;

    function pack(address identity, uint16 country, uint8 category, uint40 expiry) internal pure returns (uint256) {
        return uint160(identity) | (uint256(country) << 160) | (uint256(category) << 176) | (uint256(expiry) << 184);
    }

    function identityOf(uint256 word) internal pure returns (address) {
        return address(uint160(word));
    }

    function countryOf(uint256 word) internal pure returns (uint16) {
        return uint16(word >> 160);
    }

    function categoryOf(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 176);
    }

    function expiryOf(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 184);
    }

    function flagsOf(uint256 word) internal pure returns (uint32) {
        return uint32(word >> FLAGS_AT);
    }

    /// @dev Who was never registered has no expiry, and removal takes it away: the identity stays, holdings are counted by it.
    function isKnown(uint256 word) internal pure returns (bool) {
        return expiryOf(word) != 0;
    }
}
