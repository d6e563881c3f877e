// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IEngine, Rules} from "../../../src/compliance/IEngine.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {ICashBook} from "../../../src/settlement/ICashBook.sol";
import {IDeliveryVersusPayment, PrimaryLeg} from "../../../src/settlement/IDeliveryVersusPayment.sol";
import {IController} from "../../../src/token/IController.sol";
import {IERC7943Fungible} from "../../../src/token/core/IERC7943.sol";
import {ISecurityToken} from "../../../src/token/ISecurityToken.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";

/// @notice The view that names the legs which would fail, and why, in the words of the contract that would refuse them.
contract PrimaryFailuresTest is SettlementStage {
    function setUp() public override {
        super.setUp();
        confirmUnits(token, 1, 2, 1_000);
        give(alice, 1_000, address(dvp));
        give(bob, 1_000, address(dvp));
    }

    function reasonsFor(PrimaryLeg[] memory legs) private view returns (bytes[] memory reasons) {
        bytes memory batch;
        (batch, reasons) = dvp.failures(address(token), address(cash), TREASURY, legs, LATER);
        vm.assertEq(batch.length, 0, "batch");
        vm.assertEq(reasons.length, legs.length, "one reason per leg");
    }

    /// @dev The view's reason for a single leg, and that the execution reverts with the same bytes.
    function expectReason(PrimaryLeg memory one_, bytes memory reason) private {
        vm.assertEq(keccak256(reasonsFor(legs1(one_))[0]), keccak256(reason));
        vm.expectRevert(reason);
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(address(token), address(cash), TREASURY, legs1(one_), LATER);
    }

    function expectBatch(address token_, address cash_, uint256 size, bytes memory reason) private {
        PrimaryLeg[] memory legs = new PrimaryLeg[](size);
        for (uint64 i; i < size; ++i) {
            legs[i] = leg(10 + i, alice, 1, 1);
        }
        (bytes memory batch,) = dvp.failures(token_, cash_, TREASURY, legs, LATER);
        vm.assertEq(keccak256(batch), keccak256(reason));
        vm.expectRevert(reason);
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(token_, cash_, TREASURY, legs, LATER);
    }

    function test_aGoodBatchHasNoReasons() public view {
        bytes[] memory reasons = reasonsFor(legs2(leg(10, alice, 100, 990), leg(11, bob, 50, 495)));
        vm.assertEq(reasons[0].length, 0);
        vm.assertEq(reasons[1].length, 0);
    }

    function test_namesTheFailingLegOnly() public {
        give(carol, 10, address(dvp));
        PrimaryLeg[] memory legs = new PrimaryLeg[](3);
        legs[0] = leg(10, alice, 100, 990);
        legs[1] = leg(11, carol, 50, 10);
        legs[2] = leg(12, bob, 50, 495);
        bytes[] memory reasons = reasonsFor(legs);
        vm.assertEq(reasons[0].length, 0);
        vm.assertEq(
            keccak256(reasons[1]), keccak256(abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, carol))
        );
        vm.assertEq(reasons[2].length, 0);
    }

    function test_cashReasons() public {
        expectReason(
            leg(10, alice, 1, 1_001),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000 * SCALE, 1_001 * SCALE)
        );
        vm.prank(alice);
        cash.approve(address(dvp), 5);
        expectReason(
            leg(10, alice, 1, 1),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, dvp, 5, SCALE)
        );
    }

    function test_earlierLegsOfTheSameBuyerUseUpHisCash() public view {
        bytes[] memory reasons = reasonsFor(legs2(leg(10, alice, 1, 600), leg(11, alice, 1, 401)));
        vm.assertEq(reasons[0].length, 0);
        vm.assertEq(
            keccak256(reasons[1]),
            keccak256(
                abi.encodeWithSelector(
                    IERC20Errors.ERC20InsufficientBalance.selector, alice, 400 * SCALE, 401 * SCALE
                )
            )
        );
        reasons = reasonsFor(legs2(leg(10, alice, 1, 1_001), leg(11, alice, 1, 1_000)));
        vm.assertTrue(reasons[0].length != 0);
        vm.assertEq(reasons[1].length, 0, "a leg that fails uses nothing up");
    }

    function test_numbersAndZeroes() public {
        expectReason(leg(0, alice, 1, 1), abi.encodeWithSelector(IController.ControllerNumberZero.selector, token));
        expectReason(leg(1, alice, 1, 1), abi.encodeWithSelector(IController.ControllerNumberUsed.selector, token, 1));
        expectReason(leg(9, alice, 0, 1), abi.encodeWithSelector(IDeliveryVersusPayment.DvpZero.selector, 9, 0, 1));
        expectReason(leg(9, alice, 1, 0), abi.encodeWithSelector(IDeliveryVersusPayment.DvpZero.selector, 9, 1, 0));
        expectReason(
            leg(9, TREASURY, 1, 1), abi.encodeWithSelector(IDeliveryVersusPayment.DvpToOneself.selector, TREASURY)
        );
        bytes[] memory reasons = reasonsFor(legs2(leg(10, alice, 1, 1), leg(10, bob, 1, 1)));
        vm.assertEq(reasons[0].length, 0);
        vm.assertEq(
            keccak256(reasons[1]),
            keccak256(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, token, 10))
        );
    }

    function test_roomsAreUsedUpLegByLeg() public {
        expectReason(
            leg(10, alice, 1_001, 1),
            abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, token, 1_001, 1_000)
        );
        bytes[] memory reasons = reasonsFor(legs2(leg(10, alice, 600, 1), leg(11, bob, 401, 1)));
        vm.assertEq(reasons[0].length, 0);
        vm.assertEq(
            keccak256(reasons[1]),
            keccak256(abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, token, 401, 400))
        );
    }

    function test_ceilings() public {
        confirmUnits(token, 3, 4, 20_000);
        expectReason(
            leg(10, alice, 10_001, 1),
            abi.encodeWithSelector(IEngine.EngineSeriesCeilingExceeded.selector, token, 10_001, 10_000)
        );
        vm.prank(DEPLOYER);
        engine.setProgrammeCeiling(PROGRAMME, 500 * FACE);
        expectReason(
            leg(10, alice, 501, 1),
            abi.encodeWithSelector(
                IEngine.EngineProgrammeCeilingExceeded.selector, PROGRAMME, 501 * FACE, 500 * FACE
            )
        );
    }

    function test_receiverReasons() public {
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), bob, true, order());
        expectReason(leg(10, bob, 1, 1), abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, bob));
        register(alice, START + 10);
        vm.warp(START + 10);
        expectReason(
            leg(10, alice, 1, 1),
            abi.encodeWithSelector(IIdentityRegistry.IdentityExpired.selector, alice, START + 10, START + 10)
        );
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        expectReason(leg(10, alice, 1, 1), abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, token));
    }

    function test_theEnginesRulesAnswerInTheirOwnWords() public {
        vm.startPrank(ADMIN);
        engine.setRules(address(token), Rules("", 1 << 9, 0, 0, false));
        vm.stopPrank();
        expectReason(
            leg(10, alice, 1, 1),
            abi.encodeWithSelector(IEngine.EngineCategoryNotAdmitted.selector, token, alice, 3)
        );
        vm.startPrank(ADMIN);
        engine.setRules(address(token), Rules("", 0, 0, 0, false));
        vm.stopPrank();
        closeDealing(START, LATER);
        expectReason(
            leg(10, alice, 1, 1),
            abi.encodeWithSelector(IEngine.EngineDealingClosed.selector, token, START, LATER, START)
        );
    }

    function test_batchReasons() public {
        expectBatch(address(token), address(7), 1, abi.encodeWithSelector(ICashBook.CashNotAccepted.selector, 7));
        expectBatch(address(7), address(cash), 1, abi.encodeWithSelector(IEngine.EngineUnknownToken.selector, 7));
        expectBatch(
            address(token),
            address(cash),
            0,
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpBatchSize.selector, 0, 200)
        );
        expectBatch(
            address(token),
            address(cash),
            201,
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpBatchSize.selector, 201, 200)
        );
        vm.warp(LATER + 1);
        expectBatch(
            address(token),
            address(cash),
            1,
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpExpired.selector, LATER, LATER + 1)
        );
    }

    function test_maturedSeries() public {
        vm.warp(MATURITY);
        (bytes memory batch,) =
            dvp.failures(address(token), address(cash), TREASURY, legs1(leg(10, alice, 1, 1)), MATURITY);
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineMatured.selector, token, MATURITY, MATURITY);
        vm.assertEq(keccak256(batch), keccak256(reason));
        vm.expectRevert(reason);
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(address(token), address(cash), TREASURY, legs1(leg(10, alice, 1, 1)), MATURITY);
    }

    function test_permissionedCashAnswersInItsOwnWords() public {
        addPermissionedCash();
        address p = address(permissioned);
        issuePermissioned(20, alice, 1_000);
        issuePermissioned(21, bob, 1_000);
        vm.prank(alice);
        permissioned.approve(address(dvp), 1_000);
        vm.prank(bob);
        permissioned.approve(address(dvp), 1_000);
        expectIn(p, leg(10, alice, 1, 900), "");
        vm.startPrank(ENFORCEMENT);
        cashController.freezeUnits(p, alice, 200, order());
        cashController.setWalletFrozen(p, bob, true, order());
        vm.stopPrank();
        expectIn(
            p,
            leg(10, alice, 1, 900),
            abi.encodeWithSelector(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, 900, 800)
        );
        expectIn(p, leg(10, bob, 1, 1), abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, bob));
        vm.prank(ENFORCEMENT);
        cashController.setWalletFrozen(p, bob, false, order());
        address[] memory wallets = new address[](1);
        wallets[0] = TREASURY;
        vm.prank(IDENTITY);
        registry.removeBatch(wallets);
        expectIn(p, leg(10, bob, 1, 1), abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, TREASURY));
        register(TREASURY, KYC_EXPIRY);
        vm.prank(ENFORCEMENT);
        cashController.setWalletFrozen(p, TREASURY, true, order());
        expectIn(p, leg(10, bob, 1, 1), abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, TREASURY));
        vm.prank(PAUSER);
        cashController.pause(p, order());
        expectIn(p, leg(10, bob, 1, 1), abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, p));
    }

    function expectIn(address cash_, PrimaryLeg memory one_, bytes memory reason) private {
        (, bytes[] memory reasons) = dvp.failures(address(token), cash_, TREASURY, legs1(one_), LATER);
        vm.assertEq(keccak256(reasons[0]), keccak256(reason));
        if (reason.length == 0) return;
        vm.expectRevert(reason);
        vm.prank(SETTLEMENT);
        dvp.settlePrimary(address(token), cash_, TREASURY, legs1(one_), LATER);
    }
}
