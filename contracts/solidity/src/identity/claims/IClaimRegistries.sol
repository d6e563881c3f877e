// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The trusted issuers registry of ERC-3643, with `address` where the standard names interfaces (same ABI).
interface ITrustedIssuersRegistry {
    event TrustedIssuerAdded(address indexed trustedIssuer, uint256[] claimTopics);
    event TrustedIssuerRemoved(address indexed trustedIssuer);
    event ClaimTopicsUpdated(address indexed trustedIssuer, uint256[] claimTopics);

    function addTrustedIssuer(address trustedIssuer, uint256[] calldata claimTopics) external;
    function removeTrustedIssuer(address trustedIssuer) external;
    function updateIssuerClaimTopics(address trustedIssuer, uint256[] calldata claimTopics) external;
    function getTrustedIssuers() external view returns (address[] memory);
    function isTrustedIssuer(address issuer) external view returns (bool);
    function getTrustedIssuerClaimTopics(address trustedIssuer) external view returns (uint256[] memory);
    function getTrustedIssuersForClaimTopic(uint256 claimTopic) external view returns (address[] memory);
    function hasClaimTopic(address issuer, uint256 claimTopic) external view returns (bool);
}

/// @notice The claim topics registry of ERC-3643.
interface IClaimTopicsRegistry {
    event ClaimTopicAdded(uint256 indexed claimTopic);
    event ClaimTopicRemoved(uint256 indexed claimTopic);

    function addClaimTopic(uint256 claimTopic) external;
    function removeClaimTopic(uint256 claimTopic) external;
    function getClaimTopics() external view returns (uint256[] memory);
}
