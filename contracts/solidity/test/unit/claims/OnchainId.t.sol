// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ClaimIssuer} from "../../../src/identity/claims/ClaimIssuer.sol";
import {Claim, IClaimBook, SignedClaim} from "../../../src/identity/claims/IClaimBook.sol";
import {IClaimTopicsRegistry, ITrustedIssuersRegistry} from "../../../src/identity/claims/IClaimRegistries.sol";
import {ClaimStage, Holder} from "../../base/ClaimStage.sol";

/// @notice Answers every question by burning what gas it is given.
contract Burner {
    fallback() external {
        while (true) {}
    }
}

/// @notice Answers with bytes that decode to nothing.
contract Babbler {
    fallback() external {
        assembly ("memory-safe") {
            mstore(0, not(0))
            return(0, 32)
        }
    }
}

/// @notice Identity contracts, contract issuers, and the registers of issuers and topics.
contract OnchainIdTest is ClaimStage {
    Holder private holder;

    function setUp() public override {
        super.setUp();
        holder = new Holder();
    }

    function test_claimHeldByTheAttachedIdentityCounts() public {
        Claim memory claim = heldClaim();
        hold(claim, signed(ISSUER_KEY, book.hashClaim(claim)));
        vm.assertFalse(book.verify(ALICE));
        attach(address(holder));
        vm.assertTrue(book.verify(ALICE));
        vm.assertEq(book.onchainIdOf(ALICE), address(holder));
        vm.assertEq(book.identityOf(address(holder)), ALICE);
        vm.assertTrue(book.heldClaimOf(address(holder), KYC));
        vm.warp(claim.expiry);
        vm.assertFalse(book.verify(ALICE));
        vm.warp(START);
        vm.prank(CLAIMS);
        book.detach(ALICE);
        vm.assertFalse(book.verify(ALICE));
    }

    /// @dev A holder of his own can hold anything: each of these is not a claim of a trusted issuer about him.
    function test_whatIsHeldProvesNothingByItself() public {
        attach(address(holder));
        Claim memory claim = heldClaim();
        bytes memory good = signed(ISSUER_KEY, book.hashClaim(claim));
        bytes memory data = dataOf(claim);
        holder.put(KYC, KYC, vm.addr(0xBAD), signed(0xBAD, book.hashClaim(claim)), data);
        holder.put(KYC, KYC, issuer, good, abi.encodePacked(data, bytes1(0)));
        holder.put(KYC, BANK, issuer, good, data);
        Claim memory other = heldClaim();
        other.identity = address(new Holder());
        holder.put(KYC, KYC, issuer, signed(ISSUER_KEY, book.hashClaim(other)), data);
        uint256 late = uint256(type(uint40).max) + 1;
        holder.put(KYC, KYC, issuer, good, abi.encode(claim.dataHash, claim.issuedAt, late, claim.nonce));
        holder.put(KYC, KYC, issuer, good, abi.encode(claim.dataHash, late, claim.expiry, claim.nonce));
        vm.assertFalse(book.verify(ALICE));
        hold(claim, good);
        vm.assertTrue(book.verify(ALICE));
    }

    function test_revokedHeldClaimStaysRevokedInEveryEncoding() public {
        attach(address(holder));
        Claim memory claim = heldClaim();
        bytes32 content = book.hashClaim(claim);
        bytes[5] memory forms = encodings(content);
        hold(claim, forms[0]);
        vm.assertTrue(book.verify(ALICE));
        vm.prank(issuer);
        book.revoke(content);
        for (uint256 i; i < forms.length; ++i) {
            hold(claim, forms[i]);
        }
        vm.assertFalse(book.verify(ALICE));
    }

    function test_onlySoManyHeldClaimsAreLookedAt() public {
        attach(address(holder));
        for (uint256 i; i < 8; ++i) {
            holder.put(KYC, KYC, issuer, "", "");
        }
        Claim memory claim = heldClaim();
        hold(claim, signed(ISSUER_KEY, book.hashClaim(claim)));
        vm.assertFalse(book.verify(ALICE));
    }

    function test_hostileIdentitiesCostALittleAndHaveNoClaim() public {
        address[2] memory hostile = [address(new Burner()), address(new Babbler())];
        for (uint256 i; i < hostile.length; ++i) {
            attach(hostile[i]);
            uint256 before = gasleft();
            vm.assertFalse(book.verify(ALICE));
            vm.assertLt(before - gasleft(), 450_000, "gas");
            vm.prank(CLAIMS);
            book.detach(ALICE);
        }
        attach(hostile[0]);
        record(claimOf(KYC));
        vm.assertTrue(book.verify(ALICE));
    }

    function test_eightHeldClaimsFitTheGasTheyAreGiven() public {
        attach(address(holder));
        Claim memory claim = heldClaim();
        bytes memory wrong = signed(0xBAD, book.hashClaim(claim));
        for (uint256 i; i < 7; ++i) {
            holder.put(KYC, KYC, issuer, wrong, dataOf(claim));
        }
        hold(claim, signed(ISSUER_KEY, book.hashClaim(claim)));
        vm.cool(address(holder));
        vm.cool(address(book));
        vm.assertTrue(book.verify(ALICE));
    }

    function test_attachmentIsOneToOne() public {
        attach(address(holder));
        address second = address(new Holder());
        vm.startPrank(CLAIMS);
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimOnchainIdTaken.selector, address(holder), ALICE));
        book.attach(address(0xB0B), address(holder));
        vm.expectRevert(
            abi.encodeWithSelector(IClaimBook.ClaimOnchainIdAlreadyAttached.selector, ALICE, address(holder))
        );
        book.attach(ALICE, second);
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimOnchainIdWithoutCode.selector, address(0xB0B)));
        book.attach(ALICE, address(0xB0B));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimZeroAddress.selector));
        book.attach(address(0), second);
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimNoOnchainId.selector, address(0xB0B)));
        book.detach(address(0xB0B));
        book.detach(ALICE);
        book.attach(ALICE, second);
        vm.stopPrank();
        vm.assertEq(book.identityOf(address(holder)), address(0));
        vm.assertEq(book.onchainIdOf(ALICE), second);
    }

    function test_contractIssuerSignsByErc1271() public {
        ClaimIssuer office = newOffice();
        Claim memory claim = claimOf(KYC);
        bytes32 content = book.hashClaim(claim);
        SignedClaim[] memory list = batch(claim, address(office), signed(5, content));
        vm.prank(RELAY);
        book.recordClaims(list);
        vm.assertTrue(book.verify(ALICE));
        bytes[5] memory forms = encodings(content);
        vm.assertEq(bytes32(office.isValidSignature(content, signed(5, content))), bytes32(IERC1271.isValidSignature.selector));
        vm.assertEq(bytes32(office.isValidSignature(content, forms[0])), bytes32(0));
        vm.prank(ADMIN);
        office.setSigner(issuer, true);
        for (uint256 i; i < forms.length; ++i) {
            vm.assertEq(book.isClaimValid(claim, address(office), forms[i]), i == 0);
        }
        vm.prank(ADMIN);
        office.setSigner(vm.addr(5), false);
        vm.assertFalse(book.isClaimValid(claim, address(office), signed(5, content)));
        vm.prank(ADMIN);
        office.revoke(content);
        vm.assertFalse(book.verify(ALICE));
    }

    function test_contractIssuerAnswersAnOnchainId() public {
        ClaimIssuer office = newOffice();
        Claim memory claim = heldClaim();
        bytes memory signature = signed(5, book.hashClaim(claim));
        vm.assertTrue(office.isClaimValid(address(holder), KYC, signature, dataOf(claim)));
        vm.assertFalse(office.isClaimValid(address(holder), BANK, signature, dataOf(claim)));
        vm.assertFalse(office.isClaimValid(ALICE, KYC, signature, dataOf(claim)));
        holder.put(KYC, KYC, address(office), signature, dataOf(claim));
        attach(address(holder));
        vm.assertTrue(book.verify(ALICE));
        vm.assertEq(address(office.book()), address(book));
    }

    function test_contractIssuerIsRunByItsOwner() public {
        ClaimIssuer office = newOffice();
        vm.startPrank(CLAIMS);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, CLAIMS));
        office.setSigner(CLAIMS, true);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, CLAIMS));
        office.revoke("content");
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ClaimIssuer.ClaimIssuerZeroKey.selector));
        vm.prank(ADMIN);
        office.setSigner(address(0), true);
    }

    function test_registersOfIssuersAndTopics() public {
        vm.startPrank(CLAIMS);
        book.addTrustedIssuer(address(2), topics(KYC));
        vm.assertEq(book.getTrustedIssuers().length, 2);
        vm.assertTrue(book.isTrustedIssuer(address(2)));
        vm.assertTrue(book.hasClaimTopic(address(2), KYC));
        vm.assertFalse(book.hasClaimTopic(address(2), BANK));
        vm.assertEq(book.getTrustedIssuerClaimTopics(issuer).length, 2);
        vm.assertEq(book.getTrustedIssuersForClaimTopic(KYC).length, 2);
        vm.assertEq(book.getTrustedIssuersForClaimTopic(BANK)[0], issuer);
        book.removeTrustedIssuer(issuer);
        vm.assertFalse(book.isTrustedIssuer(issuer));
        vm.assertEq(book.getTrustedIssuersForClaimTopic(BANK).length, 0);
        book.updateIssuerClaimTopics(address(2), topics(BANK, 11));
        vm.assertEq(book.getTrustedIssuersForClaimTopic(KYC).length, 0);
        vm.assertEq(book.getTrustedIssuerClaimTopics(address(2))[1], 11);
        book.addClaimTopic(BANK);
        vm.assertEq(book.getClaimTopics()[1], BANK);
        book.removeClaimTopic(KYC);
        vm.assertEq(book.getClaimTopics()[0], BANK);
        vm.stopPrank();
    }

    function test_registersRefuseWhatMakesNoSense() public {
        vm.startPrank(CLAIMS);
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimZeroAddress.selector));
        book.addTrustedIssuer(address(0), topics(1));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimIssuerKnown.selector, issuer));
        book.addTrustedIssuer(issuer, topics(1));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimTopicsEmpty.selector, address(2)));
        book.addTrustedIssuer(address(2), new uint256[](0));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimListFull.selector, 15));
        book.addTrustedIssuer(address(2), new uint256[](16));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimTopicKnown.selector, 3));
        book.addTrustedIssuer(address(2), topics(3, 3));
        bytes memory unknown = abi.encodeWithSelector(IClaimBook.ClaimIssuerUnknown.selector, address(2));
        vm.expectRevert(unknown);
        book.removeTrustedIssuer(address(2));
        vm.expectRevert(unknown);
        book.updateIssuerClaimTopics(address(2), topics(1));
        vm.expectRevert(unknown);
        book.getTrustedIssuerClaimTopics(address(2));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimTopicKnown.selector, KYC));
        book.addClaimTopic(KYC);
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimTopicUnknown.selector, BANK));
        book.removeClaimTopic(BANK);
        vm.stopPrank();
        vm.assertEq(book.getTrustedIssuers().length, 1);
    }

    function test_registersAreBounded() public {
        vm.startPrank(CLAIMS);
        for (uint160 i = 100; i < 149; ++i) {
            book.addTrustedIssuer(address(i), topics(1));
        }
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimListFull.selector, 50));
        book.addTrustedIssuer(address(149), topics(1));
        for (uint256 i = 100; i < 114; ++i) {
            book.addClaimTopic(i);
        }
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimListFull.selector, 15));
        book.addClaimTopic(114);
        vm.stopPrank();
    }

    function test_codeSizesStayUnderTheLimit() public view {
        vm.assertLt(address(book).code.length, 24_576, "ClaimBook");
    }

    function test_interfacesAreAnnounced() public view {
        vm.assertTrue(book.supportsInterface(type(IERC165).interfaceId));
        vm.assertTrue(book.supportsInterface(type(IClaimBook).interfaceId));
        vm.assertTrue(book.supportsInterface(type(ITrustedIssuersRegistry).interfaceId));
        vm.assertTrue(book.supportsInterface(type(IClaimTopicsRegistry).interfaceId));
        vm.assertFalse(book.supportsInterface(0xffffffff));
    }

    function heldClaim() private view returns (Claim memory claim) {
        claim = claimOf(KYC);
        claim.identity = address(holder);
    }

    function hold(Claim memory claim, bytes memory signature) private {
        holder.put(KYC, KYC, issuer, signature, dataOf(claim));
    }

    function attach(address onchainId) private {
        vm.prank(CLAIMS);
        book.attach(ALICE, onchainId);
    }

    /// @dev A trusted issuer that is a contract; key 5 signs for it.
    function newOffice() private returns (ClaimIssuer office) {
        office = ClaimIssuer(deploy("ClaimIssuer", abi.encode(manager, book)));
        vm.prank(CLAIMS);
        book.addTrustedIssuer(address(office), topics(KYC));
        vm.prank(ADMIN);
        office.setSigner(vm.addr(5), true);
    }
}
