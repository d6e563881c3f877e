// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine, Rules} from "../../../src/compliance/IEngine.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice Receivers must be of an admitted category: one bit each.
contract CategoriesTest is EngineStage {
    SecurityToken private series;
    address private dealer = address(0xD1);
    address private fund = address(0xF1);

    function setUp() public override {
        super.setUp();
        series = ruled("categories", only(1 << 255));
        registerFull(dealer, address(0x21), 1, 255);
        registerFull(fund, address(0x22), 1, 0);
    }

    function test_theHighestAndTheLowestCode() public {
        give(series, dealer, 10);
        confirmSome(series, 1);
        issueRefused(series, fund, 1, notAdmitted(address(0x22), 0));
        sendRefused(series, dealer, fund, 1, notAdmitted(address(0x22), 0));
        setRules(series, only(1));
        issueTo(series, fund, 1);
        send(series, dealer, fund, 10);
        sendRefused(series, fund, dealer, 1, notAdmitted(address(0x21), 255));
    }

    function test_aBatchOfTransfersAsksEveryReceiver() public {
        give(series, dealer, 10);
        address[] memory to = single(fund);
        uint256[] memory units = new uint256[](1);
        units[0] = 10;
        vm.expectRevert(notAdmitted(address(0x22), 0));
        vm.prank(dealer);
        series.batchTransfer(to, units);
        vm.assertEq(series.balanceOf(dealer), 10);
        setRules(series, noRules());
        vm.prank(dealer);
        series.batchTransfer(to, units);
        vm.assertEq(series.balanceOf(fund), 10);
    }

    function test_anOrderOfLawAndAPaymentAskNoCategory() public {
        give(series, dealer, 10);
        force(series, dealer, fund, 6);
        setRules(series, only(2));
        redeemFrom(series, dealer, 4);
        vm.assertEq(series.balanceOf(fund), 6);
        vm.assertEq(series.totalSupply(), 6);
    }

    function testFuzz_exactlyTheAdmittedCategoriesHold(uint8 category, uint256 bitmap) public {
        if (bitmap == 0) bitmap = 1;
        setRules(series, only(bitmap));
        registerFull(carol, address(0x23), 1, category);
        confirmSome(series, 1);
        if ((bitmap / 2 ** uint256(category)) % 2 == 1) issueTo(series, carol, 1);
        else issueRefused(series, carol, 1, notAdmitted(address(0x23), category));
    }

    function only(uint256 bitmap) private pure returns (Rules memory rules) {
        rules.categories = bitmap;
    }

    function notAdmitted(address identity, uint8 category) private view returns (bytes memory) {
        return abi.encodeWithSelector(IEngine.EngineCategoryNotAdmitted.selector, address(series), identity, category);
    }
}
