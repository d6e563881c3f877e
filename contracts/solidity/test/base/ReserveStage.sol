// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Roles} from "../../src/authority/Roles.sol";
import {Attestation} from "../../src/reserve/IReserveBook.sol";
import {ReserveBook} from "../../src/reserve/ReserveBook.sol";
import {TestBase} from "./TestBase.sol";

/// @notice Stands for a token: the book asks its supply and nothing else.
contract SupplyOnly {
    uint256 public totalSupply;

    function set(uint256 supply) external {
        totalSupply = supply;
    }
}

/// @notice The reserve book alone, wired as production wires it, with one gold-backed token.
abstract contract ReserveStage is TestBase {
    uint256 internal constant EXAMINER_KEY = 0xE8A;
    uint256 internal constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    address internal constant ADMIN = address(0xAD);
    address internal constant RULES = address(0x47);
    address internal constant DEPLOYER = address(0xDE);
    address internal constant RELAY = address(0x7E);
    address internal constant ENFORCEMENT = address(0xEF);
    uint40 internal constant START = 1_800_000_000;
    bytes32 internal constant GOLD = keccak256("kind one");
    bytes32 internal constant OIL = keccak256("kind two");
    bytes32 internal constant REPORT = keccak256("report and its salt");
    uint256 internal constant PER_UNIT = 32_150;
    uint256 internal constant MARGIN = 250;

    AccessManager internal manager;
    ReserveBook internal book;
    SupplyOnly internal supply;
    address internal token;
    address internal examiner;

    function setUp() public virtual {
        vm.warp(START);
        examiner = vm.addr(EXAMINER_KEY);
        supply = new SupplyOnly();
        token = address(supply);
        manager = AccessManager(deploy("AccessManager", abi.encode(ADMIN)));
        book = ReserveBook(deploy("ReserveBook", abi.encode(manager)));
        wireBook(book);
        vm.prank(DEPLOYER);
        book.addReserve(token, GOLD, PER_UNIT, MARGIN);
    }

    function wireBook(ReserveBook target) internal {
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.DEPLOYER, DEPLOYER, 0);
        manager.grantRole(Roles.RULES, RULES, 0);
        manager.grantRole(Roles.RELAY, RELAY, 0);
        manager.grantRole(Roles.ENFORCEMENT, ENFORCEMENT, 0);
        manager.grantRole(Roles.EXAMINER, examiner, 0);
        wireOne(address(target), ReserveBook.addReserve.selector, Roles.DEPLOYER);
        wireOne(address(target), ReserveBook.setBacking.selector, Roles.RULES);
        wireOne(address(target), ReserveBook.attest.selector, Roles.RELAY);
        wireOne(address(target), ReserveBook.raiseEncumbrance.selector, Roles.ENFORCEMENT);
        vm.stopPrank();
    }

    function wireOne(address target, bytes4 selector, uint64 role) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    /// @dev As of now, valid for 30 days.
    function attestation(uint64 number, uint128 quantity, uint128 encumbered)
        internal
        view
        returns (Attestation memory)
    {
        uint40 nowAt = uint40(block.timestamp);
        return Attestation(token, number, quantity, encumbered, nowAt, nowAt + 30 days, REPORT);
    }

    function signed(uint256 key, Attestation memory a) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, book.hashAttestation(a));
        return abi.encodePacked(r, s, v);
    }

    function attest(Attestation memory a) internal {
        bytes memory signature = signed(EXAMINER_KEY, a);
        vm.prank(RELAY);
        book.attest(a, signature);
    }

    function expectRefused(Attestation memory a, bytes memory reason) internal {
        bytes memory signature = signed(EXAMINER_KEY, a);
        bytes32 before = keccak256(abi.encode(book.attestationOf(token)));
        vm.expectRevert(reason);
        vm.prank(RELAY);
        book.attest(a, signature);
        vm.assertEq(keccak256(abi.encode(book.attestationOf(token))), before);
    }
}
