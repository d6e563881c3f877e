// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Roles} from "../../src/authority/Roles.sol";
import {ClaimBook} from "../../src/identity/claims/ClaimBook.sol";
import {Claim, SignedClaim} from "../../src/identity/claims/IClaimBook.sol";
import {IClaimHolder} from "../../src/identity/claims/IOnchainId.sol";
import {TestBase} from "./TestBase.sol";

/// @notice An identity contract in the manner of ERC-735, without its own checks: what it holds proves nothing by itself.
contract Holder is IClaimHolder {
    struct Held {
        uint256 topic;
        address issuer;
        bytes signature;
        bytes data;
    }

    mapping(uint256 topic => bytes32[]) private _ids;
    mapping(bytes32 id => Held) private _held;
    uint256 private _count;

    function put(uint256 asked, uint256 topic, address issuer, bytes memory signature, bytes memory data) public {
        bytes32 id = bytes32(++_count);
        _held[id] = Held(topic, issuer, signature, data);
        _ids[asked].push(id);
    }

    function getClaim(bytes32 id)
        external
        view
        returns (uint256, uint256, address, bytes memory, bytes memory, string memory)
    {
        Held memory h = _held[id];
        return (h.topic, 1, h.issuer, h.signature, h.data, "");
    }

    function getClaimIdsByTopic(uint256 topic) external view returns (bytes32[] memory) {
        return _ids[topic];
    }
}

/// @notice The claim book alone, wired as production wires it, with one topic asked for and one trusted key.
abstract contract ClaimStage is TestBase {
    uint256 internal constant ISSUER_KEY = 0x155E7;
    uint256 internal constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    address internal constant ADMIN = address(0xAD);
    address internal constant CLAIMS = address(0xC1A);
    address internal constant RELAY = address(0x7E);
    address internal constant ALICE = address(0xA11);
    uint256 internal constant KYC = 7;
    uint256 internal constant BANK = 8;
    uint40 internal constant START = 1_800_000_000;

    AccessManager internal manager;
    ClaimBook internal book;
    address internal issuer;

    function setUp() public virtual {
        vm.warp(START);
        issuer = vm.addr(ISSUER_KEY);
        manager = AccessManager(deploy("AccessManager", abi.encode(ADMIN)));
        use(ClaimBook(deploy("ClaimBook", abi.encode(manager))));
    }

    /// @dev Wires a book and makes it the one under test.
    function use(ClaimBook book_) internal {
        book = book_;
        bytes4[7] memory policy = [
            book.addTrustedIssuer.selector,
            book.removeTrustedIssuer.selector,
            book.updateIssuerClaimTopics.selector,
            book.addClaimTopic.selector,
            book.removeClaimTopic.selector,
            book.revokeFor.selector,
            book.attach.selector
        ];
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.CLAIMS, CLAIMS, 0);
        manager.grantRole(Roles.RELAY, RELAY, 0);
        for (uint256 i; i < policy.length; ++i) {
            wireOne(address(book), policy[i], Roles.CLAIMS);
        }
        wireOne(address(book), book.detach.selector, Roles.CLAIMS);
        wireOne(address(book), book.recordClaims.selector, Roles.RELAY);
        vm.stopPrank();
        vm.startPrank(CLAIMS);
        book.addTrustedIssuer(issuer, topics(KYC, BANK));
        book.addClaimTopic(KYC);
        vm.stopPrank();
    }

    function wireOne(address target, bytes4 selector, uint64 role) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    function topics(uint256 first) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = first;
    }

    function topics(uint256 first, uint256 second) internal pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (first, second);
    }

    /// @dev About Alice, issued now, for a year.
    function claimOf(uint256 topic) internal view returns (Claim memory) {
        uint40 nowAt = uint40(block.timestamp);
        return Claim(ALICE, topic, keccak256("salted datum"), nowAt, nowAt + 365 days, keccak256("nonce"));
    }

    function signed(uint256 key, bytes32 content) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, content);
        return abi.encodePacked(r, s, v);
    }

    function batch(Claim memory claim, address issuer_, bytes memory signature)
        internal
        pure
        returns (SignedClaim[] memory list)
    {
        list = new SignedClaim[](1);
        list[0] = SignedClaim(claim, issuer_, signature);
    }

    function record(Claim memory claim) internal {
        SignedClaim[] memory list = batch(claim, issuer, signed(ISSUER_KEY, book.hashClaim(claim)));
        vm.prank(RELAY);
        book.recordClaims(list);
    }

    function expectRefused(Claim memory claim, address issuer_, bytes memory signature, bytes memory reason) internal {
        (uint40 issuedAt,, bytes32 content) = book.recordedClaim(claim.identity, claim.topic, issuer_);
        SignedClaim[] memory list = batch(claim, issuer_, signature);
        vm.expectRevert(reason);
        vm.prank(RELAY);
        book.recordClaims(list);
        (uint40 issuedAfter,, bytes32 contentAfter) = book.recordedClaim(claim.identity, claim.topic, issuer_);
        vm.assertEq(uint256(issuedAfter), issuedAt);
        vm.assertEq(contentAfter, content);
    }

    /// @dev The signature in every form that names the same key over the same content; the first is the admitted one.
    function encodings(bytes32 content) internal pure returns (bytes[5] memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ISSUER_KEY, content);
        bytes32 mirrored = bytes32(CURVE_ORDER - uint256(s));
        uint8 other = v == 27 ? 28 : 27;
        return [
            abi.encodePacked(r, s, v),
            abi.encodePacked(r, mirrored, other),
            abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255))),
            abi.encodePacked(r, s, v - 27),
            abi.encodePacked(r, mirrored, other - 27)
        ];
    }

    function dataOf(Claim memory claim) internal pure returns (bytes memory) {
        return abi.encode(claim.dataHash, claim.issuedAt, claim.expiry, claim.nonce);
    }
}
