// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One anchored tree.
/// @param root tree hash of RFC 6962 (SHA-256) over the ordered leaves
/// @param leaves how many leaves the tree has: it fixes the shape of every proof
/// @param anchoredAt time of the block that took it
/// @param kind what the leaves are (1 register, 2 report, 3 audit log; others by agreement off chain)
struct Anchored {
    bytes32 root;
    uint64 leaves;
    uint40 anchoredAt;
    uint16 kind;
}

/// @notice Roots of registers, reports and the audit log, so that nobody can rewrite one afterwards without its being seen.
interface IAnchor {
    /// @param reference_ opaque: what the root is of, in the platform's own words
    event RootAnchored(
        uint256 indexed id, uint16 indexed kind, bytes32 indexed root, uint64 leaves, bytes32 reference_
    );

    error AnchorRootZero(uint16 kind);
    error AnchorNoLeaves(uint16 kind);
    error AnchorUnknown(uint256 id, uint256 count);
    error AnchorIndexOutOfRange(uint256 id, uint256 index, uint256 leaves);

    /// @notice Appends a root. Ids count from 1 without a gap; nothing is ever changed or removed.
    function anchor(uint16 kind, bytes32 root, uint64 leaves, bytes32 reference_) external returns (uint256 id);

    /// @notice How many roots are anchored: the highest id.
    function count() external view returns (uint256);

    function anchorOf(uint256 id) external view returns (Anchored memory);

    /// @notice Whether `leaf` is the leaf number `index` (from 0) of the tree. Reverts on an unknown id or an index outside it.
    /// @param leaf the leaf's own bytes, not their hash
    /// @param proof the other side at each level, from the leaf upwards (RFC 6962, section 2.1.1)
    function verify(uint256 id, bytes calldata leaf, uint256 index, bytes32[] calldata proof)
        external
        view
        returns (bool);
}
