// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, SignedClaim} from "../../../src/identity/claims/IClaimBook.sol";
import {ClaimStage} from "../../base/ClaimStage.sol";

/// @notice Gas of whole transactions of the claim book, kept in `snapshots/Books.json`.
/// forge-config: default.isolate = true
contract ClaimGasTest is ClaimStage {
    function test_recordBatch() public {
        SignedClaim[] memory list = new SignedClaim[](100);
        for (uint160 i; i < 100; ++i) {
            Claim memory claim = claimOf(KYC);
            claim.identity = address(0x1000 + i);
            list[i] = SignedClaim(claim, issuer, signed(ISSUER_KEY, book.hashClaim(claim)));
        }
        vm.prank(RELAY);
        book.recordClaims(list);
        uint256 gas = vm.snapshotGasLastCall("Books", "record one claim of 100, whole batch");
        vm.snapshotValue("Books", "record one claim of 100", gas / 100);
        vm.assertLt(gas, 16_777_216, "one transaction");
    }
}
