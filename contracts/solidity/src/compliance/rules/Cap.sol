// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine} from "../IEngine.sol";
import {Series, increased} from "../Series.sol";

/// @notice Immobilised cap: gross issued less annulled never exceeds what the registrar confirmed less what was withdrawn.
/// @dev Redemption gives no room back: what is redeemed is extinguished at the registry too.
library Cap {
    function requireRoom(Series storage s, address token, uint256 units) internal view {
        uint256 left = roomOf(s);
        if (units > left) revert IEngine.EngineCapExceeded(token, units, left);
    }

    function raise(Series storage s, address token, uint256 units) internal {
        s.confirmed = increased(token, s.confirmed, units);
    }

    function reduce(Series storage s, address token, uint256 units) internal {
        uint256 left = roomOf(s);
        if (units > left) revert IEngine.EngineCapInUse(token, units, left);
        s.withdrawn = increased(token, s.withdrawn, units);
    }

    function roomOf(Series storage s) internal view returns (uint256) {
        uint256 gross = uint256(s.issued) - s.annulled;
        uint256 cap = uint256(s.confirmed) - s.withdrawn;
        return gross < cap ? cap - gross : 0;
    }
}
