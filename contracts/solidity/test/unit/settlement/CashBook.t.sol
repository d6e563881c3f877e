// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {CashBook} from "../../../src/settlement/CashBook.sol";
import {CashEntry, ICashBook} from "../../../src/settlement/ICashBook.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {PlainCash} from "../../base/cash/PlainCash.sol";

/// @notice What counts as cash, and what one minor unit of it is in token units.
contract CashBookTest is SettlementStage {
    function test_scaleFollowsDecimalsAndMinorDigits() public {
        checkScale(0, 0, "JPY", 1);
        checkScale(2, 2, "EUR", 1);
        checkScale(6, 2, "USD", 10 ** 4);
        checkScale(18, 2, "EUR", 10 ** 16);
        checkScale(18, 3, "KWD", 10 ** 15);
        checkScale(30, 2, "EUR", 10 ** 28);
    }

    function checkScale(uint8 decimals, uint8 minorDigits, bytes3 currency, uint256 scale) private {
        PlainCash made = new PlainCash(decimals);
        vm.prank(ADMIN);
        book.add(address(made), currency, minorDigits, decimals);
        (uint256 got, bool batches) = book.accepted(address(made));
        vm.assertEq(got, scale);
        vm.assertFalse(batches);
        vm.assertEq(book.scaleOf(address(made)), scale);
        CashEntry memory entry = book.entryOf(address(made));
        vm.assertEq(bytes32(entry.currency), bytes32(currency));
        vm.assertEq(uint256(entry.decimals), decimals);
        vm.assertEq(uint256(entry.minorDigits), minorDigits);
    }

    function test_refusesATokenCoarserThanItsCurrencyOrTooFine() public {
        PlainCash coarse = new PlainCash(0);
        refuses(address(coarse), "EUR", 2, 0, abi.encodeWithSelector(
            ICashBook.CashDecimalsOutOfRange.selector, coarse, 0, 2, 30
        ));
        PlainCash fine = new PlainCash(31);
        refuses(address(fine), "EUR", 2, 31, abi.encodeWithSelector(
            ICashBook.CashDecimalsOutOfRange.selector, fine, 31, 2, 30
        ));
        vm.assertFalse(book.entryOf(address(coarse)).accepted);
    }

    function test_refusesOtherDecimalsThanTheTokenSays() public {
        PlainCash made = new PlainCash(18);
        refuses(address(made), "EUR", 2, 6, abi.encodeWithSelector(ICashBook.CashDecimalsDiffer.selector, made, 6, 18));
        refuses(address(made), "EuR", 2, 18, abi.encodeWithSelector(
            ICashBook.CashCurrencyInvalid.selector, made, bytes3("EuR")
        ));
        refuses(address(made), "E{R", 2, 18, abi.encodeWithSelector(
            ICashBook.CashCurrencyInvalid.selector, made, bytes3("E{R")
        ));
    }

    function refuses(address made, bytes3 currency, uint8 minorDigits, uint8 decimals, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(ADMIN);
        book.add(made, currency, minorDigits, decimals);
    }

    function test_aTokenThatChangesItsDecimalsIsNoLongerAccepted() public {
        cash.setDecimals(8);
        vm.expectRevert(abi.encodeWithSelector(ICashBook.CashDecimalsDiffer.selector, cash, 6, 8));
        book.accepted(address(cash));
        vm.assertEq(book.scaleOf(address(cash)), SCALE, "what is owed keeps its scale");
    }

    function test_aRemovedTokenKeepsItsScaleAndComesBackOnlyAsItWas() public {
        refuses(address(cash), "EUR", 2, 6, abi.encodeWithSelector(ICashBook.CashAccepted.selector, cash));
        vm.prank(ADMIN);
        book.remove(address(cash));
        vm.expectRevert(abi.encodeWithSelector(ICashBook.CashNotAccepted.selector, cash));
        book.accepted(address(cash));
        vm.assertEq(book.scaleOf(address(cash)), SCALE);
        bytes memory known =
            abi.encodeWithSelector(ICashBook.CashKnownOtherwise.selector, cash, bytes3("EUR"), 2, 6);
        refuses(address(cash), "USD", 2, 6, known);
        refuses(address(cash), "EUR", 3, 6, known);
        cash.setDecimals(7);
        refuses(address(cash), "EUR", 2, 7, known);
        cash.setDecimals(6);
        accept(address(cash), 6);
        (uint256 scale,) = book.accepted(address(cash));
        vm.assertEq(scale, SCALE);
        vm.prank(ADMIN);
        book.remove(address(cash));
        vm.expectRevert(abi.encodeWithSelector(ICashBook.CashNotAccepted.selector, cash));
        vm.prank(ADMIN);
        book.remove(address(cash));
    }

    function test_permissionedCashIsRecognised() public {
        addPermissionedCash();
        (uint256 scale, bool batches) = book.accepted(address(permissioned));
        vm.assertEq(scale, 1);
        vm.assertTrue(batches);
    }

    function test_onlyTheRoleChangesTheBook() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, SETTLEMENT));
        vm.prank(SETTLEMENT);
        book.add(address(7), "EUR", 2, 6);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, SETTLEMENT));
        vm.prank(SETTLEMENT);
        book.remove(address(cash));
        vm.expectRevert(abi.encodeWithSelector(ICashBook.CashUnknown.selector, address(7)));
        book.scaleOf(address(7));
        vm.assertTrue(book.supportsInterface(type(ICashBook).interfaceId));
        vm.assertTrue(book.supportsInterface(type(IERC165).interfaceId));
        vm.assertFalse(book.supportsInterface(0xffffffff));
    }
}
