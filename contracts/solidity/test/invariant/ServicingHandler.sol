// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payment, PaymentKind, Rate, Rounding} from "../../src/servicing/IPayingAgent.sol";
import {Item} from "../../src/token/ISecurityToken.sol";
import {HookCash} from "../base/cash/HookCash.sol";
import {SettlementStage} from "../base/SettlementStage.sol";

/// @notice Opens, funds, pays, redeems, draws and closes at random, with wallets that refuse now and then. Refusals of a call are
/// fine; money that is lost, or a number that pays twice, is not.
contract ServicingHandler is SettlementStage {
    uint64 public constant NUMBERS = 128;
    uint256 public constant MINTED = 1_000_000;

    bytes32[3] public ids = [bytes32("first"), bytes32("second"), bytes32("redemption")];
    address[4] public wallets;
    string public violation;
    /// @notice How often a number was paid, reserved or retired.
    mapping(uint64 number => uint256) public acted;
    mapping(bytes32 action => uint256) public successes;
    /// @notice Of all events: what their figures must be.
    mapping(bytes32 id => uint256) public fundedGhost;

    HookCash private hooked;

    function setUp() public override {
        super.setUp();
        hooked = new HookCash();
        cash = hooked;
        accept(address(cash), 6);
        give(TREASURY, MINTED, address(agent));
        confirmUnits(token, 1, 2, 4_000);
        for (uint64 i; i < 4; ++i) {
            wallets[i] = address(uint160(0x9000 + i));
            register(wallets[i], KYC_EXPIRY);
            issueUnits(500 + i, wallets[i], 1_000);
        }
        closeDealing(START, START + 30 days);
    }

    function open(uint256 seed) external {
        uint256 i = seed % 3;
        vm.prank(PAYER);
        try agent.openEvent(
            ids[i], address(token), address(cash), i == 2 ? PaymentKind.Redemption : PaymentKind.Coupon, TREASURY
        ) {
            ++successes["open"];
        } catch {}
    }

    function fund(uint256 seed, uint256 amount) external {
        amount = bound(amount, 0, 5_000);
        vm.prank(PAYER);
        try agent.fund(ids[seed % 3], amount) {
            ++successes["fund"];
            fundedGhost[ids[seed % 3]] += amount;
        } catch {}
    }

    function close(uint256 seed) external {
        if (seed % 8 != 0) return;
        bytes32 id = ids[(seed >> 8) % 3];
        uint256 residual = agent.remainingOf(id);
        vm.prank(PAYER);
        try agent.closeEvent(id) {
            ++successes["close"];
            fundedGhost[id] -= residual;
        } catch {}
    }

    function moods(uint256 seed) external {
        for (uint256 i; i < 4; ++i) {
            hooked.set(wallets[i], seed >> i & 1 == 1 ? HookCash.Way.Refuses : HookCash.Way.Pays);
        }
    }

    function pay(uint256 seed, uint128 amount) external {
        Payment[] memory list = new Payment[](2);
        for (uint256 i; i < 2; ++i) {
            uint256 s = uint256(keccak256(abi.encode(seed, i)));
            list[i] = Payment(number(s), wallets[(s >> 64) % 4], uint128(bound(amount >> (8 * i), 0, 300)), s >> 80 & 7 == 0);
        }
        uint256[2] memory before = [reach(list[0].wallet), reach(list[1].wallet)];
        vm.prank(PAYER);
        try agent.pay(ids[seed % 3], list, seed % 16 == 0 ? START - 1 : LATER) {
            if (seed % 16 == 0) violation = "paid after its time";
            spend("pay", list[0].number);
            spend("pay", list[1].number);
            check(list[0].wallet, list[0].amount, list[1].wallet, list[1].amount, before);
        } catch {}
    }

    function payComputed(uint256 seed) external {
        uint64[] memory numbers = new uint64[](1);
        address[] memory list = new address[](1);
        (numbers[0], list[0]) = (number(seed), wallets[(seed >> 64) % 4]);
        uint256 before = reach(list[0]);
        uint256 due = token.balanceOf(list[0]) * 3 / 20;
        vm.prank(PAYER);
        try agent.payComputed(ids[seed % 3], numbers, list, Rate(3, 20, Rounding.Down), LATER) {
            spend("computed", numbers[0]);
            if (reach(list[0]) != before + due) violation = "computed: not what is due";
        } catch {}
    }

    function redeem(uint256 seed, uint128 units) external {
        Item[] memory items = one(number(seed), wallets[(seed >> 64) % 4], uint128(bound(units, 0, 60)));
        uint128[] memory amounts = new uint128[](1);
        amounts[0] = items[0].units * 2;
        (uint256 before, uint256 supply) = (reach(items[0].wallet), token.totalSupply());
        vm.prank(PAYER);
        try agent.redeemAndPay(ids[2], items, amounts, LATER) {
            spend("redeem", items[0].number);
            if (reach(items[0].wallet) != before + amounts[0]) violation = "burned and not paid";
            if (token.totalSupply() != supply - items[0].units) violation = "paid and not burned";
        } catch {
            if (token.totalSupply() != supply) violation = "a refused redemption burned";
        }
    }

    function retire(uint256 seed) external {
        uint64[] memory numbers = new uint64[](1);
        numbers[0] = number(seed);
        vm.prank(PAYER);
        try agent.retire(address(token), numbers, order()) {
            spend("retire", numbers[0]);
        } catch {}
    }

    function draw(uint256 seed) external {
        address wallet = wallets[seed % 4];
        uint256 before = reach(wallet);
        vm.prank(wallet);
        try agent.draw(address(cash)) {
            ++successes["draw"];
            if (reach(wallet) != before) violation = "drew another sum";
        } catch {}
    }

    function drawFor(uint256 seed, uint256 amount) external {
        (address wallet, address to) = (wallets[seed % 4], wallets[(seed >> 8) % 4]);
        uint256 before = reach(wallet) + (to == wallet ? 0 : reach(to));
        vm.prank(UNCLAIMED);
        try agent.drawFor(address(cash), wallet, to, bound(amount, 0, 400), number(seed >> 16), order()) {
            ++successes["drawFor"];
            if (reach(wallet) + (to == wallet ? 0 : reach(to)) != before) violation = "an order drew another sum";
        } catch {}
    }

    /// @dev What is the holder's, in his wallet or waiting for him; in minor units.
    function reach(address wallet) public view returns (uint256) {
        return cash.balanceOf(wallet) / SCALE + agent.unclaimedOf(address(cash), wallet);
    }

    function sums()
        external
        view
        returns (uint256 held, uint256 owed, uint256 remaining, uint256 unclaimed, uint256 inWallets, uint256 treasury)
    {
        held = cash.balanceOf(address(agent));
        owed = agent.owedIn(address(cash));
        for (uint256 i; i < 3; ++i) {
            remaining += agent.remainingOf(ids[i]);
        }
        for (uint256 i; i < 4; ++i) {
            unclaimed += agent.unclaimedOf(address(cash), wallets[i]);
            inWallets += cash.balanceOf(wallets[i]);
        }
        treasury = cash.balanceOf(TREASURY);
    }

    function figures(uint256 i) external view returns (uint256 funded, uint256 paid, uint256 reserved) {
        return (agent.eventOf(ids[i]).funded, agent.eventOf(ids[i]).paid, agent.eventOf(ids[i]).reserved);
    }

    function used(uint64 n) external view returns (bool) {
        return agent.numberUsed(address(token), n);
    }

    function scale() external pure returns (uint256) {
        return SCALE;
    }

    function check(address a, uint256 amountA, address b, uint256 amountB, uint256[2] memory before) private {
        if (a == b) {
            if (reach(a) != before[0] + amountA + amountB) violation = "paid another sum";
            return;
        }
        if (reach(a) != before[0] + amountA || reach(b) != before[1] + amountB) violation = "paid another sum";
    }

    function spend(bytes32 action, uint64 n) private {
        ++successes[action];
        if (n == 0) violation = "number zero acted";
        if (++acted[n] > 1) violation = "a number paid twice";
    }

    function number(uint256 seed) private pure returns (uint64) {
        return uint64(uint256(keccak256(abi.encode("number", seed))) % NUMBERS);
    }
}
