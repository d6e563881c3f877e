// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Anchor} from "../../../src/anchor/Anchor.sol";
import {TestBase} from "../../base/TestBase.sol";

/// @notice Gas of anchoring, kept in `snapshots/Books.json`.
/// forge-config: default.isolate = true
contract AnchorGasTest is TestBase {
    function test_anchorAndProve() public {
        address admin = address(0xAD);
        AccessManager manager = AccessManager(deploy("AccessManager", abi.encode(admin)));
        Anchor book = Anchor(deploy("Anchor", abi.encode(manager)));
        vm.startPrank(admin);
        book.anchor(1, "root", 1, "reference");
        book.anchor(1, "root", 1_000_000, "reference");
        vm.snapshotGasLastCall("Books", "anchor a root");
        vm.stopPrank();
        book.verify(2, abi.encode("leaf"), 5, new bytes32[](20));
        vm.snapshotGasLastCall("Books", "prove one leaf of a million, whole call");
    }
}
