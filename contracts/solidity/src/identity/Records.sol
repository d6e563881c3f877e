// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Reads the one storage word of a wallet's record, so that a whole batch of records travels as words.
/// @dev Bits as Solidity packs `WalletRecord`: identity 0-159, country 160-175, category 176-183, expiry 184-223,
/// flags 224-255.
library Records {
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
        return uint32(word >> 224);
    }
}
