// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Records} from "../../identity/Records.sol";
import {IEngine} from "../IEngine.sol";
import {Limits, Series} from "../Series.sol";

/// @notice Units of one investor over all his wallets, and how many investors hold: counted, and limited where a limit is set.
/// @dev Limits bind who receives. What leaves is counted without a word: subtraction saturates, because no count may ever stand
/// before a payment or an order of law.
library Holdings {
    using Records for uint256;

    function issue(Series storage s, address token, uint256[] calldata records, uint256[] calldata units) internal {
        Limits memory limits = s.limits;
        uint32 before = limits.holders;
        for (uint256 i; i < records.length; ++i) {
            _credit(s, limits, token, records[i].identityOf(), units[i]);
        }
        if (limits.holders != before) s.limits.holders = limits.holders;
    }

    /// @dev The sender is debited first: a buyer may take the place of who sells everything, at a full count.
    function move(Series storage s, address token, address from, address to, uint256 units) internal {
        if (from == to) return;
        Limits memory limits = s.limits;
        uint32 before = limits.holders;
        _debit(s, limits, from, units);
        _credit(s, limits, token, to, units);
        if (limits.holders != before) s.limits.holders = limits.holders;
    }

    /// @dev As if `move` were called for each receiver in turn.
    function moveBatch(
        Series storage s,
        address token,
        address from,
        uint256[] calldata toRecords,
        uint256[] calldata units
    ) internal {
        Limits memory limits = s.limits;
        uint32 before = limits.holders;
        for (uint256 i; i < toRecords.length; ++i) {
            address to = toRecords[i].identityOf();
            if (from == to) continue;
            _debit(s, limits, from, units[i]);
            _credit(s, limits, token, to, units[i]);
        }
        if (limits.holders != before) s.limits.holders = limits.holders;
    }

    /// @dev An order of law is counted, never refused.
    function forceMove(Series storage s, address token, address from, address to, uint256 units) internal {
        if (from == to) return;
        Limits memory limits = Limits(0, 0, s.limits.holders);
        uint32 before = limits.holders;
        _debit(s, limits, from, units);
        _credit(s, limits, token, to, units);
        if (limits.holders != before) s.limits.holders = limits.holders;
    }

    function reduce(Series storage s, uint256[] calldata records, uint256[] calldata units) internal {
        Limits memory limits = s.limits;
        uint32 before = limits.holders;
        for (uint256 i; i < records.length; ++i) {
            _debit(s, limits, records[i].identityOf(), units[i]);
        }
        if (limits.holders != before) s.limits.holders = limits.holders;
    }

    /// @dev What `move` would say (`from` zero: what `issue` would), without counting.
    function requireRoom(Series storage s, address token, address from, address to, uint256 units) internal view {
        if (from == to) return;
        Limits memory limits = s.limits;
        uint256 left = s.held[from];
        if (left != 0 && left <= units) --limits.holders;
        _requireRoom(limits, token, to, s.held[to], units);
    }

    function _credit(Series storage s, Limits memory limits, address token, address identity, uint256 units) private {
        uint256 held = s.held[identity];
        _requireRoom(limits, token, identity, held, units);
        if (held == 0 && units != 0) ++limits.holders;
        s.held[identity] = held + units;
    }

    function _debit(Series storage s, Limits memory limits, address identity, uint256 units) private {
        uint256 held = s.held[identity];
        if (units < held) {
            s.held[identity] = held - units;
        } else if (held != 0) {
            s.held[identity] = 0;
            --limits.holders;
        }
    }

    function _requireRoom(Limits memory limits, address token, address identity, uint256 held, uint256 units)
        private
        pure
    {
        uint256 most = limits.unitsPerInvestor;
        if (most != 0 && held + units > most) {
            revert IEngine.EngineInvestorLimitExceeded(token, identity, units, held < most ? most - held : 0);
        }
        if (limits.holderLimit != 0 && held == 0 && units != 0 && limits.holders >= limits.holderLimit) {
            revert IEngine.EngineHolderLimitExceeded(token, identity, limits.holders, limits.holderLimit);
        }
    }
}
