// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CashMoves} from "../settlement/CashMoves.sol";
import {IPayingAgent, PaymentEvent, PaymentKind} from "./IPayingAgent.sol";
import {Unclaimed} from "./Unclaimed.sol";

/// @notice Payment events: opened once, funded by their treasury, closed with the residual returned to it.
abstract contract EventBook is Unclaimed {
    mapping(bytes32 id => PaymentEvent) private _events;

    /// @inheritdoc IPayingAgent
    /// @dev The scale is fixed here: what happens to the cash book later changes no amount that is due.
    function openEvent(bytes32 id, address token, address cash, PaymentKind kind, address treasury)
        external
        restricted
    {
        PaymentEvent storage e = _events[id];
        if (e.treasury != address(0)) revert PayEventKnown(id);
        if (token == address(0) || treasury == address(0)) revert PayZeroAddress(id);
        (uint256 scale, bool batches) = cashBook.accepted(cash);
        e.token = token;
        e.kind = kind;
        e.open = true;
        e.batches = batches;
        e.cash = cash;
        e.scale = uint96(scale);
        e.treasury = treasury;
        emit EventOpened(id, token, cash, kind, treasury, scale);
    }

    /// @inheritdoc IPayingAgent
    /// @dev From the treasury alone: a stranger's money would leave to the treasury as residual.
    function fund(bytes32 id, uint256 amount) external restricted nonReentrant {
        PaymentEvent storage e = _openEvent(id);
        if (amount == 0) revert PayZeroAmount(id, 0);
        if (amount > type(uint128).max - e.funded) {
            revert PayUnderfunded(id, amount, type(uint128).max - e.funded);
        }
        e.funded += uint128(amount);
        _owed[e.cash] += amount;
        CashMoves.pullExactly(e.cash, e.treasury, address(this), amount * e.scale);
        emit EventFunded(id, amount);
    }

    /// @inheritdoc IPayingAgent
    function closeEvent(bytes32 id) external restricted nonReentrant {
        PaymentEvent storage e = _openEvent(id);
        uint256 residual = _remaining(e);
        e.open = false;
        // The residual leaves the event's funding too, so that funded = paid + reserved from here on.
        e.funded -= uint128(residual);
        _owed[e.cash] -= residual;
        if (residual != 0) CashMoves.sendExactly(e.cash, e.treasury, residual * e.scale);
        emit EventClosed(id, residual);
    }

    /// @inheritdoc IPayingAgent
    function eventOf(bytes32 id) external view returns (PaymentEvent memory) {
        return _events[id];
    }

    /// @inheritdoc IPayingAgent
    function remainingOf(bytes32 id) external view returns (uint256) {
        return _remaining(_events[id]);
    }

    function _openEvent(bytes32 id) internal view returns (PaymentEvent storage e) {
        e = _events[id];
        if (!e.open) revert PayEventNotOpen(id);
    }

    function _remaining(PaymentEvent storage e) internal view returns (uint256) {
        return uint256(e.funded) - e.paid - e.reserved;
    }
}
