// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Heap} from "@openzeppelin/contracts/utils/structs/Heap.sol";
import {IEngine} from "../IEngine.sol";
import {Programme, Series, outstandingOf} from "../Series.sol";

/// @notice The face outstanding of all series of a programme, each in units x its fixed factor, never grows past one ceiling.
/// @dev A series that has matured frees its share by time alone, so that its successor can be issued the same day.
library ProgrammeCeiling {
    using Heap for Heap.Uint256Heap;

    function list(Programme storage p, address token, uint40 maturity) internal {
        p.maturities.insert((uint256(maturity) << 160) | uint160(token));
    }

    /// @dev Matured series are swept only when the room is needed: an issue below the ceiling pays nothing for it.
    function take(
        Programme storage p,
        mapping(address => Series) storage all,
        bytes32 programme,
        uint256 face
    ) internal {
        while (p.used + face > p.ceiling && freeNext(p, all, programme)) {}
        uint256 used = p.used;
        uint256 ceiling = p.ceiling;
        if (used + face > ceiling) {
            revert IEngine.EngineProgrammeCeilingExceeded(programme, face, used < ceiling ? ceiling - used : 0);
        }
        p.used = uint120(used + face);
    }

    /// @dev A freed series has given its share back already. Saturates: arithmetic must never stand before a payment.
    function give(Programme storage p, Series storage s, uint256 units) internal {
        if (s.freed) return;
        uint256 face = units * s.facePerUnit;
        p.used = face < p.used ? uint120(p.used - face) : 0;
    }

    function freeNext(Programme storage p, mapping(address => Series) storage all, bytes32 programme)
        internal
        returns (bool)
    {
        if (p.maturities.length() == 0) return false;
        uint256 top = p.maturities.peek();
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (top >> 160 > block.timestamp) return false;
        // slither-disable-next-line unused-return -- it is the top that was read before
        p.maturities.pop();
        address token = address(uint160(top));
        Series storage s = all[token];
        uint256 units = outstandingOf(s);
        give(p, s, units);
        s.freed = true;
        emit IEngine.SeriesFreed(token, programme, units * s.facePerUnit);
        return true;
    }

    function requireRoom(
        Programme storage p,
        mapping(address => Series) storage all,
        bytes32 programme,
        uint256 face
    ) internal view {
        uint256 left = roomOf(p, all);
        if (face > left) revert IEngine.EngineProgrammeCeilingExceeded(programme, face, left);
    }

    /// @dev Counts matured series as freed, whether or not an issue has come by to book it.
    function usedOf(Programme storage p, mapping(address => Series) storage all) internal view returns (uint256 used) {
        used = p.used;
        uint256[] storage keys = p.maturities.tree;
        for (uint256 i; i < keys.length; ++i) {
            uint256 key = keys[i];
            // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
            if (key >> 160 > block.timestamp) continue;
            Series storage s = all[address(uint160(key))];
            used -= outstandingOf(s) * s.facePerUnit;
        }
    }

    function roomOf(Programme storage p, mapping(address => Series) storage all) internal view returns (uint256) {
        uint256 used = usedOf(p, all);
        uint256 ceiling = p.ceiling;
        return used < ceiling ? ceiling - used : 0;
    }
}
