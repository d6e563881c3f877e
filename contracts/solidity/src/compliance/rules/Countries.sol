// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Records} from "../../identity/Records.sol";
import {IEngine} from "../IEngine.sol";

/// @notice Who receives must be of an admitted country. Sets are shared: a country leaves every series in one transaction.
/// @dev 256 codes to a word of the bitmap. Who holds already may stay and sell: the rule is asked of receivers.
library Countries {
    using Records for uint256;

    function requireAdmitted(
        mapping(uint256 word => uint256 bits) storage set,
        address token,
        uint256 record
    ) internal view {
        _requireBit(set[record.countryOf() >> 8], token, record);
    }

    /// @dev Keeps the word that the last receiver needed: a batch of one region reads one word.
    function requireAllAdmitted(
        mapping(uint256 word => uint256 bits) storage set,
        address token,
        uint256[] calldata records
    ) internal view {
        uint256 word = type(uint256).max;
        // slither-disable-next-line uninitialized-local -- begins at zero
        uint256 bits;
        for (uint256 i; i < records.length; ++i) {
            uint256 needed = records[i].countryOf() >> 8;
            if (needed != word) {
                word = needed;
                bits = set[word];
            }
            _requireBit(bits, token, records[i]);
        }
    }

    function _requireBit(uint256 bits, address token, uint256 record) private pure {
        uint16 country = record.countryOf();
        if ((bits >> (country & 0xff)) & 1 == 0) {
            revert IEngine.EngineCountryNotAdmitted(token, record.identityOf(), country);
        }
    }
}
