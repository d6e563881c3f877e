// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEngine} from "../../../src/compliance/IEngine.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {CashMoves} from "../../../src/settlement/CashMoves.sol";
import {ICashBook} from "../../../src/settlement/ICashBook.sol";
import {IDeliveryVersusPayment, PrimaryLeg} from "../../../src/settlement/IDeliveryVersusPayment.sol";
import {IController} from "../../../src/token/IController.sol";
import {ISecurityToken} from "../../../src/token/ISecurityToken.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {HookCash} from "../../base/cash/HookCash.sol";
import {SilentCash} from "../../base/cash/SilentCash.sol";
import {TrickCash} from "../../base/cash/TrickCash.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Primary delivery versus payment: every leg or none, each number once, exact cash.
contract PrimaryTest is SettlementStage {
    function setUp() public override {
        super.setUp();
        confirmUnits(token, 1, 2, 1_000);
        give(alice, 1_000, address(dvp));
        give(bob, 1_000, address(dvp));
    }

    function submit(PrimaryLeg[] memory legs) private {
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(address(token), address(cash), TREASURY, legs, LATER);
    }

    function refuses(PrimaryLeg[] memory legs, bytes memory reason) private {
        vm.expectRevert(reason);
        submit(legs);
        nothingMoved();
    }

    function nothingMoved() private view {
        assertMinor(alice, 1_000);
        assertMinor(bob, 1_000);
        assertMinor(TREASURY, 0);
        vm.assertEq(token.totalSupply(), 0, "units");
    }

    function both() private view returns (PrimaryLeg[] memory) {
        return legs2(leg(10, alice, 100, 990), leg(11, bob, 50, 495));
    }

    function test_cashAndUnitsChangeHandsTogether() public {
        vm.recordLogs();
        submit(both());
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertMinor(alice, 10);
        assertMinor(bob, 505);
        assertMinor(TREASURY, 1_485);
        assertMinor(address(dvp), 0);
        vm.assertEq(token.balanceOf(alice), 100);
        vm.assertEq(token.balanceOf(bob), 50);
        vm.assertTrue(controller.numberUsed(address(token), 10));
        vm.assertTrue(controller.numberUsed(address(token), 11));
        Vm.Log memory last = logs[logs.length - 1];
        vm.assertEq(last.topics[0], IDeliveryVersusPayment.PrimarySettled.selector);
        vm.assertEq(uint256(last.topics[2]), 11);
        vm.assertEq(last.topics[3], bytes32(uint256(uint160(bob))));
        vm.assertEq(keccak256(last.data), keccak256(abi.encode(uint256(50), cash, uint256(495))));
    }

    function test_severalLegsOfOneBuyer() public {
        submit(legs2(leg(10, alice, 100, 600), leg(11, alice, 10, 400)));
        assertMinor(alice, 0);
        vm.assertEq(token.balanceOf(alice), 110);
    }

    function test_oneLegFailsAndNothingMoves() public {
        refuses(
            legs2(leg(10, alice, 100, 990), leg(11, bob, 50, 1_001)),
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, bob, 1_000 * SCALE, 1_001 * SCALE
            )
        );
        give(carol, 1_000, address(dvp));
        refuses(
            legs2(leg(10, alice, 100, 990), leg(11, carol, 50, 500)),
            abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol)
        );
        refuses(
            legs2(leg(10, alice, 900, 990), leg(11, bob, 101, 500)),
            abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, token, 1_001, 1_000)
        );
        vm.assertFalse(controller.numberUsed(address(token), 10));
    }

    function test_aNumberSettlesOnce() public {
        refuses(
            legs2(leg(10, alice, 100, 99), leg(10, bob, 50, 49)),
            abi.encodeWithSelector(IController.ControllerNumberUsed.selector, token, 10)
        );
        submit(both());
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, token, 11));
        submit(legs1(leg(11, alice, 1, 1)));
        assertMinor(alice, 10);
    }

    function test_refusesZeroesTheTreasuryAndSizes() public {
        refuses(legs1(leg(10, alice, 0, 5)), abi.encodeWithSelector(IDeliveryVersusPayment.DvpZero.selector, 10, 0, 5));
        refuses(legs1(leg(10, alice, 5, 0)), abi.encodeWithSelector(IDeliveryVersusPayment.DvpZero.selector, 10, 5, 0));
        refuses(
            legs1(leg(10, TREASURY, 5, 5)),
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpToOneself.selector, TREASURY)
        );
        refuses(
            new PrimaryLeg[](0), abi.encodeWithSelector(IDeliveryVersusPayment.DvpBatchSize.selector, 0, 200)
        );
        refuses(
            new PrimaryLeg[](201), abi.encodeWithSelector(IDeliveryVersusPayment.DvpBatchSize.selector, 201, 200)
        );
    }

    function test_expiresAfterItsLastSecond() public {
        vm.warp(LATER + 1);
        refuses(both(), abi.encodeWithSelector(IDeliveryVersusPayment.DvpExpired.selector, LATER, LATER + 1));
        vm.warp(LATER);
        submit(both());
    }

    function test_onlyTheRoleSettles() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ISSUER));
        vm.prank(ISSUER);
        dvp.settlePrimary(address(token), address(cash), TREASURY, both(), LATER);
        nothingMoved();
    }

    /// @dev Without the engine's word a made-up "token" could swallow `issue` and the buyers' cash would be gone.
    function test_aTokenThatNobodyListedCannotTakeCash() public {
        address fake = address(new FakeToken());
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, fake));
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(fake, address(cash), TREASURY, both(), LATER);
        nothingMoved();
    }

    function test_cashThatIsNotAcceptedIsRefused() public {
        vm.prank(ADMIN);
        book.remove(address(cash));
        refuses(both(), abi.encodeWithSelector(ICashBook.CashNotAccepted.selector, cash));
    }

    function test_trap_decimalsOfTheCashToken() public {
        cash.setDecimals(2);
        refuses(both(), abi.encodeWithSelector(ICashBook.CashDecimalsDiffer.selector, cash, 6, 2));
    }

    function test_trap_feeOrLieOfTheCashToken() public {
        TrickCash trick = new TrickCash();
        cash = trick;
        accept(address(cash), 6);
        give(alice, 1_000, address(dvp));
        give(bob, 1_000, address(dvp));
        trick.play(TrickCash.Trick.FeeFromReceiver);
        refuses(
            both(),
            abi.encodeWithSelector(
                CashMoves.CashMovedOtherwise.selector, cash, TREASURY, 1_485 * SCALE, 1_485 * SCALE - 2
            )
        );
        trick.play(TrickCash.Trick.MovesNothing);
        refuses(
            both(),
            abi.encodeWithSelector(
                IDeliveryVersusPayment.DvpMovedOtherwise.selector, cash, alice, 990 * SCALE, 0
            )
        );
        trick.play(TrickCash.Trick.FeeFromSender);
        refuses(
            both(),
            abi.encodeWithSelector(
                IDeliveryVersusPayment.DvpMovedOtherwise.selector, cash, alice, 990 * SCALE, 990 * SCALE + 1
            )
        );
        trick.play(TrickCash.Trick.ReturnsFalse);
        refuses(both(), abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, cash));
        trick.play(TrickCash.Trick.None);
        submit(both());
        assertMinor(TREASURY, 1_485);
    }

    function test_cashThatSaysNothingIsTaken() public {
        SilentCash silent = new SilentCash();
        accept(address(silent), 6);
        silent.mint(alice, 990 * SCALE);
        vm.prank(alice);
        silent.approve(address(dvp), 990 * SCALE);
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(address(token), address(silent), TREASURY, legs1(leg(10, alice, 100, 990)), LATER);
        vm.assertEq(silent.balanceOf(TREASURY), 990 * SCALE);
        vm.assertEq(token.balanceOf(alice), 100);
    }

    function test_trap_reentrancyFromTheCashToken() public {
        HookCash hooked = new HookCash();
        cash = hooked;
        accept(address(cash), 6);
        give(alice, 1_000, address(dvp));
        give(bob, 1_000, address(dvp));
        vm.prank(ADMIN);
        manager.grantRole(18, address(cash), 0);
        bytes memory again = abi.encodeCall(
            dvp.settlePrimary, (address(token), address(cash), TREASURY, legs1(leg(12, bob, 7, 7)), LATER)
        );
        hooked.callOut(alice, address(dvp), again);
        submit(both());
        vm.assertFalse(hooked.hookDone());
        vm.assertEq(
            bytes32(hooked.hookAnswer()), bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        assertMinor(TREASURY, 1_485);
        vm.assertEq(token.totalSupply(), 150);
        hooked.callOut(alice, address(dvp), again);
        cash.mint(alice, 10 * SCALE);
        vm.prank(alice);
        cash.transfer(carol, 1);
        vm.assertTrue(hooked.hookDone(), "the same call passes where nothing is under way");
    }

    function test_permissionedCashPaysToo() public {
        addPermissionedCash();
        issuePermissioned(20, alice, 1_000);
        vm.prank(alice);
        permissioned.approve(address(dvp), 990);
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(address(token), address(permissioned), TREASURY, legs1(leg(10, alice, 100, 990)), LATER);
        vm.assertEq(permissioned.balanceOf(TREASURY), 990);
        vm.assertEq(token.balanceOf(alice), 100);
    }

    /// @dev Whatever the legs: the treasury gets their sum, each buyer pays his own and holds his own.
    function testFuzz_conserves(uint128[4] memory units, uint128[4] memory amounts, uint8 turns) public {
        PrimaryLeg[] memory legs = new PrimaryLeg[](4);
        uint256[2] memory unitsOf;
        uint256[2] memory amountOf;
        for (uint64 i; i < 4; ++i) {
            uint256 who = (turns >> i) & 1;
            legs[i] = leg(
                10 + i, who == 0 ? alice : bob, uint128(bound(units[i], 1, 250)), uint128(bound(amounts[i], 1, 250))
            );
            unitsOf[who] += legs[i].units;
            amountOf[who] += legs[i].amount;
        }
        submit(legs);
        assertMinor(alice, 1_000 - amountOf[0]);
        assertMinor(bob, 1_000 - amountOf[1]);
        assertMinor(TREASURY, amountOf[0] + amountOf[1]);
        vm.assertEq(token.balanceOf(alice), unitsOf[0]);
        vm.assertEq(token.balanceOf(bob), unitsOf[1]);
    }
}

/// @dev Takes any issue and does nothing.
contract FakeToken {
    fallback() external {}
}
