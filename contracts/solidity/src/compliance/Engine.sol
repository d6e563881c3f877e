// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Records} from "../identity/Records.sol";
import {EngineTerms} from "./EngineTerms.sol";
import {EngineViews} from "./EngineViews.sol";
import {IEngine} from "./IEngine.sol";
import {Cap} from "./rules/Cap.sol";
import {Categories} from "./rules/Categories.sol";
import {Countries} from "./rules/Countries.sol";
import {Holdings} from "./rules/Holdings.sol";
import {ProgrammeCeiling} from "./rules/ProgrammeCeiling.sol";
import {Programme, Rule, Series, Terms, increased, outstandingOf, termsOf} from "./Series.sol";

/// @notice Ceilings, caps, maturities and holders' rules of every series, in one place.
/// @dev One engine and not a module per token: only a shared book can let a maturing series free its programme's ceiling on
/// the same day without an officer's transaction, and rules read together cost one call. Each rule is a stateless library in
/// `rules/`, called here where its flag is on. Rules bind when supply grows or holders deal, never when supply shrinks: a check
/// on every movement would lock redemption on the day supply is wrong.
contract Engine is EngineViews {
    using Records for uint256;
    using ProgrammeCeiling for Programme;

    /// @notice The only caller that may move the cap and close a series.
    address public immutable controller;

    modifier onlyController() {
        if (msg.sender != controller) revert EngineNotController(msg.sender);
        _;
    }

    constructor(address initialAuthority, address controller_, address reserveBook_)
        EngineTerms(initialAuthority, reserveBook_)
    {
        // slither-disable-next-line missing-zero-check -- zero admits nobody, and shows at the first call
        controller = controller_;
    }

    /// @inheritdoc IEngine
    function raiseCap(address token, uint256 units) external onlyController {
        Series storage s = _series[token];
        if (termsOf(s, token).has(Rule.CLOSED)) revert EngineSeriesClosed(token);
        Cap.raise(s, token, units);
    }

    /// @inheritdoc IEngine
    function reduceCap(address token, uint256 units) external onlyController {
        Cap.reduce(_known(token), token, units);
    }

    /// @inheritdoc IEngine
    function closeSeries(address token) external onlyController {
        Series storage s = _known(token);
        if (s.rules & Rule.CLOSED != 0) revert EngineSeriesClosed(token);
        uint256 outstanding = outstandingOf(s);
        if (outstanding != 0) revert EngineSeriesOutstanding(token, outstanding);
        s.rules |= Rule.CLOSED;
        emit SeriesClosed(token);
    }

    /// @inheritdoc IEngine
    function onIssue(uint256 total, uint256[] calldata records, uint256[] calldata units) external {
        Series storage s = _series[msg.sender];
        Terms terms = termsOf(s, msg.sender);
        _requireDealing(s, terms, msg.sender);
        _requireSupply(s, terms, msg.sender, total);
        bytes32 programme = s.programme;
        _programmes[programme].take(_series, programme, terms.faceOf(total));
        s.issued = increased(msg.sender, s.issued, total);
        if (terms.arePlain()) return;
        _requireReceivers(s, terms, msg.sender, records);
        if (terms.has(Rule.HOLDINGS)) Holdings.issue(s, msg.sender, records, units);
    }

    /// @inheritdoc IEngine
    function onTransfer(uint256 fromRecord, uint256 toRecord, uint256 units) external {
        Series storage s = _series[msg.sender];
        Terms terms = termsOf(s, msg.sender);
        _requireDealing(s, terms, msg.sender);
        if (terms.arePlain()) return;
        _requireReceiver(s, terms, msg.sender, toRecord);
        if (terms.has(Rule.HOLDINGS)) {
            Holdings.move(s, msg.sender, fromRecord.identityOf(), toRecord.identityOf(), units);
        }
    }

    /// @inheritdoc IEngine
    function onTransferBatch(uint256 fromRecord, uint256[] calldata toRecords, uint256[] calldata units) external {
        Series storage s = _series[msg.sender];
        Terms terms = termsOf(s, msg.sender);
        _requireDealing(s, terms, msg.sender);
        if (terms.arePlain()) return;
        _requireReceivers(s, terms, msg.sender, toRecords);
        if (terms.has(Rule.HOLDINGS)) Holdings.moveBatch(s, msg.sender, fromRecord.identityOf(), toRecords, units);
    }

    /// @inheritdoc IEngine
    function onForcedMove(uint256 fromRecord, uint256 toRecord, uint256 units) external {
        Series storage s = _series[msg.sender];
        if (termsOf(s, msg.sender).has(Rule.HOLDINGS)) {
            Holdings.forceMove(s, msg.sender, fromRecord.identityOf(), toRecord.identityOf(), units);
        }
    }

    /// @inheritdoc IEngine
    function onRedeem(uint256 total) external returns (bool wantsHoldings) {
        Series storage s = _series[msg.sender];
        wantsHoldings = termsOf(s, msg.sender).has(Rule.HOLDINGS);
        s.redeemed = increased(msg.sender, s.redeemed, total);
        _programmes[s.programme].give(s, total);
    }

    /// @inheritdoc IEngine
    function onAnnul(uint256 total) external returns (bool wantsHoldings) {
        Series storage s = _series[msg.sender];
        wantsHoldings = termsOf(s, msg.sender).has(Rule.HOLDINGS);
        s.annulled = increased(msg.sender, s.annulled, total);
        _programmes[s.programme].give(s, total);
    }

    /// @inheritdoc IEngine
    function onHoldingsReduced(uint256[] calldata records, uint256[] calldata units) external {
        Series storage s = _series[msg.sender];
        if (termsOf(s, msg.sender).has(Rule.HOLDINGS)) Holdings.reduce(s, records, units);
    }

    /// @notice Frees the share of series that have matured, oldest first. Anyone may call: it only states what time has done.
    /// @dev An issue does this by itself when it needs the room; this door exists to bound its gas after a long silence.
    function freeMatured(bytes32 programme, uint256 limit) external {
        Programme storage p = _programmes[programme];
        for (uint256 i; i < limit && p.freeNext(_series, programme); ++i) {}
    }

    function _requireReceivers(Series storage s, Terms terms, address token, uint256[] calldata records) private view {
        if (terms.has(Rule.COUNTRIES)) Countries.requireAllAdmitted(_countrySets[s.countrySet], token, records);
        if (terms.has(Rule.CATEGORIES)) Categories.requireAllAdmitted(s.categories, token, records);
    }
}
