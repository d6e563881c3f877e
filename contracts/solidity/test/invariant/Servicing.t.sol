// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestBase} from "../base/TestBase.sol";
import {ServicingHandler} from "./ServicingHandler.sol";

/// @notice Payments + reserve + remaining = funding, in the books and in the cash token; a number pays at most once.
contract ServicingInvariantTest is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    ServicingHandler private handler;

    function setUp() public {
        handler = new ServicingHandler();
        handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        bytes4[12] memory actions = [
            ServicingHandler.open.selector,
            ServicingHandler.fund.selector,
            ServicingHandler.fund.selector,
            ServicingHandler.close.selector,
            ServicingHandler.moods.selector,
            ServicingHandler.pay.selector,
            ServicingHandler.pay.selector,
            ServicingHandler.payComputed.selector,
            ServicingHandler.redeem.selector,
            ServicingHandler.retire.selector,
            ServicingHandler.draw.selector,
            ServicingHandler.drawFor.selector
        ];
        bytes4[] memory selectors = new bytes4[](actions.length);
        for (uint256 i; i < actions.length; ++i) {
            selectors[i] = actions[i];
        }
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), selectors);
    }

    function invariant_nothingForbiddenHappened() external view {
        vm.assertEq(handler.violation(), "");
    }

    function invariant_whatIsOwedIsThere() external view {
        (uint256 held, uint256 owed, uint256 remaining, uint256 unclaimed, uint256 inWallets, uint256 treasury) =
            handler.sums();
        uint256 scale = handler.scale();
        vm.assertEq(owed, remaining + unclaimed, "owed is remaining and unclaimed");
        vm.assertEq(held, owed * scale, "the agent holds what it owes");
        vm.assertEq(held + inWallets + treasury, handler.MINTED() * scale, "cash is conserved");
    }

    function invariant_figuresOfEveryEventAddUp() external view {
        for (uint256 i; i < 3; ++i) {
            (uint256 funded, uint256 paid, uint256 reserved) = handler.figures(i);
            vm.assertEq(funded, handler.fundedGhost(handler.ids(i)), "funded");
            vm.assertLe(paid + reserved, funded, "more than was funded");
        }
    }

    /// @dev Once per run: the bitmap is exactly what acted.
    function afterInvariant() external view {
        for (uint64 n; n < handler.NUMBERS(); ++n) {
            vm.assertEq(handler.used(n), handler.acted(n) == 1);
        }
    }

    /// @dev A handler that always fails would prove nothing: a fixed walk shows that every action can succeed.
    function test_theHandlerReachesEveryAction() external {
        for (uint256 i = 1; i < 150; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            handler.open(seed);
            handler.fund(seed >> 1, 3_000);
            if (i % 3 == 0) handler.moods(seed);
            handler.pay(seed >> 2, 0x4030);
            if (i % 2 == 0) handler.payComputed(seed >> 3);
            handler.redeem(seed >> 4, 20);
            if (i % 9 == 0) handler.retire(seed >> 5);
            handler.draw(seed >> 6);
            handler.drawFor(seed >> 7, 10);
            if (i > 140) handler.close(seed & ~uint256(7));
        }
        bytes32[9] memory actions =
            [bytes32("open"), "fund", "close", "pay", "computed", "redeem", "retire", "draw", "drawFor"];
        for (uint256 i; i < actions.length; ++i) {
            vm.assertTrue(handler.successes(actions[i]) > 0, string(abi.encodePacked(actions[i])));
        }
        vm.assertEq(handler.violation(), "");
    }
}
