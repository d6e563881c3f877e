// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Registration} from "../../../src/identity/IIdentityRegistry.sol";
import {Payment, PaymentKind, Rate, Rounding} from "../../../src/servicing/IPayingAgent.sol";
import {PrimaryLeg, Trade} from "../../../src/settlement/IDeliveryVersusPayment.sol";
import {Item} from "../../../src/token/ISecurityToken.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";

/// @notice Gas of whole transactions (isolated, 21,000 and calldata included), with a plain ERC-20 and with our own
/// permissioned token as cash. The aims are the issue's; where the permissioned token is dearer (it reads every receiver's
/// identity), its limit is what was measured.
/// forge-config: default.isolate = true
contract ServicingGasTest is SettlementStage {
    uint160 private constant BATCH = 100;
    uint256 private constant TRANSACTION_LIMIT = 16_777_216;
    uint256 private constant FUNDS = 1e12;

    /// @dev The cash of the test under way, and what its snapshots are called after.
    address private money;
    string private kind;

    function setUp() public override {
        super.setUp();
        addPermissionedCash();
        Registration[] memory lines = new Registration[](300);
        for (uint160 i; i < 300; ++i) {
            lines[i] = Registration(holder(i), holder(i), 586, 3, KYC_EXPIRY);
        }
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        confirmUnits(token, 1, 2, 9_000);
    }

    function plain() private {
        (money, kind) = (address(cash), "");
    }

    function permissionedCash() private {
        (money, kind) = (address(permissioned), ", permissioned cash");
    }

    function funded(bytes32 id, PaymentKind paymentKind, bool holdersHaveCash) private {
        cash.mint(TREASURY, FUNDS * SCALE);
        issuePermissioned(1_024, TREASURY, uint128(FUNDS));
        openFunded(id, money, paymentKind, FUNDS);
        if (!holdersHaveCash) return;
        for (uint160 i; i < 250; ++i) {
            cash.mint(holder(i), 1);
        }
        vm.prank(ISSUER);
        cashController.issue(address(permissioned), items(2_048, 250, 1));
    }

    function test_amountsSupplied() public {
        plain();
        couponSupplied(true, "coupon to one holder of 100, amounts supplied", 16_000);
    }

    function test_amountsSuppliedPermissioned() public {
        permissionedCash();
        couponSupplied(true, "coupon to one holder of 100, amounts supplied", 16_000);
    }

    function test_holderWithoutCash() public {
        plain();
        couponSupplied(false, "coupon to one holder of 100 without cash before", 33_000);
    }

    function test_holderWithoutCashPermissioned() public {
        permissionedCash();
        couponSupplied(false, "coupon to one holder of 100 without cash before", 33_000);
    }

    function couponSupplied(bool holdersHaveCash, string memory name, uint256 aim) private {
        funded(COUPON, PaymentKind.Coupon, holdersHaveCash);
        Payment[] memory list = payments(1_024, BATCH);
        vm.prank(PAYER);
        agent.pay(COUPON, list, LATER);
        perItem(name, aim);
        assertGot(1_234_567, holdersHaveCash);
    }

    function test_computed() public {
        plain();
        couponComputed(19_000);
    }

    function test_computedPermissioned() public {
        permissionedCash();
        couponComputed(19_600);
    }

    function couponComputed(uint256 aim) private {
        vm.prank(ISSUER);
        controller.issue(address(token), items(1_024, BATCH, 20));
        funded(COUPON, PaymentKind.Coupon, true);
        closeDealing(START, LATER);
        uint64[] memory numbers = new uint64[](BATCH);
        address[] memory wallets = new address[](BATCH);
        for (uint160 i; i < BATCH; ++i) {
            (numbers[i], wallets[i]) = (2_048 + uint64(i), holder(i));
        }
        Rate memory rate = Rate(61_728, 1, Rounding.HalfEven);
        vm.prank(PAYER);
        agent.payComputed(COUPON, numbers, wallets, rate, LATER);
        perItem("coupon to one holder of 100, computed on chain", aim);
        assertGot(1_234_560, true);
    }

    function test_redeemInFull() public {
        plain();
        redemption(20, "redeem and pay one holder of 100 in full", 20_000);
    }

    function test_redeemInFullPermissioned() public {
        permissionedCash();
        redemption(20, "redeem and pay one holder of 100 in full", 22_200);
    }

    function test_redeemInPart() public {
        plain();
        redemption(5, "redeem and pay one holder of 100 in part", 25_000);
    }

    function test_redeemInPartPermissioned() public {
        permissionedCash();
        redemption(5, "redeem and pay one holder of 100 in part", 27_100);
    }

    function redemption(uint128 units, string memory name, uint256 aim) private {
        vm.prank(ISSUER);
        controller.issue(address(token), items(1_024, BATCH, 20));
        funded(REDEMPTION, PaymentKind.Redemption, true);
        uint128[] memory amounts = new uint128[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            amounts[i] = 1_234_567;
        }
        Item[] memory list = items(2_048, BATCH, units);
        vm.prank(PAYER);
        agent.redeemAndPay(REDEMPTION, list, amounts, LATER);
        perItem(name, aim);
        vm.assertEq(token.totalSupply(), (20 - units) * BATCH);
    }

    function test_settlePrimary() public {
        plain();
        PrimaryLeg[] memory legs = new PrimaryLeg[](200);
        for (uint160 i; i < 200; ++i) {
            legs[i] = leg(1_024 + uint64(i), holder(i), 20, 1_234_567);
            give(holder(i), 2_000_000, address(dvp));
        }
        cash.mint(TREASURY, 1);
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(address(token), money, TREASURY, legs, LATER);
        uint256 gas = vm.snapshotGasLastCall("Gas", "deliver against payment to 200 new holders, whole transaction");
        vm.assertLt(gas, TRANSACTION_LIMIT, "one transaction");
        vm.snapshotValue("Gas", "deliver against payment to one new holder of 200", gas / 200);
    }

    function test_settleTrade() public {
        issueUnits(2_000, alice, 1_000);
        vm.prank(alice);
        token.approve(address(dvp), 1_000);
        give(bob, 1_000, address(dvp));
        Trade memory trade = Trade(address(token), alice, bob, 100, address(cash), 990, 7, 300, LATER);
        bytes32 digest = dvp.hashTrade(trade);
        (bytes memory sellers, bytes memory buyers) = (signature(ALICE_KEY, digest), signature(BOB_KEY, digest));
        dvp.settle(trade, sellers, buyers);
        vm.snapshotGasLastCall("Gas", "settle one trade between two, both new to the other's leg");
    }

    function test_largestBatchStaysUnderTheTransactionLimit() public {
        permissionedCash();
        funded(COUPON, PaymentKind.Coupon, false);
        Payment[] memory list = payments(1_024, agent.MAX_BATCH());
        vm.prank(PAYER);
        agent.pay(COUPON, list, LATER);
        uint256 gas = vm.snapshotGasLastCall("Gas", "coupon to 250 holders without permissioned cash before");
        vm.assertLt(gas, TRANSACTION_LIMIT, "one transaction");
    }

    function signature(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function perItem(string memory name, uint256 aim) private {
        uint256 gas = vm.snapshotGasLastCall("Gas", string.concat(name, kind, ", whole batch"));
        vm.snapshotValue("Gas", string.concat(name, kind), gas / BATCH);
        vm.assertLe(gas / BATCH, aim, string.concat(name, kind));
    }

    /// @dev Whoever held cash before held one unit of the token.
    function assertGot(uint256 amount, bool heldBefore) private view {
        uint256 scale = money == address(cash) ? SCALE : 1;
        vm.assertEq(IERC20(money).balanceOf(holder(7)), amount * scale + (heldBefore ? 1 : 0));
    }

    function payments(uint64 first, uint256 count) private pure returns (Payment[] memory list) {
        list = new Payment[](count);
        for (uint160 i; i < count; ++i) {
            list[i] = Payment(first + uint64(i), holder(i), 1_234_567, false);
        }
    }

    function items(uint64 first, uint256 count, uint128 units) private pure returns (Item[] memory list) {
        list = new Item[](count);
        for (uint160 i; i < count; ++i) {
            list[i] = Item(first + uint64(i), holder(i), units);
        }
    }

    function holder(uint160 i) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("holder", i)))));
    }
}
