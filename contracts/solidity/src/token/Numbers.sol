// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IController} from "./IController.sol";
import {Item} from "./ISecurityToken.sol";

/// @notice Instruction numbers: each number of a token is used at most once, whatever it was used for.
abstract contract Numbers is IController {
    /// @dev One bit per number: 256 numbers share a storage word.
    mapping(address token => mapping(uint256 word => uint256 bits)) private _used;

    /// @inheritdoc IController
    function numberUsed(address token, uint64 number) external view returns (bool) {
        return _used[token][number >> 8] & (1 << (number & 0xff)) != 0;
    }

    /// @dev Keeps the current word in memory: consecutive numbers, the normal case, cost one storage write per 256.
    function _useAll(address token, Item[] calldata items) internal {
        mapping(uint256 => uint256) storage used = _used[token];
        uint256 word = items[0].number >> 8;
        uint256 bits = used[word];
        for (uint256 i; i < items.length; ++i) {
            uint64 number = items[i].number;
            if (number >> 8 != word) {
                used[word] = bits;
                word = number >> 8;
                bits = used[word];
            }
            bits = _mark(token, number, bits);
        }
        used[word] = bits;
    }

    function _use(address token, uint64 number) internal {
        _used[token][number >> 8] = _mark(token, number, _used[token][number >> 8]);
    }

    function _mark(address token, uint64 number, uint256 bits) private pure returns (uint256) {
        if (number == 0) revert ControllerNumberZero(token);
        uint256 bit = 1 << (number & 0xff);
        if (bits & bit != 0) revert ControllerNumberUsed(token, number);
        return bits | bit;
    }
}
