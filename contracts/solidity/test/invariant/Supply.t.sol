// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {TestBase} from "../base/TestBase.sol";
import {Handler} from "./Handler.sol";
import {Powers} from "./Powers.sol";

/// @notice What holds after every step, whoever did what.
contract SupplyInvariantTest is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler private handler;

    function setUp() public {
        handler = new Handler();
        handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        bytes4[24] memory actions = [
            Powers.confirm.selector,
            Powers.confirm.selector,
            Powers.issue.selector,
            Powers.issue.selector,
            Powers.issue.selector,
            Handler.attest.selector,
            Handler.attest.selector,
            Powers.withdraw.selector,
            Powers.redeem.selector,
            Powers.annul.selector,
            Powers.forcedTransfer.selector,
            Powers.recover.selector,
            Handler.transfer.selector,
            Handler.transfer.selector,
            Handler.batchTransfer.selector,
            Handler.rawMint.selector,
            Handler.rawBurn.selector,
            Handler.freezeUnits.selector,
            Handler.restrict.selector,
            Handler.identify.selector,
            Handler.closePeriod.selector,
            Handler.raiseEncumbrance.selector,
            Handler.setCeilings.selector,
            Powers.windUp.selector
        ];
        bytes4[] memory selectors = new bytes4[](25);
        for (uint256 i; i < 24; ++i) {
            selectors[i] = actions[i];
        }
        selectors[24] = Handler.passTime.selector;
        list[0] = FuzzSelector(address(handler), selectors);
    }

    function invariant_nothingForbiddenHappened() external view {
        vm.assertEq(handler.violation(), "");
    }

    function invariant_supplyIsTheSumOfBalancesAndOfTheCounters() external view {
        for (uint256 i; i < 3; ++i) {
            SecurityToken token = handler.tokens(i);
            (uint256[5] memory f,,,) = handler.figures(i);
            uint256 sum;
            for (uint256 w; w < 6; ++w) {
                address wallet = handler.wallets(w);
                sum += token.balanceOf(wallet);
            }
            if (handler.ended(i)) vm.assertEq(sum, 0, "units after the end");
            vm.assertEq(token.totalSupply(), sum, "supply is not the sum of balances");
            vm.assertEq(token.totalSupply(), f[2] - f[4] - f[3], "supply is not issued - annulled - redeemed");
        }
    }

    function invariant_supplyStaysUnderCapAndCeilings() external view {
        uint256 face;
        for (uint256 i; i < 3; ++i) {
            (uint256[5] memory f, uint256 facePerUnit, uint256 ceiling, bool open) = handler.figures(i);
            vm.assertLe(f[2] - f[4], f[0] - f[1], "over the immobilised cap");
            uint256 supply = handler.tokens(i).totalSupply();
            vm.assertLe(supply, ceiling, "over every series ceiling there was");
            if (open) face += supply * facePerUnit;
        }
        (uint256 programmeCeiling, uint256 used) = handler.programme();
        vm.assertLe(face, programmeCeiling, "over every programme ceiling there was");
        vm.assertEq(used, face, "the programme's figure is not the face that has not matured");
    }

    function invariant_holdingsAreCountedPerInvestor() external view {
        for (uint256 pair; pair < 3; ++pair) {
            (uint256 said, uint256 held, uint256 saidHolders, uint256 holders) = handler.holdings(pair);
            vm.assertEq(said, held, "the engine's holding is not the sum of the investor's balances");
            vm.assertEq(saidHolders, holders, "the engine's holders are not those who hold");
        }
    }

    /// @dev Once per run: the bitmap is exactly what acted.
    function afterInvariant() external view {
        for (uint256 i; i < 3; ++i) {
            address token = address(handler.tokens(i));
            for (uint64 n; n < handler.NUMBERS(); ++n) {
                vm.assertEq(handler.numberUsed(i, n), handler.acted(token, n) == 1);
            }
        }
    }

    /// @dev A handler that always fails would prove nothing: a fixed walk shows that every action can succeed.
    function test_theHandlerReachesEveryAction() external {
        for (uint256 i = 1; i < 400; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            if (i % 20 == 1) handler.attest(seed, 9_000 * 32_150);
            handler.confirm(seed, 3_000);
            handler.issue(seed >> 1, 200);
            if (i % 2 == 0) handler.transfer(seed, 30);
            if (i % 4 == 0) handler.batchTransfer(seed, 30);
            if (i % 5 == 0) handler.redeem(seed >> 2, 20);
            if (i % 7 == 0) handler.annul(seed >> 3, 20);
            if (i % 3 == 0) handler.forcedTransfer(seed >> 4, 10);
            if (i % 3 == 1) handler.recover(seed >> 5);
            if (i % 11 == 0) handler.withdraw(seed >> 6, 10);
            if (i % 13 == 0) handler.rawMint(seed, 10);
            if (i % 17 == 0) handler.rawBurn(seed, 10);
            if (i % 19 == 0) handler.raiseEncumbrance(seed, 3_000 * 32_150);
            if (i > 380) handler.closePeriod(seed);
        }
        bytes32[14] memory actions = [
            bytes32("confirm"),
            "issue",
            "transfer",
            "batchTransfer",
            "redeem",
            "annul",
            "forcedTransfer",
            "recover",
            "withdraw",
            "rawMint",
            "rawBurn",
            "attest",
            "raiseEncumbrance",
            "closePeriod"
        ];
        for (uint256 i; i < actions.length; ++i) {
            vm.assertTrue(handler.successes(actions[i]) > 0, string(abi.encodePacked(actions[i])));
        }
        vm.assertEq(handler.violation(), "");
    }

    function test_theHandlerEndsSeriesThatHadHolders() external {
        for (uint256 i = 1; i < 20; ++i) {
            handler.attest(uint256(keccak256(abi.encode("attest", i))), 9_000 * 32_150);
            handler.confirm(uint256(keccak256(abi.encode(i))), 600);
            handler.issue(uint256(keccak256(abi.encode("issue", i))), 50);
        }
        for (uint256 i = 1; i < 60; ++i) {
            handler.windUp(uint256(keccak256(abi.encode("end", i))));
        }
        for (uint256 i; i < 3; ++i) {
            (uint256[5] memory f,,,) = handler.figures(i);
            vm.assertTrue(f[2] > 0, "nothing was issued");
            vm.assertTrue(handler.ended(i), "not ended");
            vm.assertEq(handler.tokens(i).totalSupply(), 0);
        }
        vm.assertEq(handler.violation(), "");
    }
}
