// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Roles} from "../../../src/authority/Roles.sol";
import {Documents} from "../../../src/token/Documents.sol";
import {IDocuments} from "../../../src/token/IDocuments.sol";
import {TestBase} from "../../base/TestBase.sol";
import {Vm} from "../../base/Vm.sol";

contract DocumentsTest is TestBase {
    address private constant ADMIN = address(0xAD);
    address private constant CLERK = address(0xC1);
    address private constant TOKEN = address(0x70);
    bytes32 private constant HASH = keccak256("document");
    uint40 private constant START = 1_800_000_000;
    AccessManager private manager;
    Documents private book;

    function setUp() public {
        vm.warp(START);
        manager = AccessManager(deploy("AccessManager", abi.encode(ADMIN)));
        book = Documents(deploy("Documents", abi.encode(manager)));
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (Documents.setDocument.selector, Documents.removeDocument.selector);
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.DOCUMENTS, CLERK, 0);
        manager.setTargetFunctionRole(address(book), selectors, Roles.DOCUMENTS);
        vm.stopPrank();
    }

    function test_documentIsFoundAsItWasSet() public {
        set("terms", "ipfs://one", HASH);
        (string memory uri, bytes32 hash, uint256 updatedAt) = book.getDocument(TOKEN, "terms");
        vm.assertEq(uri, "ipfs://one");
        vm.assertEq(hash, HASH);
        vm.assertEq(updatedAt, START);
        vm.assertEq(book.getAllDocuments(TOKEN).length, 1);
        vm.assertEq(book.getAllDocuments(address(0x71)).length, 0);
        expectUnknown(address(0x71), "terms");
    }

    function test_replacingKeepsThePlace() public {
        setThree();
        vm.warp(START + 9);
        set("a", "ipfs://two", keccak256("new"));
        assertNames("abc");
        (string memory uri, bytes32 hash, uint256 updatedAt) = book.getDocument(TOKEN, "a");
        vm.assertEq(uri, "ipfs://two");
        vm.assertEq(hash, keccak256("new"));
        vm.assertEq(updatedAt, START + 9);
    }

    function test_removalKeepsTheOrderOfTheOthers() public {
        setThree();
        remove("a");
        assertNames("bc");
        expectUnknown(TOKEN, "a");
        set("a", "", HASH);
        assertNames("bca");
        remove("a");
        assertNames("bc");
        remove("c");
        remove("b");
        assertNames("");
    }

    function test_bothEventsCarryTheWholeDocument() public {
        vm.recordLogs();
        set("terms", "ipfs://one", HASH);
        remove("terms");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], IDocuments.DocumentUpdated.selector);
        vm.assertEq(logs[1].topics[0], IDocuments.DocumentRemoved.selector);
        for (uint256 i; i < 2; ++i) {
            vm.assertEq(logs[i].topics[1], bytes32(uint256(uint160(TOKEN))));
            vm.assertEq(logs[i].topics[2], "terms");
            vm.assertEq(keccak256(logs[i].data), keccak256(abi.encode("ipfs://one", HASH)));
        }
    }

    function test_emptyAndOverlongAreRefused() public {
        vm.startPrank(CLERK);
        vm.expectRevert(abi.encodeWithSelector(IDocuments.DocumentZeroToken.selector));
        book.setDocument(address(0), "a", "", HASH);
        vm.expectRevert(abi.encodeWithSelector(IDocuments.DocumentNameZero.selector, TOKEN));
        book.setDocument(TOKEN, 0, "", HASH);
        vm.expectRevert(abi.encodeWithSelector(IDocuments.DocumentHashZero.selector, TOKEN, bytes32("a")));
        book.setDocument(TOKEN, "a", "uri", 0);
        vm.expectRevert(abi.encodeWithSelector(IDocuments.DocumentUriTooLong.selector, TOKEN, bytes32("a"), 513, 512));
        book.setDocument(TOKEN, "a", string(new bytes(513)), HASH);
        book.setDocument(TOKEN, "a", string(new bytes(512)), HASH);
        vm.expectRevert(abi.encodeWithSelector(IDocuments.DocumentUnknown.selector, TOKEN, bytes32("b")));
        book.removeDocument(TOKEN, "b");
        vm.stopPrank();
        assertNames("a");
    }

    function test_theListIsBounded() public {
        for (uint256 i = 1; i <= 32; ++i) {
            set(bytes32(i), "", HASH);
        }
        vm.expectRevert(abi.encodeWithSelector(IDocuments.DocumentListFull.selector, TOKEN, 32));
        vm.prank(CLERK);
        book.setDocument(TOKEN, "more", "", HASH);
        set(bytes32(uint256(32)), "still replaced", HASH);
        remove(bytes32(uint256(1)));
        set("more", "", HASH);
        vm.assertEq(book.getAllDocuments(TOKEN)[0], bytes32(uint256(2)));
        vm.assertEq(book.getAllDocuments(TOKEN)[31], "more");
    }

    /// @dev Against a list kept the plain way.
    function testFuzz_orderIsThatOfFirstSetting(uint8[24] calldata steps) public {
        bytes memory expected;
        for (uint256 i; i < steps.length; ++i) {
            bytes1 name = bytes1(0x61 + steps[i] % 5);
            (bool present, bytes memory without) = strike(expected, name);
            if (steps[i] < 128) {
                set(bytes32(name), "", HASH);
                if (!present) expected = abi.encodePacked(expected, name);
            } else if (present) {
                remove(bytes32(name));
                expected = without;
            }
            assertNames(expected);
        }
    }

    function test_onlyTheClerkWrites() public {
        bytes memory reason = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ADMIN);
        vm.startPrank(ADMIN);
        vm.expectRevert(reason);
        book.setDocument(TOKEN, "a", "", HASH);
        vm.expectRevert(reason);
        book.removeDocument(TOKEN, "a");
        vm.stopPrank();
    }

    function test_codeSizesStayUnderTheLimit() public view {
        vm.assertLt(address(book).code.length, 24_576, "Documents");
    }

    function test_interfacesAreAnnounced() public view {
        vm.assertTrue(book.supportsInterface(type(IERC165).interfaceId));
        vm.assertTrue(book.supportsInterface(type(IDocuments).interfaceId));
        vm.assertFalse(book.supportsInterface(0xffffffff));
    }

    function strike(bytes memory list, bytes1 name) private pure returns (bool present, bytes memory rest) {
        for (uint256 i; i < list.length; ++i) {
            if (list[i] == name) present = true;
            else rest = abi.encodePacked(rest, list[i]);
        }
    }

    function setThree() private {
        set("a", "ipfs://one", HASH);
        set("b", "", HASH);
        set("c", "", HASH);
    }

    function set(bytes32 name, string memory uri, bytes32 hash) private {
        vm.prank(CLERK);
        book.setDocument(TOKEN, name, uri, hash);
    }

    function remove(bytes32 name) private {
        vm.prank(CLERK);
        book.removeDocument(TOKEN, name);
    }

    function expectUnknown(address token, bytes32 name) private {
        vm.expectRevert(abi.encodeWithSelector(IDocuments.DocumentUnknown.selector, token, name));
        book.getDocument(token, name);
    }

    function assertNames(bytes memory letters) private view {
        bytes32[] memory names = book.getAllDocuments(TOKEN);
        vm.assertEq(names.length, letters.length);
        for (uint256 i; i < names.length; ++i) {
            vm.assertEq(names[i], bytes32(letters[i]));
        }
    }
}
