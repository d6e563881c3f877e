// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine} from "../IEngine.sol";
import {Terms} from "../Series.sol";

/// @notice From its maturity on a series is neither issued nor dealt in; redeeming it has no end.
library Maturity {
    function requireBefore(Terms terms, address token) internal view {
        uint256 maturity = terms.maturityOf();
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (block.timestamp >= maturity) revert IEngine.EngineMatured(token, maturity, block.timestamp);
    }
}
