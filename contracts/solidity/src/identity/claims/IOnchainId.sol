// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The part of ERC-735 that reads claims held by an identity contract.
interface IClaimHolder {
    function getClaim(bytes32 claimId)
        external
        view
        returns (
            uint256 topic, uint256 scheme, address issuer, bytes memory signature, bytes memory data, string memory uri
        );

    function getClaimIdsByTopic(uint256 topic) external view returns (bytes32[] memory claimIds);
}

/// @notice What an ONCHAINID asks of a claim's issuer before it keeps the claim.
interface IClaimIssuer {
    function isClaimValid(address identity, uint256 claimTopic, bytes calldata signature, bytes calldata data)
        external
        view
        returns (bool);
}
