// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rules} from "../../src/compliance/IEngine.sol";
import {Registration} from "../../src/identity/IIdentityRegistry.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {TokenTerms} from "../../src/token/TokenFactory.sol";
import {Stage} from "../base/Stage.sol";

/// @notice ERC-7943's `canTransfer` under the real registry and an engine with every holder's rule on: what it promises is done,
/// what it denies is refused.
contract CanTransferRulesTest is Stage {
    uint256 private constant FLAG_KINDS = 4;

    function setUp() public override {
        super.setUp();
        TokenTerms memory t = terms(MATURITY);
        // Category 3 alone, 700 units for one investor, two investors at a time.
        t.rules = Rules({countrySet: 0, categories: 1 << 3, unitsPerInvestor: 700, holders: 2, reserveBacked: false});
        vm.prank(DEPLOYER);
        token = SecurityToken(factory.create("ruled", t));
        registerAs(carol, bob, KYC_EXPIRY);
        confirmUnits(token, 1, 2, 1_000);
        issueUnits(2, alice, 600);
        issueUnits(3, bob, 300);
    }

    function testFuzz_theViewIsTheTransfer(uint256 seed, uint256 amount) public {
        address[4] memory people = [alice, bob, carol, address(0xDA7E)];
        for (uint256 i; i < 4; ++i) {
            describe(people[i], seed >> (16 * i));
        }
        (address from, address to) = (people[(seed >> 64) % 4], people[(seed >> 66) % 4]);
        vm.prank(ENFORCEMENT);
        controller.setFrozenUnits(address(token), from, uint128((seed >> 80) % 3 == 0 ? (seed >> 90) % 900 : 0), order());
        if ((seed >> 100) % 8 == 0) {
            vm.prank(PAUSER);
            controller.pause(address(token), order());
        }
        vm.warp((seed >> 110) % 8 == 0 ? MATURITY : START + 1);
        amount = bound(amount, 0, 650);
        bool promised = token.canTransfer(from, to, amount);
        bool eligible = token.canSend(from) && token.canReceive(to);
        vm.prank(from);
        (bool done,) = address(token).call(abi.encodeCall(token.transfer, (to, amount)));
        vm.assertEq(promised, done);
        vm.assertTrue(eligible || !done, "who may not send or receive did");
    }

    function test_theControlIsAllowed() public {
        vm.assertTrue(token.canTransfer(alice, bob, 100));
        vm.assertTrue(token.canTransfer(alice, carol, 400));
        vm.assertFalse(token.canTransfer(alice, carol, 401));
        vm.prank(alice);
        token.transfer(carol, 400);
        vm.assertEq(token.balanceOf(carol), 400);
    }

    /// @dev Another category, an early expiry or a flag, each now and then.
    function describe(address wallet, uint256 seed) private {
        Registration[] memory lines = new Registration[](1);
        uint40 expiry = seed % 5 == 0 ? START + 1 : KYC_EXPIRY;
        address identity = registry.identity(wallet) == address(0) ? wallet : registry.identity(wallet);
        lines[0] = Registration(wallet, identity, 586, seed % 7 == 0 ? 4 : 3, expiry);
        address[] memory wallets = new address[](1);
        uint32[] memory flags = new uint32[](1);
        uint32[FLAG_KINDS] memory kinds = [uint32(0), 1 << 30, 1 << 29, 4];
        (wallets[0], flags[0]) = (wallet, (seed >> 8) % 3 == 0 ? kinds[(seed >> 10) % FLAG_KINDS] : 0);
        vm.startPrank(IDENTITY);
        if (wallet != address(0xDA7E) || seed % 2 == 0) registry.registerBatch(lines);
        registry.setFlagsBatch(wallets, flags);
        vm.stopPrank();
    }
}
