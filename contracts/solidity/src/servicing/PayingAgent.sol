// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEngine} from "../compliance/IEngine.sol";
import {IController} from "../token/IController.sol";
import {IERC3643} from "../token/IERC3643.sol";
import {Item, Order} from "../token/ISecurityToken.sol";
import {CashMoves} from "../settlement/CashMoves.sol";
import {Disbursement} from "./Disbursement.sol";
import {IPayingAgent, Payment, PaymentEvent, PaymentKind, Rate, Rounding} from "./IPayingAgent.sol";
import {Unclaimed} from "./Unclaimed.sol";

/// @notice Coupons and redemptions, paid in resumable batches. Asks no rule of the security: pause, freeze, lapse and
/// maturity do not stop a due payment.
/// @dev This contract holds the SERVICING role at the controller, so that it can burn what it pays for.
contract PayingAgent is Disbursement, IERC165 {
    IController public immutable controller;

    constructor(address initialAuthority, address controller_, address cashBook_, address identityRegistry_)
        AccessManaged(initialAuthority)
        Unclaimed(cashBook_, identityRegistry_)
    {
        controller = IController(controller_);
    }

    /// @inheritdoc IPayingAgent
    function pay(bytes32 id, Payment[] calldata payments, uint40 validUntil) external restricted nonReentrant {
        PaymentEvent storage e = _begin(id, payments.length, validUntil);
        Run memory run = _newRun(id, e, payments.length, payments[0].number);
        for (uint256 i; i < payments.length; ++i) {
            Payment calldata p = payments[i];
            (uint64 number, uint128 amount) = (p.number, p.amount);
            if (amount == 0) revert PayZeroAmount(id, number);
            _note(run, i, number, p.wallet, amount, p.toReserve);
        }
        _disburse(run, e);
    }

    /// @inheritdoc IPayingAgent
    /// @dev Dealing must be closed, and for all batches in one and the same period, so that a balance read in a later batch is
    /// still the balance of the record instant. A holder whose amount rounds to nothing uses up his number too: the event can be finished.
    function payComputed(
        bytes32 id, uint64[] calldata numbers, address[] calldata wallets, Rate calldata rate, uint40 validUntil
    ) external restricted nonReentrant {
        PaymentEvent storage e = _begin(id, numbers.length, validUntil);
        if (numbers.length != wallets.length) revert PayLengthMismatch(numbers.length, wallets.length);
        if (rate.denominator == 0 || rate.numerator == 0) revert PayRateInvalid(id);
        Run memory run = _newRun(id, e, numbers.length, numbers[0]);
        _checkClosed(id, e, run.token);
        Rate memory r = rate;
        for (uint256 i; i < numbers.length; ++i) {
            uint128 amount = _amountOf(CashMoves.balanceOf(run.token, wallets[i]), r);
            _note(run, i, numbers[i], wallets[i], amount, false);
        }
        _disburse(run, e);
    }

    /// @inheritdoc IPayingAgent
    function redeemAndPay(bytes32 id, Item[] calldata items, uint128[] calldata amounts, uint40 validUntil)
        external
        restricted
        nonReentrant
    {
        PaymentEvent storage e = _begin(id, items.length, validUntil);
        if (items.length != amounts.length) revert PayLengthMismatch(items.length, amounts.length);
        if (e.kind != PaymentKind.Redemption) revert PayEventKind(id, e.kind);
        Run memory run = _newRun(id, e, items.length, items[0].number);
        for (uint256 i; i < items.length; ++i) {
            Item calldata item = items[i];
            (uint64 number, uint128 amount) = (item.number, amounts[i]);
            if (amount == 0) revert PayZeroAmount(id, number);
            _note(run, i, number, item.wallet, amount, false);
        }
        controller.redeem(run.token, items);
        _disburse(run, e);
    }

    /// @inheritdoc IPayingAgent
    function retire(address token, uint64[] calldata numbers, Order calldata order) external restricted {
        _checkSize(numbers.length);
        _checkOrder(order);
        Page memory page = _openPage(token, numbers[0]);
        for (uint256 i; i < numbers.length; ++i) {
            _useNumber(token, page, numbers[i]);
            emit NumberRetired(token, numbers[i], order.basis, order.reference_);
        }
        _keepPage(token, page);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IPayingAgent).interfaceId;
    }

    function _begin(bytes32 id, uint256 size, uint40 validUntil) private view returns (PaymentEvent storage e) {
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (block.timestamp > validUntil) revert PayExpired(id, validUntil, block.timestamp);
        _checkSize(size);
        e = _openEvent(id);
    }

    function _checkClosed(bytes32 id, PaymentEvent storage e, address token) private {
        IEngine engine = IEngine(IERC3643(token).compliance());
        (uint40 from, uint40 until) = engine.closedPeriodOf(token);
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        bool covered = from <= block.timestamp && block.timestamp < until;
        if (!covered || engine.dealingOpen(token)) revert PayDealingOpen(token, from, until, block.timestamp);
        uint40 record = e.recordFrom;
        if (record == 0) e.recordFrom = from;
        else if (record != from) revert PayRecordMoved(id, record, from);
    }

    function _amountOf(uint256 units, Rate memory rate) private pure returns (uint128) {
        uint256 product = units * rate.numerator;
        uint256 whole = product / rate.denominator;
        uint256 twice = 2 * (product % rate.denominator);
        // slither-disable-next-line uninitialized-local -- begins at zero
        bool up;
        if (rate.rounding == Rounding.Up) up = twice != 0;
        else if (rate.rounding == Rounding.HalfUp) up = twice >= rate.denominator;
        else if (rate.rounding == Rounding.HalfEven) {
            up = twice > rate.denominator || (twice == rate.denominator && whole % 2 == 1);
        }
        return SafeCast.toUint128(up ? whole + 1 : whole);
    }

    function _checkSize(uint256 size) private pure {
        if (size == 0 || size > MAX_BATCH) revert PayBatchSize(size, MAX_BATCH);
    }
}
