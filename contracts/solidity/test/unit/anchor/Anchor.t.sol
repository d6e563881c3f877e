// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Anchor} from "../../../src/anchor/Anchor.sol";
import {Anchored, IAnchor} from "../../../src/anchor/IAnchor.sol";
import {Roles} from "../../../src/authority/Roles.sol";
import {TestBase} from "../../base/TestBase.sol";
import {Vm} from "../../base/Vm.sol";

interface VmJson {
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes32Array(string calldata json, string calldata key) external pure returns (bytes32[] memory);
    function parseJsonBytesArray(string calldata json, string calldata key) external pure returns (bytes[] memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function toString(uint256 value) external pure returns (string memory);
}

/// @notice Without the domains: a node's two halves pass for a leaf.
contract UndividedAnchor is Anchor {
    constructor(address authority_) Anchor(authority_) {}

    function _leafHash(bytes calldata leaf) internal pure override returns (bytes32) {
        return sha256(leaf);
    }

    function _nodeHash(bytes32 left, bytes32 right) internal pure override returns (bytes32) {
        return sha256(abi.encodePacked(left, right));
    }
}

/// @notice Without the bound on the index: leaf 1 of 4 passes for leaf 5 as well.
contract BoundlessAnchor is Anchor {
    constructor(address authority_) Anchor(authority_) {}

    function _checkIndex(uint256, uint256, uint256) internal pure override {}
}

contract AnchorTest is TestBase {
    address private constant ADMIN = address(0xAD);
    address private constant ANCHORER = address(0xA4);
    bytes32 private constant REFERENCE = keccak256("reference");
    uint40 private constant START = 1_800_000_000;
    AccessManager private manager;
    Anchor private book;

    function setUp() public {
        vm.warp(START);
        manager = AccessManager(deploy("AccessManager", abi.encode(ADMIN)));
        book = Anchor(deploy("Anchor", abi.encode(manager)));
        wire(book);
    }

    function test_rootsAreNumberedAndStamped() public {
        vm.assertEq(book.count(), 0);
        vm.assertEq(put(1, "one", 3), 1);
        vm.warp(START + 5);
        vm.assertEq(put(3, "two", 7), 2);
        vm.assertEq(put(1, "one", 3), 3);
        vm.assertEq(book.count(), 3);
        Anchored memory a = book.anchorOf(2);
        vm.assertEq(a.root, "two");
        vm.assertEq(uint256(a.leaves), 7);
        vm.assertEq(uint256(a.anchoredAt), START + 5);
        vm.assertEq(uint256(a.kind), 3);
        vm.assertEq(uint256(book.anchorOf(1).anchoredAt), START);
    }

    function test_theLogTellsTheWholeState() public {
        vm.recordLogs();
        put(2, "root", 9);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1);
        vm.assertEq(logs[0].topics[0], IAnchor.RootAnchored.selector);
        vm.assertEq(logs[0].topics[1], bytes32(uint256(1)));
        vm.assertEq(logs[0].topics[2], bytes32(uint256(2)));
        vm.assertEq(logs[0].topics[3], "root");
        vm.assertEq(keccak256(logs[0].data), keccak256(abi.encode(9, REFERENCE)));
    }

