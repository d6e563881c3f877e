// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IDocuments} from "./IDocuments.sol";

/// @notice Documents of every token in the manner of ERC-1643, keyed by token: prospectus, legal opinion, reserve report.
/// @dev One registry and not a part of each token: a series then wires nothing and its code stays small. The hash of the term
/// sheet in force stays in the token itself, because holders' rights hang on it.
contract Documents is AccessManaged, IDocuments, IERC165 {
    /// @notice Keeps the list readable in one call, and a removal (which closes the gap by moving the rest) cheap.
    uint256 public constant MAX_DOCUMENTS = 32;
    uint256 public constant MAX_URI = 512;

    /// @param place position in the list, from 1; zero means there is none
    struct Document {
        bytes32 documentHash;
        uint40 updatedAt;
        uint8 place;
        string uri;
    }

    mapping(address token => mapping(bytes32 name => Document)) private _documents;
    // slither-disable-next-line uninitialized-state -- an empty list is what a token begins with
    mapping(address token => bytes32[]) private _names;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc IDocuments
    function setDocument(address token, bytes32 name, string calldata uri, bytes32 documentHash) external restricted {
        if (token == address(0)) revert DocumentZeroToken();
        if (name == 0) revert DocumentNameZero(token);
        if (documentHash == 0) revert DocumentHashZero(token, name);
        if (bytes(uri).length > MAX_URI) revert DocumentUriTooLong(token, name, bytes(uri).length, MAX_URI);
        Document storage document = _documents[token][name];
        if (document.place == 0) {
            bytes32[] storage names = _names[token];
            if (names.length == MAX_DOCUMENTS) revert DocumentListFull(token, MAX_DOCUMENTS);
            names.push(name);
            document.place = uint8(names.length);
        }
        document.documentHash = documentHash;
        document.updatedAt = uint40(block.timestamp);
        document.uri = uri;
        emit DocumentUpdated(token, name, uri, documentHash);
    }

    /// @inheritdoc IDocuments
    function removeDocument(address token, bytes32 name) external restricted {
        Document memory document = _known(token, name);
        bytes32[] storage names = _names[token];
        // slither-disable-next-line timestamp -- the bound is a place in the list; only the record beside it holds a time
        for (uint256 i = document.place; i < names.length; ++i) {
            bytes32 moved = names[i];
            names[i - 1] = moved;
            _documents[token][moved].place = uint8(i);
        }
        names.pop();
        delete _documents[token][name];
        emit DocumentRemoved(token, name, document.uri, document.documentHash);
    }

    /// @inheritdoc IDocuments
    function getDocument(address token, bytes32 name) external view returns (string memory, bytes32, uint256) {
        Document memory document = _known(token, name);
        return (document.uri, document.documentHash, document.updatedAt);
    }

    /// @inheritdoc IDocuments
    function getAllDocuments(address token) external view returns (bytes32[] memory) {
        return _names[token];
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IDocuments).interfaceId;
    }

    function _known(address token, bytes32 name) private view returns (Document memory document) {
        document = _documents[token][name];
        // slither-disable-next-line incorrect-equality,timestamp -- places count from 1 and are set here alone; zero is the one value for none
        if (document.place == 0) revert DocumentUnknown(token, name);
    }
}
