// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IClaimBook} from "./IClaimBook.sol";
import {IClaimTopicsRegistry, ITrustedIssuersRegistry} from "./IClaimRegistries.sol";

/// @notice Who is trusted to claim what, and which claims are asked for: both ERC-3643 registries in one contract.
/// @dev Bounded lists (the standard's own bounds), because `verify` walks them.
abstract contract TrustedIssuers is AccessManaged, ITrustedIssuersRegistry, IClaimTopicsRegistry, IClaimBook {
    using EnumerableSet for EnumerableSet.AddressSet;
    using EnumerableSet for EnumerableSet.UintSet;

    uint256 public constant MAX_ISSUERS = 50;
    uint256 public constant MAX_TOPICS = 15;

    EnumerableSet.AddressSet private _issuers;
    EnumerableSet.UintSet private _topics;
    mapping(address issuer => EnumerableSet.UintSet) private _topicsOf;
    mapping(uint256 topic => EnumerableSet.AddressSet) private _issuersFor;

    /// @inheritdoc ITrustedIssuersRegistry
    function addTrustedIssuer(address trustedIssuer, uint256[] calldata claimTopics) external restricted {
        if (trustedIssuer == address(0)) revert ClaimZeroAddress();
        if (_issuers.length() == MAX_ISSUERS) revert ClaimListFull(MAX_ISSUERS);
        if (!_issuers.add(trustedIssuer)) revert ClaimIssuerKnown(trustedIssuer);
        _trust(trustedIssuer, claimTopics);
        emit TrustedIssuerAdded(trustedIssuer, claimTopics);
    }

    /// @inheritdoc ITrustedIssuersRegistry
    /// @dev His claims stop counting at once; they count again if he is trusted again, unless revoked.
    function removeTrustedIssuer(address trustedIssuer) external restricted {
        if (!_issuers.remove(trustedIssuer)) revert ClaimIssuerUnknown(trustedIssuer);
        _distrust(trustedIssuer);
        emit TrustedIssuerRemoved(trustedIssuer);
    }

    /// @inheritdoc ITrustedIssuersRegistry
    function updateIssuerClaimTopics(address trustedIssuer, uint256[] calldata claimTopics) external restricted {
        if (!_issuers.contains(trustedIssuer)) revert ClaimIssuerUnknown(trustedIssuer);
        _distrust(trustedIssuer);
        _trust(trustedIssuer, claimTopics);
        emit ClaimTopicsUpdated(trustedIssuer, claimTopics);
    }

    /// @inheritdoc IClaimTopicsRegistry
    function addClaimTopic(uint256 claimTopic) external restricted {
        if (_topics.length() == MAX_TOPICS) revert ClaimListFull(MAX_TOPICS);
        if (!_topics.add(claimTopic)) revert ClaimTopicKnown(claimTopic);
        emit ClaimTopicAdded(claimTopic);
    }

    /// @inheritdoc IClaimTopicsRegistry
    function removeClaimTopic(uint256 claimTopic) external restricted {
        if (!_topics.remove(claimTopic)) revert ClaimTopicUnknown(claimTopic);
        emit ClaimTopicRemoved(claimTopic);
    }

    /// @inheritdoc ITrustedIssuersRegistry
    function getTrustedIssuers() external view returns (address[] memory) {
        return _issuers.values();
    }

    /// @inheritdoc ITrustedIssuersRegistry
    function isTrustedIssuer(address issuer) external view returns (bool) {
        return _issuers.contains(issuer);
    }

    /// @inheritdoc ITrustedIssuersRegistry
    function getTrustedIssuerClaimTopics(address trustedIssuer) external view returns (uint256[] memory) {
        if (!_issuers.contains(trustedIssuer)) revert ClaimIssuerUnknown(trustedIssuer);
        return _topicsOf[trustedIssuer].values();
    }

    /// @inheritdoc ITrustedIssuersRegistry
    function getTrustedIssuersForClaimTopic(uint256 claimTopic) public view returns (address[] memory) {
        return _issuersFor[claimTopic].values();
    }

    /// @inheritdoc ITrustedIssuersRegistry
    function hasClaimTopic(address issuer, uint256 claimTopic) public view returns (bool) {
        return _topicsOf[issuer].contains(claimTopic);
    }

    /// @inheritdoc IClaimTopicsRegistry
    function getClaimTopics() public view returns (uint256[] memory) {
        return _topics.values();
    }

    function _trust(address issuer, uint256[] calldata claimTopics) private {
        if (claimTopics.length == 0) revert ClaimTopicsEmpty(issuer);
        if (claimTopics.length > MAX_TOPICS) revert ClaimListFull(MAX_TOPICS);
        for (uint256 i; i < claimTopics.length; ++i) {
            if (!_topicsOf[issuer].add(claimTopics[i])) revert ClaimTopicKnown(claimTopics[i]);
            // slither-disable-next-line unused-return -- the issuer's own list, checked above, mirrors this one
            _issuersFor[claimTopics[i]].add(issuer);
        }
    }

    function _distrust(address issuer) private {
        uint256[] memory old = _topicsOf[issuer].values();
        for (uint256 i; i < old.length; ++i) {
            // slither-disable-next-line unused-return -- taken from the list itself
            _topicsOf[issuer].remove(old[i]);
            // slither-disable-next-line unused-return -- mirrors the issuer's own list
            _issuersFor[old[i]].remove(issuer);
        }
    }
}
