// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC3643} from "../token/IERC3643.sol";
import {CashEntry, ICashBook} from "./ICashBook.sol";

/// @notice The closed list of cash tokens. Settlement and servicing count in minor units of the currency; this is where a
/// minor unit becomes token units.
/// @dev A scale never changes: a removed token may be added again only as what it was, so that an amount still owed in it
/// cannot become another amount.
contract CashBook is AccessManaged, ICashBook, IERC165 {
    /// @dev Most digits by which a token may be finer than its currency: 10^28 still fits the entry's 96 bits.
    uint256 private constant MOST_EXTRA_DIGITS = 28;

    mapping(address cash => CashEntry) private _entries;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc ICashBook
    /// @dev What the officer expects is compared with what the token says: a wrong address or a wrong power of ten stops here.
    function add(address cash, bytes3 currency, uint8 minorDigits, uint8 decimals) external restricted {
        CashEntry memory old = _entries[cash];
        if (old.accepted) revert CashAccepted(cash);
        if (!_isCode(currency)) revert CashCurrencyInvalid(cash, currency);
        _checkDecimals(cash, decimals);
        if (decimals < minorDigits || decimals - minorDigits > MOST_EXTRA_DIGITS) {
            revert CashDecimalsOutOfRange(cash, decimals, minorDigits, minorDigits + MOST_EXTRA_DIGITS);
        }
        if (old.scale != 0) {
            bool same = old.currency == currency && old.minorDigits == minorDigits && old.decimals == decimals;
            if (!same) revert CashKnownOtherwise(cash, old.currency, old.minorDigits, old.decimals);
        }
        uint96 scale = uint96(10 ** (decimals - minorDigits));
        bool batches = ERC165Checker.supportsInterface(cash, type(IERC3643).interfaceId);
        _entries[cash] = CashEntry(currency, minorDigits, decimals, true, batches, scale);
        emit CashAdded(cash, currency, minorDigits, decimals, scale, batches);
    }

    /// @inheritdoc ICashBook
    /// @dev Stops new settlements and events. Events already open pay on: a removal must not stop a due payment.
    function remove(address cash) external restricted {
        if (!_entries[cash].accepted) revert CashNotAccepted(cash);
        _entries[cash].accepted = false;
        emit CashRemoved(cash);
    }

    /// @inheritdoc ICashBook
    function accepted(address cash) external view returns (uint256 scale, bool batches) {
        CashEntry memory entry = _entries[cash];
        if (!entry.accepted) revert CashNotAccepted(cash);
        _checkDecimals(cash, entry.decimals);
        return (entry.scale, entry.batches);
    }

    /// @inheritdoc ICashBook
    function scaleOf(address cash) external view returns (uint256 scale) {
        scale = _entries[cash].scale;
        if (scale == 0) revert CashUnknown(cash);
    }

    /// @inheritdoc ICashBook
    function entryOf(address cash) external view returns (CashEntry memory) {
        return _entries[cash];
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(ICashBook).interfaceId;
    }

    function _checkDecimals(address cash, uint256 expected) private view {
        uint256 actual = IERC20Metadata(cash).decimals();
        if (actual != expected) revert CashDecimalsDiffer(cash, expected, actual);
    }

    /// @dev Three capital letters, as ISO 4217 writes them.
    function _isCode(bytes3 currency) private pure returns (bool) {
        for (uint256 i; i < 3; ++i) {
            if (currency[i] < "A" || currency[i] > "Z") return false;
        }
        return true;
    }
}
