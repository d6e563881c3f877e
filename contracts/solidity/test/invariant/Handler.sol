// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attestation} from "../../src/reserve/IReserveBook.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Powers} from "./Powers.sol";

/// @notice Plays every role at random, right and wrong, over three series that mature one after another. What must never happen
/// is written down in `violation` or checked by the invariants.
contract Handler is Powers {
    function transfer(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        (address from, address to) = (pickWallet(seed >> 8), pickWallet(seed >> 16));
        uint256 free = freeOf(t, from);
        // Everything, so that holders leave, or something small, so that most of it passes.
        uint256 amount = seed % 4 == 0 ? free : bound(units, 0, 200);
        bool promised = t.canTransfer(from, to, amount);
        vm.prank(from);
        try t.transfer(to, amount) {
            checkDealt(t, from, to, amount, free);
            if (!promised) fail("transfer", "that canTransfer denied");
        } catch {
            if (promised) fail("transfer", "refused, though canTransfer promised it");
        }
    }

    function batchTransfer(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        address from = pickWallet(seed >> 8);
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], to[1]) = (pickWallet(seed >> 16), pickWallet(seed >> 24));
        (amounts[0], amounts[1]) = (bound(units, 0, 100), bound(units / 2, 0, 100));
        uint256 free = freeOf(t, from);
        vm.prank(from);
        try t.batchTransfer(to, amounts) {
            checkDealt(t, from, to[1], amounts[1], free);
            checkReceiver(t, to[0], "batchTransfer");
            // To himself he may send the same free units twice.
            if (to[0] != from && to[1] != from && amounts[0] + amounts[1] > free) fail("batchTransfer", "frozen units");
            ++successes["batchTransfer"];
        } catch {}
    }

    function rawMint(uint256 seed, uint128 units) external atNow {
        SecurityToken t = pickToken(seed);
        address to = pickWallet(seed >> 8);
        uint256 amount = bound(units, 0, 900);
        vm.prank(AGENT);
        try t.mint(to, amount) {
            checkOpen(t, "rawMint");
            checkAdmitted(t, to, amount, "rawMint");
            checkRoom(t, "rawMint");
        } catch {}
    }

    function rawBurn(uint256 seed, uint128 units) external atNow {
        vm.prank(AGENT);
        try pickToken(seed).burn(pickWallet(seed >> 8), bound(units, 0, 300)) {
            ++successes["rawBurn"];
        } catch {}
    }

    function freezeUnits(uint256 seed, uint128 units) external atNow {
        address t = address(pickToken(seed));
        address wallet = pickWallet(seed >> 8);
        units = uint128(bound(units, 0, 900));
        vm.startPrank(ENFORCEMENT);
        if (seed % 3 == 0) try controller.freezeUnits(t, wallet, units, order()) {} catch {}
        else if (seed % 3 == 1) try controller.unfreezeUnits(t, wallet, units, order()) {} catch {}
        else try controller.setFrozenUnits(t, wallet, units, order()) {} catch {}
        vm.stopPrank();
    }

    function restrict(uint256 seed) external atNow {
        address t = address(pickToken(seed));
        address wallet = pickWallet(seed >> 8);
        bool closed = seed % 5 == 0;
        vm.prank(ENFORCEMENT);
        controller.setWalletFrozen(t, wallet, closed, order());
        shut[t][wallet] = closed;
        bool pausing = seed % 7 == 0;
        vm.prank(pausing ? PAUSER : RESUMER);
        if (pausing) try controller.pause(t, order()) { lines[t].paused = true; } catch {}
        else try controller.unpause(t, order()) { lines[t].paused = false; } catch {}
    }

    /// @dev Renews, lets lapse, moves to another country or category, removes; sets and lifts flags and sanctions.
    function identify(uint256 seed) external atNow {
        address wallet = pickWallet(seed >> 8);
        uint40 expiry = seed % 6 == 0 ? uint40(nowAt + 10 days) : KYC_EXPIRY;
        enrol(wallet, seed % 9 == 0 ? 840 : 586, uint8(1 + (seed % 11) / 5), expiry);
        address[] memory list = new address[](1);
        list[0] = wallet;
        if (seed % 13 == 0) {
            vm.prank(IDENTITY);
            registry.removeBatch(list);
            parties[wallet].expiry = 0;
        }
        uint32[] memory flags = new uint32[](1);
        flags[0] = seed % 8 == 0 ? 1 : seed % 8 == 1 ? NO_SENDING : seed % 8 == 2 ? NO_RECEIVING : 0;
        vm.prank(IDENTITY);
        registry.setFlagsBatch(list, flags);
        parties[wallet].flags = flags[0];
        bool sanctioned = seed % 10 == 0;
        vm.prank(SANCTIONS);
        registry.setSanctioned(list, sanctioned);
        parties[wallet].sanctioned = sanctioned;
        if (registry.canSend(wallet) != maySend(wallet)) fail("identify", "who may send");
        if (registry.isVerified(wallet) != mayReceive(wallet)) fail("identify", "who may receive");
    }

    function closePeriod(uint256 seed) external atNow {
        address t = address(pickToken(seed));
        uint40 from = uint40(nowAt + bound(seed >> 8, 0, 4 days));
        uint40 until = seed % 5 == 0 ? 0 : from + uint40(bound(seed >> 16, 0, 9 days));
        if (until == 0) from = 0;
        vm.prank(PERIODS);
        try engine.setClosedPeriod(t, from, until) {
            (lines[t].closedFrom, lines[t].closedUntil) = (from, until);
            ++successes["closePeriod"];
        } catch {}
    }

    function attest(uint256 seed, uint128 quantity) external atNow {
        uint128 total = uint128(bound(quantity, 0, 9_000 * PER_UNIT));
        uint40 asOf = uint40(nowAt - bound(seed >> 8, 0, 3 days));
        uint40 expiry = uint40(nowAt + bound(seed >> 16, 0, 40 days));
        uint64 number = backing.number + uint64(bound(seed >> 24, 0, 2));
        Attestation memory a = Attestation(
            address(tokens[2]), number, total, uint128(bound(seed >> 32, 0, total / 3)), asOf, expiry, "report"
        );
        bytes memory signature = attested(seed % 16 == 0 ? 0xBAD : EXAMINER_KEY, a);
        Backing memory before = backing;
        vm.prank(RELAY);
        try book.attest(a, signature) {
            if (seed % 16 == 0) fail("attest", "by another key");
            if (number <= before.number || asOf < before.asOf || expiry <= nowAt) fail("attest", "with old figures");
            bool knows = asOf > before.raisedAt || a.encumbered > before.raised;
            uint128 encumbered = knows ? a.encumbered : before.raised;
            backing = Backing(number, total, encumbered, before.raised, before.raisedAt, asOf, expiry);
            ++successes["attest"];
        } catch {}
    }

    function raiseEncumbrance(uint256 seed, uint128 encumbered) external atNow {
        encumbered = uint128(bound(encumbered, 0, 6_000 * PER_UNIT));
        if (seed % 3 != 0) return;
        vm.prank(ENFORCEMENT);
        try book.raiseEncumbrance(address(tokens[2]), encumbered, order()) {
            if (encumbered <= backing.encumbered) fail("raiseEncumbrance", "that lowers it");
            (backing.encumbered, backing.raised, backing.raisedAt) = (encumbered, encumbered, uint40(nowAt));
            ++successes["raiseEncumbrance"];
        } catch {}
    }

    function setCeilings(uint256 seed) external atNow {
        Line storage l = lines[address(pickToken(seed))];
        l.ceiling = bound(seed >> 8, 1, 12_000);
        if (l.ceiling > l.widest) l.widest = l.ceiling;
        programmeCeiling = bound(seed >> 24, 0, 18_000) * FACE;
        if (programmeCeiling > programmeWidest) programmeWidest = programmeCeiling;
        vm.startPrank(ADMIN);
        engine.setSeriesCeiling(address(pickToken(seed)), l.ceiling);
        engine.setProgrammeCeiling(PROGRAMME, programmeCeiling);
        vm.stopPrank();
        ++successes["setCeilings"];
    }

    function passTime(uint256 seed) external {
        nowAt += bound(seed, 1, 6 days);
        vm.warp(nowAt);
        if (seed % 4 == 0) engine.freeMatured(PROGRAMME, 1);
    }

    function figures(uint256 i) external view returns (uint256[5] memory f, uint256 face, uint256 ceiling, bool open) {
        address t = address(tokens[i]);
        (f[0], f[1], f[2], f[3], f[4]) = engine.capOf(t);
        uint40 maturity;
        (,, face, maturity,) = engine.seriesOf(t);
        ceiling = lines[t].widest;
        open = nowAt < maturity;
    }

    /// @notice The engine's count of one pair of wallets, and of holders, beside the sums of the balances.
    function holdings(uint256 pair) external view returns (uint256 said, uint256 held, uint256 saidHolders, uint256 holders) {
        address identity = identityOf(wallets[2 * pair]);
        (held, holders) = counted(tokens[1], identity);
        (said, saidHolders) = (engine.holdingOf(address(tokens[1]), identity), engine.holdersOf(address(tokens[1])));
    }

    function ended(uint256 i) external view returns (bool) {
        return lines[address(tokens[i])].ended;
    }

    function programme() external view returns (uint256 widest, uint256 used) {
        (, used,) = engine.programmeOf(PROGRAMME);
        widest = programmeWidest;
    }

    function numberUsed(uint256 i, uint64 number) external view returns (bool) {
        return controller.numberUsed(address(tokens[i]), number);
    }

    function checkDealt(SecurityToken t, address from, address to, uint256 units, uint256 free) private {
        checkOpen(t, "transfer");
        // Between wallets of one investor no count changes, so no limit is asked.
        checkAdmitted(t, to, identityOf(from) == identityOf(to) ? 0 : units, "transfer");
        if (!maySend(from)) fail("transfer", "by a wallet that may not send");
        if (shut[address(t)][from]) fail("transfer", "by a frozen wallet");
        if (units > free) fail("transfer", "frozen units");
    }

    function freeOf(SecurityToken t, address wallet) private view returns (uint256) {
        (uint256 balance, uint256 frozen) = (t.balanceOf(wallet), t.getFrozenTokens(wallet));
        return frozen < balance ? balance - frozen : 0;
    }

    function attested(uint256 key, Attestation memory a) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, book.hashAttestation(a));
        return abi.encodePacked(r, s, v);
    }
}
