// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEngine, Rules} from "../../../src/compliance/IEngine.sol";
import {Item} from "../../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice Receivers must be of an admitted country; sets are shared by series, 256 codes to a word.
contract CountriesTest is EngineStage {
    SecurityToken private series;
    address private first = address(0xC1);
    address private second = address(0xC2);

    function setUp() public override {
        super.setUp();
        Rules memory rules;
        rules.countrySet = HOME;
        series = ruled("countries", rules);
        registerFull(first, address(0x11), 255, 1);
        registerFull(second, address(0x12), 256, 1);
    }

    function test_anUnknownSetAdmitsNobody() public {
        confirmSome(series, 1);
        issueRefused(series, first, 1, notAdmitted(series, address(0x11), 255));
    }

    function test_theLastCodeOfAWordAndTheFirstOfTheNextAreTwo() public {
        admit(HOME, 255);
        give(series, first, 10);
        confirmSome(series, 1);
        issueRefused(series, second, 1, notAdmitted(series, address(0x12), 256));
        sendRefused(series, first, second, 1, notAdmitted(series, address(0x12), 256));
        admit(HOME, 256);
        issueTo(series, second, 1);
        send(series, first, second, 10);
        vm.assertEq(series.balanceOf(second), 11);
    }

    function test_whoHoldsMaySellAfterHisCountryLeft() public {
        admit(HOME, 255);
        admit(HOME, 256);
        give(series, first, 10);
        vm.prank(RULES);
        engine.setCountrySet(HOME, 0, 0);
        send(series, first, second, 4);
        redeemFrom(series, first, 3);
        sendRefused(series, second, first, 1, notAdmitted(series, address(0x11), 255));
        vm.assertEq(series.balanceOf(first), 3);
    }

    function test_oneWordChangesEverySeriesThatSharesTheSet() public {
        Rules memory rules;
        rules.countrySet = HOME;
        SecurityToken other = ruled("other", rules);
        admit(HOME, 255);
        give(series, first, 1);
        give(other, first, 1);
        vm.prank(RULES);
        engine.setCountrySet(HOME, 0, 0);
        confirmSome(series, 1);
        confirmSome(other, 1);
        issueRefused(series, first, 1, notAdmitted(series, address(0x11), 255));
        issueRefused(other, first, 1, notAdmitted(other, address(0x11), 255));
    }

    function test_anotherSetIsAnotherList() public {
        admit("elsewhere", 255);
        confirmSome(series, 1);
        issueRefused(series, first, 1, notAdmitted(series, address(0x11), 255));
        Rules memory rules;
        rules.countrySet = "elsewhere";
        setRules(series, rules);
        issueTo(series, first, 1);
    }

    function test_withoutTheRuleAnyCountryHolds() public {
        setRules(series, noRules());
        give(series, second, 5);
        send(series, second, first, 5);
        vm.assertEq(series.balanceOf(first), 5);
    }

    /// @dev Words alternate, so each is asked again: what was read for one country must not answer for another.
    function test_aBatchOfManyRegionsReadsEachWord() public {
        admit(HOME, 255);
        confirmSome(series, 100);
        Item[] memory items = new Item[](3);
        items[0] = Item(numbered(), first, 1);
        items[1] = Item(numbered(), second, 1);
        items[2] = Item(numbered(), first, 1);
        vm.expectRevert(notAdmitted(series, address(0x12), 256));
        vm.prank(ISSUER);
        controller.issue(address(series), items);
        vm.assertEq(series.totalSupply(), 0);
        admit(HOME, 256);
        vm.prank(ISSUER);
        controller.issue(address(series), items);
        vm.assertEq(series.balanceOf(first), 2);
        vm.assertEq(series.balanceOf(second), 1);
    }

    function test_aBatchOfTransfersAsksEveryReceiver() public {
        admit(HOME, 255);
        give(series, first, 10);
        registerFull(carol, address(0x13), 255, 1);
        address[] memory to = new address[](2);
        (to[0], to[1]) = (carol, second);
        uint256[] memory units = new uint256[](2);
        (units[0], units[1]) = (1, 2);
        vm.expectRevert(notAdmitted(series, address(0x12), 256));
        vm.prank(first);
        series.batchTransfer(to, units);
        admit(HOME, 256);
        vm.prank(first);
        series.batchTransfer(to, units);
        vm.assertEq(series.balanceOf(carol), 1);
        vm.assertEq(series.balanceOf(second), 2);
    }

    function test_anOrderOfLawAsksNoCountry() public {
        admit(HOME, 255);
        give(series, first, 10);
        force(series, first, second, 10);
        vm.assertEq(series.balanceOf(second), 10);
    }

    function test_wordsBeyondTheCodesAreRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineCountryWordOutOfRange.selector, HOME, 256, 255));
        vm.prank(RULES);
        engine.setCountrySet(HOME, 256, 1);
        vm.prank(RULES);
        engine.setCountrySet(HOME, 255, 7);
        vm.assertEq(engine.countrySetOf(HOME, 255), 7);
    }

    function test_onlyRulesChangesASet() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, CEILINGS));
        vm.prank(CEILINGS);
        engine.setCountrySet(HOME, 0, 1);
        vm.assertEq(engine.countrySetOf(HOME, 0), 0);
    }

    function testFuzz_exactlyTheAdmittedCodesHold(uint16 country, uint256 word, uint256 bits) public {
        word = bound(word, 0, 255);
        if (bits & 1 == 1) word = country >> 8;
        vm.prank(RULES);
        engine.setCountrySet(HOME, word, bits);
        registerFull(carol, address(0x13), country, 1);
        bool admitted = country >> 8 == word && (bits >> (country % 256)) % 2 == 1;
        confirmSome(series, 1);
        if (admitted) issueTo(series, carol, 1);
        else issueRefused(series, carol, 1, notAdmitted(series, address(0x13), country));
    }

    function notAdmitted(SecurityToken asked, address identity, uint16 country) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEngine.EngineCountryNotAdmitted.selector, address(asked), identity, country);
    }
}
