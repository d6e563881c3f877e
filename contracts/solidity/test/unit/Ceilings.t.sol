// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEngine} from "../../src/compliance/IEngine.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Series and programme ceilings; a maturing series makes room by time alone.
contract CeilingsTest is Stage {
    SecurityToken private second;

    function setUp() public override {
        super.setUp();
        second = newToken("second", MATURITY + 84 days);
    }

    function test_seriesCeilingSaysByHowMuch() public {
        confirmUnits(token, 1, 2, 20_000);
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineSeriesCeilingExceeded.selector, address(token), 10_001, 10_000)
        );
        issueUnits(2, alice, 10_001);
        issueUnits(2, alice, 10_000);
        vm.assertEq(token.totalSupply(), CEILING_UNITS);
    }

    function test_programmeCeilingSaysByHowMuch() public {
        fillProgramme();
        confirmUnits(second, 3, 4, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineProgrammeCeilingExceeded.selector, PROGRAMME, FACE, 0)
        );
        issueSecond(4, 1);
    }

    function test_sameDayRolloverAtAFullCeiling() public {
        fillProgramme();
        SecurityToken third = newToken("third", MATURITY + 90 days);
        confirmUnits(third, 1, 2, 10_000);
        vm.warp(MATURITY - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineProgrammeCeilingExceeded.selector, PROGRAMME, 10_000 * FACE, 0)
        );
        vm.prank(ISSUER);
        controller.issue(address(third), one(2, bob, 10_000));

        vm.warp(MATURITY);
        vm.assertEq(token.totalSupply(), 10_000);
        vm.prank(ISSUER);
        controller.issue(address(third), one(2, bob, 10_000));
        vm.assertEq(third.totalSupply(), 10_000);
        (, uint256 used, uint256 room) = engine.programmeOf(PROGRAMME);
        vm.assertEq(used, PROGRAMME_CEILING);
        vm.assertEq(room, 0);
    }

    function test_redeemingAFreedSeriesGivesNothingTwice() public {
        test_sameDayRolloverAtAFullCeiling();
        (,,,, bool freed) = engine.seriesOf(address(token));
        vm.assertTrue(freed);
        vm.prank(SERVICING);
        controller.redeem(address(token), one(3, alice, 10_000));
        (, uint256 used,) = engine.programmeOf(PROGRAMME);
        vm.assertEq(used, PROGRAMME_CEILING);
    }

    function test_viewCountsMaturedAsFreedBeforeAnyoneBooksIt() public {
        fillProgramme();
        vm.warp(MATURITY);
        (uint256 ceiling, uint256 used, uint256 room) = engine.programmeOf(PROGRAMME);
        vm.assertEq(ceiling, PROGRAMME_CEILING);
        vm.assertEq(used, 5_000 * FACE);
        vm.assertEq(room, 10_000 * FACE);
        engine.freeMatured(PROGRAMME, 10);
        (, uint256 after_,) = engine.programmeOf(PROGRAMME);
        vm.assertEq(after_, used);
    }

    function test_freeMaturedFreesNothingEarly() public {
        fillProgramme();
        vm.warp(MATURITY - 1);
        engine.freeMatured(PROGRAMME, 10);
        (, uint256 used,) = engine.programmeOf(PROGRAMME);
        vm.assertEq(used, PROGRAMME_CEILING);
    }

    function test_earlyRedemptionAndAnnulmentGiveTheProgrammeRoom() public {
        fillProgramme();
        vm.prank(SERVICING);
        controller.redeem(address(token), one(3, alice, 100));
        vm.prank(ENFORCEMENT);
        controller.annul(address(token), one(4, alice, 50), order());
        (,, uint256 room) = engine.programmeOf(PROGRAMME);
        vm.assertEq(room, 150 * FACE);
        (uint256 cap, uint256 series, uint256 face) = engine.roomOf(address(token));
        vm.assertEq(cap, 50);
        vm.assertEq(series, 150);
        vm.assertEq(face, 150 * FACE);
    }

    function test_loweredCeilingBlocksNewPaperAndNoPayment() public {
        fillProgramme();
        vm.prank(DEPLOYER);
        engine.setProgrammeCeiling(PROGRAMME, 1);
        confirmUnits(second, 3, 4, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineProgrammeCeilingExceeded.selector, PROGRAMME, FACE, 0)
        );
        issueSecond(4, 1);
        vm.prank(SERVICING);
        controller.redeem(address(token), one(3, alice, 10_000));
        vm.assertEq(token.totalSupply(), 0);
    }

    function test_loweredSeriesCeiling() public {
        aliceHolds1000();
        vm.prank(DEPLOYER);
        engine.setSeriesCeiling(address(token), 400);
        confirmUnits(token, 3, 4, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineSeriesCeilingExceeded.selector, address(token), 1, 0)
        );
        issueUnits(4, alice, 1);
    }

    function test_nothingIsIssuedFromMaturityOn() public {
        confirmUnits(token, 1, 2, 10);
        vm.warp(MATURITY);
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineMatured.selector, address(token), MATURITY, MATURITY)
        );
        issueUnits(2, alice, 10);
        vm.warp(MATURITY - 1);
        issueUnits(2, alice, 10);
    }

    function test_onlyTheFactoryListsSeries() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, DEPLOYER));
        vm.prank(DEPLOYER);
        engine.addSeries(address(this), PROGRAMME, 1, 1, MATURITY, noRules());
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineTokenKnown.selector, address(token)));
        vm.prank(address(factory));
        engine.addSeries(address(token), PROGRAMME, 1, 1, MATURITY, noRules());
    }

    function test_termsOutOfRangeAreRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownProgramme.selector, bytes32("none")));
        vm.prank(address(factory));
        engine.addSeries(address(9), "none", 1, 1, MATURITY, noRules());
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineMaturityPast.selector, address(9), START, START));
        vm.prank(address(factory));
        engine.addSeries(address(9), PROGRAMME, 1, 1, START, noRules());
        uint256 limit = type(uint112).max;
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineTermsOutOfRange.selector, address(9), limit + 1, limit));
        vm.prank(address(factory));
        engine.addSeries(address(9), PROGRAMME, limit + 1, 1, MATURITY, noRules());
        limit = type(uint120).max;
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineTermsOutOfRange.selector, address(9), 0, type(uint80).max));
        vm.prank(address(factory));
        engine.addSeries(address(9), PROGRAMME, 1, 0, MATURITY, noRules());
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineTermsOutOfRange.selector, address(0), limit + 1, limit));
        vm.prank(DEPLOYER);
        engine.setProgrammeCeiling(PROGRAMME, limit + 1);
    }

    /// @dev Series of any maturities: what the view calls used is the face of those that have not matured.
    function testFuzz_usedIsTheFaceOfWhatHasNotMatured(uint256 seed, uint40 later) public {
        later = uint40(bound(later, 0, 400 days));
        uint256 expected;
        for (uint256 i; i < 6; ++i) {
            uint40 maturity = uint40(START + 1 + bound(uint256(keccak256(abi.encode(seed, i))), 0, 300 days));
            SecurityToken made = newToken(bytes32(i + 1), maturity);
            uint128 units = uint128(100 * (i + 1));
            confirmUnits(made, 1, 2, units);
            vm.prank(ISSUER);
            controller.issue(address(made), one(2, alice, units));
            if (maturity > START + later) expected += units * FACE;
        }
        vm.warp(START + later);
        (, uint256 used,) = engine.programmeOf(PROGRAMME);
        vm.assertEq(used, expected);
        engine.freeMatured(PROGRAMME, seed % 4);
        (, used,) = engine.programmeOf(PROGRAMME);
        vm.assertEq(used, expected);
    }

    /// @dev 10,000 of the first series and 5,000 of the second: exactly the programme.
    function fillProgramme() private {
        confirmUnits(token, 1, 2, 10_000);
        issueUnits(2, alice, 10_000);
        confirmUnits(second, 1, 2, 5_000);
        issueSecond(2, 5_000);
    }

    function issueSecond(uint64 number, uint128 units) private {
        vm.prank(ISSUER);
        controller.issue(address(second), one(number, bob, units));
    }
}
