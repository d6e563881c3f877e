// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEngine} from "../../../src/compliance/IEngine.sol";
import {SecurityToken} from "../../../src/token/SecurityToken.sol";
import {TokenTerms} from "../../../src/token/TokenFactory.sol";
import {EngineStage} from "../../base/EngineStage.sol";

/// @notice One ceiling over series of several currencies, each with its fixed factor; a full ceiling rolls over on the day.
contract ProgrammeTest is EngineStage {
    bytes32 private constant FOREX = keccak256("two currencies");
    /// @dev In millionths of the programme currency's minor unit: a unit of 1,000.00 at home, and of 1,000.00 abroad at 278.45.
    uint256 private constant HOME_FACE = 100_000 * 1e6;
    uint256 private constant ABROAD_FACE = 27_845_000 * 1e6;
    uint256 private constant CEILING = 100 * ABROAD_FACE;

    SecurityToken private home;
    SecurityToken private abroad;

    function setUp() public override {
        super.setUp();
        vm.prank(DEPLOYER);
        engine.addProgramme(FOREX, CEILING);
        home = listed("home", HOME_FACE, MATURITY);
        abroad = listed("abroad", ABROAD_FACE, MATURITY + 90 days);
        confirmSome(home, 100_000);
        confirmSome(abroad, 1_000);
    }

    function test_twoCurrenciesShareOneCeilingByTheirFixedFactors() public {
        issueTo(abroad, alice, 60);
        // 40 x 278.45 = 11,138 units at home fill the rest to the last millionth.
        issueRefused(home, bob, 11_139, beyond(11_139 * HOME_FACE, 11_138 * HOME_FACE));
        issueTo(home, bob, 11_138);
        assertUsed(CEILING);
        issueRefused(home, bob, 1, beyond(HOME_FACE, 0));
        issueRefused(abroad, bob, 1, beyond(ABROAD_FACE, 0));
        redeemFrom(abroad, alice, 1);
        issueRefused(home, bob, 279, beyond(279 * HOME_FACE, ABROAD_FACE));
        issueTo(home, bob, 278);
        issueRefused(home, bob, 1, beyond(HOME_FACE, ABROAD_FACE - 278 * HOME_FACE));
        assertUsed(CEILING - ABROAD_FACE + 278 * HOME_FACE);
    }

    function test_rolloverAtAFullCeilingAcrossCurrencies() public {
        issueTo(home, bob, 27_845);
        assertUsed(CEILING);
        vm.warp(MATURITY - 1);
        issueRefused(abroad, alice, 100, beyond(100 * ABROAD_FACE, 0));
        vm.warp(MATURITY);
        vm.assertEq(engine.failureOf(address(abroad), address(0), alice, 100).length, 0);
        issueTo(abroad, alice, 100);
        assertUsed(CEILING);
        redeemFrom(home, bob, 27_845);
        assertUsed(CEILING);
        redeemFrom(abroad, alice, 100);
        assertUsed(0);
    }

    function test_freeingWhatIsNotThereIsNothing() public {
        issueTo(home, bob, 100);
        vm.warp(MATURITY + 90 days);
        engine.freeMatured(FOREX, 1);
        (,,,, bool freed) = engine.seriesOf(address(abroad));
        vm.assertFalse(freed);
        engine.freeMatured(FOREX, 100);
        (,,,, freed) = engine.seriesOf(address(abroad));
        vm.assertTrue(freed);
        engine.freeMatured(FOREX, 100);
        engine.freeMatured("nobody's", 100);
        assertUsed(0);
        vm.assertEq(home.totalSupply(), 100);
    }

    function test_otherProgrammesAreOthers() public {
        issueTo(home, bob, 27_845);
        give(token, alice, 5);
        assertUsed(CEILING);
        (, uint256 used,) = engine.programmeOf(PROGRAMME);
        vm.assertEq(used, 5 * FACE);
    }

    function test_ceilingsAnswerToTheirOwnRole() public {
        vm.prank(CEILINGS);
        engine.setProgrammeCeiling(FOREX, CEILING + 1);
        (uint256 ceiling,,) = engine.programmeOf(FOREX);
        vm.assertEq(ceiling, CEILING + 1);
        vm.prank(CEILINGS);
        engine.setSeriesCeiling(address(home), 7);
        (, uint256 units,,,) = engine.seriesOf(address(home));
        vm.assertEq(units, 7);
        issueRefused(
            home,
            bob,
            8,
            abi.encodeWithSelector(IEngine.EngineSeriesCeilingExceeded.selector, address(home), 8, 7)
        );
    }

    function test_nobodyElseSetsACeiling() public {
        vm.startPrank(RULES);
        bytes memory reason = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, RULES);
        vm.expectRevert(reason);
        engine.addProgramme("new", 1);
        vm.expectRevert(reason);
        engine.setProgrammeCeiling(FOREX, CEILING + 1);
        vm.expectRevert(reason);
        engine.setSeriesCeiling(address(home), 7);
        vm.stopPrank();
        (uint256 ceiling,,) = engine.programmeOf(FOREX);
        vm.assertEq(ceiling, CEILING);
        (ceiling,,) = engine.programmeOf("new");
        vm.assertEq(ceiling, 0);
    }

    function test_programmesAreAddedOnceAndKnownBeforeTheyAreUsed() public {
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineProgrammeKnown.selector, FOREX));
        vm.prank(DEPLOYER);
        engine.addProgramme(FOREX, 1);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownProgramme.selector, bytes32("other")));
        vm.prank(CEILINGS);
        engine.setProgrammeCeiling("other", 1);
        uint256 limit = type(uint80).max;
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineTermsOutOfRange.selector, address(9), limit + 1, limit)
        );
        vm.prank(address(factory));
        engine.addSeries(address(9), FOREX, 1, limit + 1, MATURITY, noRules());
        vm.expectRevert(
            abi.encodeWithSelector(IEngine.EngineTermsOutOfRange.selector, address(home), 0, type(uint112).max)
        );
        vm.prank(CEILINGS);
        engine.setSeriesCeiling(address(home), 0);
    }

    /// @dev Random issues and redemptions of both against an independent sum.
    function testFuzz_usedIsTheSumOfFaces(uint256 seed) public {
        uint256[2] memory out;
        for (uint256 i; i < 20; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            uint256 which = dice % 2;
            SecurityToken series = which == 0 ? home : abroad;
            uint256 face = which == 0 ? HOME_FACE : ABROAD_FACE;
            uint128 units = uint128(1 + (dice >> 8) % (which == 0 ? 9_000 : 40));
            if ((dice >> 128) % 3 == 0) {
                if (units > out[which]) units = uint128(out[which]);
                if (units == 0) continue;
                redeemFrom(series, alice, units);
                out[which] -= units;
            } else {
                uint256 used = out[0] * HOME_FACE + out[1] * ABROAD_FACE;
                (uint256 cap,,) = engine.roomOf(address(series));
                if (units > cap) continue;
                if (used + units * face > CEILING) {
                    issueRefused(series, alice, units, beyond(units * face, CEILING - used));
                } else {
                    issueTo(series, alice, units);
                    out[which] += units;
                }
            }
            assertUsed(out[0] * HOME_FACE + out[1] * ABROAD_FACE);
        }
    }

    function assertUsed(uint256 expected) private view {
        (uint256 ceiling, uint256 used, uint256 room) = engine.programmeOf(FOREX);
        vm.assertEq(used, expected, "used");
        vm.assertEq(room, ceiling - expected, "room");
    }

    function listed(bytes32 salt, uint256 face, uint40 maturity) private returns (SecurityToken) {
        TokenTerms memory wanted = terms(maturity);
        (wanted.programme, wanted.facePerUnit, wanted.ceilingUnits) = (FOREX, face, 1_000_000);
        vm.prank(DEPLOYER);
        return SecurityToken(factory.create(salt, wanted));
    }

    function beyond(uint256 face, uint256 room) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEngine.EngineProgrammeCeilingExceeded.selector, FOREX, face, room);
    }
}
