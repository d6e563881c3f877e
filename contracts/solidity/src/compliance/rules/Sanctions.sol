// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Records} from "../../identity/Records.sol";

/// @notice Which flags of a record bar whom. The registry asks wherever it gives a record for dealing, so the rule costs no read.
/// @dev A flag without a name bars both ways: closed by default.
library Sanctions {
    using Records for uint256;

    /// @notice Set and lifted by the SANCTIONS power alone; follows the investor to his later wallets.
    uint32 internal constant SANCTIONED = 1 << 31;
    uint32 internal constant MAY_NOT_SEND = 1 << 30;
    uint32 internal constant MAY_NOT_RECEIVE = 1 << 29;

    uint256 internal constant SANCTIONED_WORD = uint256(SANCTIONED) << Records.FLAGS_AT;

    /// @dev The flags that stop the holder of this record from sending.
    function againstSending(uint256 record) internal pure returns (uint32) {
        return record.flagsOf() & ~MAY_NOT_RECEIVE;
    }

    /// @dev The flags that stop the holder of this record from receiving.
    function againstReceiving(uint256 record) internal pure returns (uint32) {
        return record.flagsOf() & ~MAY_NOT_SEND;
    }
}
