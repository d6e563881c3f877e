// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What may be asked of the holders of a series, beside its ceilings. Zero means: no such rule.
/// @param countrySet name of the set of countries whose holders are admitted
/// @param categories bitmap of admitted investor categories
/// @param unitsPerInvestor most units over all wallets of one investor
/// @param holders most investors at a time
/// @param reserveBacked whether supply must be backed by an attested reserve
struct Rules {
    bytes32 countrySet;
    uint256 categories;
    uint112 unitsPerInvestor;
    uint32 holders;
    bool reserveBacked;
}

/// @notice The one engine of supply rules. Figures in units of the token; faces in millionths of the programme
/// currency's minor unit, so that a series in another currency keeps its fixed conversion factor exact.
interface IEngine {
    event ProgrammeSet(bytes32 indexed programme, uint256 ceiling);
    event SeriesAdded(
        address indexed token, bytes32 indexed programme, uint256 ceilingUnits, uint256 facePerUnit, uint40 maturity
    );
    event SeriesCeilingSet(address indexed token, uint256 ceilingUnits);
    event SeriesFreed(address indexed token, bytes32 indexed programme, uint256 face);
    event SeriesClosed(address indexed token);
    /// @dev `counted`: whether holdings are counted, which creation fixes. A series that never had a rule has no such event.
    event RulesSet(
        address indexed token,
        bytes32 indexed countrySet,
        uint256 categories,
        uint112 unitsPerInvestor,
        uint32 holders,
        bool reserveBacked,
        bool counted
    );
    event CountrySetChanged(bytes32 indexed set, uint256 indexed word, uint256 bits);
    /// @dev Both zero: no period is announced any more.
    event ClosedPeriodSet(address indexed token, uint40 from, uint40 until);

    error EngineUnknownToken(address token);
    error EngineUnknownProgramme(bytes32 programme);
    error EngineTokenKnown(address token);
    error EngineProgrammeKnown(bytes32 programme);
    error EngineNotController(address caller);
    error EngineZeroUnits(address token);
    error EngineTermsOutOfRange(address token, uint256 value, uint256 limit);
    error EngineMaturityPast(address token, uint256 maturity, uint256 nowAt);
    error EngineMatured(address token, uint256 maturity, uint256 nowAt);
    error EngineCapExceeded(address token, uint256 requested, uint256 room);
    error EngineCapInUse(address token, uint256 requested, uint256 room);
    error EngineSeriesCeilingExceeded(address token, uint256 requested, uint256 room);
    error EngineProgrammeCeilingExceeded(bytes32 programme, uint256 requestedFace, uint256 room);
    error EngineCountryNotAdmitted(address token, address identity, uint16 country);
    error EngineCountryWordOutOfRange(bytes32 set, uint256 word, uint256 limit);
    error EngineCategoryNotAdmitted(address token, address identity, uint8 category);
    error EngineInvestorLimitExceeded(address token, address identity, uint256 requested, uint256 room);
    error EngineHolderLimitExceeded(address token, address identity, uint256 holders, uint256 limit);
    error EngineHoldingsNotCounted(address token);
    error EngineReserveBookMissing(address token);
    error EngineDealingClosed(address token, uint256 from, uint256 until, uint256 nowAt);
    error EnginePeriodPast(address token, uint256 instant, uint256 nowAt);
    error EnginePeriodLength(address token, uint256 length, uint256 limit);
    error EnginePeriodTooSoon(address token, uint256 from, uint256 earliest);
    error EnginePeriodRunning(address token, uint256 from, uint256 until);
    error EngineSeriesClosed(address token);
    error EngineSeriesOutstanding(address token, uint256 units);
    /// @dev A part of ERC-3643 that this engine has no use for: the factory lists tokens, tokens report with records.
    error EnginePartUnsupported(bytes4 selector);

