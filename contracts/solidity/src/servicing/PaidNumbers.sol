// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayingAgent} from "./IPayingAgent.sol";

/// @notice Which payment numbers of a token are used up: one bit each, 256 to a storage word.
/// @dev Beside the controller's bitmap and not in it, because burn and payment are independent legs of one instruction: its
/// number burns at most once there and pays at most once here, in either order or together.
abstract contract PaidNumbers is IPayingAgent {
    mapping(address token => mapping(uint256 word => uint256 bits)) private _used;

    /// @dev The word in hand: consecutive numbers, the normal case, cost one storage write per 256.
    struct Page {
        uint256 word;
        uint256 bits;
    }

    /// @inheritdoc IPayingAgent
    function numberUsed(address token, uint64 number) external view returns (bool) {
        return _used[token][number >> 8] & (1 << (number & 0xff)) != 0;
    }

    function _openPage(address token, uint64 number) internal view returns (Page memory) {
        return Page(number >> 8, _used[token][number >> 8]);
    }

    function _useNumber(address token, Page memory page, uint64 number) internal {
        if (number == 0) revert PayNumberZero(token);
        if (number >> 8 != page.word) {
            _keepPage(token, page);
            page.word = number >> 8;
            page.bits = _used[token][page.word];
        }
        (uint256 bits, uint256 bit) = (page.bits, 1 << (number & 0xff));
        if (bits & bit != 0) revert PayNumberUsed(token, number);
        page.bits = bits | bit;
    }

    function _keepPage(address token, Page memory page) internal {
        _used[token][page.word] = page.bits;
    }
}
