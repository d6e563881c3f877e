// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @notice Moves of cash that are measured, not believed: a token that takes a fee, lies or moves less is refused.
library CashMoves {
    /// @dev Bytes of a refusal that are kept: a selector and four words, enough for every custom error of the suite.
    uint256 private constant REASON_BYTES = 132;

    error CashUnreadable(address cash);
    error CashMovedOtherwise(address cash, address receiver, uint256 expected, uint256 received);

    /// @notice Pulls from `from` to `to` by allowance and checks that exactly `value` token units arrived.
    function pullExactly(address cash, address from, address to, uint256 value) internal {
        uint256 before = balanceOf(cash, to);
        // slither-disable-next-line arbitrary-send-erc20 -- its one caller draws from the treasury that the event names, restricted
        SafeERC20.safeTransferFrom(IERC20(cash), from, to, value);
        requireReceived(cash, to, before, value);
    }

    /// @notice Sends from this contract and checks that exactly `value` token units arrived.
    function sendExactly(address cash, address to, uint256 value) internal {
        uint256 before = balanceOf(cash, to);
        SafeERC20.safeTransfer(IERC20(cash), to, value);
        requireReceived(cash, to, before, value);
    }

    /// @notice Sends with no more than `gasLimit`, and says whether the token did it; never reverts. If not, `answer` tells why.
    /// @dev Written beyond the free pointer, because a batch does it hundreds of times. Success is judged as OpenZeppelin's
    /// SafeERC20 does: no answer of a contract, or `true`.
    // slither-disable-next-line assembly -- bounded gas, and an answer of any length is never copied
    function trySend(address cash, address to, uint256 value, uint256 gasLimit) internal returns (bool done) {
        bytes4 selector = IERC20.transfer.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 0x04), to)
            mstore(add(data, 0x24), value)
            mstore(0, 1)
            done := call(gasLimit, cash, 0, data, 0x44, 0, 0x20)
            done := and(done, eq(mload(0), 1))
            switch returndatasize()
            case 0 { done := and(done, gt(extcodesize(cash), 0)) }
            default { done := and(done, gt(returndatasize(), 0x1f)) }
        }
    }

    /// @notice Any call to a token under a gas limit, success judged in the same way.
    // slither-disable-next-line assembly -- bounded gas, and an answer of any length is never copied
    function tryCall(address cash, bytes memory data, uint256 gasLimit) internal returns (bool done) {
        assembly ("memory-safe") {
            mstore(0, 1)
            done := call(gasLimit, cash, 0, add(data, 0x20), mload(data), 0, 0x20)
            done := and(done, eq(mload(0), 1))
            switch returndatasize()
            case 0 { done := and(done, gt(extcodesize(cash), 0)) }
            default { done := and(done, gt(returndatasize(), 0x1f)) }
        }
    }

    /// @notice What the last call answered, its first 132 bytes: a token that returns megabytes cannot make us pay for them.
    // slither-disable-next-line assembly -- reads what the last call answered, as far as it fits
    function answer() internal pure returns (bytes memory reason) {
        uint256 size;
        assembly ("memory-safe") {
            size := returndatasize()
        }
        if (size > REASON_BYTES) size = REASON_BYTES;
        reason = new bytes(size);
        assembly ("memory-safe") {
            returndatacopy(add(reason, 0x20), 0, size)
        }
    }

    // slither-disable-next-line assembly -- a stranger's answer of any length must not be copied
    function balanceOf(address cash, address wallet) internal view returns (uint256 held) {
        bytes4 selector = IERC20.balanceOf.selector;
        bool done;
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(0x04, wallet)
            done := staticcall(gas(), cash, 0, 0x24, 0, 0x20)
            done := and(done, gt(returndatasize(), 0x1f))
            held := mload(0)
        }
        if (!done) revert CashUnreadable(cash);
    }

    function requireReceived(address cash, address receiver, uint256 before, uint256 expected) internal view {
        uint256 afterwards = balanceOf(cash, receiver);
        uint256 received = afterwards > before ? afterwards - before : 0;
        if (received != expected) revert CashMovedOtherwise(cash, receiver, expected, received);
    }
}
