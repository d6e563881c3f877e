// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../src/authority/Roles.sol";
import {IEngine, Rules} from "../../src/compliance/IEngine.sol";
import {IdentityRegistry} from "../../src/identity/IdentityRegistry.sol";
import {Registration} from "../../src/identity/IIdentityRegistry.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {TokenTerms} from "../../src/token/TokenFactory.sol";
import {Stage} from "./Stage.sol";

/// @notice The stage with the engine's and the registry's further powers, one key each, and series under any rules.
abstract contract EngineStage is Stage {
    address internal constant CEILINGS = address(0xCE);
    address internal constant RULES = address(0x47);
    address internal constant PERIODS = address(0x9E);
    address internal constant SANCTIONS = address(0x5A);
    bytes32 internal constant HOME = keccak256("home");
    address internal constant STRANGER = address(0xBAD);

    uint64 private _number;

    function setUp() public virtual override {
        super.setUp();
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.CEILINGS, CEILINGS, 0);
        manager.grantRole(Roles.RULES, RULES, 0);
        manager.grantRole(Roles.PERIODS, PERIODS, 0);
        manager.grantRole(Roles.SANCTIONS, SANCTIONS, 0);
        wireOne(address(engine), IEngine.setProgrammeCeiling.selector, Roles.CEILINGS);
        wireOne(address(engine), IEngine.setSeriesCeiling.selector, Roles.CEILINGS);
        wireOne(address(engine), IEngine.setRules.selector, Roles.RULES);
        wireOne(address(engine), IEngine.setCountrySet.selector, Roles.RULES);
        wireOne(address(engine), IEngine.setClosedPeriod.selector, Roles.PERIODS);
        wireOne(address(registry), IdentityRegistry.setSanctioned.selector, Roles.SANCTIONS);
        wireOne(address(registry), IdentityRegistry.registerWithClaims.selector, Roles.IDENTITY);
        vm.stopPrank();
    }

    function ruled(bytes32 salt, Rules memory rules) internal returns (SecurityToken) {
        TokenTerms memory wanted = terms(MATURITY);
        wanted.rules = rules;
        vm.prank(DEPLOYER);
        return SecurityToken(factory.create(salt, wanted));
    }

    function setRules(SecurityToken series, Rules memory rules) internal {
        vm.prank(RULES);
        engine.setRules(address(series), rules);
    }

    function admit(bytes32 set, uint16 country) internal {
        uint256 word = country >> 8;
        uint256 bits = engine.countrySetOf(set, word) | (1 << (country & 0xff));
        vm.prank(RULES);
        engine.setCountrySet(set, word, bits);
    }

    function registerFull(address wallet, address identity, uint16 country, uint8 category) internal {
        Registration[] memory lines = new Registration[](1);
        lines[0] = Registration(wallet, identity, country, category, KYC_EXPIRY);
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
    }

    /// @dev A number never given before.
    function numbered() internal returns (uint64) {
        return ++_number + 10_000;
    }

    function confirmSome(SecurityToken series, uint128 units) internal {
        confirmUnits(series, numbered(), numbered(), units);
    }

    function give(SecurityToken series, address wallet, uint128 units) internal {
        confirmSome(series, units);
        issueTo(series, wallet, units);
    }

    function issueTo(SecurityToken series, address wallet, uint128 units) internal {
        uint64 number = numbered();
        vm.prank(ISSUER);
        controller.issue(address(series), one(number, wallet, units));
    }

    function redeemFrom(SecurityToken series, address wallet, uint128 units) internal {
        uint64 number = numbered();
        vm.prank(SERVICING);
        controller.redeem(address(series), one(number, wallet, units));
    }

    function annulFrom(SecurityToken series, address wallet, uint128 units) internal {
        uint64 number = numbered();
        vm.prank(ENFORCEMENT);
        controller.annul(address(series), one(number, wallet, units), order());
    }

    function force(SecurityToken series, address from, address to, uint128 units) internal {
        uint64 number = numbered();
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(series), number, from, to, units, order());
    }

    function send(SecurityToken series, address from, address to, uint256 units) internal {
        vm.prank(from);
        series.transfer(to, units);
    }

    /// @dev The refusal, and that it changed neither end; the view that officers ask says the same.
    function sendRefused(SecurityToken series, address from, address to, uint256 units, bytes memory reason) internal {
        uint256 before = series.balanceOf(from);
        uint256 held = series.balanceOf(to);
        vm.assertEq(keccak256(engine.failureOf(address(series), from, to, units)), keccak256(reason));
        vm.expectRevert(reason);
        vm.prank(from);
        series.transfer(to, units);
        vm.assertEq(series.balanceOf(from), before);
        vm.assertEq(series.balanceOf(to), held);
    }

    /// @dev The same for an issue; what is issued is confirmed first.
    function issueRefused(SecurityToken series, address wallet, uint128 units, bytes memory reason) internal {
        uint256 supply = series.totalSupply();
        uint64 number = numbered();
        vm.assertEq(keccak256(engine.failureOf(address(series), address(0), wallet, units)), keccak256(reason));
        vm.expectRevert(reason);
        vm.prank(ISSUER);
        controller.issue(address(series), one(number, wallet, units));
        vm.assertEq(series.totalSupply(), supply);
        vm.assertFalse(controller.numberUsed(address(series), number));
    }

    function single(address account) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }
}
