// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IClaimBook} from "../../../src/identity/claims/IClaimBook.sol";
import {IERC3643IdentityRegistry} from "../../../src/identity/IERC3643IdentityRegistry.sol";
import {IIdentityRegistry, Registration} from "../../../src/identity/IIdentityRegistry.sol";
import {EngineStage} from "../../base/EngineStage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Says of one identity that a claim is missing.
contract OneWithoutClaim {
    address private immutable lacking;

    constructor(address lacking_) {
        lacking = lacking_;
    }

    function requireClaims(address identity) external view {
        if (identity == lacking) revert IClaimBook.ClaimMissing(identity, 7);
    }
}

/// @notice Registration may ask a claim book; it is both claim registries of ERC-3643.
contract RegisterWithClaimsTest is EngineStage {
    address private constant ANNE = address(0x31);
    address private constant BERT = address(0x32);
    address private book;

    function setUp() public override {
        super.setUp();
        book = address(new OneWithoutClaim(BERT));
    }

    function test_withoutABookNobodyIsRegisteredByClaims() public {
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityClaimBookMissing.selector));
        vm.prank(IDENTITY);
        registry.registerWithClaims(lines(ANNE));
        vm.assertFalse(registry.contains(carol));
    }

    function test_whoLacksAClaimIsNamedWithTheTopic() public {
        setBook();
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimMissing.selector, BERT, 7));
        vm.prank(IDENTITY);
        registry.registerWithClaims(lines(BERT));
        vm.assertFalse(registry.contains(carol));
        vm.prank(IDENTITY);
        registry.registerWithClaims(lines(ANNE));
        vm.assertTrue(registry.isVerified(carol));
        vm.assertEq(registry.identity(carol), ANNE);
    }

    function test_withoutClaimsTheRegistrarsOwnFileIsEnough() public {
        setBook();
        vm.prank(IDENTITY);
        registry.registerBatch(lines(BERT));
        vm.assertTrue(registry.isVerified(carol));
    }

    function test_theBookIsBothRegistriesOfTheStandard() public {
        vm.recordLogs();
        setBook();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[0].topics[0], IERC3643IdentityRegistry.ClaimTopicsRegistrySet.selector);
        vm.assertEq(logs[1].topics[0], IERC3643IdentityRegistry.TrustedIssuersRegistrySet.selector);
        vm.assertEq(registry.topicsRegistry(), book);
        vm.assertEq(registry.issuersRegistry(), book);
        vm.prank(ADMIN);
        registry.setClaimTopicsRegistry(address(0));
        vm.assertEq(registry.issuersRegistry(), address(0));
    }

    function test_boundsAndRole() public {
        setBook();
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityBatchSize.selector, 0, 400));
        vm.prank(IDENTITY);
        registry.registerWithClaims(new Registration[](0));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ISSUER));
        vm.prank(ISSUER);
        registry.registerWithClaims(lines(ANNE));
    }

    function setBook() private {
        vm.prank(ADMIN);
        registry.setTrustedIssuersRegistry(book);
    }

    function lines(address identity) private view returns (Registration[] memory list) {
        list = new Registration[](1);
        list[0] = Registration(carol, identity, 586, 3, KYC_EXPIRY);
    }
}
