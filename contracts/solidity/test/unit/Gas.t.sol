// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Registration} from "../../src/identity/IIdentityRegistry.sol";
import {Confirmation} from "../../src/token/IController.sol";
import {Item} from "../../src/token/ISecurityToken.sol";
import {Rules} from "../../src/compliance/IEngine.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {EngineStage} from "../base/EngineStage.sol";

/// @notice Gas of whole transactions (each call isolated, 21,000 and calldata included), kept in `snapshots/Gas.json`.
/// forge-config: default.isolate = true
contract GasTest is EngineStage {
    uint160 private constant BATCH = 100;
    uint256 private constant TRANSACTION_LIMIT = 16_777_216;

    function setUp() public override {
        super.setUp();
        Registration[] memory lines = registrations(0, 300);
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        confirmUnits(token, 1, 2, 9_000);
    }

    function test_registerBatch() public {
        Registration[] memory lines = registrations(1_000, BATCH);
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        perItem("register one investor of 100", 30_000);
    }

    function test_confirmBatch() public {
        Confirmation[] memory list = new Confirmation[](BATCH);
        bytes[] memory signatures = new bytes[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            list[i] = confirmation(token, uint64(1_000 + i), uint64(2_000 + i), 1);
            signatures[i] = signed(REGISTRAR_KEY, list[i]);
        }
        vm.prank(RELAY);
        controller.confirm(list, signatures);
        perItem("confirm one of 100", 25_000);
    }

    function test_issueBatchToNewHolders() public {
        Item[] memory items = itemsFor(1_024, BATCH);
        vm.prank(ISSUER);
        controller.issue(address(token), items);
        perItem("issue to one new holder of 100", 36_000);
    }

    /// @dev Identity, country, series and programme ceilings, immobilised cap.
    function test_issueBatchUnderACountryRule() public {
        SecurityToken series = ruled("ruled", rules(0, 0));
        admit(HOME, 586);
        confirmSome(series, 9_000);
        Item[] memory items = itemsFor(1_024, BATCH);
        vm.prank(ISSUER);
        controller.issue(address(series), items);
        perItem("issue to one new holder of 100, country rule", 36_000);
    }

    /// @dev The same, and units per investor and the number of investors counted.
    function test_issueBatchUnderHoldingLimits() public {
        SecurityToken series = ruled("ruled", rules(0, 1_000));
        admit(HOME, 586);
        confirmSome(series, 9_000);
        Item[] memory items = itemsFor(1_024, BATCH);
        vm.prank(ISSUER);
        controller.issue(address(series), items);
        perItem("issue to one new holder of 100, country rule and holding limits", 60_000);
    }

    /// @dev Both identities, both freezes, maturity, country, category and a closed period to come.
    function test_transferUnderThreeRules() public {
        SecurityToken series = ruled("ruled", rules(1 << 3, 0));
        admit(HOME, 586);
        vm.prank(PERIODS);
        engine.setClosedPeriod(address(series), START + 10 days, START + 11 days);
        give(series, alice, 1_000);
        send(series, alice, bob, 10);
        vm.assertLe(vm.snapshotGasLastCall("Gas", "transfer under three rules to a new holder"), 87_000, "new holder");
        send(series, alice, bob, 10);
        vm.assertLe(
            vm.snapshotGasLastCall("Gas", "transfer under three rules to an existing holder"), 70_000, "existing"
        );
    }

    function rules(uint256 categories, uint112 mostUnits) private pure returns (Rules memory wanted) {
        wanted = Rules(HOME, categories, mostUnits, mostUnits == 0 ? 0 : 10_000, false);
    }

    function test_largestBatchStaysUnderTheTransactionLimit() public {
        Item[] memory items = itemsFor(1_024, controller.MAX_BATCH());
        vm.prank(ISSUER);
        controller.issue(address(token), items);
        uint256 gas = vm.snapshotGasLastCall("Gas", "issue to 250 new holders, whole transaction");
        vm.assertLt(gas, TRANSACTION_LIMIT, "one transaction");
    }

    function test_redeemBatchInFull() public {
        vm.prank(ISSUER);
        controller.issue(address(token), itemsFor(1_024, BATCH));
        Item[] memory items = itemsFor(2_048, BATCH);
        vm.prank(SERVICING);
        controller.redeem(address(token), items);
        perItem("redeem one holder of 100 in full", 17_600);
    }

    function test_transfer() public {
        issueUnits(2, alice, 1_000);
        vm.prank(alice);
        token.transfer(bob, 10);
        vm.assertLe(vm.snapshotGasLastCall("Gas", "transfer to a new holder"), 87_000, "new holder");
        vm.prank(alice);
        token.transfer(bob, 10);
        vm.assertLe(vm.snapshotGasLastCall("Gas", "transfer to an existing holder"), 70_000, "existing holder");
    }

    /// @dev The arithmetic floor is 9,386 per receiver: his record 2,100, his account 5,000, the log 1,756, calldata 530.
    function test_batchTransferToExistingHolders() public {
        Item[] memory items = itemsFor(1_024, BATCH);
        vm.prank(ISSUER);
        controller.issue(address(token), items);
        issueUnits(2, alice, 1_000);
        address[] memory to = new address[](BATCH);
        uint256[] memory amounts = new uint256[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            (to[i], amounts[i]) = (items[i].wallet, 5);
        }
        vm.prank(alice);
        token.batchTransfer(to, amounts);
        perItem("batchTransfer to one existing holder of 100", 12_000);
    }

    function test_forcedTransfer() public {
        issueUnits(2, alice, 1_000);
        issueUnits(3, bob, 1_000);
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 4, alice, bob, 10, order());
        vm.snapshotGasLastCall("Gas", "forced transfer to an existing holder");
    }

    function test_createSeries() public {
        newToken("third", MATURITY + 1);
        vm.assertLe(vm.snapshotGasLastCall("Gas", "create one more series"), 575_000, "series");
    }

    function perItem(string memory name, uint256 aim) private {
        uint256 gas = vm.snapshotGasLastCall("Gas", string.concat(name, ", whole batch"));
        vm.snapshotValue("Gas", name, gas / BATCH);
        vm.assertLe(gas / BATCH, aim, name);
    }

    function registrations(uint160 from, uint160 count) private pure returns (Registration[] memory lines) {
        lines = new Registration[](count);
        for (uint160 i; i < count; ++i) {
            address wallet = holder(from + i);
            address identity = address(uint160(uint256(keccak256(abi.encode("identity", from + i)))));
            lines[i] = Registration(wallet, identity, 586, 3, KYC_EXPIRY);
        }
    }

    function itemsFor(uint64 firstNumber, uint256 count) private pure returns (Item[] memory items) {
        items = new Item[](count);
        for (uint256 i; i < count; ++i) {
            items[i] = Item(uint64(firstNumber + i), holder(uint160(i)), 20);
        }
    }

    function holder(uint160 i) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("holder", i)))));
    }
}
