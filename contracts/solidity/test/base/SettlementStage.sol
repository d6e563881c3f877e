// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine} from "../../src/compliance/IEngine.sol";
import {Engine} from "../../src/compliance/Engine.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {PaymentKind, PaymentEvent, Payment} from "../../src/servicing/IPayingAgent.sol";
import {PayingAgent} from "../../src/servicing/PayingAgent.sol";
import {CashBook} from "../../src/settlement/CashBook.sol";
import {DeliveryVersusPayment} from "../../src/settlement/DeliveryVersusPayment.sol";
import {PrimaryLeg} from "../../src/settlement/IDeliveryVersusPayment.sol";
import {Controller} from "../../src/token/Controller.sol";
import {Confirmation} from "../../src/token/IController.sol";
import {Item} from "../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {TokenTerms} from "../../src/token/TokenFactory.sol";
import {Roles} from "../../src/authority/Roles.sol";
import {PlainCash} from "./cash/PlainCash.sol";
import {Stage} from "./Stage.sol";
import {Vm} from "./Vm.sol";

/// @notice The stage with cash: a plain token of 6 decimals, a permissioned one (our own code under a second controller and
/// engine), the book of accepted cash, delivery versus payment, the paying agent.
abstract contract SettlementStage is Stage {
    address internal constant SETTLEMENT = address(0x5E77);
    address internal constant PAYER = address(0x9A1E);
    address internal constant UNCLAIMED = address(0x0C1A);
    address internal constant TREASURY = address(0x72EA);
    bytes32 internal constant CASH_PROGRAMME = keccak256("cash programme");
    bytes32 internal constant COUPON = keccak256("coupon event");
    bytes32 internal constant REDEMPTION = keccak256("redemption event");
    uint256 internal constant SCALE = 10 ** 4;
    uint256 internal constant FISCAL_AGENT_KEY = 0xF15CA1;
    uint256 internal constant ALICE_KEY = 0xA11CE1;
    uint256 internal constant BOB_KEY = 0xB0B1;
    uint40 internal constant LATER = START + 1 days;

    CashBook internal book;
    DeliveryVersusPayment internal dvp;
    PayingAgent internal agent;
    PlainCash internal cash;
    Controller internal cashController;
    Engine internal cashEngine;
    SecurityToken internal permissioned;

    function setUp() public virtual override {
        super.setUp();
        alice = vm.addr(ALICE_KEY);
        bob = vm.addr(BOB_KEY);
        register(alice, KYC_EXPIRY);
        register(bob, KYC_EXPIRY);
        register(TREASURY, KYC_EXPIRY);
        book = CashBook(deploy("CashBook", abi.encode(manager)));
        dvp = DeliveryVersusPayment(deploy("DeliveryVersusPayment", abi.encode(manager, controller, engine, book)));
        agent = PayingAgent(deploy("PayingAgent", abi.encode(manager, controller, book, registry)));
        wireSettlement();
        cash = new PlainCash(6);
        accept(address(cash), 6);
    }

    function wireSettlement() private {
        vm.startPrank(ADMIN);
        wireOne(address(dvp), DeliveryVersusPayment.settlePrimary.selector, Roles.SETTLEMENT);
        wireOne(address(agent), PayingAgent.pay.selector, Roles.PAYER);
        wireOne(address(agent), PayingAgent.payComputed.selector, Roles.PAYER);
        wireOne(address(agent), PayingAgent.redeemAndPay.selector, Roles.PAYER);
        wireOne(address(agent), PayingAgent.retire.selector, Roles.PAYER);
        wireOne(address(agent), agent.openEvent.selector, Roles.PAYER);
        wireOne(address(agent), agent.fund.selector, Roles.PAYER);
        wireOne(address(agent), agent.closeEvent.selector, Roles.PAYER);
        wireOne(address(agent), agent.drawFor.selector, Roles.UNCLAIMED);
        manager.grantRole(Roles.SETTLEMENT, SETTLEMENT, 0);
        manager.grantRole(Roles.PAYER, PAYER, 0);
        manager.grantRole(Roles.UNCLAIMED, UNCLAIMED, 0);
        manager.grantRole(Roles.ISSUER, address(dvp), 0);
        manager.grantRole(Roles.SERVICING, address(agent), 0);
        vm.stopPrank();
    }

    /// @dev Our own token as cash: who confirms, issues and holds it is the fiscal agent's business, on a suite of its own.
    function addPermissionedCash() internal {
        cashController = Controller(deploy("Controller", abi.encode(manager, Roles.CASH_CONFIRMER)));
        cashEngine = Engine(deploy("Engine", abi.encode(manager, cashController, deploy("ReserveBook", abi.encode(manager)))));
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.CASH_CONFIRMER, vm.addr(FISCAL_AGENT_KEY), 0);
        wireOne(address(cashController), Controller.confirm.selector, Roles.RELAY);
        wireOne(address(cashController), Controller.issue.selector, Roles.ISSUER);
        wireOne(address(cashController), Controller.pause.selector, Roles.PAUSER);
        wireOne(address(cashController), Controller.setWalletFrozen.selector, Roles.ENFORCEMENT);
        wireOne(address(cashController), Controller.freezeUnits.selector, Roles.ENFORCEMENT);
        wireOne(address(cashEngine), IEngine.addProgramme.selector, Roles.DEPLOYER);
        wireOne(address(cashEngine), IEngine.addSeries.selector, Roles.FACTORY);
        vm.stopPrank();
        TokenTerms memory t = terms(type(uint40).max);
        t.decimals = 2;
        t.engine = address(cashEngine);
        t.controller = address(cashController);
        t.programme = CASH_PROGRAMME;
        t.ceilingUnits = type(uint96).max;
        t.facePerUnit = 1;
        vm.startPrank(DEPLOYER);
        cashEngine.addProgramme(CASH_PROGRAMME, type(uint112).max);
        permissioned = SecurityToken(factory.create("cash", t));
        vm.stopPrank();
        register(address(agent), KYC_EXPIRY);
        accept(address(permissioned), 2);
        Confirmation memory c = confirmation(permissioned, 1, 2, 1e15);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(FISCAL_AGENT_KEY, cashController.hashConfirmation(c));
        Confirmation[] memory list = new Confirmation[](1);
        list[0] = c;
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = abi.encodePacked(r, s, v);
        vm.prank(RELAY);
        cashController.confirm(list, signatures);
    }

    function issuePermissioned(uint64 number, address wallet, uint128 units) internal {
        vm.prank(ISSUER);
        cashController.issue(address(permissioned), one(number, wallet, units));
    }

    function accept(address cash_, uint8 decimals) internal {
        vm.prank(ADMIN);
        book.add(cash_, "EUR", 2, decimals);
    }

    /// @dev Cash for a wallet in minor units, and an allowance for all of it.
    function give(address wallet, uint256 amount, address spender) internal {
        cash.mint(wallet, amount * SCALE);
        vm.prank(wallet);
        cash.approve(spender, type(uint256).max);
    }

    function openFunded(bytes32 id, address cash_, PaymentKind kind, uint256 amount) internal {
        vm.prank(TREASURY);
        SafeERC20.forceApprove(IERC20(cash_), address(agent), type(uint256).max);
        vm.startPrank(PAYER);
        agent.openEvent(id, address(token), cash_, kind, TREASURY);
        agent.fund(id, amount);
        vm.stopPrank();
    }

    function fundedCoupon(uint256 amount) internal {
        cash.mint(TREASURY, amount * SCALE);
        openFunded(COUPON, address(cash), PaymentKind.Coupon, amount);
    }

    /// @dev A closed period of the series, set by an admin: who sets it in production is not the matter here.
    function closeDealing(uint40 from, uint40 until) internal {
        vm.prank(ADMIN);
        engine.setClosedPeriod(address(token), from, until);
    }

    function leg(uint64 number, address wallet, uint128 units, uint128 amount)
        internal
        pure
        returns (PrimaryLeg memory)
    {
        return PrimaryLeg(number, wallet, units, amount);
    }

    function legs1(PrimaryLeg memory a) internal pure returns (PrimaryLeg[] memory list) {
        list = new PrimaryLeg[](1);
        list[0] = a;
    }

    function legs2(PrimaryLeg memory a, PrimaryLeg memory b) internal pure returns (PrimaryLeg[] memory list) {
        list = new PrimaryLeg[](2);
        (list[0], list[1]) = (a, b);
    }

    function payment(uint64 number, address wallet, uint128 amount) internal pure returns (Payment[] memory list) {
        list = new Payment[](1);
        list[0] = Payment(number, wallet, amount, false);
    }

    function payments2(Payment memory a, Payment memory b) internal pure returns (Payment[] memory list) {
        list = new Payment[](2);
        (list[0], list[1]) = (a, b);
    }

    /// @dev The last log with this topic; forge records those of reverted calls too, so positions say little.
    function lastLog(Vm.Log[] memory logs, bytes32 topic) internal pure returns (Vm.Log memory found) {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) found = logs[i];
        }
        vm.assertTrue(found.topics.length != 0, "no such log");
    }

    function assertMinor(address wallet, uint256 amount) internal view {
        vm.assertEq(cash.balanceOf(wallet), amount * SCALE, "cash in minor units");
    }

    function assertFigures(bytes32 id, uint256 funded, uint256 paid, uint256 reserved) internal view {
        PaymentEvent memory e = agent.eventOf(id);
        vm.assertEq(e.funded, funded, "funded");
        vm.assertEq(e.paid, paid, "paid");
        vm.assertEq(e.reserved, reserved, "reserved");
        vm.assertEq(agent.remainingOf(id), funded - paid - reserved, "remaining");
    }
}
