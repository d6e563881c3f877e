// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine} from "../IEngine.sol";
import {Period, Rule, Series} from "../Series.sol";

/// @notice Between a record instant and its payment nobody deals and nothing is issued, or a coupon would go to the wrong holder.
/// @dev The power to close a market must not become the power to lock it: a period is at most LONGEST, is announced (it cannot
/// begin in the past), and after it the market stays open for at least as long as it was closed.
library ClosedPeriod {
    /// @dev A month: longer than any customary gap between record and payment, a payment put off by holidays included.
    uint256 internal constant LONGEST = 31 days;

    function requireOpen(Series storage s, address token) internal view {
        (uint40 from, uint40 until) = (s.period.from, s.period.until);
        if (_within(from, until)) revert IEngine.EngineDealingClosed(token, from, until, block.timestamp);
    }

    function isOpen(Series storage s) internal view returns (bool) {
        return !_within(s.period.from, s.period.until);
    }

    /// @dev A running period keeps its beginning; its end may move, to now at the earliest. Both zero forget one that is not running.
    function set(Series storage s, address token, uint40 from, uint40 until) internal {
        Period memory p = s.period;
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        bool begun = p.until != 0 && p.from <= block.timestamp;
        if (begun && block.timestamp < p.until) {
            if (from != p.from) revert IEngine.EnginePeriodRunning(token, p.from, p.until);
            if (until < block.timestamp) revert IEngine.EnginePeriodPast(token, until, block.timestamp);
        } else {
            if (begun) p.earliestNext = p.until + (p.until - p.from);
            if (from == 0 && until == 0) return _write(s, 0, 0, p.earliestNext);
            if (from < block.timestamp) revert IEngine.EnginePeriodPast(token, from, block.timestamp);
            if (from < p.earliestNext) revert IEngine.EnginePeriodTooSoon(token, from, p.earliestNext);
        }
        _requireLength(token, from, until);
        _write(s, from, until, p.earliestNext);
    }

    function _write(Series storage s, uint40 from, uint40 until, uint40 earliestNext) private {
        s.period = Period(from, until, earliestNext);
        s.rules = until == 0 ? s.rules & ~Rule.PERIOD : s.rules | Rule.PERIOD;
    }

    function _requireLength(address token, uint256 from, uint256 until) private pure {
        uint256 length = until > from ? until - from : 0;
        if (length == 0 || length > LONGEST) revert IEngine.EnginePeriodLength(token, length, LONGEST);
    }

    function _within(uint256 from, uint256 until) private view returns (bool) {
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        return from <= block.timestamp && block.timestamp < until;
    }
}
