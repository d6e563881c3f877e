// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PrimaryLeg, Trade} from "../../src/settlement/IDeliveryVersusPayment.sol";
import {SettlementStage} from "../base/SettlementStage.sol";
import {TrickCash} from "../base/cash/TrickCash.sol";

/// @notice Settles and trades at random, with a cash token that cheats now and then. Refusals are fine; a leg without the other,
/// a sum other than signed, or a nonce that works twice is not.
contract SettlementHandler is SettlementStage {
    uint64 public constant NUMBERS = 96;
    uint256 public constant MINTED = 4_000_000;

    address[4] public wallets;
    uint256[4] private keys;
    string public violation;
    mapping(uint64 number => uint256) public acted;
    mapping(address signer => mapping(uint256 nonce => uint256)) public nonceActed;
    mapping(bytes32 action => uint256) public successes;
    uint256 public issued;

    TrickCash private trick;

    function setUp() public override {
        super.setUp();
        trick = new TrickCash();
        cash = trick;
        accept(address(cash), 6);
        confirmUnits(token, 1_000, 1_001, 5_000);
        for (uint256 i; i < 4; ++i) {
            keys[i] = 0xC0FFEE + i;
            wallets[i] = vm.addr(keys[i]);
            register(wallets[i], KYC_EXPIRY);
            give(wallets[i], MINTED / 4, address(dvp));
            vm.prank(wallets[i]);
            token.approve(address(dvp), type(uint256).max);
        }
    }

    function cheat(uint256 seed) external {
        trick.play(TrickCash.Trick(seed % 10 < 4 ? seed % 10 + 1 : 0));
    }

    function primary(uint256 seed, uint128 units, uint128 amount) external {
        PrimaryLeg[] memory legs = legs2(
            leg(number(seed), wallets[seed % 4], uint128(bound(units, 0, 200)), uint128(bound(amount, 0, 300))),
            leg(number(seed >> 8), wallets[(seed >> 2) % 4], uint128(bound(units >> 8, 0, 200)), 50)
        );
        (, bytes[] memory reasons) = dvp.failures(address(token), address(cash), TREASURY, legs, LATER);
        uint256 before = cash.balanceOf(TREASURY);
        vm.prank(SETTLEMENT);
        try dvp.settlePrimary(address(token), address(cash), TREASURY, legs, LATER) {
            if (reasons[0].length + reasons[1].length != 0) violation = "a leg said to fail has settled";
            if (cash.balanceOf(TREASURY) - before != (uint256(legs[0].amount) + 50) * SCALE) violation = "not paid";
            issued += legs[0].units + legs[1].units;
            spend(legs[0].number);
            spend(legs[1].number);
            ++successes["primary"];
        } catch {
            bool honest = trick.trick() == TrickCash.Trick.None;
            if (honest && reasons[0].length + reasons[1].length == 0) violation = "a leg said to settle has failed";
        }
    }

    function trade(uint256 seed, uint128 units, uint128 amount) external {
        (uint256 s, uint256 b) = (seed % 4, (seed >> 2) % 4);
        Trade memory t = Trade({
            token: address(token),
            seller: wallets[s],
            buyer: wallets[b],
            units: uint128(bound(units, 0, 150)),
            cash: address(cash),
            amount: uint128(bound(amount, 0, 200)),
            sellerNonce: (seed >> 8) % 64,
            buyerNonce: (seed >> 16) % 64,
            validUntil: LATER
        });
        (bytes memory sellers, bytes memory buyers) = (sign(keys[s], t), sign(seed % 16 == 0 ? 0xBAD : keys[b], t));
        bytes memory reason = dvp.failureOf(t, sellers, buyers);
        uint256[4] memory before = sides(t);
        try dvp.settle(t, sellers, buyers) {
            if (reason.length != 0) violation = "a trade said to fail has settled";
            if (seed % 16 == 0) violation = "another key signed for the buyer";
            if (++nonceActed[t.seller][t.sellerNonce] > 1) violation = "a nonce worked twice";
            if (++nonceActed[t.buyer][t.buyerNonce] > 1) violation = "a nonce worked twice";
            checkMoved(t, before, sides(t));
            ++successes["trade"];
        } catch {
            bool honest = trick.trick() == TrickCash.Trick.None;
            if (honest && reason.length == 0) violation = "a trade said to settle has failed";
            uint256[4] memory afterwards = sides(t);
            for (uint256 i; i < 4; ++i) {
                if (afterwards[i] != before[i]) violation = "a refused trade moved something";
            }
        }
    }

    function cancel(uint256 seed) external {
        uint256[] memory nonces = new uint256[](1);
        nonces[0] = (seed >> 8) % 64;
        address signer = wallets[seed % 4];
        vm.prank(signer);
        try dvp.cancelNonces(nonces) {
            if (++nonceActed[signer][nonces[0]] > 1) violation = "a used nonce was cancelled";
            ++successes["cancel"];
        } catch {}
    }

    function sums() external view returns (uint256 units, uint256 inCash, uint256 ofDvp, uint256 supply) {
        for (uint256 i; i < 4; ++i) {
            units += token.balanceOf(wallets[i]);
            inCash += cash.balanceOf(wallets[i]);
        }
        inCash += cash.balanceOf(TREASURY);
        ofDvp = cash.balanceOf(address(dvp)) + token.balanceOf(address(dvp));
        supply = token.totalSupply();
    }

    function minted() external view returns (uint256) {
        return cash.totalSupply();
    }

    function used(uint64 n) external view returns (bool) {
        return controller.numberUsed(address(token), n);
    }

    function checkMoved(Trade memory t, uint256[4] memory a, uint256[4] memory b) private {
        uint256 value = t.amount * SCALE;
        bool units = a[0] - b[0] == t.units && b[1] - a[1] == t.units;
        if (!units || b[2] - a[2] != value || a[3] - b[3] != value) violation = "a trade moved another sum";
    }

    function sides(Trade memory t) private view returns (uint256[4] memory) {
        return [
            token.balanceOf(t.seller), token.balanceOf(t.buyer), cash.balanceOf(t.seller), cash.balanceOf(t.buyer)
        ];
    }

    function sign(uint256 key, Trade memory t) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, dvp.hashTrade(t));
        return abi.encodePacked(r, s, v);
    }

    function spend(uint64 n) private {
        if (++acted[n] > 1 || n == 0) violation = "a number issued twice";
    }

    function number(uint256 seed) private pure returns (uint64) {
        return uint64(uint256(keccak256(abi.encode("number", seed))) % NUMBERS);
    }
}
