// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {IEngine} from "../../src/compliance/IEngine.sol";
import {IERC3643IdentityRegistry} from "../../src/identity/IERC3643IdentityRegistry.sol";
import {IIdentityRegistry, Registration, WalletRecord} from "../../src/identity/IIdentityRegistry.sol";
import {IController} from "../../src/token/IController.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {TokenFactory, TokenTerms} from "../../src/token/TokenFactory.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Registry, factory, upgrades, storage and what each contract says about itself.
contract SuiteTest is Stage {
    function test_recordFitsOneWord() public view {
        bytes32 word = vm.load(address(registry), keccak256(abi.encode(alice, uint256(1))));
        uint256 expected = uint256(uint160(alice)) | (586 << 160) | (3 << 176) | (uint256(KYC_EXPIRY) << 184);
        vm.assertEq(word, bytes32(expected));
        WalletRecord memory record = registry.recordOf(alice);
        vm.assertEq(record.identity, alice);
        vm.assertEq(uint256(record.expiry), KYC_EXPIRY);
    }

    function test_expiryIsTheFirstSecondThatNoLongerCounts() public {
        vm.warp(KYC_EXPIRY - 1);
        vm.assertTrue(registry.isVerified(alice));
        vm.warp(KYC_EXPIRY);
        vm.assertFalse(registry.isVerified(alice));
        vm.assertFalse(registry.isVerified(carol));
    }

    function test_registryRefusesZeroAndBounds() public {
        Registration[] memory lines = new Registration[](1);
        lines[0] = Registration(carol, address(0), 1, 1, KYC_EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityZero.selector, carol));
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityBatchSize.selector, 401, 400));
        vm.prank(IDENTITY);
        registry.registerBatch(new Registration[](401));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ISSUER));
        vm.prank(ISSUER);
        registry.registerBatch(lines);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityLengthMismatch.selector, 2, 1));
        vm.prank(IDENTITY);
        registry.setFlagsBatch(new address[](2), new uint32[](1));
        address[] memory unknown = new address[](1);
        unknown[0] = carol;
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol));
        vm.prank(IDENTITY);
        registry.removeBatch(unknown);
    }

    function test_registryFaceOfErc3643() public {
        vm.startPrank(ADMIN);
        registry.registerIdentity(carol, address(7), 840);
        registry.updateCountry(carol, 276);
        registry.updateIdentity(carol, address(7));
        vm.stopPrank();
        vm.assertEq(registry.identity(carol), address(7));
        vm.assertEq(uint256(registry.investorCountry(carol)), 276);
        vm.assertTrue(registry.contains(carol));
        vm.prank(ADMIN);
        registry.deleteIdentity(carol);
        vm.assertFalse(registry.contains(carol));
    }

    function test_factoryAddressIsKnownBeforehand() public {
        address expected = factory.addressOf("third", terms(MATURITY));
        vm.assertEq(expected.code.length, 0);
        SecurityToken made = newToken("third", MATURITY);
        vm.assertEq(address(made), expected);
        vm.assertEq(factory.tokenOf("third"), expected);
        vm.assertEq(made.name(), "Bill");
        vm.assertEq(made.symbol(), "MTB");
        vm.assertEq(uint256(made.decimals()), 0);
        vm.assertEq(made.identityRegistry(), address(registry));
        vm.assertEq(made.compliance(), address(engine));
        vm.assertEq(made.controller(), address(controller));
        vm.assertEq(made.authority(), address(manager));
        vm.assertEq(made.termsHash(), keccak256("terms"));
        vm.assertTrue(engine.isTokenBound(expected));
    }

    function test_oneTokenPerSaltWhateverTheTerms() public {
        TokenTerms memory other = terms(MATURITY + 1);
        other.name = "Another";
        vm.expectRevert(
            abi.encodeWithSelector(TokenFactory.FactorySaltUsed.selector, bytes32("bill"), address(token))
        );
        vm.prank(DEPLOYER);
        factory.create("bill", other);
    }

    function test_onlyTheDeployerMakesTokens() public {
        TokenTerms memory another = terms(MATURITY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ISSUER));
        vm.prank(ISSUER);
        factory.create("another", another);
        vm.assertEq(factory.tokenOf("another"), address(0));
    }

    function test_aTokenThatTheEngineRefusesDoesNotExist() public {
        TokenTerms memory past = terms(START);
        address expected = factory.addressOf("past", past);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineMaturityPast.selector, expected, START, START));
        vm.prank(DEPLOYER);
        factory.create("past", past);
        vm.assertEq(expected.code.length, 0);
        vm.assertEq(factory.tokenOf("past"), address(0));
    }

    function test_neitherProxyNorImplementationInitialisesAgain() public {
        vm.expectRevert(abi.encodeWithSelector(Initializable.InvalidInitialization.selector));
        token.initialize("x", "x", 0, ADMIN, ADMIN, ADMIN, ADMIN, 0);
        SecurityToken bare = SecurityToken(factory.implementation());
        vm.expectRevert(abi.encodeWithSelector(Initializable.InvalidInitialization.selector));
        bare.initialize("x", "x", 0, ADMIN, ADMIN, ADMIN, ADMIN, 0);
    }

    function test_balanceFrozenAndFlagShareOneNamespacedWord() public {
        aliceHolds1000();
        vm.startPrank(ENFORCEMENT);
        controller.freezeUnits(address(token), alice, 250, order());
        controller.setWalletFrozen(address(token), alice, true, order());
        vm.stopPrank();
        uint256 root = uint256(namespace("tokenization.storage.TokenLedger"));
        bytes32 word = vm.load(address(token), keccak256(abi.encode(alice, root + 1)));
        vm.assertEq(word, bytes32(uint256(1_000) | (250 << 120) | (1 << 240)));
        vm.assertEq(vm.load(address(token), bytes32(root)), bytes32(uint256(1_000)));
        bytes32 registrySlot = vm.load(address(token), namespace("tokenization.storage.SecurityToken"));
        vm.assertEq(registrySlot, bytes32(uint256(uint160(address(registry)))));
        bytes32 authoritySlot = vm.load(address(token), namespace("tokenization.storage.AuthorityManaged"));
        vm.assertEq(authoritySlot, bytes32(uint256(uint160(address(manager)))));
        vm.assertEq(vm.load(address(token), bytes32(0)), bytes32(0));
    }

    function test_interfacesAreAnnounced() public view {
        bytes4 none = 0xffffffff;
        vm.assertTrue(registry.supportsInterface(type(IERC3643IdentityRegistry).interfaceId));
        vm.assertFalse(registry.supportsInterface(none));
        vm.assertTrue(engine.supportsInterface(type(IEngine).interfaceId));
        vm.assertFalse(engine.supportsInterface(none));
        vm.assertTrue(controller.supportsInterface(type(IController).interfaceId));
        vm.assertTrue(controller.supportsInterface(type(IAccessManaged).interfaceId));
        vm.assertTrue(controller.supportsInterface(type(IERC5267).interfaceId));
        vm.assertFalse(controller.supportsInterface(none));
    }

    function test_codeSizesStayUnderTheLimit() public view {
        uint256 limit = 24_576;
        vm.assertLt(address(registry).code.length, limit, "IdentityRegistry");
        vm.assertLt(address(engine).code.length, limit, "Engine");
        vm.assertLt(address(controller).code.length, limit, "Controller");
        vm.assertLt(factory.implementation().code.length, limit, "SecurityToken");
        vm.assertLt(address(factory).code.length, limit, "TokenFactory");
        vm.assertLt(address(manager).code.length, limit, "AccessManager");
    }

    function namespace(string memory name) private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(keccak256(bytes(name))) - 1)) & ~bytes32(uint256(0xff));
    }
}
