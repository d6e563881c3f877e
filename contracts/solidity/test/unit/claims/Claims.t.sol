// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ClaimBook} from "../../../src/identity/claims/ClaimBook.sol";
import {Claim, IClaimBook, SignedClaim} from "../../../src/identity/claims/IClaimBook.sol";
import {Vm} from "../../base/Vm.sol";
import {ClaimStage} from "../../base/ClaimStage.sol";

/// @notice Takes a signature in every form that names the key, as careless checkers do.
contract LenientBook is ClaimBook {
    constructor(address authority_) ClaimBook(authority_) {}

    function _isSigned(address issuer, bytes32 content, bytes memory sig) internal pure override returns (bool) {
        (bytes32 r, bytes32 s, uint8 v) = (word(sig, 32), word(sig, 64), 0);
        if (sig.length == 64) (s, v) = (s & bytes32(type(uint256).max >> 1), 27 + uint8(uint256(s) >> 255));
        else v = uint8(sig[64]) < 27 ? uint8(sig[64]) + 27 : uint8(sig[64]);
        return ecrecover(content, v, r, s) == issuer;
    }

    function word(bytes memory sig, uint256 at_) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(add(sig, at_))
        }
    }
}

/// @notice Lenient, and revokes signatures instead of contents, as ONCHAINID 2.2.1 does.
contract SignatureRevokingBook is LenientBook {
    mapping(bytes32 signatureHash => bool) private _gone;

    constructor(address authority_) LenientBook(authority_) {}

    function revokeSignature(bytes calldata signature) external {
        _gone[keccak256(signature)] = true;
    }

    function isClaimValid(Claim memory claim, address issuer, bytes memory signature)
        public
        view
        override
        returns (bool)
    {
        return !_gone[keccak256(signature)] && super.isClaimValid(claim, issuer, signature);
    }
}

/// @notice Signs the bare content, bound to no chain and no book.
contract UnboundBook is ClaimBook {
    constructor(address authority_) ClaimBook(authority_) {}

    function hashClaim(Claim memory claim) public pure override returns (bytes32) {
        return keccak256(abi.encode(claim));
    }
}

/// @notice Knows no time.
contract TimelessBook is ClaimBook {
    constructor(address authority_) ClaimBook(authority_) {}

    function _inTime(uint256, uint256) internal pure override returns (bool) {
        return true;
    }
}

