// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC3643} from "../token/IERC3643.sol";
import {CashMoves} from "../settlement/CashMoves.sol";
import {EventBook} from "./EventBook.sol";
import {PaymentEvent} from "./IPayingAgent.sol";

/// @notice Moves the money of one batch: to the wallet, or to the holder's reserve if his wallet cannot take it.
/// @dev Whose fault a refusal is decides: a wallet's refusal is reserved for and the batch goes on; a cash token that stands
/// still for the agent too reverts the batch, so that its numbers stay unused and bank rails may pay them.
abstract contract Disbursement is EventBook {
    /// @notice A payment costs under 35,000 gas and one that burns its limit under 350,000: 250 ordinary ones with some
    /// thirty of the worst stay below the 16,777,216 of one transaction (EIP-7825).
    uint256 public constant MAX_BATCH = 250;
    /// @notice Most gas that one transfer of cash may burn. The dearest permissioned token measured takes 195,000.
    uint256 public constant TRANSFER_GAS = 250_000;
    /// @dev Of the one call that pays a whole batch, per payment: three times what our own token takes.
    uint256 private constant BATCH_ITEM_GAS = 60_000;
    uint256 private constant TO_RESERVE = 1 << 255;
    /// @dev What must be left before a transfer: its limit, the 64th that a call keeps back, and a reservation afterwards.
    uint256 private constant GAS_NEEDED = TRANSFER_GAS * 64 / 63 + 80_000;

    /// @dev The batch in hand: three arrays, where an amount may carry the mark TO_RESERVE. What is paid is gathered at their
    /// front, and told in one event.
    struct Run {
        bytes32 id;
        address token;
        address cash;
        uint256 scale;
        uint64[] numbers;
        address[] wallets;
        uint256[] amounts;
        Page page;
        uint256 total;
        uint256 most;
        address mostWallet;
        uint256 still;
        uint256 paid;
        uint256 reserved;
        bool probed;
    }

    function _newRun(bytes32 id, PaymentEvent storage e, uint256 size, uint64 firstNumber)
        internal
        view
        returns (Run memory run)
    {
        run.id = id;
        run.token = e.token;
        run.cash = e.cash;
        run.scale = e.scale;
        run.numbers = new uint64[](size);
        run.wallets = new address[](size);
        run.amounts = new uint256[](size);
        run.page = _openPage(run.token, firstNumber);
    }

    /// @dev Uses up the number and notes what is due. `still` counts the dues that move no money: marked, or nothing.
    function _note(Run memory run, uint256 i, uint64 number, address wallet, uint128 amount, bool toReserve)
        internal
    {
        if (wallet == address(0) || wallet == address(this)) revert PayWalletInvalid(run.id, number, wallet);
        _useNumber(run.token, run.page, number);
        run.numbers[i] = number;
        run.wallets[i] = wallet;
        run.amounts[i] = toReserve ? amount | TO_RESERVE : amount;
        unchecked {
            // At most 250 amounts of 128 bits.
            run.total += amount;
            if (toReserve || amount == 0) ++run.still;
            else if (amount > run.most) (run.most, run.mostWallet) = (amount, wallet);
        }
    }

    /// @dev Numbers first, then money, then figures; the guard of the caller keeps everybody else out meanwhile.
    function _disburse(Run memory run, PaymentEvent storage e) internal {
        _keepPage(run.token, run.page);
        uint256 total = run.total;
        uint256 remaining = _remaining(e);
        if (total > remaining) revert PayUnderfunded(run.id, total, remaining);
        uint256 before = CashMoves.balanceOf(run.cash, address(this));
        if (before < total * run.scale) revert PayCashMissing(run.cash, total * run.scale, before);
        if (!e.batches || !_payTogether(run)) _payOneByOne(run);
        _emitPaid(run);
        uint256 paid = total - run.reserved;
        _checkSpent(run, before, paid);
        e.paid += uint128(paid);
        if (run.reserved != 0) e.reserved += uint128(run.reserved);
        _owed[run.cash] -= paid;
    }

    function _payOneByOne(Run memory run) private {
        (address cash, uint256 scale) = (run.cash, run.scale);
        (address[] memory wallets, uint256[] memory amounts) = (run.wallets, run.amounts);
        // slither-disable-next-line uninitialized-local -- begins at zero
        bool measured;
        for (uint256 i; i < amounts.length; ++i) {
            uint256 amount = amounts[i];
            if (amount >= TO_RESERVE) {
                _reserveFor(run, i, "");
                continue;
            }
            if (amount != 0) {
                if (gasleft() < GAS_NEEDED) revert PayGasTooLow(gasleft(), GAS_NEEDED);
                bool done;
                if (measured || amount != run.most) {
                    done = CashMoves.trySend(cash, wallets[i], amount * scale, TRANSFER_GAS);
                } else {
                    done = _sendMeasured(run, i, amount * scale);
                    measured = done;
                }
                if (!done) {
                    _refused(run, i, amount);
                    continue;
                }
            }
            _gather(run, i);
        }
    }

    /// @dev What arrives is measured at the largest payment of a batch: a token that began to take a fee shows it there if
    /// anywhere, and two more readings for every holder would cost him a tenth of the gas of his payment.
    function _sendMeasured(Run memory run, uint256 i, uint256 value) private returns (bool done) {
        uint256 before = CashMoves.balanceOf(run.cash, run.wallets[i]);
        done = CashMoves.trySend(run.cash, run.wallets[i], value, TRANSFER_GAS);
        if (done) CashMoves.requireReceived(run.cash, run.wallets[i], before, value);
    }

    /// @dev One `batchTransfer` for all, because an ERC-3643 token then checks the sender once. If it fails nothing has moved.
    function _payTogether(Run memory run) private returns (bool done) {
        uint256 count = run.amounts.length - run.still;
        if (count < 2) return false;
        (bytes memory data, uint256 expected) = _batchCall(run, count);
        uint256 before = CashMoves.balanceOf(run.cash, run.mostWallet);
        if (!CashMoves.tryCall(run.cash, data, BATCH_ITEM_GAS * (count + 2))) return false;
        CashMoves.requireReceived(run.cash, run.mostWallet, before, expected);
        if (run.still == 0) {
            run.paid = count;
            return true;
        }
        for (uint256 i; i < run.amounts.length; ++i) {
            if (run.amounts[i] >= TO_RESERVE) _reserveFor(run, i, "");
            else _gather(run, i);
        }
        return true;
    }

    /// @dev `batchTransfer(wallets, values)`, written in place: selector, two offsets, then each array with its length.
    /// `expected` is what the measured wallet gets in all, should it stand in the batch more than once.
    // slither-disable-next-line assembly -- writes one call in place instead of copying two arrays
    function _batchCall(Run memory run, uint256 count) private pure returns (bytes memory data, uint256 expected) {
        (uint256 scale, address most) = (run.scale, run.mostWallet);
        bytes4 selector = IERC3643.batchTransfer.selector;
        uint256 wallets;
        uint256 values;
        data = new bytes(0x84 + 0x40 * count);
        assembly ("memory-safe") {
            let head := add(data, 0x24)
            mstore(add(data, 0x20), selector)
            mstore(head, 0x40)
            mstore(add(head, 0x20), add(0x60, shl(5, count)))
            mstore(add(head, 0x40), count)
            wallets := add(head, 0x60)
            mstore(add(wallets, shl(5, count)), count)
            values := add(wallets, add(0x20, shl(5, count)))
        }
        (address[] memory from, uint256[] memory amounts) = (run.wallets, run.amounts);
        for (uint256 i; i < amounts.length; ++i) {
            (address wallet, uint256 amount) = (from[i], amounts[i]);
            if (amount == 0 || amount >= TO_RESERVE) continue;
            if (wallet == most) expected += amount * scale;
            assembly ("memory-safe") {
                mstore(wallets, wallet)
                mstore(values, mul(amount, scale))
                wallets := add(wallets, 0x20)
                values := add(values, 0x20)
            }
        }
    }

    /// @dev By the wallet, if the agent can still move as much to itself; that is asked once per batch, at the first refusal.
    function _refused(Run memory run, uint256 i, uint256 amount) private {
        bytes memory reason = CashMoves.answer();
        if (!run.probed) {
            if (gasleft() < GAS_NEEDED) revert PayGasTooLow(gasleft(), GAS_NEEDED);
            bool done = CashMoves.trySend(run.cash, address(this), amount * run.scale, TRANSFER_GAS);
            if (!done) revert PayCashStopped(run.cash, CashMoves.answer());
            run.probed = true;
        }
        _reserveFor(run, i, reason);
    }

    function _reserveFor(Run memory run, uint256 i, bytes memory reason) private {
        (address wallet, uint256 amount) = (run.wallets[i], run.amounts[i] & ~TO_RESERVE);
        run.reserved += amount;
        _reserve(run.cash, wallet, amount);
        emit Reserved(run.id, run.numbers[i], wallet, amount, reason);
    }

    /// @dev To the front, where a reservation has left a gap.
    function _gather(Run memory run, uint256 i) private pure {
        uint256 to = run.paid++;
        if (to == i) return;
        (run.numbers[to], run.wallets[to], run.amounts[to]) = (run.numbers[i], run.wallets[i], run.amounts[i]);
    }

    // slither-disable-next-line assembly -- shortens arrays of this batch to what was paid
    function _emitPaid(Run memory run) private {
        uint256 count = run.paid;
        if (count == 0) return;
        (uint64[] memory numbers, address[] memory wallets, uint256[] memory amounts) =
            (run.numbers, run.wallets, run.amounts);
        assembly ("memory-safe") {
            mstore(numbers, count)
            mstore(wallets, count)
            mstore(amounts, count)
        }
        emit Paid(run.id, run.token, numbers, wallets, amounts);
    }

    /// @dev More than paid must not have left. Less may: a wallet that sends money back in its hook must not stop the others.
    function _checkSpent(Run memory run, uint256 before, uint256 paid) private view {
        uint256 held = CashMoves.balanceOf(run.cash, address(this));
        uint256 expected = paid * run.scale;
        if (held + expected < before) {
            revert CashMoves.CashMovedOtherwise(run.cash, address(this), expected, before - held);
        }
    }
}
