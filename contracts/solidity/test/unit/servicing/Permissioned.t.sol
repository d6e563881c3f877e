// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {IPayingAgent, Payment, PaymentKind, Rate, Rounding} from "../../../src/servicing/IPayingAgent.sol";
import {CashMoves} from "../../../src/settlement/CashMoves.sol";
import {IERC3643} from "../../../src/token/IERC3643.sol";
import {ISecurityToken} from "../../../src/token/ISecurityToken.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {PlainCash} from "../../base/cash/PlainCash.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice ERC-3643 cash: one `batchTransfer`, single transfers when it fails, the same outcome either way.
contract PermissionedTest is SettlementStage {
    bytes32 private eventId = COUPON;

    function setUp() public override {
        super.setUp();
        addPermissionedCash();
        issuePermissioned(20, TREASURY, 1_000);
        openFunded(COUPON, address(permissioned), PaymentKind.Coupon, 1_000);
    }

    function pay(Payment[] memory list) private {
        vm.prank(PAYER);
        agent.pay(eventId, list, LATER);
    }

    function three(address first, address second, address third) private pure returns (Payment[] memory list) {
        list = new Payment[](3);
        list[0] = Payment(10, first, 100, false);
        list[1] = Payment(11, second, 200, false);
        list[2] = Payment(12, third, 300, false);
    }

    function assertBalances(uint256 ofAlice, uint256 ofBob, uint256 ofCarol) private view {
        vm.assertEq(permissioned.balanceOf(alice), ofAlice, "alice");
        vm.assertEq(permissioned.balanceOf(bob), ofBob, "bob");
        vm.assertEq(permissioned.balanceOf(carol), ofCarol, "carol");
    }

    function test_paysTogether() public {
        register(carol, KYC_EXPIRY);
        pay(three(alice, bob, carol));
        assertBalances(100, 200, 300);
        assertFigures(COUPON, 1_000, 600, 0);
        vm.assertTrue(agent.eventOf(COUPON).batches);
    }

    function test_paysAHolderTwiceInOneBatch() public {
        pay(three(alice, bob, bob));
        assertBalances(100, 500, 0);
        assertFigures(COUPON, 1_000, 600, 0);
    }

    function test_aWalletThatIsNotAdmittedIsReservedForAndTheOthersArePaidOneByOne() public {
        vm.recordLogs();
        pay(three(alice, carol, bob));
        Vm.Log memory found = lastLog(vm.getRecordedLogs(), IPayingAgent.Reserved.selector);
        bytes memory reason = abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol);
        vm.assertEq(keccak256(found.data), keccak256(abi.encode(uint256(200), reason)));
        assertBalances(100, 300, 0);
        assertFigures(COUPON, 1_000, 400, 200);
        vm.assertEq(agent.unclaimedOf(address(permissioned), carol), 200);
        register(carol, KYC_EXPIRY);
        vm.prank(carol);
        agent.draw(address(permissioned));
        assertBalances(100, 300, 200);
    }

    function test_markedPaymentsStayOutOfTheBatch() public {
        Payment[] memory list = three(alice, bob, bob);
        list[1].toReserve = true;
        pay(list);
        assertBalances(100, 300, 0);
        assertFigures(COUPON, 1_000, 400, 200);
        vm.assertEq(agent.unclaimedOf(address(permissioned), bob), 200);
    }

    function test_onePaymentNeedsNoBatch() public {
        vm.mockCallRevert(
            address(permissioned), abi.encodeWithSelector(IERC3643.batchTransfer.selector), "not to be called"
        );
        pay(payment(10, alice, 100));
        assertBalances(100, 0, 0);
    }

    function test_nothingDueMovesNothing() public {
        closeDealing(START, LATER);
        uint64[] memory numbers = new uint64[](3);
        address[] memory wallets = new address[](3);
        (numbers[0], numbers[1], numbers[2]) = (10, 11, 12);
        (wallets[0], wallets[1], wallets[2]) = (alice, bob, carol);
        vm.prank(PAYER);
        agent.payComputed(COUPON, numbers, wallets, Rate(1, 1, Rounding.Down), LATER);
        assertBalances(0, 0, 0);
        vm.assertTrue(agent.numberUsed(address(token), 12));
    }

    function test_aPausedCashTokenReservesNothing() public {
        vm.prank(PAUSER);
        cashController.pause(address(permissioned), order());
        vm.expectRevert(
            abi.encodeWithSelector(
                IPayingAgent.PayCashStopped.selector,
                permissioned,
                abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, permissioned)
            )
        );
        pay(three(alice, bob, bob));
        assertFigures(COUPON, 1_000, 0, 0);
        vm.assertFalse(agent.numberUsed(address(token), 10));
    }

    function test_anAgentWhoMayNotSendReservesNothing() public {
        address[] memory wallets = new address[](1);
        wallets[0] = address(agent);
        vm.prank(IDENTITY);
        registry.removeBatch(wallets);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPayingAgent.PayCashStopped.selector,
                permissioned,
                abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, agent)
            )
        );
        pay(three(alice, bob, bob));
        assertFigures(COUPON, 1_000, 0, 0);
    }

    function test_trap_aBatchThatBurnsGasIsPaidOneByOne() public {
        BatchCash cash_ = batchCash(BatchCash.Trick.BurnsGas);
        uint256 before = gasleft();
        pay(three(alice, bob, carol));
        vm.assertLt(before - gasleft(), 700_000, "five items' limit at most");
        vm.assertEq(cash_.balanceOf(carol), 300 * SCALE);
        assertFigures(REDEMPTION, 1_000, 600, 0);
    }

    function test_trap_aBatchThatMovesLessIsRefused() public {
        BatchCash cash_ = batchCash(BatchCash.Trick.PaysLess);
        vm.expectRevert(
            abi.encodeWithSelector(
                CashMoves.CashMovedOtherwise.selector, cash_, carol, 300 * SCALE, 300 * SCALE - 1
            )
        );
        pay(three(alice, bob, carol));
        assertFigures(REDEMPTION, 1_000, 0, 0);
    }

    function test_trap_aBatchThatTakesMoreIsRefused() public {
        BatchCash cash_ = batchCash(BatchCash.Trick.TakesMore);
        vm.expectRevert(
            abi.encodeWithSelector(
                CashMoves.CashMovedOtherwise.selector, cash_, agent, 600 * SCALE, 600 * SCALE + 3
            )
        );
        pay(three(alice, bob, carol));
    }

    function batchCash(BatchCash.Trick trick) private returns (BatchCash made) {
        made = new BatchCash();
        accept(address(made), 6);
        made.mint(TREASURY, 1_000 * SCALE);
        eventId = REDEMPTION;
        openFunded(REDEMPTION, address(made), PaymentKind.Coupon, 1_000);
        made.play(trick);
    }
}

/// @notice Says that it is an ERC-3643 token, and cheats in its batches.
contract BatchCash is PlainCash, IERC165 {
    enum Trick {
        None,
        BurnsGas,
        PaysLess,
        TakesMore
    }

    Trick public trick;

    constructor() PlainCash(6) {}

    function play(Trick trick_) external {
        trick = trick_;
    }

    function batchTransfer(address[] calldata to, uint256[] calldata values) external {
        if (trick == Trick.BurnsGas) while (true) {}
        for (uint256 i; i < to.length; ++i) {
            _transfer(msg.sender, to[i], trick == Trick.PaysLess ? values[i] - 1 : values[i]);
            if (trick == Trick.TakesMore) _burn(msg.sender, 1);
        }
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC3643).interfaceId;
    }
}
