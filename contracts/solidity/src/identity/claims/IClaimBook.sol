// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What an issuer signs (EIP-712; the domain binds it to this chain and this book).
/// @param identity opaque code of the investor, or the ONCHAINID that holds the claim
/// @param topic opaque number of what is claimed
/// @param dataHash hash of the document behind it with a salt that stays off chain: the datum itself is never sent
/// @param issuedAt instant of issue; a later claim of the same issuer replaces an earlier one, never the other way round
/// @param expiry first second at which it no longer counts
/// @param nonce makes the content unique, so that revoking one claim touches no other
struct Claim {
    address identity;
    uint256 topic;
    bytes32 dataHash;
    uint40 issuedAt;
    uint40 expiry;
    bytes32 nonce;
}

struct SignedClaim {
    Claim claim;
    address issuer;
    bytes signature;
}

/// @notice Whether an identity has every claim that is asked for.
interface IClaimBook {
    event ClaimRecorded(
        address indexed identity,
        uint256 indexed topic,
        address indexed issuer,
        uint40 issuedAt,
        uint40 expiry,
        bytes32 content
    );
    event ClaimRevoked(address indexed issuer, bytes32 indexed content);
    event OnchainIdAttached(address indexed identity, address indexed onchainId);
    event OnchainIdDetached(address indexed identity, address indexed onchainId);

    error ClaimZeroAddress();
    error ClaimListFull(uint256 limit);
    error ClaimTopicsEmpty(address issuer);
    error ClaimTopicKnown(uint256 topic);
    error ClaimTopicUnknown(uint256 topic);
    error ClaimIssuerKnown(address issuer);
    error ClaimIssuerUnknown(address issuer);
    error ClaimBatchSize(uint256 size, uint256 limit);
    error ClaimIssuerNotTrusted(address issuer, uint256 topic);
    error ClaimIssuedInFuture(address identity, uint256 topic, uint256 issuedAt, uint256 nowAt);
    error ClaimExpired(address identity, uint256 topic, uint256 expiry, uint256 nowAt);
    error ClaimNotAfter(address identity, uint256 topic, uint256 issuedAt, uint256 current);
    error ClaimIsRevoked(address issuer, bytes32 content);
    error ClaimSignatureInvalid(address identity, uint256 topic, address issuer);
    error ClaimMissing(address identity, uint256 topic);
    error ClaimOnchainIdWithoutCode(address onchainId);
    error ClaimOnchainIdTaken(address onchainId, address identity);
    error ClaimOnchainIdAlreadyAttached(address identity, address onchainId);
    error ClaimNoOnchainId(address identity);

    /// @notice Keeps claims that trusted issuers signed: all of them or none.
    function recordClaims(SignedClaim[] calldata claims) external;

    /// @notice Takes back what the caller signed, by content, before or after it is recorded, whatever form its signature has.
    function revoke(bytes32 content) external;

    /// @notice The same by the authority, for an issuer who cannot or will not.
    function revokeFor(address issuer, bytes32 content) external;

    /// @notice Joins an ONCHAINID to an identity, one to one: claims held there then count for the identity.
    function attach(address identity, address onchainId) external;
    function detach(address identity) external;

    /// @notice Whether every required topic has a valid claim, recorded here or held by the attached ONCHAINID.
    /// @dev True where no topic is required, as in ERC-3643.
    function verify(address identity) external view returns (bool);

    /// @notice The same as a refusal that names the first topic without a valid claim.
    function requireClaims(address identity) external view;

    /// @notice Trusted for the topic, in its time, not revoked, and signed.
    function isClaimValid(Claim memory claim, address issuer, bytes memory signature) external view returns (bool);

    /// @notice The same for a claim as an ONCHAINID holds it.
    /// @param data abi.encode(dataHash, issuedAt, expiry, nonce)
    function isHeldClaimValid(
        address onchainId, uint256 topic, address issuer, bytes memory signature, bytes memory data
    ) external view returns (bool);

    function isRevoked(address issuer, bytes32 content) external view returns (bool);
    function recordedClaim(address identity, uint256 topic, address issuer)
        external
        view
        returns (uint40 issuedAt, uint40 expiry, bytes32 content);
    function onchainIdOf(address identity) external view returns (address);
    function identityOf(address onchainId) external view returns (address);

    /// @notice What is signed, and by what it is revoked: the content's hash for this chain and this book.
    function hashClaim(Claim memory claim) external view returns (bytes32);
}
