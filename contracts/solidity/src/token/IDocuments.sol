// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice ERC-1643's functions with the token as first argument: one registry for all tokens.
interface IDocuments {
    event DocumentUpdated(address indexed token, bytes32 indexed name, string uri, bytes32 documentHash);
    event DocumentRemoved(address indexed token, bytes32 indexed name, string uri, bytes32 documentHash);

    error DocumentZeroToken();
    error DocumentNameZero(address token);
    error DocumentHashZero(address token, bytes32 name);
    error DocumentUriTooLong(address token, bytes32 name, uint256 length, uint256 limit);
    error DocumentUnknown(address token, bytes32 name);
    error DocumentListFull(address token, uint256 limit);

    /// @notice Adds a document at the end of the token's list, or replaces one in its place.
    function setDocument(address token, bytes32 name, string calldata uri, bytes32 documentHash) external;

    /// @notice Takes a document off the list; what it was stays in the logs. The others keep their order.
    function removeDocument(address token, bytes32 name) external;

    /// @notice Reverts if there is none. @return updatedAt time of the block that last set it
    function getDocument(address token, bytes32 name)
        external
        view
        returns (string memory uri, bytes32 documentHash, uint256 updatedAt);

    /// @notice Names in the order in which they were first set (a name removed and set again comes last).
    function getAllDocuments(address token) external view returns (bytes32[] memory names);
}