    function test_emptyRootsAndTreesAreRefused() public {
        vm.startPrank(ANCHORER);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorRootZero.selector, 4));
        book.anchor(4, 0, 1, REFERENCE);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorNoLeaves.selector, 4));
        book.anchor(4, "root", 0, REFERENCE);
        vm.stopPrank();
        vm.assertEq(book.count(), 0);
    }

    function test_onlyTheAnchorerAnchors() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ADMIN));
        vm.prank(ADMIN);
        book.anchor(1, "root", 1, REFERENCE);
    }

    function test_unknownIdsAreRefused() public {
        bytes32[] memory none = new bytes32[](0);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorUnknown.selector, 0, 0));
        book.anchorOf(0);
        put(1, "root", 1);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorUnknown.selector, 0, 1));
        book.verify(0, "", 0, none);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorUnknown.selector, 2, 1));
        book.verify(2, "", 0, none);
    }

    /// @dev Every leaf of every tree of the vectors that Python reads too: right place, wrong place, wrong leaf, wrong length.
    function test_vectorsSharedWithPython() public {
        string memory json = vm.readFile("../../tests/vectors/merkle.json");
        VmJson reader = VmJson(address(vm));
        uint256 trees;
        for (; reader.keyExistsJson(json, string.concat(".trees[", reader.toString(trees), "]")); ++trees) {
            string memory key = string.concat(".trees[", reader.toString(trees), "]");
            bytes[] memory leaves = reader.parseJsonBytesArray(json, string.concat(key, ".leaves"));
            uint256 id = put(1, reader.parseJsonBytes32(json, string.concat(key, ".root")), uint64(leaves.length));
            for (uint256 i; i < leaves.length; ++i) {
                bytes32[] memory proof =
                    reader.parseJsonBytes32Array(json, string.concat(key, ".proofs[", reader.toString(i), "]"));
                checkLeaf(id, leaves, i, proof);
            }
        }
        vm.assertEq(trees, 11);
    }

    function testFuzz_everyLeafOfEveryTreeAndNoOther(uint256 size, uint256 index, uint256 other, bytes32 seed) public {
        size = bound(size, 1, 70);
        index = bound(index, 0, size - 1);
        other = bound(other, 0, size - 1);
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i; i < size; ++i) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
        (bytes32 root, bytes32[] memory proof) = build(leaves, index);
        uint256 id = put(1, root, uint64(size));
        vm.assertTrue(book.verify(id, abi.encode(leaves[index]), index, proof), "own leaf");
        if (other == index) return;
        vm.assertFalse(book.verify(id, abi.encode(leaves[other]), index, proof), "other leaf");
        vm.assertFalse(book.verify(id, abi.encode(leaves[index]), other, proof), "other place");
        proof[uint256(seed) % proof.length] ^= bytes32(uint256(1) << (other % 256));
        vm.assertFalse(book.verify(id, abi.encode(leaves[index]), index, proof), "changed proof");
    }

    function testFuzz_indexOutsideIsRefused(uint64 size, uint256 index) public {
        size = uint64(bound(size, 1, type(uint64).max));
        index = bound(index, size, type(uint256).max);
        put(1, "root", size);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorIndexOutOfRange.selector, 1, index, size));
        book.verify(1, "", index, new bytes32[](0));
    }

    function test_aNodeDoesNotPassForALeaf() public {
        (bytes memory halves, bytes32[] memory none) = (abi.encode(sha256(hex"0061"), sha256(hex"0062")), new bytes32[](0));
        uint256 id = put(1, sha256(abi.encodePacked(hex"01", halves)), 1);
        vm.assertFalse(book.verify(id, halves, 0, none));
    }

    /// @dev Control: with one domain for leaves and nodes, the two halves of a node are a leaf.
    function test_control_withoutDomainsANodeIsALeaf() public {
        book = new UndividedAnchor(address(manager));
        wire(book);
        bytes memory halves = abi.encode(sha256("a"), sha256("b"));
        uint256 id = put(1, sha256(halves), 1);
        vm.assertTrue(book.verify(id, halves, 0, new bytes32[](0)));
    }

    /// @dev Control: without the bound, the second of four leaves is proved to be the sixth.
    function test_control_withoutTheBoundALeafHasTwoPlaces() public {
        bytes32[] memory leaves = new bytes32[](4);
        leaves[1] = "mine";
        (bytes32 root, bytes32[] memory proof) = build(leaves, 1);
        put(1, root, 4);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorIndexOutOfRange.selector, 1, 5, 4));
        book.verify(1, abi.encode(leaves[1]), 5, proof);
        book = new BoundlessAnchor(address(manager));
        wire(book);
        put(1, root, 4);
        vm.assertTrue(book.verify(1, abi.encode(leaves[1]), 5, proof));
    }

    function test_codeSizesStayUnderTheLimit() public view {
        vm.assertLt(address(book).code.length, 24_576, "Anchor");
    }

    function test_interfacesAreAnnounced() public view {
        vm.assertTrue(book.supportsInterface(type(IERC165).interfaceId));
        vm.assertTrue(book.supportsInterface(type(IAnchor).interfaceId));
        vm.assertFalse(book.supportsInterface(0xffffffff));
    }

    function checkLeaf(uint256 id, bytes[] memory leaves, uint256 i, bytes32[] memory proof) private view {
        vm.assertTrue(book.verify(id, leaves[i], i, proof), "vector");
        vm.assertFalse(book.verify(id, abi.encodePacked(leaves[i], "x"), i, proof));
        for (uint256 j; j < leaves.length; ++j) {
            if (j != i) vm.assertFalse(book.verify(id, leaves[i], j, proof));
        }
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        for (uint256 j; j < proof.length; ++j) {
            longer[j] = proof[j];
        }
        vm.assertFalse(book.verify(id, leaves[i], i, longer));
        if (proof.length == 0) return;
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 j; j < shorter.length; ++j) {
            shorter[j] = proof[j];
        }
        vm.assertFalse(book.verify(id, leaves[i], i, shorter));
    }

    /// @dev Level by level, the odd node rising as it is: another way than the recursion of Python and the walk of the contract.
    function build(bytes32[] memory leaves, uint256 place) private pure returns (bytes32, bytes32[] memory proof) {
        bytes32[] memory level = new bytes32[](leaves.length);
        for (uint256 i; i < leaves.length; ++i) {
            level[i] = sha256(abi.encodePacked(hex"00", leaves[i]));
        }
        bytes32[] memory path = new bytes32[](64);
        uint256 depth;
        uint256 width = leaves.length;
        while (width > 1) {
            if (place ^ 1 < width) path[depth++] = level[place ^ 1];
            for (uint256 i; i < width; i += 2) {
                level[i / 2] = i + 1 < width ? sha256(abi.encodePacked(hex"01", level[i], level[i + 1])) : level[i];
            }
            width = (width + 1) / 2;
            place /= 2;
        }
        proof = new bytes32[](depth);
        for (uint256 i; i < depth; ++i) {
            proof[i] = path[i];
        }
        return (level[0], proof);
    }

    function put(uint16 kind, bytes32 root, uint64 leaves) private returns (uint256) {
        vm.prank(ANCHORER);
        return book.anchor(kind, root, leaves, REFERENCE);
    }

    function wire(Anchor target) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = Anchor.anchor.selector;
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.ANCHOR, ANCHORER, 0);
        manager.setTargetFunctionRole(address(target), selectors, Roles.ANCHOR);
        vm.stopPrank();
    }
}
