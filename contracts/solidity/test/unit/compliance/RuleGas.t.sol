// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../src/authority/Roles.sol";
import {Rules} from "../../../src/compliance/IEngine.sol";
import {Registration} from "../../../src/identity/IIdentityRegistry.sol";
import {Attestation} from "../../../src/reserve/IReserveBook.sol";
import {ReserveBook} from "../../../src/reserve/ReserveBook.sol";
import {Item} from "../../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice What each rule costs: the same whole transaction with the one rule on, less without it (`snapshots/Rules.json`).
/// forge-config: default.isolate = true
contract RuleGasTest is EngineStage {
    uint256 private constant BATCH = 100;
    uint256 private constant EXAMINER_KEY = 0xE8A;

    struct Costs {
        uint256 issue;
        uint256 toNew;
        uint256 toExisting;
        uint256 redeem;
    }

    function setUp() public override {
        super.setUp();
        Registration[] memory lines = new Registration[](BATCH);
        for (uint160 i; i < BATCH; ++i) {
            lines[i] = Registration(holder(i), code(i), 586, 3, KYC_EXPIRY);
        }
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        admit(HOME, 586);
    }

    function test_countries() public {
        Rules memory rules;
        rules.countrySet = HOME;
        priced("countries", rules);
    }

    function test_categories() public {
        Rules memory rules;
        rules.categories = 1 << 3;
        priced("categories", rules);
    }

    function test_unitsPerInvestor() public {
        Rules memory rules;
        rules.unitsPerInvestor = 50;
        priced("units per investor", rules);
    }

    function test_holders() public {
        Rules memory rules;
        rules.holders = 1_000;
        priced("holder count", rules);
    }

    function test_unitsPerInvestorAndHolders() public {
        Rules memory rules;
        (rules.unitsPerInvestor, rules.holders) = (50, 1_000);
        priced("units per investor and holder count", rules);
    }

    function test_reserve() public {
        Rules memory rules;
        rules.reserveBacked = true;
        SecurityToken series = ruled("ruled", rules);
        attest(series);
        priced("reserve backing", ruled("plain", noRules()), series);
    }

    function test_closedPeriod() public {
        SecurityToken series = ruled("ruled", noRules());
        vm.prank(PERIODS);
        engine.setClosedPeriod(address(series), START + 10 days, START + 11 days);
        priced("closed period announced", ruled("plain", noRules()), series);
    }

    function test_everyHoldersRule() public {
        Rules memory rules = Rules(HOME, 1 << 3, 50, 1_000, false);
        SecurityToken series = ruled("ruled", rules);
        vm.prank(PERIODS);
        engine.setClosedPeriod(address(series), START + 10 days, START + 11 days);
        priced("all but reserve", ruled("plain", noRules()), series);
    }

    function priced(string memory name, Rules memory rules) private {
        priced(name, ruled("plain", noRules()), ruled("ruled", rules));
    }

    /// @dev A batch of allotments per item, transfers to a new and to an existing holder, a batch of redemptions per item.
    function priced(string memory name, SecurityToken plain, SecurityToken series) private {
        Costs memory off = measured(plain);
        Costs memory on = measured(series);
        vm.snapshotValue("Rules", string.concat(name, ": issue, per item"), (on.issue - off.issue) / BATCH);
        vm.snapshotValue("Rules", string.concat(name, ": transfer to a new holder"), on.toNew - off.toNew);
        vm.snapshotValue("Rules", string.concat(name, ": transfer to an existing holder"), on.toExisting - off.toExisting);
        vm.snapshotValue("Rules", string.concat(name, ": redeem, per item"), (on.redeem - off.redeem) / BATCH);
    }

    function measured(SecurityToken series) private returns (Costs memory costs) {
        confirmSome(series, 10_000);
        vm.prank(ISSUER);
        controller.issue(address(series), items(1));
        costs.issue = last();
        send(series, holder(0), alice, 10);
        costs.toNew = last();
        send(series, holder(0), alice, 5);
        costs.toExisting = last();
        send(series, alice, holder(0), 15);
        vm.prank(SERVICING);
        controller.redeem(address(series), items(257));
        costs.redeem = last();
    }

    function last() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function attest(SecurityToken series) private {
        ReserveBook book = ReserveBook(engine.reserveBook());
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.EXAMINER, vm.addr(EXAMINER_KEY), 0);
        wireOne(address(book), ReserveBook.addReserve.selector, Roles.DEPLOYER);
        wireOne(address(book), ReserveBook.attest.selector, Roles.RELAY);
        vm.stopPrank();
        vm.prank(DEPLOYER);
        book.addReserve(address(series), "kind", 1, 0);
        Attestation memory a =
            Attestation(address(series), 1, 1_000_000, 0, START, START + 30 days, keccak256("report"));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(EXAMINER_KEY, book.hashAttestation(a));
        vm.prank(RELAY);
        book.attest(a, abi.encodePacked(r, s, v));
    }

    function items(uint64 firstNumber) private pure returns (Item[] memory list) {
        list = new Item[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            list[i] = Item(uint64(firstNumber + i), holder(uint160(i)), 20);
        }
    }

    function holder(uint160 i) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("holder", i)))));
    }

    function code(uint160 i) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("identity", i)))));
    }
}
