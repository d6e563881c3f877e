// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEngine} from "../../../src/compliance/IEngine.sol";
import {IIdentityRegistry} from "../../../src/identity/IIdentityRegistry.sol";
import {ICashBook} from "../../../src/settlement/ICashBook.sol";
import {IDeliveryVersusPayment, PrimaryLeg, Trade} from "../../../src/settlement/IDeliveryVersusPayment.sol";
import {IERC7943Fungible} from "../../../src/token/core/IERC7943.sol";
import {ISecurityToken} from "../../../src/token/ISecurityToken.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {ContractWallet} from "../../base/cash/ContractWallet.sol";
import {HookCash} from "../../base/cash/HookCash.sol";
import {TrickCash} from "../../base/cash/TrickCash.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice Bilateral delivery versus payment: both signed the same trade, anyone submits it, both legs move or neither.
contract SecondaryTest is SettlementStage {
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function setUp() public override {
        super.setUp();
        confirmUnits(token, 1, 2, 1_000);
        issueUnits(2, alice, 1_000);
        vm.prank(alice);
        token.approve(address(dvp), 1_000);
        give(bob, 1_000, address(dvp));
    }

    function trade() private view returns (Trade memory) {
        return Trade(address(token), alice, bob, 100, address(cash), 990, 7, 300, LATER);
    }

    function sign(uint256 key, Trade memory t) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, dvp.hashTrade(t));
        return abi.encodePacked(r, s, v);
    }

    function refuses(Trade memory t, bytes memory sellers, bytes memory buyers, bytes memory reason) private {
        vm.assertEq(keccak256(dvp.failureOf(t, sellers, buyers)), keccak256(reason));
        reverts(t, sellers, buyers, reason);
    }

    function refuses(Trade memory t, bytes memory reason) private {
        refuses(t, sign(ALICE_KEY, t), sign(BOB_KEY, t), reason);
    }

    function reverts(Trade memory t, bytes memory sellers, bytes memory buyers, bytes memory reason) private {
        uint256[4] memory before = balances();
        vm.expectRevert(reason);
        dvp.settle(t, sellers, buyers);
        uint256[4] memory afterwards = balances();
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(afterwards[i], before[i], "moved");
        }
    }

    function balances() private view returns (uint256[4] memory) {
        return [token.balanceOf(alice), token.balanceOf(bob), cash.balanceOf(alice), cash.balanceOf(bob)];
    }

    function test_bothSignAndAnyoneSubmits() public {
        Trade memory t = trade();
        (bytes memory sellers, bytes memory buyers) = (sign(ALICE_KEY, t), sign(BOB_KEY, t));
        vm.assertEq(dvp.failureOf(t, sellers, buyers).length, 0);
        vm.recordLogs();
        vm.prank(carol);
        dvp.settle(t, sellers, buyers);
        vm.assertEq(token.balanceOf(alice), 900);
        vm.assertEq(token.balanceOf(bob), 100);
        assertMinor(alice, 990);
        assertMinor(bob, 10);
        vm.assertEq(token.balanceOf(address(dvp)), 0);
        assertMinor(address(dvp), 0);
        vm.assertTrue(dvp.nonceUsed(alice, 7));
        vm.assertTrue(dvp.nonceUsed(bob, 300));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        vm.assertEq(last.topics[0], IDeliveryVersusPayment.TradeSettled.selector);
        vm.assertEq(last.topics[1], dvp.hashTrade(t));
        vm.assertEq(keccak256(last.data), keccak256(abi.encode(alice, bob, 100, cash, 990, 7, 300)));
    }

    function test_replayIsRefused() public {
        Trade memory t = trade();
        dvp.settle(t, sign(ALICE_KEY, t), sign(BOB_KEY, t));
        refuses(t, abi.encodeWithSelector(IDeliveryVersusPayment.DvpNonceUsed.selector, alice, 7));
        t.sellerNonce = 8;
        refuses(t, abi.encodeWithSelector(IDeliveryVersusPayment.DvpNonceUsed.selector, bob, 300));
    }

    function test_signersCancelTheirNonces() public {
        uint256[] memory nonces = new uint256[](2);
        (nonces[0], nonces[1]) = (300, 301);
        vm.recordLogs();
        vm.prank(bob);
        dvp.cancelNonces(nonces);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[1].topics[0], IDeliveryVersusPayment.NonceCancelled.selector);
        vm.assertEq(uint256(bytes32(logs[1].data)), 301);
        refuses(trade(), abi.encodeWithSelector(IDeliveryVersusPayment.DvpNonceUsed.selector, bob, 300));
        vm.expectRevert(abi.encodeWithSelector(IDeliveryVersusPayment.DvpNonceUsed.selector, bob, 300));
        vm.prank(bob);
        dvp.cancelNonces(nonces);
        vm.assertFalse(dvp.nonceUsed(alice, 300), "his own only");
    }

    function test_expiresAfterItsLastSecond() public {
        vm.warp(LATER + 1);
        refuses(trade(), abi.encodeWithSelector(IDeliveryVersusPayment.DvpExpired.selector, LATER, LATER + 1));
        vm.warp(LATER);
        Trade memory t = trade();
        dvp.settle(t, sign(ALICE_KEY, t), sign(BOB_KEY, t));
    }

    function test_replayOnAnotherChainOrContract() public {
        Trade memory t = trade();
        (bytes memory sellers, bytes memory buyers) = (sign(ALICE_KEY, t), sign(BOB_KEY, t));
        vm.chainId(424_242);
        bytes32 digest = dvp.hashTrade(t);
        refuses(
            t,
            sellers,
            buyers,
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpSignatureInvalid.selector, alice, digest)
        );
        vm.chainId(31_337);
        address other = deploy("DeliveryVersusPayment", abi.encode(manager, controller, engine, book));
        vm.assertTrue(IDeliveryVersusPayment(other).hashTrade(t) != dvp.hashTrade(t));
    }

    function test_theDigestIsEip712() public view {
        Trade memory t = trade();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tokenization Settlement"),
                keccak256("1"),
                block.chainid,
                dvp
            )
        );
        bytes32 body = keccak256(
            abi.encode(dvp.TRADE_TYPEHASH(), token, alice, bob, t.units, cash, t.amount, 7, 300, LATER)
        );
        vm.assertEq(dvp.hashTrade(t), keccak256(abi.encodePacked(hex"1901", domain, body)));
    }

    function test_wrongSignaturesAreRefused() public {
        Trade memory t = trade();
        bytes32 digest = dvp.hashTrade(t);
        (bytes memory sellers, bytes memory buyers) = (sign(ALICE_KEY, t), sign(BOB_KEY, t));
        bytes memory notSeller =
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpSignatureInvalid.selector, alice, digest);
        bytes memory notBuyer =
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpSignatureInvalid.selector, bob, digest);
        refuses(t, buyers, buyers, notSeller);
        refuses(t, sellers, sellers, notBuyer);
        refuses(t, sellers, sign(0xBAD, t), notBuyer);
        refuses(t, "", buyers, notSeller);
        refuses(t, mirrored(sellers), buyers, notSeller);
        Trade memory dearer = trade();
        dearer.amount = 980;
        digest = dvp.hashTrade(dearer);
        refuses(
            dearer,
            sellers,
            buyers,
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpSignatureInvalid.selector, alice, digest)
        );
    }

    /// @dev The same signature in its high-s form, which plain ecrecover would take.
    function mirrored(bytes memory signature) private pure returns (bytes memory) {
        bytes32 r;
        uint256 s;
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
        }
        vm.assertTrue(s <= HALF_ORDER);
        return abi.encodePacked(r, bytes32(ORDER - s), uint8(signature[64]) == 27 ? uint8(28) : uint8(27));
    }

    function test_aContractWalletSignsByErc1271() public {
        ContractWallet wallet = new ContractWallet(bob);
        register(address(wallet), KYC_EXPIRY);
        cash.mint(address(wallet), 990 * SCALE);
        wallet.approve(address(cash), address(dvp), 990 * SCALE);
        Trade memory t = trade();
        t.buyer = address(wallet);
        bytes32 digest = dvp.hashTrade(t);
        refuses(
            t,
            sign(ALICE_KEY, t),
            sign(ALICE_KEY, t),
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpSignatureInvalid.selector, wallet, digest)
        );
        dvp.settle(t, sign(ALICE_KEY, t), sign(BOB_KEY, t));
        vm.assertEq(token.balanceOf(address(wallet)), 100);
        assertMinor(alice, 990);
    }

    function test_refusesOneselfAndZeroes() public {
        Trade memory t = trade();
        t.buyer = alice;
        refuses(
            t,
            sign(ALICE_KEY, t),
            sign(ALICE_KEY, t),
            abi.encodeWithSelector(IDeliveryVersusPayment.DvpToOneself.selector, alice)
        );
        t = trade();
        t.units = 0;
        refuses(t, abi.encodeWithSelector(IDeliveryVersusPayment.DvpZero.selector, 0, 0, 990));
        t = trade();
        t.amount = 0;
        refuses(t, abi.encodeWithSelector(IDeliveryVersusPayment.DvpZero.selector, 0, 100, 0));
    }

    function test_oneLegFailsAndNothingMoves() public {
        Trade memory t = trade();
        t.amount = 1_001;
        refuses(
            t,
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, bob, 1_000 * SCALE, 1_001 * SCALE)
        );
        t = trade();
        t.units = 1_001;
        vm.prank(alice);
        token.approve(address(dvp), 5_000);
        refuses(t, abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000, 1_001));
        vm.prank(alice);
        token.approve(address(dvp), 99);
        refuses(trade(), abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, dvp, 99, 100));
        vm.assertFalse(dvp.nonceUsed(alice, 7), "a failed trade uses no nonce");
    }

    function test_theSecuritysRulesStand() public {
        vm.prank(ENFORCEMENT);
        controller.freezeUnits(address(token), alice, 950, order());
        refuses(trade(), abi.encodeWithSelector(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, 100, 50));
        vm.prank(ENFORCEMENT);
        controller.unfreezeUnits(address(token), alice, 950, order());
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), bob, true, order());
        refuses(trade(), abi.encodeWithSelector(ISecurityToken.TokenWalletFrozen.selector, bob));
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(address(token), bob, false, order());
        address[] memory wallets = new address[](1);
        wallets[0] = bob;
        vm.prank(IDENTITY);
        registry.removeBatch(wallets);
        refuses(trade(), abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, bob));
        register(bob, KYC_EXPIRY);
        vm.prank(PAUSER);
        controller.pause(address(token), order());
        refuses(trade(), abi.encodeWithSelector(ISecurityToken.TokenPaused.selector, token));
    }

    function test_notAfterMaturity() public {
        vm.warp(MATURITY);
        Trade memory t = trade();
        t.validUntil = MATURITY;
        bytes memory reason = abi.encodeWithSelector(IEngine.EngineMatured.selector, token, MATURITY, MATURITY);
        refuses(t, reason);
    }

    function test_notInAClosedPeriod() public {
        closeDealing(START, LATER);
        refuses(trade(), abi.encodeWithSelector(IEngine.EngineDealingClosed.selector, token, START, LATER, START));
    }

    function test_cashThatIsNotAcceptedIsRefused() public {
        vm.prank(ADMIN);
        book.remove(address(cash));
        refuses(trade(), abi.encodeWithSelector(ICashBook.CashNotAccepted.selector, cash));
    }

    function trickCash(TrickCash.Trick trick) private returns (Trade memory t) {
        TrickCash made = new TrickCash();
        cash = made;
        accept(address(cash), 6);
        give(bob, 1_000, address(dvp));
        give(alice, 5, address(dvp));
        made.play(trick);
        return trade();
    }

    function test_trap_feeOfTheCashToken() public {
        uint256 value = 990 * SCALE;
        Trade memory t = trickCash(TrickCash.Trick.FeeFromReceiver);
        reverts(t, sign(ALICE_KEY, t), sign(BOB_KEY, t), movedOtherwise(address(cash), alice, value, value - 1));
        t = trickCash(TrickCash.Trick.FeeFromSender);
        reverts(t, sign(ALICE_KEY, t), sign(BOB_KEY, t), movedOtherwise(address(cash), bob, value, value + 1));
        t = trickCash(TrickCash.Trick.MovesNothing);
        reverts(t, sign(ALICE_KEY, t), sign(BOB_KEY, t), movedOtherwise(address(cash), alice, value, 0));
    }

    function movedOtherwise(address asset, address wallet, uint256 expected, uint256 moved)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IDeliveryVersusPayment.DvpMovedOtherwise.selector, asset, wallet, expected, moved
        );
    }

    /// @dev Both sides may sign for any token; one that lies about the units is still refused.
    function test_unitsAreMeasuredToo() public {
        TrickCash units = new TrickCash();
        units.mint(alice, 100);
        vm.prank(alice);
        units.approve(address(dvp), 100);
        Trade memory t = trade();
        t.token = address(units);
        units.play(TrickCash.Trick.MovesNothing);
        reverts(t, sign(ALICE_KEY, t), sign(BOB_KEY, t), movedOtherwise(address(units), alice, 100, 0));
        units.play(TrickCash.Trick.FeeFromReceiver);
        reverts(t, sign(ALICE_KEY, t), sign(BOB_KEY, t), movedOtherwise(address(units), bob, 100, 99));
    }

    function test_trap_reentrancyFromTheCashToken() public {
        HookCash hooked = new HookCash();
        cash = hooked;
        accept(address(cash), 6);
        give(bob, 2_000, address(dvp));
        Trade memory first = trade();
        Trade memory second = trade();
        (second.sellerNonce, second.buyerNonce) = (8, 301);
        bytes memory again =
            abi.encodeCall(dvp.settle, (second, sign(ALICE_KEY, second), sign(BOB_KEY, second)));
        hooked.callOut(alice, address(dvp), again);
        dvp.settle(first, sign(ALICE_KEY, first), sign(BOB_KEY, first));
        vm.assertFalse(hooked.hookDone());
        vm.assertEq(
            bytes32(hooked.hookAnswer()), bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        vm.assertEq(token.balanceOf(bob), 100);
        dvp.settle(second, sign(ALICE_KEY, second), sign(BOB_KEY, second));
        vm.assertEq(token.balanceOf(bob), 200, "the same call passes where nothing is under way");
    }

    function test_saysWhatItIs() public view {
        vm.assertTrue(dvp.supportsInterface(type(IDeliveryVersusPayment).interfaceId));
        vm.assertTrue(dvp.supportsInterface(type(IERC165).interfaceId));
        vm.assertFalse(dvp.supportsInterface(0xffffffff));
        Trade memory t = trade();
        dvp.checkTrade(t, sign(ALICE_KEY, t), sign(BOB_KEY, t));
    }

    function testFuzz_conservesBoth(uint128 units, uint128 amount, uint256 sellerNonce, uint256 buyerNonce) public {
        Trade memory t = trade();
        t.units = uint128(bound(units, 1, 1_000));
        t.amount = uint128(bound(amount, 1, 1_000));
        (t.sellerNonce, t.buyerNonce) = (sellerNonce, buyerNonce);
        dvp.settle(t, sign(ALICE_KEY, t), sign(BOB_KEY, t));
        vm.assertEq(token.balanceOf(alice), 1_000 - t.units);
        vm.assertEq(token.balanceOf(bob), t.units);
        assertMinor(alice, t.amount);
        assertMinor(bob, 1_000 - t.amount);
        refuses(t, abi.encodeWithSelector(IDeliveryVersusPayment.DvpNonceUsed.selector, alice, sellerNonce));
    }
}
