// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine} from "../IEngine.sol";
import {Series, outstandingOf} from "../Series.sol";

/// @notice Units outstanding of one series never grow past its ceiling. A ceiling set below them stops new units only.
library SeriesCeiling {
    function requireRoom(Series storage s, address token, uint256 units) internal view {
        uint256 left = roomOf(s);
        if (units > left) revert IEngine.EngineSeriesCeilingExceeded(token, units, left);
    }

    function roomOf(Series storage s) internal view returns (uint256) {
        uint256 outstanding = outstandingOf(s);
        uint256 ceiling = s.ceilingUnits;
        return outstanding < ceiling ? ceiling - outstanding : 0;
    }
}
