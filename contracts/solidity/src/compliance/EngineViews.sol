// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {Records} from "../identity/Records.sol";
import {IERC3643} from "../token/IERC3643.sol";
import {EngineTerms} from "./EngineTerms.sol";
import {IEngine, Rules} from "./IEngine.sol";
import {IERC3643Compliance} from "./IERC3643Compliance.sol";
import {Cap} from "./rules/Cap.sol";
import {Categories} from "./rules/Categories.sol";
import {ClosedPeriod} from "./rules/ClosedPeriod.sol";
import {Countries} from "./rules/Countries.sol";
import {Holdings} from "./rules/Holdings.sol";
import {Maturity} from "./rules/Maturity.sol";
import {ProgrammeCeiling} from "./rules/ProgrammeCeiling.sol";
import {ReserveBacking} from "./rules/ReserveBacking.sol";
import {SeriesCeiling} from "./rules/SeriesCeiling.sol";
import {Programme, Rule, Series, Terms, termsOf} from "./Series.sol";

/// @notice What officers and other contracts may ask, and the compliance face of ERC-3643.
abstract contract EngineViews is EngineTerms, IERC165 {
    using Records for uint256;
    using ProgrammeCeiling for Programme;

    /// @inheritdoc IERC3643Compliance
    function bindToken(address) external pure {
        revert EnginePartUnsupported(msg.sig);
    }

    /// @inheritdoc IERC3643Compliance
    function unbindToken(address) external pure {
        revert EnginePartUnsupported(msg.sig);
    }

    /// @inheritdoc IERC3643Compliance
    function transferred(address, address, uint256) external pure {
        revert EnginePartUnsupported(msg.sig);
    }

    /// @inheritdoc IERC3643Compliance
    function created(address, uint256) external pure {
        revert EnginePartUnsupported(msg.sig);
    }

    /// @inheritdoc IERC3643Compliance
    function destroyed(address, uint256) external pure {
        revert EnginePartUnsupported(msg.sig);
    }

    /// @inheritdoc IERC3643Compliance
    function isTokenBound(address token) external view returns (bool) {
        return _series[token].maturity != 0;
    }

    /// @inheritdoc IERC3643Compliance
    /// @dev One engine serves every series: the token that asks is the one it is bound to.
    function getTokenBound() external view returns (address) {
        _known(msg.sender);
        return msg.sender;
    }

    /// @inheritdoc IERC3643Compliance
    /// @dev Of the calling token. `from` zero asks about an issue.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        return failureOf(msg.sender, from, to, amount).length == 0;
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
        return (Cap.roomOf(s), SeriesCeiling.roomOf(s), _programmes[s.programme].roomOf(_series));
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
        Programme storage p = _programmes[programme];
        return (p.ceiling, p.usedOf(_series), p.roomOf(_series));
    }

    /// @inheritdoc IEngine
    function rulesOf(address token) external view returns (Rules memory rules, bool counted, bool closed) {
        Series storage s = _known(token);
        uint16 on = s.rules;
        rules = Rules(
            s.countrySet, s.categories, s.limits.unitsPerInvestor, s.limits.holderLimit, on & Rule.RESERVE != 0
        );
        return (rules, on & Rule.HOLDINGS != 0, on & Rule.CLOSED != 0);
    }

    /// @inheritdoc IEngine
    function countrySetOf(bytes32 set, uint256 word) external view returns (uint256 bits) {
        return _countrySets[set][word];
    }

    /// @inheritdoc IEngine
    function dealingOpen(address token) external view returns (bool) {
        Series storage s = _known(token);
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        return block.timestamp < s.maturity && s.rules & Rule.CLOSED == 0 && ClosedPeriod.isOpen(s);
    }

    /// @inheritdoc IEngine
    function closedPeriodOf(address token) external view returns (uint40 from, uint40 until) {
        Series storage s = _known(token);
        return (s.period.from, s.period.until);
    }

    /// @inheritdoc IEngine
    function limitsOf(address token)
        external
        view
        returns (uint256 unitsPerInvestor, uint256 holderLimit, uint256 holders)
    {
        Series storage s = _known(token);
        return (s.limits.unitsPerInvestor, s.limits.holderLimit, s.limits.holders);
    }

    /// @inheritdoc IEngine
    function holdingOf(address token, address identity) external view returns (uint256) {
        return _known(token).held[identity];
    }

    /// @inheritdoc IEngine
    function holdersOf(address token) external view returns (uint256) {
        return _known(token).limits.holders;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IEngine).interfaceId
            || interfaceId == type(IERC3643Compliance).interfaceId;
    }

    /// @inheritdoc IEngine
    function requireAllowed(address token, address from, address to, uint256 units) external view {
        Series storage s = _series[token];
        Terms terms = termsOf(s, token);
        IIdentityRegistry registry = IIdentityRegistry(IERC3643(token).identityRegistry());
        // slither-disable-next-line uninitialized-local -- begins at zero
        uint256 sender;
        uint256 receiver;
        if (from == address(0)) {
            receiver = _receiverOf(registry, to);
            _requireDealing(s, terms, token);
            _requireSupply(s, terms, token, units);
            _programmes[s.programme].requireRoom(_series, s.programme, terms.faceOf(units));
        } else {
            (sender, receiver) = registry.verifiedPair(from, to);
            _requireDealing(s, terms, token);
        }
        _requireReceiver(s, terms, token, receiver);
        if (terms.has(Rule.HOLDINGS)) {
            Holdings.requireRoom(s, token, sender.identityOf(), receiver.identityOf(), units);
        }
    }

    /// @inheritdoc IEngine
    function failureOf(address token, address from, address to, uint256 units) public view returns (bytes memory) {
        try this.requireAllowed(token, from, to, units) {
            return "";
        } catch (bytes memory reason) {
            return reason;
        }
    }

    /// @dev What stands before every movement that is not an order of law or a payment.
    function _requireDealing(Series storage s, Terms terms, address token) internal view {
        Maturity.requireBefore(terms, token);
        if (terms.arePlain()) return;
        if (terms.has(Rule.CLOSED)) revert EngineSeriesClosed(token);
        if (terms.has(Rule.PERIOD)) ClosedPeriod.requireOpen(s, token);
    }

    /// @dev What stands before new units, but for the programme's ceiling (an issue books it, a view only asks).
    function _requireSupply(Series storage s, Terms terms, address token, uint256 units) internal view {
        if (units == 0) revert EngineZeroUnits(token);
        Cap.requireRoom(s, token, units);
        SeriesCeiling.requireRoom(s, token, units);
        if (terms.has(Rule.RESERVE)) ReserveBacking.requireBacked(s, token, reserveBook, units);
    }

    function _requireReceiver(Series storage s, Terms terms, address token, uint256 record) internal view {
        if (terms.has(Rule.COUNTRIES)) Countries.requireAdmitted(_countrySets[s.countrySet], token, record);
        if (terms.has(Rule.CATEGORIES)) Categories.requireAdmitted(s.categories, token, record);
    }

    function _receiverOf(IIdentityRegistry registry, address wallet) private view returns (uint256) {
        address[] memory wallets = new address[](1);
        wallets[0] = wallet;
        return registry.verifiedRecords(wallets)[0];
    }
}
