// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IEngine, Rules} from "./IEngine.sol";
import {IERC3643Compliance} from "./IERC3643Compliance.sol";
import {ClosedPeriod} from "./rules/ClosedPeriod.sol";
import {ProgrammeCeiling} from "./rules/ProgrammeCeiling.sol";
import {Programme, Rule, Series, Terms, termsOf} from "./Series.sol";

/// @notice The engine's book, and the powers that set the terms in it.
/// @dev Which of them are delayed is wiring: ceilings and rules a day, a closed period at once (its bounds are in the code).
abstract contract EngineTerms is AccessManaged, IEngine, IERC3643Compliance {
    using ProgrammeCeiling for Programme;

    uint256 private constant COUNTRY_WORDS = 256;

    /// @notice Where reserve-backed series ask whether they are backed; zero in a suite without any.
    address public immutable reserveBook;

    mapping(address token => Series) internal _series;
    mapping(bytes32 programme => Programme) internal _programmes;
    mapping(bytes32 set => mapping(uint256 word => uint256 bits)) internal _countrySets;

    constructor(address initialAuthority, address reserveBook_) AccessManaged(initialAuthority) {
        reserveBook = reserveBook_;
    }

    /// @inheritdoc IEngine
    function addProgramme(bytes32 programme, uint256 ceiling) external restricted {
        if (_programmes[programme].known) revert EngineProgrammeKnown(programme);
        _programmes[programme].known = true;
        _setProgrammeCeiling(programme, ceiling);
    }

    /// @inheritdoc IEngine
    /// @dev A ceiling may be set below what is outstanding: that blocks new paper and touches nothing else.
    function setProgrammeCeiling(bytes32 programme, uint256 ceiling) external restricted {
        if (!_programmes[programme].known) revert EngineUnknownProgramme(programme);
        _setProgrammeCeiling(programme, ceiling);
    }

    /// @inheritdoc IEngine
    function addSeries(
        address token,
        bytes32 programme,
        uint256 ceilingUnits,
        uint256 facePerUnit,
        uint40 maturity,
        Rules calldata rules
    ) external restricted {
        Series storage s = _series[token];
        if (s.maturity != 0) revert EngineTokenKnown(token);
        if (!_programmes[programme].known) revert EngineUnknownProgramme(programme);
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (maturity <= block.timestamp) revert EngineMaturityPast(token, maturity, block.timestamp);
        _checkRange(token, ceilingUnits, type(uint112).max);
        _checkRange(token, facePerUnit, type(uint80).max);
        s.maturity = maturity;
        s.ceilingUnits = uint112(ceilingUnits);
        s.facePerUnit = uint80(facePerUnit);
        s.programme = programme;
        _programmes[programme].list(token, maturity);
        emit TokenBound(token);
        emit SeriesAdded(token, programme, ceilingUnits, facePerUnit, maturity);
        uint16 counting = rules.unitsPerInvestor != 0 || rules.holders != 0 ? Rule.HOLDINGS : 0;
        if (counting | _flagsOf(rules) != 0) _writeRules(s, token, rules, counting);
    }

    /// @inheritdoc IEngine
    function setSeriesCeiling(address token, uint256 ceilingUnits) external restricted {
        _checkRange(token, ceilingUnits, type(uint112).max);
        _known(token).ceilingUnits = uint112(ceilingUnits);
        emit SeriesCeilingSet(token, ceilingUnits);
    }

    /// @inheritdoc IEngine
    /// @dev What is on already stays as it is held: a narrower rule binds who receives from now on.
    function setRules(address token, Rules calldata rules) external restricted {
        Series storage s = _known(token);
        uint16 kept = s.rules & (Rule.HOLDINGS | Rule.PERIOD | Rule.CLOSED);
        if (kept & Rule.HOLDINGS == 0 && (rules.unitsPerInvestor != 0 || rules.holders != 0)) {
            revert EngineHoldingsNotCounted(token);
        }
        _writeRules(s, token, rules, kept);
    }

    /// @inheritdoc IEngine
    function setCountrySet(bytes32 set, uint256 word, uint256 bits) external restricted {
        if (word >= COUNTRY_WORDS) revert EngineCountryWordOutOfRange(set, word, COUNTRY_WORDS - 1);
        _countrySets[set][word] = bits;
        emit CountrySetChanged(set, word, bits);
    }

    /// @inheritdoc IEngine
    function setClosedPeriod(address token, uint40 from, uint40 until) external restricted {
        ClosedPeriod.set(_known(token), token, from, until);
        emit ClosedPeriodSet(token, from, until);
    }

    function _writeRules(Series storage s, address token, Rules calldata rules, uint16 kept) private {
        if (rules.reserveBacked && reserveBook == address(0)) revert EngineReserveBookMissing(token);
        s.rules = kept | _flagsOf(rules);
        s.countrySet = rules.countrySet;
        s.categories = rules.categories;
        s.limits.unitsPerInvestor = rules.unitsPerInvestor;
        s.limits.holderLimit = rules.holders;
        emit RulesSet(
            token,
            rules.countrySet,
            rules.categories,
            rules.unitsPerInvestor,
            rules.holders,
            rules.reserveBacked,
            kept & Rule.HOLDINGS != 0
        );
    }

    function _setProgrammeCeiling(bytes32 programme, uint256 ceiling) private {
        if (ceiling > type(uint120).max) revert EngineTermsOutOfRange(address(0), ceiling, type(uint120).max);
        _programmes[programme].ceiling = uint120(ceiling);
        emit ProgrammeSet(programme, ceiling);
    }

    function _known(address token) internal view returns (Series storage s) {
        s = _series[token];
        if (s.maturity == 0) revert EngineUnknownToken(token);
    }

    function _flagsOf(Rules calldata rules) private pure returns (uint16 flags) {
        if (rules.countrySet != 0) flags |= Rule.COUNTRIES;
        if (rules.categories != 0) flags |= Rule.CATEGORIES;
        if (rules.reserveBacked) flags |= Rule.RESERVE;
    }

    function _checkRange(address token, uint256 value, uint256 limit) private pure {
        if (value == 0 || value > limit) revert EngineTermsOutOfRange(token, value, limit);
    }
}
