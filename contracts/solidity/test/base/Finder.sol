// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Looks for planted data in bytes: as written, as numbers, as packed digits, and behind hashes that anybody can repeat.
/// @dev A table of first two bytes makes the search linear in the bytes; the patterns are compared only where it strikes.
library Finder {
    struct Patterns {
        bytes32[] values;
        bytes32[] masks;
        uint256[] lengths;
        string[] labels;
        uint256 count;
        uint256[256] starts;
    }

    uint256 private constant MOST = 1024;
    /// @dev Storage keys under the first so many slots: as many as our contracts have.
    uint256 private constant SLOTS = 12;
    /// @dev A hash is recognised by its first or last eight bytes: codes and addresses are cut out of hashes.
    uint256 private constant CUT = 8;

    function empty() internal pure returns (Patterns memory p) {
        p.values = new bytes32[](MOST);
        p.masks = new bytes32[](MOST);
        p.lengths = new uint256[](MOST);
        p.labels = new string[](MOST);
    }

    /// @dev A datum of words, in each spelling.
    function addWords(Patterns memory p, string memory datum) internal pure {
        addText(p, datum);
        addText(p, recased(datum, 0x61, 0x7a, -32));
        addText(p, recased(datum, 0x41, 0x5a, 32));
        addText(p, stripped(datum));
    }

    /// @dev A datum of digits, with or without signs between them: as text, as a number, and as packed digits.
    function addDigits(Patterns memory p, string memory datum) internal pure {
        addText(p, datum);
        string memory digits = stripped(datum);
        addText(p, digits);
        uint256 number = numberOf(digits);
        uint256 size = 32;
        while (number >> (size * 8 - 8) == 0) --size;
        bytes32 left = bytes32(number << (256 - size * 8));
        add(p, left, size, string.concat("number ", datum));
        add(p, reversed(left, size), size, string.concat("number backwards ", datum));
        add(p, packed(bytes(digits), 0), bytes(digits).length / 2, string.concat("packed ", datum));
        add(p, packed(bytes(digits), 1), (bytes(digits).length - 1) / 2, string.concat("packed ", datum));
        addHashes(p, abi.encode(number), datum);
        addHashes(p, abi.encodePacked(uint64(number)), datum);
        addHashes(p, abi.encodePacked(uint128(number)), datum);
        for (uint256 slot; slot < SLOTS; ++slot) {
            addHash(p, keccak256(abi.encode(number, slot)), string.concat("storage key of ", datum));
        }
    }

    function addText(Patterns memory p, string memory text) internal pure {
        bytes memory raw = bytes(text);
        uint256 size = raw.length < 32 ? raw.length : 32;
        add(p, bytes32(raw), size, string.concat("text ", text));
        addHashes(p, raw, text);
        addHashes(p, abi.encode(text), text);
        for (uint256 slot; slot < SLOTS; ++slot) {
            addHash(p, keccak256(abi.encodePacked(text, slot)), string.concat("storage key of ", text));
        }
    }

    function addHashes(Patterns memory p, bytes memory raw, string memory label) internal pure {
        addHash(p, keccak256(raw), string.concat("keccak ", label));
        addHash(p, sha256(raw), string.concat("sha256 ", label));
    }

    function addHash(Patterns memory p, bytes32 hash, string memory label) internal pure {
        add(p, hash, CUT, label);
        add(p, hash << (256 - CUT * 8), CUT, label);
    }

    function add(Patterns memory p, bytes32 value, uint256 size, string memory label) internal pure {
        require(size >= 4, "too short to be found for certain");
        bytes32 mask = bytes32(type(uint256).max << (256 - size * 8));
        (p.values[p.count], p.masks[p.count]) = (value & mask, mask);
        (p.lengths[p.count], p.labels[p.count]) = (size, label);
        p.starts[uint8(value[0])] |= 1 << uint8(value[1]);
        ++p.count;
    }

    /// @return what was found, or "".
    function scan(Patterns memory p, bytes memory hay) internal pure returns (string memory) {
        uint256[256] memory starts = p.starts;
        for (uint256 i; i + 4 <= hay.length; ++i) {
            bytes32 word;
            uint256 strike;
            assembly ("memory-safe") {
                word := mload(add(add(hay, 32), i))
                strike := and(shr(byte(1, word), mload(add(starts, shl(5, byte(0, word))))), 1)
            }
            if (strike == 0) continue;
            for (uint256 j; j < p.count; ++j) {
                if (word & p.masks[j] == p.values[j] && i + p.lengths[j] <= hay.length) return p.labels[j];
            }
        }
        return "";
    }

    function stripped(string memory text) internal pure returns (string memory) {
        bytes memory raw = bytes(text);
        bytes memory kept = new bytes(raw.length);
        uint256 size;
        for (uint256 i; i < raw.length; ++i) {
            bytes1 c = raw[i];
            bool plain = (c >= "0" && c <= "9") || (c >= "A" && c <= "Z") || (c >= "a" && c <= "z");
            if (plain) kept[size++] = c;
        }
        assembly ("memory-safe") {
            mstore(kept, size)
        }
        return string(kept);
    }

    function recased(string memory text, uint8 low, uint8 high, int8 step) private pure returns (string memory) {
        bytes memory raw = bytes.concat(bytes(text));
        for (uint256 i; i < raw.length; ++i) {
            uint8 c = uint8(raw[i]);
            if (c >= low && c <= high) raw[i] = bytes1(uint8(int8(c) + step));
        }
        return string(raw);
    }

    function numberOf(string memory digits) internal pure returns (uint256 number) {
        for (uint256 i; i < bytes(digits).length; ++i) {
            number = number * 10 + uint8(bytes(digits)[i]) - 48;
        }
    }

    /// @dev Two digits a byte, beginning with the digit `from`.
    function packed(bytes memory digits, uint256 from) internal pure returns (bytes32 value) {
        uint256 place = 248;
        for (uint256 i = from; i + 1 < digits.length; i += 2) {
            value |= bytes32(uint256((uint8(digits[i]) - 48) * 16 + uint8(digits[i + 1]) - 48) << place);
            place -= 8;
        }
    }

    function reversed(bytes32 value, uint256 size) private pure returns (bytes32 turned) {
        for (uint256 i; i < size; ++i) {
            turned |= bytes32(uint256(uint8(value[size - 1 - i])) << (248 - i * 8));
        }
    }
}
