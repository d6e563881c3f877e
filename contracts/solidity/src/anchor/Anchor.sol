// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Anchored, IAnchor} from "./IAnchor.sol";

/// @notice Append-only list of Merkle roots, with inclusion proofs checked on chain.
/// @dev The tree is the platform's own (`tokenization/kernel/merkle.py`): SHA-256, leaves hashed behind 0x00 and nodes behind
/// 0x01, so that no node passes for a leaf. Not OpenZeppelin's MerkleProof: that sorts pairs and so proves no position.
contract Anchor is AccessManaged, IAnchor, IERC165 {
    Anchored[] private _anchored;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc IAnchor
    function anchor(uint16 kind, bytes32 root, uint64 leaves, bytes32 reference_)
        external
        restricted
        returns (uint256 id)
    {
        if (root == 0) revert AnchorRootZero(kind);
        if (leaves == 0) revert AnchorNoLeaves(kind);
        _anchored.push(Anchored(root, leaves, uint40(block.timestamp), kind));
        id = _anchored.length;
        emit RootAnchored(id, kind, root, leaves, reference_);
    }

    /// @inheritdoc IAnchor
    function count() external view returns (uint256) {
        return _anchored.length;
    }

    /// @inheritdoc IAnchor
    function anchorOf(uint256 id) external view returns (Anchored memory) {
        return _known(id);
    }

    /// @inheritdoc IAnchor
    function verify(uint256 id, bytes calldata leaf, uint256 index, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        Anchored storage tree = _known(id);
        uint256 leaves = tree.leaves;
        _checkIndex(id, index, leaves);
        (bool whole, bytes32 root) = _climb(_leafHash(leaf), index, leaves - 1, proof);
        return whole && root == tree.root;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IAnchor).interfaceId;
    }

    /// @dev The walk of RFC 9162, section 2.1.3.2: `last` shrinks with `index`, and a proof of the wrong length never ends at zero.
    /// @return whole whether the proof has exactly the length that the shape asks for
    function _climb(bytes32 node, uint256 index, uint256 last, bytes32[] calldata proof)
        private
        pure
        returns (bool whole, bytes32)
    {
        for (uint256 i; i < proof.length; ++i) {
            if (last == 0) return (false, 0);
            if (index & 1 == 1 || index == last) {
                node = _nodeHash(proof[i], node);
                // The last node of a level has no brother: it rises alone until it is a right-hand one.
                while (index & 1 == 0 && index != 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                node = _nodeHash(node, proof[i]);
            }
            index >>= 1;
            last >>= 1;
        }
        return (last == 0, node);
    }

    function _checkIndex(uint256 id, uint256 index, uint256 leaves) internal view virtual {
        if (index >= leaves) revert AnchorIndexOutOfRange(id, index, leaves);
    }

    function _leafHash(bytes calldata leaf) internal pure virtual returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), leaf));
    }

    function _nodeHash(bytes32 left, bytes32 right) internal pure virtual returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    function _known(uint256 id) private view returns (Anchored storage) {
        // slither-disable-next-line timestamp -- an id is compared with a count; only the record beside it holds a time
        if (id == 0 || id > _anchored.length) revert AnchorUnknown(id, _anchored.length);
        return _anchored[id - 1];
    }
}
