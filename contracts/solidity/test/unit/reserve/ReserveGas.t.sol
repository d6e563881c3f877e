// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReserveStage} from "../../base/ReserveStage.sol";

/// @notice Gas of whole transactions of the reserve book, kept in `snapshots/Books.json`.
/// forge-config: default.isolate = true
contract ReserveGasTest is ReserveStage {
    function test_firstAndNextAttestation() public {
        attest(attestation(1, 1_000_000, 40_000));
        vm.snapshotGasLastCall("Books", "attest a reserve, first");
        vm.warp(START + 1 days);
        attest(attestation(2, 1_100_000, 40_000));
        vm.snapshotGasLastCall("Books", "attest a reserve, next");
    }

    /// @dev The call alone, everything cold: what an issue pays for the rule, its own 21,000 apart.
    function test_whatTheRuleCostsAnIssue() public {
        attest(attestation(1, 1_000_000, 40_000));
        book.requireBacked(token, 20);
        vm.snapshotGasLastCall("Books", "ask whether a supply is backed, whole call");
    }
}
