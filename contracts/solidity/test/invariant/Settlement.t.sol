// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestBase} from "../base/TestBase.sol";
import {SettlementHandler} from "./SettlementHandler.sol";

/// @notice Delivery versus payment conserves both tokens, holds neither, and does what its views say.
contract SettlementInvariantTest is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    SettlementHandler private handler;

    function setUp() public {
        handler = new SettlementHandler();
        handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = SettlementHandler.cheat.selector;
        selectors[1] = SettlementHandler.primary.selector;
        selectors[2] = SettlementHandler.primary.selector;
        selectors[3] = SettlementHandler.trade.selector;
        selectors[4] = SettlementHandler.trade.selector;
        selectors[5] = SettlementHandler.cancel.selector;
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), selectors);
    }

    function invariant_nothingForbiddenHappened() external view {
        vm.assertEq(handler.violation(), "");
    }

    function invariant_bothTokensAreConserved() external view {
        (uint256 units, uint256 inCash, uint256 ofDvp, uint256 supply) = handler.sums();
        vm.assertEq(units, supply, "units");
        vm.assertEq(supply, handler.issued(), "issued against payment only");
        vm.assertEq(inCash, handler.minted(), "cash");
        vm.assertEq(inCash, handler.MINTED() * 10 ** 4, "no fee was ever taken");
        vm.assertEq(ofDvp, 0, "it holds nothing");
    }

    /// @dev Once per run: the bitmap is exactly what acted.
    function afterInvariant() external view {
        for (uint64 n; n < handler.NUMBERS(); ++n) {
            vm.assertEq(handler.used(n), handler.acted(n) == 1);
        }
    }

    /// @dev A handler that always fails would prove nothing: a fixed walk shows that every action can succeed.
    function test_theHandlerReachesEveryAction() external {
        for (uint256 i = 1; i < 120; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            if (i % 4 == 0) handler.cheat(seed);
            handler.primary(seed >> 1, 0x0a0b, 70);
            handler.trade(seed >> 2, 5, 9);
            if (i % 10 == 0) handler.cancel(seed >> 3);
        }
        vm.assertTrue(handler.successes("primary") > 0, "primary");
        vm.assertTrue(handler.successes("trade") > 0, "trade");
        vm.assertTrue(handler.successes("cancel") > 0, "cancel");
        vm.assertEq(handler.violation(), "");
    }
}
