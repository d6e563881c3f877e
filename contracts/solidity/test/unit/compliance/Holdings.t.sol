// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine, Rules} from "../../../src/compliance/IEngine.sol";
import {Item} from "../../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice Units per investor over all his wallets, and how many investors hold.
contract HoldingsTest is EngineStage {
    address private constant ANNE = address(0x31);
    address private constant BERT = address(0x32);
    address private constant CORA = address(0x33);
    uint112 private constant MOST = 500;

    SecurityToken private series;
    address private anne1 = address(0xA1);
    address private anne2 = address(0xA2);
    address private bert = address(0xB1);
    address private cora = address(0xC1);

    function setUp() public override {
        super.setUp();
        series = ruled("limited", limits(MOST, 2));
        registerFull(anne1, ANNE, 1, 1);
        registerFull(anne2, ANNE, 1, 1);
        registerFull(bert, BERT, 1, 1);
        registerFull(cora, CORA, 1, 1);
    }

    function test_theLimitIsOverAllWalletsOfOneInvestor() public {
        give(series, anne1, 300);
        confirmSome(series, 1_000);
        issueRefused(series, anne2, 201, overLimit(ANNE, 201, 200));
        issueTo(series, anne2, 200);
        assertHolding(ANNE, 500, 1);
        issueRefused(series, anne1, 1, overLimit(ANNE, 1, 0));
        issueTo(series, bert, 500);
        sendRefused(series, bert, anne1, 1, overLimit(ANNE, 1, 0));
        assertHolding(BERT, 500, 2);
    }

    function test_aThirdInvestorIsOneTooMany() public {
        give(series, anne1, 1);
        give(series, bert, 1);
        confirmSome(series, 10);
        issueRefused(series, cora, 1, tooMany(CORA, 2, 2));
        give(series, bert, 4);
        sendRefused(series, bert, cora, 4, tooMany(CORA, 2, 2));
        assertHolding(CORA, 0, 2);
    }

    function test_aBuyerTakesThePlaceOfWhoSellsEverything() public {
        give(series, anne1, 3);
        give(series, bert, 5);
        send(series, bert, cora, 5);
        assertHolding(BERT, 0, 2);
        assertHolding(CORA, 5, 2);
    }

    /// @dev The sender still holds in his second wallet: he has not left.
    function test_anEmptyWalletIsNotAnEmptyInvestor() public {
        give(series, anne1, 3);
        give(series, anne2, 3);
        give(series, bert, 1);
        sendRefused(series, anne1, cora, 3, tooMany(CORA, 2, 2));
    }

    function test_movingBetweenOnesOwnWalletsAsksNothing() public {
        give(series, anne1, 500);
        give(series, bert, 1);
        setRules(series, limits(1, 1));
        send(series, anne1, anne2, 400);
        send(series, anne1, anne1, 100);
        assertHolding(ANNE, 500, 2);
        vm.assertEq(series.balanceOf(anne2), 400);
    }

    function test_movingBetweenOnesOwnWalletsInABatchAsksNothing() public {
        give(series, anne1, 500);
        setRules(series, limits(1, 1));
        uint256[] memory units = new uint256[](1);
        units[0] = 400;
        vm.prank(anne1);
        series.batchTransfer(single(anne2), units);
        assertHolding(ANNE, 500, 1);
        vm.assertEq(series.balanceOf(anne2), 400);
    }

    function test_aTransferOfNothingMakesNoHolder() public {
        give(series, anne1, 5);
        send(series, anne1, bert, 0);
        assertHolding(BERT, 0, 1);
        setRules(series, limits(0, 1));
        send(series, anne1, bert, 0);
        assertHolding(ANNE, 5, 1);
    }

    function test_redemptionAndAnnulmentCountDown() public {
        give(series, anne1, 100);
        give(series, anne2, 50);
        give(series, bert, 7);
        redeemFrom(series, anne1, 100);
        assertHolding(ANNE, 50, 2);
        annulFrom(series, anne2, 50);
        assertHolding(ANNE, 0, 1);
        annulFrom(series, bert, 6);
        assertHolding(BERT, 1, 1);
    }

    function test_anOrderOfLawIsCountedAndNeverRefused() public {
        give(series, anne1, 500);
        give(series, bert, 500);
        force(series, anne1, bert, 100);
        assertHolding(BERT, 600, 2);
        force(series, bert, cora, 1);
        assertHolding(CORA, 1, 3);
        force(series, anne1, anne2, 400);
        assertHolding(ANNE, 400, 3);
        force(series, anne2, cora, 400);
        assertHolding(ANNE, 0, 2);
        confirmSome(series, 1);
        issueRefused(series, bert, 1, overLimit(BERT, 1, 0));
    }

    function test_recoveryChangesNoCount() public {
        give(series, anne1, 500);
        give(series, bert, 1);
        uint64 number = numbered();
        vm.prank(ENFORCEMENT);
        controller.recover(address(series), number, anne1, anne2, order());
        vm.assertEq(series.balanceOf(anne2), 500);
        assertHolding(ANNE, 500, 2);
    }

    function test_aRemovedWalletIsStillCountedByItsIdentity() public {
        give(series, anne1, 100);
        give(series, bert, 1);
        vm.prank(IDENTITY);
        registry.removeBatch(single(anne1));
        redeemFrom(series, anne1, 40);
        assertHolding(ANNE, 60, 2);
        force(series, anne1, bert, 60);
        assertHolding(ANNE, 0, 1);
        assertHolding(BERT, 61, 1);
    }

    function test_aBatchCountsOneInvestorTwice() public {
        confirmSome(series, 1_000);
        Item[] memory items = new Item[](3);
        items[0] = Item(numbered(), anne1, 300);
        items[1] = Item(numbered(), bert, 10);
        items[2] = Item(numbered(), anne2, 201);
        vm.expectRevert(overLimit(ANNE, 201, 200));
        vm.prank(ISSUER);
        controller.issue(address(series), items);
        assertHolding(ANNE, 0, 0);
        items[2].units = 200;
        vm.prank(ISSUER);
        controller.issue(address(series), items);
        assertHolding(ANNE, 500, 2);
        for (uint256 i; i < 3; ++i) {
            items[i].number = numbered();
        }
        vm.prank(SERVICING);
        controller.redeem(address(series), items);
        assertHolding(ANNE, 0, 0);
        vm.assertEq(engine.holdersOf(address(series)), 0);
    }

    function test_aBatchOfTransfersIsCountedInTurn() public {
        give(series, anne1, 500);
        address[] memory to = new address[](3);
        (to[0], to[1], to[2]) = (bert, anne2, cora);
        uint256[] memory units = new uint256[](3);
        (units[0], units[1], units[2]) = (100, 50, 1);
        vm.expectRevert(tooMany(CORA, 2, 2));
        vm.prank(anne1);
        series.batchTransfer(to, units);
        assertHolding(ANNE, 500, 1);
        setRules(series, limits(MOST, 3));
        vm.prank(anne1);
        series.batchTransfer(to, units);
        assertHolding(ANNE, 399, 3);
        assertHolding(BERT, 100, 3);
        assertHolding(CORA, 1, 3);
    }

    function test_limitsMayNarrowBelowWhatIsHeld() public {
        give(series, anne1, 400);
        give(series, bert, 100);
        setRules(series, limits(200, 1));
        confirmSome(series, 1);
        issueRefused(series, anne1, 1, overLimit(ANNE, 1, 0));
        sendRefused(series, anne1, cora, 1, tooMany(CORA, 2, 1));
        send(series, anne1, bert, 100);
        sendRefused(series, anne1, bert, 1, overLimit(BERT, 1, 0));
        (uint256 units, uint256 holders, uint256 now_) = engine.limitsOf(address(series));
        vm.assertEq(units, 200);
        vm.assertEq(holders, 1);
        vm.assertEq(now_, 2);
    }

    function test_withoutLimitsCountingGoesOn() public {
        setRules(series, noRules());
        give(series, anne1, 501);
        give(series, bert, 1);
        give(series, cora, 1);
        assertHolding(ANNE, 501, 3);
        setRules(series, limits(0, 3));
        give(series, anne2, 99);
        assertHolding(ANNE, 600, 3);
    }

    function test_countingCannotBeginLater() public {
        SecurityToken plain = ruled("plain", noRules());
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineHoldingsNotCounted.selector, address(plain));
        vm.expectRevert(reason);
        setRules(plain, limits(1, 0));
        vm.expectRevert(reason);
        setRules(plain, limits(0, 1));
        setRules(plain, limits(0, 0));
        give(plain, anne1, 5);
        (, bool counted,) = engine.rulesOf(address(plain));
        vm.assertFalse(counted);
        vm.assertEq(engine.holdingOf(address(plain), ANNE), 0);
    }

    function test_eitherLimitMakesItCount() public {
        SecurityToken byUnits = ruled("units", limits(1, 0));
        SecurityToken byHolders = ruled("holders", limits(0, 1));
        give(byUnits, anne1, 1);
        give(byHolders, anne1, 9);
        vm.assertEq(engine.holdersOf(address(byUnits)), 1);
        vm.assertEq(engine.holdingOf(address(byHolders), ANNE), 9);
    }

    function test_onlyAListedTokenReports() public {
        uint256[] memory none = new uint256[](0);
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, address(this));
        vm.expectRevert(reason);
        engine.onHoldingsReduced(none, none);
        vm.expectRevert(reason);
        engine.onForcedMove(0, 0, 0);
        vm.expectRevert(reason);
        engine.onTransferBatch(0, none, none);
        vm.expectRevert(reason);
        engine.onAnnul(0);
        vm.expectRevert(reason);
        engine.holdersOf(address(this));
    }

    /// @dev The count saturates: what a token reports beyond the count (a registry was replaced) stops no payment.
    function test_aReportBeyondTheCountStopsNothing() public {
        give(series, anne1, 5);
        uint256[] memory records = new uint256[](2);
        (records[0], records[1]) = (uint160(ANNE), uint160(CORA));
        uint256[] memory units = new uint256[](2);
        (units[0], units[1]) = (6, 1);
        vm.prank(address(series));
        engine.onHoldingsReduced(records, units);
        assertHolding(ANNE, 0, 0);
        redeemFrom(series, anne1, 5);
        assertHolding(ANNE, 0, 0);
    }

    /// @dev A series that does not count is told nothing and, told all the same, counts nothing.
    function test_aSeriesWithoutTheRuleIgnoresReports() public {
        uint256[] memory records = new uint256[](1);
        records[0] = uint160(ANNE);
        vm.startPrank(address(token));
        engine.onForcedMove(records[0], uint160(BERT), 5);
        engine.onHoldingsReduced(records, records);
        vm.stopPrank();
        vm.assertEq(engine.holdingOf(address(token), BERT), 0);
    }

    /// @dev Any sequence of everything that moves units: the count is the sum of balances by identity, always.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_theCountIsTheSumOfBalances(uint256 seed) public {
        confirmSome(series, 10_000);
        for (uint256 step; step < 40; ++step) {
            uint256 dice = uint256(keccak256(abi.encode(seed, step)));
            _act(dice % 7, wallet(dice >> 8), wallet(dice >> 16), uint128(1 + (dice >> 24) % 220));
            assertBook();
        }
    }

    function _act(uint256 kind, address from, address to, uint128 units) private {
        uint64 number = numbered();
        if (kind == 0) {
            vm.prank(ISSUER);
            try controller.issue(address(series), one(number, to, units)) {} catch {}
        } else if (kind == 1) {
            vm.prank(SERVICING);
            try controller.redeem(address(series), one(number, from, units)) {} catch {}
        } else if (kind == 2) {
            vm.prank(ENFORCEMENT);
            try controller.annul(address(series), one(number, from, units), order()) {} catch {}
        } else if (kind == 3) {
            vm.prank(ENFORCEMENT);
            try controller.forcedTransfer(address(series), number, from, to, units, order()) {} catch {}
        } else if (kind == 4) {
            vm.prank(ENFORCEMENT);
            try controller.recover(address(series), number, from, to, order()) {} catch {}
        } else {
            if (units % 3 == 0) units = uint128(series.balanceOf(from));
            bool allowed = engine.failureOf(address(series), from, to, units).length == 0;
            bool covered = series.balanceOf(from) >= units;
            vm.prank(from);
            try series.transfer(to, units) {
                vm.assertTrue(allowed && covered);
            } catch {
                vm.assertFalse(allowed && covered);
            }
        }
    }

    function assertBook() private view {
        uint256 anne = series.balanceOf(anne1) + series.balanceOf(anne2);
        uint256 holders = (anne == 0 ? 0 : 1) + (series.balanceOf(bert) == 0 ? 0 : 1);
        holders += series.balanceOf(cora) == 0 ? 0 : 1;
        vm.assertEq(engine.holdingOf(address(series), BERT), series.balanceOf(bert));
        vm.assertEq(engine.holdingOf(address(series), CORA), series.balanceOf(cora));
        assertHolding(ANNE, anne, holders);
    }

    function assertHolding(address identity, uint256 units, uint256 holders) private view {
        vm.assertEq(engine.holdingOf(address(series), identity), units, "holding");
        vm.assertEq(engine.holdersOf(address(series)), holders, "holders");
    }

    function wallet(uint256 dice) private view returns (address) {
        return [anne1, anne2, bert, cora][dice % 4];
    }

    function limits(uint112 units, uint32 holders) private pure returns (Rules memory rules) {
        (rules.unitsPerInvestor, rules.holders) = (units, holders);
    }

    function overLimit(address identity, uint256 requested, uint256 room) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IEngine.EngineInvestorLimitExceeded.selector, address(series), identity, requested, room
        );
    }

    function tooMany(address identity, uint256 holders, uint256 limit) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IEngine.EngineHolderLimitExceeded.selector, address(series), identity, holders, limit
        );
    }
}
