// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Records} from "../../identity/Records.sol";
import {IEngine} from "../IEngine.sol";

/// @notice Who receives must be of an admitted category: one bit per category code, one word per series.
library Categories {
    using Records for uint256;

    function requireAdmitted(uint256 admitted, address token, uint256 record) internal pure {
        uint8 category = record.categoryOf();
        if ((admitted >> category) & 1 == 0) {
            revert IEngine.EngineCategoryNotAdmitted(token, record.identityOf(), category);
        }
    }

    function requireAllAdmitted(uint256 admitted, address token, uint256[] calldata records) internal pure {
        for (uint256 i; i < records.length; ++i) {
            requireAdmitted(admitted, token, records[i]);
        }
    }
}
