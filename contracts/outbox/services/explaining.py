"""The reason of a mined revert, asked of the node again at the block before."""

from __future__ import annotations

from typing import Any

from contracts.gateway.errors import NodeRefused
from contracts.gateway.reverts import explain
from contracts.outbox.models import Intent
from contracts.outbox.services.context import Pass


def why_reverted(work: Pass, intent: Intent, receipt: dict[str, Any]) -> str:
    """In words; says so when the node can no longer tell."""
    before = hex(int(receipt["blockNumber"], 16) - 1)
    if int(receipt["gasUsed"], 16) >= (intent.gas_estimate or 0):
        return "The call ran out of gas."
    try:
        work.node.call("eth_call", request(work.address, intent.to, bytes(intent.data), intent.value), before)
    except NodeRefused as refused:
        if refused.reverted:
            return explain(refused.data, refused.message)
        return f"The contract refused it in its block; the node can no longer say why ({refused.message})."
    return "The contract refused it in its block; at the block before it would have passed."


def request(sender: str, to: str | None, data: bytes, value: int) -> dict[str, str]:
    """The parameters of eth_call and eth_estimateGas."""
    body = {"from": sender, "data": "0x" + data.hex(), "value": hex(value)}
    return {**body, "to": to} if to else body
