// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Heap} from "@openzeppelin/contracts/utils/structs/Heap.sol";
import {IEngine, Rules} from "./IEngine.sol";

/// @notice Ceilings, caps and maturities of every series, in one place.
/// @dev One engine and not a module per token: only a shared book can let a maturing series free its programme's ceiling on
/// the same day without an officer's transaction, and rules read together cost one call. Rules bind when supply grows,
/// never when it shrinks: a check on every movement would lock redemption on the day supply is wrong.
contract Engine is AccessManaged, IEngine, IERC165 {
    using Heap for Heap.Uint256Heap;

    /// @dev First word: all that a transfer or an issue reads of the terms. The next three are the cap's counters.
    struct Series {
        uint40 maturity;
        uint120 ceilingUnits;
        uint88 facePerUnit;
        bool freed;
        uint128 issued;
        uint128 annulled;
        uint128 confirmed;
        uint128 withdrawn;
        uint128 redeemed;
        bytes32 programme;
        bool closed;
    }

    struct Programme {
        uint120 ceiling;
        uint120 used;
        bool known;
    }

    /// @notice The only caller that may move the cap.
    address public immutable controller;

    mapping(address token => Series) private _series;
    mapping(bytes32 programme => Programme) private _programmes;
    /// @dev Min-heap per programme of (maturity << 160 | token): the next series to free its share is always on top.
    mapping(bytes32 programme => Heap.Uint256Heap) private _maturities;

    modifier onlyController() {
        if (msg.sender != controller) revert EngineNotController(msg.sender);
        _;
    }

    constructor(address initialAuthority, address controller_) AccessManaged(initialAuthority) {
        controller = controller_;
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
        Rules calldata
    ) external restricted {
        Series storage s = _series[token];
        if (s.maturity != 0) revert EngineTokenKnown(token);
        if (!_programmes[programme].known) revert EngineUnknownProgramme(programme);
        if (maturity <= block.timestamp) revert EngineMaturityPast(token, maturity, block.timestamp);
        _checkRange(token, ceilingUnits, type(uint120).max);
        _checkRange(token, facePerUnit, type(uint88).max);
        s.maturity = maturity;
        s.ceilingUnits = uint120(ceilingUnits);
        s.facePerUnit = uint88(facePerUnit);
        s.programme = programme;
        _maturities[programme].insert((uint256(maturity) << 160) | uint160(token));
        emit SeriesAdded(token, programme, ceilingUnits, facePerUnit, maturity);
    }

    /// @inheritdoc IEngine
    function setSeriesCeiling(address token, uint256 ceilingUnits) external restricted {
        _checkRange(token, ceilingUnits, type(uint120).max);
        _known(token).ceilingUnits = uint120(ceilingUnits);
        emit SeriesCeilingSet(token, ceilingUnits);
    }

    /// @inheritdoc IEngine
    function raiseCap(address token, uint256 units) external onlyController {
        Series storage s = _known(token);
        if (s.closed) revert EngineSeriesClosed(token);
        s.confirmed = _add(token, s.confirmed, units);
    }

    /// @inheritdoc IEngine
    function reduceCap(address token, uint256 units) external onlyController {
        Series storage s = _known(token);
        uint256 room = _capRoom(s);
        if (units > room) revert EngineCapInUse(token, units, room);
        s.withdrawn = _add(token, s.withdrawn, units);
    }

    /// @inheritdoc IEngine
    function closeSeries(address token) external onlyController {
        Series storage s = _known(token);
        if (s.closed) revert EngineSeriesClosed(token);
        if (_outstanding(s) != 0) revert EngineSeriesOutstanding(token, _outstanding(s));
        s.closed = true;
        emit SeriesClosed(token);
    }

    /// @inheritdoc IEngine
    function onIssue(uint256 units, uint256[] calldata, uint256[] calldata) external {
        Series storage s = _known(msg.sender);
        if (units == 0) revert EngineZeroUnits(msg.sender);
        if (block.timestamp >= s.maturity) revert EngineMatured(msg.sender, s.maturity, block.timestamp);
        uint256 room = _capRoom(s);
        if (units > room) revert EngineCapExceeded(msg.sender, units, room);
        room = _seriesRoom(s);
        if (units > room) revert EngineSeriesCeilingExceeded(msg.sender, units, room);
        _takeProgramme(s.programme, units * s.facePerUnit);
        s.issued = _add(msg.sender, s.issued, units);
    }

    /// @inheritdoc IEngine
    function onRedeem(uint256 units) external returns (bool) {
        Series storage s = _known(msg.sender);
        s.redeemed = _add(msg.sender, s.redeemed, units);
        _giveProgramme(s, units);
        return false;
    }

    /// @inheritdoc IEngine
    function onAnnul(uint256 units) external returns (bool) {
        Series storage s = _known(msg.sender);
        s.annulled = _add(msg.sender, s.annulled, units);
        _giveProgramme(s, units);
        return false;
    }

    /// @inheritdoc IEngine
    function onHoldingsReduced(uint256[] calldata, uint256[] calldata) external {}

    /// @inheritdoc IEngine
    function onForcedMove(uint256, uint256, uint256) external {}

    /// @notice Frees the share of series that have matured, oldest first. Anyone may call: it only states what time has done.
    /// @dev An issue does this by itself when it needs the room; this door exists to bound its gas after a long silence.
    function freeMatured(bytes32 programme, uint256 limit) external {
        for (uint256 i; i < limit && _freeNext(programme); ++i) {}
    }

    /// @inheritdoc IEngine
    function onTransfer(uint256, uint256, uint256) external {
        Series storage s = _known(msg.sender);
        if (block.timestamp >= s.maturity) revert EngineMatured(msg.sender, s.maturity, block.timestamp);
    }

    /// @inheritdoc IEngine
    function onTransferBatch(uint256, uint256[] calldata, uint256[] calldata) external view {
        Series storage s = _known(msg.sender);
        if (block.timestamp >= s.maturity) revert EngineMatured(msg.sender, s.maturity, block.timestamp);
    }

    /// @notice ERC-3643 compliance: whether holders may deal in the calling token now.
    function canTransfer(address, address, uint256) external view returns (bool) {
        return block.timestamp < _series[msg.sender].maturity;
    }

    /// @notice ERC-3643 compliance: whether the engine keeps the rules of this token.
    function isTokenBound(address token) external view returns (bool) {
        return _series[token].maturity != 0;
    }

    /// @inheritdoc IEngine
    function capOf(address token)
        external
        view
        returns (uint256 confirmed, uint256 withdrawn, uint256 issued, uint256 redeemed, uint256 annulled)
    {
        Series storage s = _series[token];
        return (s.confirmed, s.withdrawn, s.issued, s.redeemed, s.annulled);
    }

    /// @inheritdoc IEngine
    function roomOf(address token) external view returns (uint256 cap, uint256 series, uint256 programmeFace) {
        Series storage s = _known(token);
        return (_capRoom(s), _seriesRoom(s), _programmeRoom(s.programme));
    }

    /// @inheritdoc IEngine
    function seriesOf(address token)
        external
        view
        returns (bytes32 programme, uint256 ceilingUnits, uint256 facePerUnit, uint40 maturity, bool freed)
    {
        Series storage s = _known(token);
        return (s.programme, s.ceilingUnits, s.facePerUnit, s.maturity, s.freed);
    }

    /// @inheritdoc IEngine
    /// @dev `used` and `room` count matured series as freed, whether or not an issue has come by to book it.
    function programmeOf(bytes32 programme) external view returns (uint256 ceiling, uint256 used, uint256 room) {
        return (_programmes[programme].ceiling, _programmeUsed(programme), _programmeRoom(programme));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IEngine).interfaceId;
    }

    function _setProgrammeCeiling(bytes32 programme, uint256 ceiling) private {
        if (ceiling > type(uint120).max) revert EngineTermsOutOfRange(address(0), ceiling, type(uint120).max);
        _programmes[programme].ceiling = uint120(ceiling);
        emit ProgrammeSet(programme, ceiling);
    }

    /// @dev Matured series are swept only when the room is needed: an issue below the ceiling pays nothing for it.
    function _takeProgramme(bytes32 programme, uint256 face) private {
        Programme storage p = _programmes[programme];
        while (p.used + face > p.ceiling && _freeNext(programme)) {}
        uint256 used = p.used;
        uint256 ceiling = p.ceiling;
        if (used + face > ceiling) {
            revert EngineProgrammeCeilingExceeded(programme, face, used < ceiling ? ceiling - used : 0);
        }
        p.used = uint120(used + face);
    }

    /// @dev A freed series has given its share back already. Saturates: arithmetic must never stand before a payment.
    function _giveProgramme(Series storage s, uint256 units) private {
        if (s.freed) return;
        Programme storage p = _programmes[s.programme];
        uint256 face = units * s.facePerUnit;
        p.used = face < p.used ? uint120(p.used - face) : 0;
    }

    function _freeNext(bytes32 programme) private returns (bool) {
        Heap.Uint256Heap storage heap = _maturities[programme];
        if (heap.length() == 0) return false;
        uint256 top = heap.peek();
        if (top >> 160 > block.timestamp) return false;
        heap.pop();
        address token = address(uint160(top));
        Series storage s = _series[token];
        uint256 units = _outstanding(s);
        _giveProgramme(s, units);
        s.freed = true;
        emit SeriesFreed(token, programme, units * s.facePerUnit);
        return true;
    }

    function _programmeUsed(bytes32 programme) private view returns (uint256 used) {
        used = _programmes[programme].used;
        uint256[] storage keys = _maturities[programme].tree;
        for (uint256 i; i < keys.length; ++i) {
            if (keys[i] >> 160 > block.timestamp) continue;
            Series storage s = _series[address(uint160(keys[i]))];
            used -= _outstanding(s) * s.facePerUnit;
        }
    }

    function _programmeRoom(bytes32 programme) private view returns (uint256) {
        uint256 used = _programmeUsed(programme);
        uint256 ceiling = _programmes[programme].ceiling;
        return used < ceiling ? ceiling - used : 0;
    }

    function _capRoom(Series storage s) private view returns (uint256) {
        uint256 gross = uint256(s.issued) - s.annulled;
        uint256 cap = uint256(s.confirmed) - s.withdrawn;
        return gross < cap ? cap - gross : 0;
    }

    function _seriesRoom(Series storage s) private view returns (uint256) {
        uint256 outstanding = _outstanding(s);
        uint256 ceiling = s.ceilingUnits;
        return outstanding < ceiling ? ceiling - outstanding : 0;
    }

    function _outstanding(Series storage s) private view returns (uint256) {
        return uint256(s.issued) - s.annulled - s.redeemed;
    }

    function _known(address token) private view returns (Series storage s) {
        s = _series[token];
        if (s.maturity == 0) revert EngineUnknownToken(token);
    }

    function _add(address token, uint128 counter, uint256 units) private pure returns (uint128) {
        uint256 sum = counter + units;
        if (sum > type(uint128).max) revert EngineTermsOutOfRange(token, units, type(uint128).max - counter);
        return uint128(sum);
    }

    function _checkRange(address token, uint256 value, uint256 limit) private pure {
        if (value == 0 || value > limit) revert EngineTermsOutOfRange(token, value, limit);
    }
}
