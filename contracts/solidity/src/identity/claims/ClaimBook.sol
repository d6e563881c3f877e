// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Claim, IClaimBook, SignedClaim} from "./IClaimBook.sol";
import {IClaimTopicsRegistry, ITrustedIssuersRegistry} from "./IClaimRegistries.sol";
import {IClaimHolder} from "./IOnchainId.sol";
import {TrustedIssuers} from "./TrustedIssuers.sol";

/// @notice Claims of trusted issuers about identities, asked at registration when a line wants it; never on a transfer.
/// @dev A claim is its content: bound to chain, book and expiry by EIP-712, and revoked by the content's hash. Revoking a
/// signature (as ONCHAINID 2.2.1 does) leaves the same claim valid under the signature's other encodings.
contract ClaimBook is TrustedIssuers, EIP712, IERC165 {
    uint256 public constant MAX_BATCH = 100;
    /// @notice Claims of one topic that are looked at in an ONCHAINID, and the gas its answers may cost: it is a stranger's code.
    uint256 public constant MAX_HELD = 8;
    uint256 public constant HELD_GAS = 400_000;

    bytes32 public constant CLAIM_TYPEHASH =
        keccak256("Claim(address identity,uint256 topic,bytes32 dataHash,uint40 issuedAt,uint40 expiry,bytes32 nonce)");

    struct Recorded {
        uint40 issuedAt;
        uint40 expiry;
        bytes32 content;
    }

    mapping(address identity => mapping(uint256 topic => mapping(address issuer => Recorded))) private _recorded;
    mapping(address issuer => mapping(bytes32 content => bool)) private _revoked;

    /// @inheritdoc IClaimBook
    mapping(address identity => address) public onchainIdOf;
    /// @inheritdoc IClaimBook
    mapping(address onchainId => address) public identityOf;

    constructor(address initialAuthority) AccessManaged(initialAuthority) EIP712("Tokenization ClaimBook", "1") {}

    /// @inheritdoc IClaimBook
    function recordClaims(SignedClaim[] calldata claims) external restricted {
        if (claims.length == 0 || claims.length > MAX_BATCH) revert ClaimBatchSize(claims.length, MAX_BATCH);
        for (uint256 i; i < claims.length; ++i) {
            _record(claims[i].claim, claims[i].issuer, claims[i].signature);
        }
    }

    /// @inheritdoc IClaimBook
    /// @dev Everybody revokes in his own name only, so this needs no role.
    function revoke(bytes32 content) external {
        _revoke(msg.sender, content);
    }

    /// @inheritdoc IClaimBook
    function revokeFor(address issuer, bytes32 content) external restricted {
        _revoke(issuer, content);
    }

    /// @inheritdoc IClaimBook
    function attach(address identity, address onchainId) external restricted {
        if (identity == address(0)) revert ClaimZeroAddress();
        if (onchainId.code.length == 0) revert ClaimOnchainIdWithoutCode(onchainId);
        if (identityOf[onchainId] != address(0)) revert ClaimOnchainIdTaken(onchainId, identityOf[onchainId]);
        if (onchainIdOf[identity] != address(0)) {
            revert ClaimOnchainIdAlreadyAttached(identity, onchainIdOf[identity]);
        }
        onchainIdOf[identity] = onchainId;
        identityOf[onchainId] = identity;
        emit OnchainIdAttached(identity, onchainId);
    }

    /// @inheritdoc IClaimBook
    function detach(address identity) external restricted {
        address onchainId = onchainIdOf[identity];
        if (onchainId == address(0)) revert ClaimNoOnchainId(identity);
        delete onchainIdOf[identity];
        delete identityOf[onchainId];
        emit OnchainIdDetached(identity, onchainId);
    }

    /// @inheritdoc IClaimBook
    function verify(address identity) external view returns (bool) {
        (bool missing,) = _missing(identity);
        return !missing;
    }

    /// @inheritdoc IClaimBook
    function requireClaims(address identity) external view {
        (bool missing, uint256 topic) = _missing(identity);
        if (missing) revert ClaimMissing(identity, topic);
    }

    /// @notice Whether an identity contract holds a valid claim of a topic. `verify` asks it through a call of its own, so that
    /// a contract that reverts, burns its gas or answers nonsense has no claim and stops no batch of registrations.
    function heldClaimOf(address onchainId, uint256 topic) external view returns (bool) {
        bytes32[] memory ids = IClaimHolder(onchainId).getClaimIdsByTopic(topic);
        for (uint256 i; i < ids.length && i < MAX_HELD; ++i) {
            // slither-disable-next-line unused-return,calls-loop -- scheme and address say nothing; at most MAX_HELD calls within HELD_GAS
            (uint256 topic_,, address issuer, bytes memory signature, bytes memory data,) =
                IClaimHolder(onchainId).getClaim(ids[i]);
            // slither-disable-next-line timestamp -- claims live for days; seconds do not matter
            if (topic_ == topic && isHeldClaimValid(onchainId, topic, issuer, signature, data)) return true;
        }
        return false;
    }

    /// @inheritdoc IClaimBook
    function recordedClaim(address identity, uint256 topic, address issuer)
        external
        view
        returns (uint40, uint40, bytes32)
    {
        Recorded storage r = _recorded[identity][topic][issuer];
        return (r.issuedAt, r.expiry, r.content);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IClaimBook).interfaceId
            || interfaceId == type(ITrustedIssuersRegistry).interfaceId
            || interfaceId == type(IClaimTopicsRegistry).interfaceId;
    }

    /// @inheritdoc IClaimBook
    function isHeldClaimValid(
        address onchainId, uint256 topic, address issuer, bytes memory signature, bytes memory data
    ) public view returns (bool) {
        if (data.length != 128) return false;
        (bytes32 dataHash, uint256 issuedAt, uint256 expiry, bytes32 nonce) =
            abi.decode(data, (bytes32, uint256, uint256, bytes32));
        if (issuedAt > type(uint40).max || expiry > type(uint40).max) return false;
        return isClaimValid(
            Claim(onchainId, topic, dataHash, uint40(issuedAt), uint40(expiry), nonce), issuer, signature
        );
    }

    /// @inheritdoc IClaimBook
    /// @dev Trust first: no stranger's contract is asked about a signature.
    function isClaimValid(Claim memory claim, address issuer, bytes memory signature)
        public
        view
        virtual
        returns (bool)
    {
        bytes32 content = hashClaim(claim);
        // slither-disable-next-line timestamp -- claims live for days; seconds do not matter
        return hasClaimTopic(issuer, claim.topic) && _inTime(claim.issuedAt, claim.expiry)
            && !isRevoked(issuer, content) && _isSigned(issuer, content, signature);
    }

    /// @inheritdoc IClaimBook
    function isRevoked(address issuer, bytes32 content) public view virtual returns (bool) {
        return _revoked[issuer][content];
    }

    /// @inheritdoc IClaimBook
    function hashClaim(Claim memory claim) public view virtual returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CLAIM_TYPEHASH, claim)));
    }

    function _record(Claim calldata claim, address issuer, bytes calldata signature) private {
        (address identity, uint256 topic) = (claim.identity, claim.topic);
        if (identity == address(0)) revert ClaimZeroAddress();
        if (!hasClaimTopic(issuer, topic)) revert ClaimIssuerNotTrusted(issuer, topic);
        // slither-disable-next-line timestamp -- claims live for days; seconds do not matter
        if (claim.issuedAt > block.timestamp) {
            revert ClaimIssuedInFuture(identity, topic, claim.issuedAt, block.timestamp);
        }
        if (!_inTime(claim.issuedAt, claim.expiry)) {
            revert ClaimExpired(identity, topic, claim.expiry, block.timestamp);
        }
        Recorded storage r = _recorded[identity][topic][issuer];
        if (claim.issuedAt <= r.issuedAt) revert ClaimNotAfter(identity, topic, claim.issuedAt, r.issuedAt);
        bytes32 content = hashClaim(claim);
        if (isRevoked(issuer, content)) revert ClaimIsRevoked(issuer, content);
        if (!_isSigned(issuer, content, signature)) revert ClaimSignatureInvalid(identity, topic, issuer);
        r.issuedAt = claim.issuedAt;
        r.expiry = claim.expiry;
        r.content = content;
        emit ClaimRecorded(identity, topic, issuer, claim.issuedAt, claim.expiry, content);
    }

    function _revoke(address issuer, bytes32 content) private {
        if (_revoked[issuer][content]) revert ClaimIsRevoked(issuer, content);
        _revoked[issuer][content] = true;
        emit ClaimRevoked(issuer, content);
    }

    function _missing(address identity) private view returns (bool, uint256) {
        uint256[] memory topics = getClaimTopics();
        address onchainId = onchainIdOf[identity];
        for (uint256 i; i < topics.length; ++i) {
            if (_hasRecorded(identity, topics[i]) || _hasHeld(onchainId, topics[i])) continue;
            return (true, topics[i]);
        }
        return (false, 0);
    }

    function _hasRecorded(address identity, uint256 topic) private view returns (bool) {
        address[] memory issuers = getTrustedIssuersForClaimTopic(topic);
        for (uint256 i; i < issuers.length; ++i) {
            Recorded storage r = _recorded[identity][topic][issuers[i]];
            // slither-disable-next-line timestamp -- claims live for days; seconds do not matter
            if (_inTime(r.issuedAt, r.expiry) && !isRevoked(issuers[i], r.content)) return true;
        }
        return false;
    }

    function _hasHeld(address onchainId, uint256 topic) private view returns (bool) {
        if (onchainId == address(0)) return false;
        // slither-disable-next-line calls-loop -- at most MAX_TOPICS calls, each within HELD_GAS
        try this.heldClaimOf{gas: HELD_GAS}(onchainId, topic) returns (bool held) {
            return held;
        } catch {
            return false;
        }
    }

    function _inTime(uint256 issuedAt, uint256 expiry) internal view virtual returns (bool) {
        // slither-disable-next-line timestamp -- claims live for days; seconds do not matter
        return issuedAt <= block.timestamp && block.timestamp < expiry;
    }

    /// @dev Keys sign in the one form that OpenZeppelin's ECDSA admits (65 bytes, low s, v 27 or 28); contracts by ERC-1271.
    function _isSigned(address issuer, bytes32 content, bytes memory signature) internal view virtual returns (bool) {
        return SignatureChecker.isValidSignatureNow(issuer, content, signature);
    }
}
