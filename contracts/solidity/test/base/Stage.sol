// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Roles} from "../../src/authority/Roles.sol";
import {Engine} from "../../src/compliance/Engine.sol";
import {IEngine, Rules} from "../../src/compliance/IEngine.sol";
import {IdentityRegistry} from "../../src/identity/IdentityRegistry.sol";
import {Registration} from "../../src/identity/IIdentityRegistry.sol";
import {Controller} from "../../src/token/Controller.sol";
import {Confirmation, Withdrawal} from "../../src/token/IController.sol";
import {Item, Order} from "../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {TokenFactory, TokenTerms} from "../../src/token/TokenFactory.sol";
import {TestBase} from "./TestBase.sol";

/// @notice The whole suite deployed and wired as production wires it, one key per role.
abstract contract Stage is TestBase {
    uint256 internal constant REGISTRAR_KEY = 0xA11CE;
    address internal constant ADMIN = address(0xAD);
    address internal constant ISSUER = address(0x15);
    address internal constant SERVICING = address(0x5E);
    address internal constant ENFORCEMENT = address(0xEF);
    address internal constant WITHDRAW = address(0x3D);
    address internal constant RELAY = address(0x7E);
    address internal constant IDENTITY = address(0x1D);
    address internal constant DEPLOYER = address(0xDE);
    address internal constant PAUSER = address(0x9A);
    address internal constant UPGRADER = address(0x06);
    address internal constant AGENT = address(0xA6);
    address internal constant RESUMER = address(0x4E);

    bytes32 internal constant PROGRAMME = keccak256("programme");
    uint16 internal constant BASIS = 7;
    bytes32 internal constant REFERENCE = keccak256("reference");
    uint256 internal constant FACE = 1_000;
    uint256 internal constant CEILING_UNITS = 10_000;
    uint256 internal constant PROGRAMME_CEILING = 15_000 * FACE;
    uint40 internal constant START = 1_800_000_000;
    uint40 internal constant MATURITY = START + 84 days;
    uint40 internal constant KYC_EXPIRY = START + 365 days;

    AccessManager internal manager;
    IdentityRegistry internal registry;
    Controller internal controller;
    Engine internal engine;
    TokenFactory internal factory;
    SecurityToken internal token;
    address internal registrar;
    address internal alice = address(0xA11);
    address internal bob = address(0xB0B);
    address internal carol = address(0xCA1);

    function setUp() public virtual {
        vm.warp(START);
        registrar = vm.addr(REGISTRAR_KEY);
        manager = AccessManager(deploy("AccessManager", abi.encode(ADMIN)));
        registry = IdentityRegistry(deploy("IdentityRegistry", abi.encode(manager)));
        controller = Controller(deploy("Controller", abi.encode(manager, Roles.REGISTRAR)));
        engine = Engine(deploy("Engine", abi.encode(manager, controller, deploy("ReserveBook", abi.encode(manager)))));
        factory = TokenFactory(deploy("TokenFactory", abi.encode(manager, deploy("SecurityToken", ""))));
        wire();
        vm.prank(DEPLOYER);
        engine.addProgramme(PROGRAMME, PROGRAMME_CEILING);
        token = newToken("bill", MATURITY);
        register(alice, KYC_EXPIRY);
        register(bob, KYC_EXPIRY);
    }

    function wire() private {
        vm.startPrank(ADMIN);
        grantRoles();
        wireOne(address(registry), IdentityRegistry.registerBatch.selector, Roles.IDENTITY);
        wireOne(address(registry), IdentityRegistry.removeBatch.selector, Roles.IDENTITY);
        wireOne(address(registry), IdentityRegistry.setFlagsBatch.selector, Roles.IDENTITY);
        wireOne(address(controller), Controller.confirm.selector, Roles.RELAY);
        wireOne(address(controller), Controller.withdraw.selector, Roles.WITHDRAW);
        wireOne(address(controller), Controller.issue.selector, Roles.ISSUER);
        wireOne(address(controller), Controller.redeem.selector, Roles.SERVICING);
        wireOne(address(controller), Controller.annul.selector, Roles.ENFORCEMENT);
        wireOne(address(controller), Controller.forcedTransfer.selector, Roles.ENFORCEMENT);
        wireOne(address(controller), Controller.recover.selector, Roles.ENFORCEMENT);
        wireOne(address(controller), Controller.setWalletFrozen.selector, Roles.ENFORCEMENT);
        wireOne(address(controller), Controller.freezeUnits.selector, Roles.ENFORCEMENT);
        wireOne(address(controller), Controller.unfreezeUnits.selector, Roles.ENFORCEMENT);
        wireOne(address(controller), Controller.setFrozenUnits.selector, Roles.ENFORCEMENT);
        wireOne(address(controller), Controller.pause.selector, Roles.PAUSER);
        wireOne(address(controller), Controller.unpause.selector, Roles.RESUMER);
        wireOne(address(controller), Controller.upgrade.selector, Roles.UPGRADER);
        wireOne(address(engine), IEngine.addProgramme.selector, Roles.DEPLOYER);
        wireOne(address(engine), IEngine.setProgrammeCeiling.selector, Roles.DEPLOYER);
        wireOne(address(engine), IEngine.setSeriesCeiling.selector, Roles.DEPLOYER);
        wireOne(address(engine), IEngine.addSeries.selector, Roles.FACTORY);
        wireOne(address(factory), TokenFactory.create.selector, Roles.DEPLOYER);
        vm.stopPrank();
    }

    function grantRoles() private {
        manager.grantRole(Roles.ISSUER, ISSUER, 0);
        manager.grantRole(Roles.SERVICING, SERVICING, 0);
        manager.grantRole(Roles.ENFORCEMENT, ENFORCEMENT, 0);
        manager.grantRole(Roles.WITHDRAW, WITHDRAW, 0);
        manager.grantRole(Roles.RELAY, RELAY, 0);
        manager.grantRole(Roles.REGISTRAR, registrar, 0);
        manager.grantRole(Roles.IDENTITY, IDENTITY, 0);
        manager.grantRole(Roles.DEPLOYER, DEPLOYER, 0);
        manager.grantRole(Roles.PAUSER, PAUSER, 0);
        manager.grantRole(Roles.RESUMER, RESUMER, 0);
        manager.grantRole(Roles.UPGRADER, UPGRADER, 2 days);
        manager.grantRole(Roles.FACTORY, address(factory), 0);
    }

    function wireOne(address target, bytes4 selector, uint64 role) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    function terms(uint40 maturity) internal view returns (TokenTerms memory) {
        return TokenTerms({
            name: "Bill",
            symbol: "MTB",
            decimals: 0,
            identityRegistry: address(registry),
            engine: address(engine),
            controller: address(controller),
            termsHash: keccak256("terms"),
            programme: PROGRAMME,
            ceilingUnits: CEILING_UNITS,
            facePerUnit: FACE,
            maturity: maturity,
            rules: noRules()
        });
    }

    function noRules() internal pure returns (Rules memory rules) {}

    function newToken(bytes32 salt, uint40 maturity) internal returns (SecurityToken) {
        vm.prank(DEPLOYER);
        return SecurityToken(factory.create(salt, terms(maturity)));
    }

    function register(address wallet, uint40 expiry) internal {
        registerAs(wallet, wallet, expiry);
    }

    function registerAs(address wallet, address identity, uint40 expiry) internal {
        Registration[] memory lines = new Registration[](1);
        lines[0] = Registration(wallet, identity, 586, 3, expiry);
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
    }

    function confirmation(SecurityToken token_, uint64 number, uint64 issueNumber, uint128 units)
        internal
        view
        returns (Confirmation memory)
    {
        return Confirmation(address(token_), number, issueNumber, units, REFERENCE, uint40(block.timestamp + 1 days));
    }

    function signed(uint256 key, Confirmation memory c) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, controller.hashConfirmation(c));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Does not prank: the caller says who relays, or what revert he expects.
    function relay(Confirmation memory c, bytes memory signature) internal {
        Confirmation[] memory list = new Confirmation[](1);
        list[0] = c;
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signature;
        controller.confirm(list, signatures);
    }

    function confirmUnits(SecurityToken token_, uint64 number, uint64 issueNumber, uint128 units) internal {
        Confirmation memory c = confirmation(token_, number, issueNumber, units);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.prank(RELAY);
        relay(c, signature);
    }

    function order() internal pure returns (Order memory) {
        return Order(BASIS, REFERENCE);
    }

    function one(uint64 number, address wallet, uint128 units) internal pure returns (Item[] memory items) {
        items = new Item[](1);
        items[0] = Item(number, wallet, units);
    }

    function withdrawal(uint64 number, uint64 issueNumber, uint128 units)
        internal
        pure
        returns (Withdrawal[] memory list)
    {
        list = new Withdrawal[](1);
        list[0] = Withdrawal(number, issueNumber, units);
    }

    function issueUnits(uint64 number, address wallet, uint128 units) internal {
        vm.prank(ISSUER);
        controller.issue(address(token), one(number, wallet, units));
    }

    /// @dev 1,000 units confirmed as number 1 for issue 2, and issued to Alice as number 2.
    function aliceHolds1000() internal {
        confirmUnits(token, 1, 2, 1_000);
        issueUnits(2, alice, 1_000);
    }

    function grantAgent(bytes4 selector) internal {
        vm.startPrank(ADMIN);
        wireOne(address(token), selector, Roles.AGENT);
        manager.grantRole(Roles.AGENT, AGENT, 0);
        vm.stopPrank();
    }

    function capFigures() internal view returns (uint256[5] memory f) {
        (f[0], f[1], f[2], f[3], f[4]) = engine.capOf(address(token));
    }

    function assertCap(uint256 confirmed, uint256 withdrawn, uint256 issued, uint256 redeemed, uint256 annulled)
        internal
        view
    {
        uint256[5] memory f = capFigures();
        vm.assertEq(f[0], confirmed, "confirmed");
        vm.assertEq(f[1], withdrawn, "withdrawn");
        vm.assertEq(f[2], issued, "issued");
        vm.assertEq(f[3], redeemed, "redeemed");
        vm.assertEq(f[4], annulled, "annulled");
        vm.assertEq(token.totalSupply(), issued - redeemed - annulled, "supply");
    }
}
