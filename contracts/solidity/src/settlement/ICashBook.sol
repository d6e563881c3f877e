// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One accepted cash token, in one word.
/// @param currency ISO 4217 code, three letters
/// @param minorDigits digits of the currency's minor unit (2 for most, 0 or 3 for some)
/// @param decimals the token's own decimals, as it answered when it was added
/// @param accepted whether new settlements and payment events may name it
/// @param batches whether it says by ERC-165 that it is an ERC-3643 token, whose `batchTransfer` may be tried
/// @param scale token units in one minor unit: 10^(decimals - minorDigits)
struct CashEntry {
    bytes3 currency;
    uint8 minorDigits;
    uint8 decimals;
    bool accepted;
    bool batches;
    uint96 scale;
}

/// @notice Which tokens count as cash, and what a minor unit of their currency is worth in them.
interface ICashBook {
    event CashAdded(
        address indexed cash, bytes3 indexed currency, uint8 minorDigits, uint8 decimals, uint256 scale, bool batches
    );
    event CashRemoved(address indexed cash);

    error CashUnknown(address cash);
    error CashNotAccepted(address cash);
    error CashAccepted(address cash);
    error CashCurrencyInvalid(address cash, bytes3 currency);
    error CashDecimalsDiffer(address cash, uint256 expected, uint256 actual);
    error CashDecimalsOutOfRange(address cash, uint256 decimals, uint256 least, uint256 most);
    error CashKnownOtherwise(address cash, bytes3 currency, uint256 minorDigits, uint256 decimals);

    function add(address cash, bytes3 currency, uint8 minorDigits, uint8 decimals) external;
    function remove(address cash) external;
    function entryOf(address cash) external view returns (CashEntry memory);

    /// @notice Of a token that is accepted now and still has the decimals it was added with; reverts otherwise.
    function accepted(address cash) external view returns (uint256 scale, bool batches);

    /// @notice Of a token that was ever accepted: what is owed in it stays payable after its removal.
    function scaleOf(address cash) external view returns (uint256 scale);
}
