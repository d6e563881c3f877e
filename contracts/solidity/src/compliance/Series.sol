// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Heap} from "@openzeppelin/contracts/utils/structs/Heap.sol";
import {IEngine} from "./IEngine.sol";

/// @notice What the engine keeps of one token.
/// @dev First word: all that an operation under no further rule reads of the terms, and one flag per rule that is on, so that a
/// rule that is off costs nothing. The words after it are read by the rule they belong to.
struct Series {
    uint40 maturity;
    uint112 ceilingUnits;
    uint80 facePerUnit;
    bool freed;
    uint16 rules;
    uint128 issued;
    uint128 annulled;
    uint128 confirmed;
    uint128 withdrawn;
    uint128 redeemed;
    bytes32 programme;
    bytes32 countrySet;
    uint256 categories;
    Limits limits;
    Period period;
    /// @dev Units of an investor over all his wallets; written only where holdings are counted.
    mapping(address identity => uint256 units) held;
}

/// @param unitsPerInvestor most units of one investor; @param holderLimit most investors; zero means: no such limit
/// @param holders investors who hold something now
struct Limits {
    uint112 unitsPerInvestor;
    uint32 holderLimit;
    uint32 holders;
}

/// @param from first second at which dealing is closed; @param until first second at which it is open again
/// @param earliestNext the next period may not begin before, because of one that began and was replaced since
struct Period {
    uint40 from;
    uint40 until;
    uint40 earliestNext;
}

/// @param maturities min-heap of (maturity << 160 | token): the next series to free its share is always on top
struct Programme {
    uint120 ceiling;
    uint120 used;
    bool known;
    Heap.Uint256Heap maturities;
}

/// @notice One bit per rule in `Series.rules`.
library Rule {
    uint16 internal constant COUNTRIES = 1 << 0;
    uint16 internal constant CATEGORIES = 1 << 1;
    /// @dev Holdings are counted. Set at creation or never: a count begun later would be wrong.
    uint16 internal constant HOLDINGS = 1 << 2;
    uint16 internal constant RESERVE = 1 << 3;
    uint16 internal constant PERIOD = 1 << 4;
    /// @dev The series is over: nothing is issued any more.
    uint16 internal constant CLOSED = 1 << 5;
}

/// @notice The first word of a series, read once per operation.
type Terms is uint256;

using {maturityOf, faceOf, has, arePlain} for Terms global;

function maturityOf(Terms terms) pure returns (uint256) {
    return uint40(Terms.unwrap(terms));
}

function faceOf(Terms terms, uint256 units) pure returns (uint256) {
    return units * uint80(Terms.unwrap(terms) >> 152);
}

/// @dev Whether any of the named rules is on.
function has(Terms terms, uint16 rules) pure returns (bool) {
    return (Terms.unwrap(terms) >> 240) & rules != 0;
}

/// @dev No rule is on but ceilings, cap and maturity.
function arePlain(Terms terms) pure returns (bool) {
    return Terms.unwrap(terms) >> 240 == 0;
}

function termsOf(Series storage s, address token) view returns (Terms terms) {
    assembly ("memory-safe") {
        terms := sload(s.slot)
    }
    if (terms.maturityOf() == 0) revert IEngine.EngineUnknownToken(token);
}

function outstandingOf(Series storage s) view returns (uint256) {
    return uint256(s.issued) - s.annulled - s.redeemed;
}

/// @dev Counters never wrap, and say whose they are when they would.
function increased(address token, uint128 counter, uint256 units) pure returns (uint128) {
    uint256 room = type(uint128).max - counter;
    if (units > room) revert IEngine.EngineTermsOutOfRange(token, units, room);
    return uint128(counter + units);
}