    /// @notice A new programme with its ceiling, once.
    function addProgramme(bytes32 programme, uint256 ceiling) external;
    function setProgrammeCeiling(bytes32 programme, uint256 ceiling) external;
    function addSeries(
        address token,
        bytes32 programme,
        uint256 ceilingUnits,
        uint256 facePerUnit,
        uint40 maturity,
        Rules calldata rules
    ) external;
    function setSeriesCeiling(address token, uint256 ceilingUnits) external;
    /// @notice Replaces all rules of a series. Limits per investor need holdings counted from creation on.
    function setRules(address token, Rules calldata rules) external;
    /// @notice One word (256 country codes) of a set that any number of series share.
    function setCountrySet(bytes32 set, uint256 word, uint256 bits) external;
    /// @notice Closes dealing and issuing from `from` until `until`: see `ClosedPeriod` for its bounds. Both zero: no longer.
    function setClosedPeriod(address token, uint40 from, uint40 until) external;

    /// @notice By the controller alone, on the registrar's signed confirmation.
    function raiseCap(address token, uint256 units) external;
    /// @notice By the controller alone: what was confirmed and never minted leaves again.
    function reduceCap(address token, uint256 units) external;
    /// @notice By the controller alone, when nothing is outstanding: the series is never issued again.
    function closeSeries(address token) external;

    /// @notice By a listed token, before it creates units: every supply rule once for the batch, every holder's rule per item.
    /// @param records identity words of the receivers, as the registry gave them; @param units for each
    function onIssue(uint256 total, uint256[] calldata records, uint256[] calldata units) external;
    /// @notice By a listed token, before holders move units between them.
    function onTransfer(uint256 fromRecord, uint256 toRecord, uint256 units) external;
    /// @notice The same for one sender and many receivers at once: as if `onTransfer` were called for each in turn.
    function onTransferBatch(uint256 fromRecord, uint256[] calldata toRecords, uint256[] calldata units) external;
    /// @notice By a listed token, on an order of law: counts, refuses nothing.
    function onForcedMove(uint256 fromRecord, uint256 toRecord, uint256 units) external;
    /// @notice By a listed token. Never refused: no rule locks a payment.
    /// @return wantsHoldings whether the series counts holdings: then `onHoldingsReduced` must follow
    function onRedeem(uint256 total) external returns (bool wantsHoldings);
    /// @notice By a listed token. Never refused: undue units leave whatever the figures say.
    function onAnnul(uint256 total) external returns (bool wantsHoldings);
    /// @notice By a listed token, after units were destroyed. Never refused.
    function onHoldingsReduced(uint256[] calldata records, uint256[] calldata units) external;

    function capOf(address token)
        external
        view
        returns (uint256 confirmed, uint256 withdrawn, uint256 issued, uint256 redeemed, uint256 annulled);
    function roomOf(address token) external view returns (uint256 cap, uint256 series, uint256 programmeFace);
    function seriesOf(address token)
        external
        view
        returns (bytes32 programme, uint256 ceilingUnits, uint256 facePerUnit, uint40 maturity, bool freed);
    function programmeOf(bytes32 programme) external view returns (uint256 ceiling, uint256 used, uint256 room);
    function rulesOf(address token) external view returns (Rules memory rules, bool counted, bool closed);
    function countrySetOf(bytes32 set, uint256 word) external view returns (uint256 bits);
    /// @notice Whether holders may deal now: not matured, not in a closed period, not over.
    function dealingOpen(address token) external view returns (bool);
    function closedPeriodOf(address token) external view returns (uint40 from, uint40 until);
    /// @notice Zero limits: none. `holders` is zero too where holdings are not counted.
    function limitsOf(address token)
        external
        view
        returns (uint256 unitsPerInvestor, uint256 holderLimit, uint256 holders);
    /// @notice Units of one investor over all his wallets, where they are counted.
    function holdingOf(address token, address identity) external view returns (uint256);
    function holdersOf(address token) external view returns (uint256);
    /// @notice Why this movement would be refused now by identity or rule (`from` zero: an issue): the revert's data; empty if not.
    function failureOf(address token, address from, address to, uint256 units) external view returns (bytes memory);
    /// @notice Reverts as that movement would.
    function requireAllowed(address token, address from, address to, uint256 units) external view;
}