contract ClaimsTest is ClaimStage {
    function test_recordedClaimVerifiesTheIdentity() public {
        vm.assertFalse(book.verify(ALICE));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimMissing.selector, ALICE, KYC));
        book.requireClaims(ALICE);
        Claim memory claim = claimOf(KYC);
        record(claim);
        vm.assertTrue(book.verify(ALICE));
        book.requireClaims(ALICE);
        (uint40 issuedAt, uint40 expiry, bytes32 content) = book.recordedClaim(ALICE, KYC, issuer);
        vm.assertEq(uint256(issuedAt), START);
        vm.assertEq(uint256(expiry), START + 365 days);
        vm.assertEq(content, book.hashClaim(claim));
        vm.assertFalse(book.verify(address(0xB0B)));
    }

    function test_everyRequiredTopicIsAsked() public {
        record(claimOf(KYC));
        vm.prank(CLAIMS);
        book.addClaimTopic(BANK);
        vm.assertFalse(book.verify(ALICE));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimMissing.selector, ALICE, BANK));
        book.requireClaims(ALICE);
        record(claimOf(BANK));
        vm.assertTrue(book.verify(ALICE));
        vm.startPrank(CLAIMS);
        book.removeClaimTopic(KYC);
        book.removeClaimTopic(BANK);
        vm.stopPrank();
        vm.assertTrue(book.verify(address(0xB0B)));
    }

    function test_contentIsThatOfThePublishedDomain() public view {
        Claim memory c = claimOf(KYC);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tokenization ClaimBook"),
                keccak256("1"),
                block.chainid,
                address(book)
            )
        );
        bytes32 body = keccak256(
            abi.encode(book.CLAIM_TYPEHASH(), c.identity, c.topic, c.dataHash, c.issuedAt, c.expiry, c.nonce)
        );
        vm.assertEq(book.hashClaim(c), keccak256(abi.encodePacked(hex"1901", domain, body)));
    }

    function test_replayOnAnotherChainIsRefused() public {
        Claim memory claim = claimOf(KYC);
        bytes memory signature = signed(ISSUER_KEY, book.hashClaim(claim));
        vm.assertTrue(book.isClaimValid(claim, issuer, signature));
        vm.chainId(777);
        vm.assertFalse(book.isClaimValid(claim, issuer, signature));
        expectRefused(
            claim,
            issuer,
            signature,
            abi.encodeWithSelector(IClaimBook.ClaimSignatureInvalid.selector, ALICE, KYC, issuer)
        );
    }

    function test_replayOnAnotherRegistryIsRefused() public {
        Claim memory claim = claimOf(KYC);
        bytes memory signature = signed(ISSUER_KEY, book.hashClaim(claim));
        use(ClaimBook(deploy("ClaimBook", abi.encode(manager))));
        vm.assertFalse(book.isClaimValid(claim, issuer, signature));
        expectRefused(
            claim,
            issuer,
            signature,
            abi.encodeWithSelector(IClaimBook.ClaimSignatureInvalid.selector, ALICE, KYC, issuer)
        );
    }

    /// @dev Control: content that is bound to nothing is valid on every chain and in every book.
    function test_control_unboundContentIsReplayed() public {
        use(new UnboundBook(address(manager)));
        Claim memory claim = claimOf(KYC);
        bytes memory signature = signed(ISSUER_KEY, book.hashClaim(claim));
        vm.chainId(777);
        use(new UnboundBook(address(manager)));
        vm.assertTrue(book.isClaimValid(claim, issuer, signature));
    }

    function test_expiredClaimIsRefusedAndStopsCounting() public {
        Claim memory claim = claimOf(KYC);
        record(claim);
        bytes memory signature = signed(ISSUER_KEY, book.hashClaim(claim));
        vm.warp(claim.expiry - 1);
        vm.assertTrue(book.verify(ALICE));
        vm.warp(claim.expiry);
        vm.assertFalse(book.verify(ALICE));
        vm.assertFalse(book.isClaimValid(claim, issuer, signature));
        expectRefused(
            claim,
            issuer,
            signature,
            abi.encodeWithSelector(IClaimBook.ClaimExpired.selector, ALICE, KYC, claim.expiry, claim.expiry)
        );
    }

    /// @dev Control: without the clock an expired claim counts for ever.
    function test_control_withoutTheClockAnExpiredClaimCounts() public {
        use(new TimelessBook(address(manager)));
        Claim memory claim = claimOf(KYC);
        vm.warp(claim.expiry + 1);
        record(claim);
        vm.assertTrue(book.verify(ALICE));
    }

    function test_claimFromTheFutureIsRefused() public {
        Claim memory claim = claimOf(KYC);
        claim.issuedAt = START + 1;
        bytes memory signature = signed(ISSUER_KEY, book.hashClaim(claim));
        vm.assertFalse(book.isClaimValid(claim, issuer, signature));
        expectRefused(
            claim,
            issuer,
            signature,
            abi.encodeWithSelector(IClaimBook.ClaimIssuedInFuture.selector, ALICE, KYC, START + 1, START)
        );
    }

    function test_anOlderClaimNeverReplacesALater() public {
        Claim memory old = claimOf(KYC);
        vm.warp(START + 1);
        Claim memory renewed = claimOf(KYC);
        record(renewed);
        expectRefused(
            old,
            issuer,
            signed(ISSUER_KEY, book.hashClaim(old)),
            abi.encodeWithSelector(IClaimBook.ClaimNotAfter.selector, ALICE, KYC, START, START + 1)
        );
        expectRefused(
            renewed,
            issuer,
            signed(ISSUER_KEY, book.hashClaim(renewed)),
            abi.encodeWithSelector(IClaimBook.ClaimNotAfter.selector, ALICE, KYC, START + 1, START + 1)
        );
    }

    function test_revokedClaimStaysRevokedInEveryEncoding() public {
        Claim memory claim = claimOf(KYC);
        record(claim);
        bytes32 content = book.hashClaim(claim);
        vm.prank(issuer);
        book.revoke(content);
        vm.assertFalse(book.verify(ALICE));
        vm.assertTrue(book.isRevoked(issuer, content));
        bytes[5] memory forms = encodings(content);
        for (uint256 i; i < forms.length; ++i) {
            vm.assertFalse(book.isClaimValid(claim, issuer, forms[i]));
        }
        vm.warp(START + 1);
        record(claimOf(KYC));
        vm.assertTrue(book.verify(ALICE));
    }

    function test_revokedBeforeItIsRecordedIsRefused() public {
        Claim memory claim = claimOf(KYC);
        bytes32 content = book.hashClaim(claim);
        vm.prank(issuer);
        book.revoke(content);
        expectRefused(
            claim,
            issuer,
            signed(ISSUER_KEY, content),
            abi.encodeWithSelector(IClaimBook.ClaimIsRevoked.selector, issuer, content)
        );
    }

    function test_onlyTheAdmittedEncodingIsTaken() public {
        Claim memory claim = claimOf(KYC);
        bytes[5] memory forms = encodings(book.hashClaim(claim));
        vm.assertTrue(book.isClaimValid(claim, issuer, forms[0]));
        for (uint256 i = 1; i < forms.length; ++i) {
            vm.assertFalse(book.isClaimValid(claim, issuer, forms[i]));
            expectRefused(
                claim,
                issuer,
                forms[i],
                abi.encodeWithSelector(IClaimBook.ClaimSignatureInvalid.selector, ALICE, KYC, issuer)
            );
        }
    }

    /// @dev Even where the checker is lenient, a content that is revoked has no valid form.
    function test_revocationByContentDoesNotHangOnTheChecker() public {
        use(new LenientBook(address(manager)));
        Claim memory claim = claimOf(KYC);
        bytes32 content = book.hashClaim(claim);
        bytes[5] memory forms = encodings(content);
        for (uint256 i; i < forms.length; ++i) {
            vm.assertTrue(book.isClaimValid(claim, issuer, forms[i]), "control: the forms are all good");
        }
        vm.prank(issuer);
        book.revoke(content);
        for (uint256 i; i < forms.length; ++i) {
            vm.assertFalse(book.isClaimValid(claim, issuer, forms[i]));
        }
    }

    /// @dev Control: revoked by signature, the same claim comes back under each other encoding.
    function test_control_revokedBySignatureTheClaimComesBack() public {
        SignatureRevokingBook naive = new SignatureRevokingBook(address(manager));
        use(naive);
        Claim memory claim = claimOf(KYC);
        bytes[5] memory forms = encodings(book.hashClaim(claim));
        naive.revokeSignature(forms[0]);
        vm.assertFalse(book.isClaimValid(claim, issuer, forms[0]));
        for (uint256 i = 1; i < forms.length; ++i) {
            vm.assertTrue(book.isClaimValid(claim, issuer, forms[i]));
        }
    }

    function test_everybodyRevokesInHisOwnNameOnly() public {
        Claim memory claim = claimOf(KYC);
        record(claim);
        bytes32 content = book.hashClaim(claim);
        vm.prank(address(0xBAD));
        book.revoke(content);
        vm.assertTrue(book.verify(ALICE));
        vm.prank(CLAIMS);
        book.revokeFor(issuer, content);
        vm.assertFalse(book.verify(ALICE));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimIsRevoked.selector, issuer, content));
        vm.prank(issuer);
        book.revoke(content);
    }

    function test_untrustedIssuersAndTopicsAreRefused() public {
        Claim memory claim = claimOf(9);
        expectRefused(
            claim,
            issuer,
            signed(ISSUER_KEY, book.hashClaim(claim)),
            abi.encodeWithSelector(IClaimBook.ClaimIssuerNotTrusted.selector, issuer, 9)
        );
        claim = claimOf(KYC);
        bytes memory signature = signed(0xBAD, book.hashClaim(claim));
        vm.assertFalse(book.isClaimValid(claim, vm.addr(0xBAD), signature));
        expectRefused(
            claim,
            vm.addr(0xBAD),
            signature,
            abi.encodeWithSelector(IClaimBook.ClaimIssuerNotTrusted.selector, vm.addr(0xBAD), KYC)
        );
        expectRefused(
            claim,
            issuer,
            signature,
            abi.encodeWithSelector(IClaimBook.ClaimSignatureInvalid.selector, ALICE, KYC, issuer)
        );
    }

    function test_claimsOfAnIssuerWhoIsNoLongerTrustedDoNotCount() public {
        record(claimOf(KYC));
        vm.prank(CLAIMS);
        book.updateIssuerClaimTopics(issuer, topics(BANK));
        vm.assertFalse(book.verify(ALICE));
        vm.prank(CLAIMS);
        book.updateIssuerClaimTopics(issuer, topics(KYC));
        vm.assertTrue(book.verify(ALICE));
        vm.prank(CLAIMS);
        book.removeTrustedIssuer(issuer);
        vm.assertFalse(book.verify(ALICE));
    }

    function test_oneIssuersClaimDoesNotHangOnAnothers() public {
        record(claimOf(KYC));
        vm.prank(CLAIMS);
        book.addTrustedIssuer(vm.addr(2), topics(KYC));
        vm.warp(START + 5);
        Claim memory claim = claimOf(KYC);
        SignedClaim[] memory list = batch(claim, vm.addr(2), signed(2, book.hashClaim(claim)));
        vm.prank(RELAY);
        book.recordClaims(list);
        vm.prank(CLAIMS);
        book.removeTrustedIssuer(vm.addr(2));
        vm.assertTrue(book.verify(ALICE));
    }

    function testFuzz_anyChangedFieldVoidsTheSignature(Claim memory changed, uint8 field) public view {
        Claim memory claim = claimOf(KYC);
        bytes memory signature = signed(ISSUER_KEY, book.hashClaim(claim));
        Claim memory other = claimOf(KYC);
        if (field % 5 == 0) other.identity = changed.identity;
        else if (field % 5 == 1) other.dataHash = changed.dataHash;
        else if (field % 5 == 2) other.issuedAt = uint40(bound(changed.issuedAt, 0, START));
        else if (field % 5 == 3) other.expiry = uint40(bound(changed.expiry, START + 1, type(uint40).max));
        else other.nonce = changed.nonce;
        bool same = keccak256(abi.encode(other)) == keccak256(abi.encode(claim));
        vm.assertEq(book.isClaimValid(other, issuer, signature), same);
        other = claimOf(BANK);
        vm.assertFalse(book.isClaimValid(other, issuer, signature));
    }

    function test_batchesAreBoundedAndWholeOrNothing() public {
        vm.startPrank(RELAY);
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimBatchSize.selector, 0, 100));
        book.recordClaims(new SignedClaim[](0));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimBatchSize.selector, 101, 100));
        book.recordClaims(new SignedClaim[](101));
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimZeroAddress.selector));
        book.recordClaims(new SignedClaim[](1));
        vm.stopPrank();
        SignedClaim[] memory list = new SignedClaim[](2);
        Claim memory claim = claimOf(KYC);
        list[0] = SignedClaim(claim, issuer, signed(ISSUER_KEY, book.hashClaim(claim)));
        list[1] = SignedClaim(claimOf(BANK), issuer, "");
        vm.expectRevert(abi.encodeWithSelector(IClaimBook.ClaimSignatureInvalid.selector, ALICE, BANK, issuer));
        vm.prank(RELAY);
        book.recordClaims(list);
        vm.assertFalse(book.verify(ALICE));
        list[1].signature = signed(ISSUER_KEY, book.hashClaim(list[1].claim));
        vm.prank(RELAY);
        book.recordClaims(list);
        vm.assertTrue(book.verify(ALICE));
    }

    function test_theLogsTellTheWholeState() public {
        vm.recordLogs();
        Claim memory claim = claimOf(KYC);
        record(claim);
        bytes32 content = book.hashClaim(claim);
        vm.prank(issuer);
        book.revoke(content);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], IClaimBook.ClaimRecorded.selector);
        vm.assertEq(logs[0].topics[1], bytes32(uint256(uint160(ALICE))));
        vm.assertEq(logs[0].topics[2], bytes32(KYC));
        vm.assertEq(logs[0].topics[3], bytes32(uint256(uint160(issuer))));
        vm.assertEq(keccak256(logs[0].data), keccak256(abi.encode(START, START + 365 days, content)));
        vm.assertEq(logs[1].topics[0], IClaimBook.ClaimRevoked.selector);
        vm.assertEq(logs[1].topics[1], bytes32(uint256(uint160(issuer))));
        vm.assertEq(logs[1].topics[2], content);
    }

    function test_eachPowerHasItsRole() public {
        bytes[9] memory calls = [
            abi.encodeCall(book.addTrustedIssuer, (ALICE, topics(1))),
            abi.encodeCall(book.removeTrustedIssuer, (issuer)),
            abi.encodeCall(book.updateIssuerClaimTopics, (issuer, topics(1))),
            abi.encodeCall(book.addClaimTopic, (1)),
            abi.encodeCall(book.removeClaimTopic, (KYC)),
            abi.encodeCall(book.revokeFor, (issuer, "content")),
            abi.encodeCall(book.attach, (ALICE, address(book))),
            abi.encodeCall(book.detach, (ALICE)),
            abi.encodeCall(book.recordClaims, (new SignedClaim[](1)))
        ];
        for (uint256 i; i < calls.length; ++i) {
            address caller = i == 8 ? CLAIMS : RELAY;
            vm.prank(caller);
            (bool done, bytes memory reason) = address(book).call(calls[i]);
            vm.assertFalse(done);
            vm.assertEq(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller))
            );
        }
    }
}
