// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The one engine of supply rules. Figures in units of the token; faces in millionths of the programme
/// currency's minor unit, so that a series in another currency keeps its fixed conversion factor exact.
interface IEngine {
    event ProgrammeSet(bytes32 indexed programme, uint256 ceiling);
    event SeriesAdded(
        address indexed token, bytes32 indexed programme, uint256 ceilingUnits, uint256 facePerUnit, uint40 maturity
    );
    event SeriesCeilingSet(address indexed token, uint256 ceilingUnits);
    event SeriesFreed(address indexed token, bytes32 indexed programme, uint256 face);

    error EngineUnknownToken(address token);
    error EngineUnknownProgramme(bytes32 programme);
    error EngineTokenKnown(address token);
    error EngineNotController(address caller);
    error EngineZeroUnits(address token);
    error EngineTermsOutOfRange(address token, uint256 value, uint256 limit);
    error EngineMaturityPast(address token, uint256 maturity, uint256 nowAt);
    error EngineMatured(address token, uint256 maturity, uint256 nowAt);
    error EngineCapExceeded(address token, uint256 requested, uint256 room);
    error EngineCapInUse(address token, uint256 requested, uint256 room);
    error EngineSeriesCeilingExceeded(address token, uint256 requested, uint256 room);
    error EngineProgrammeCeilingExceeded(bytes32 programme, uint256 requestedFace, uint256 room);

    function setProgramme(bytes32 programme, uint256 ceiling) external;
    function addSeries(
        address token, bytes32 programme, uint256 ceilingUnits, uint256 facePerUnit, uint40 maturity
    ) external;
    function setSeriesCeiling(address token, uint256 ceilingUnits) external;

    /// @notice By the controller alone, on the registrar's signed confirmation.
    function raiseCap(address token, uint256 units) external;
    /// @notice By the controller alone: what was confirmed and never minted leaves again.
    function reduceCap(address token, uint256 units) external;

    /// @notice By a listed token, before it creates units: every supply rule, once for the batch.
    function onIssue(uint256 units) external;
    /// @notice By a listed token. Never refused: no rule locks a payment.
    function onRedeem(uint256 units) external;
    /// @notice By a listed token. Never refused: undue units leave whatever the figures say.
    function onAnnul(uint256 units) external;

    /// @notice Reverts if holders may not deal in the calling token now.
    function requireTransferable(address from, address to, uint256 units) external view;

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
}
