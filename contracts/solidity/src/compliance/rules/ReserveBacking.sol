// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReserveBook} from "../../reserve/IReserveBook.sol";
import {Series, outstandingOf} from "../Series.sol";

/// @notice Supply of a reserve-backed series grows only as far as an attestation in force carries it.
/// @dev Asked on issue alone: an attestation that expires, or a book that fails, never stops a transfer or a payment.
library ReserveBacking {
    function requireBacked(Series storage s, address token, address book, uint256 units) internal view {
        IReserveBook(book).requireBacked(token, outstandingOf(s) + units);
    }
}
