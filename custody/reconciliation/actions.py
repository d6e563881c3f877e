"""Closing a break: one officer says why it is over and hands in the evidence, another decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from custody.reconciliation.models import Break
from custody.reconciliation.selectors import latest_run, still_seen
from custody.register.models import Dispute
from tokenization.files.models import StoredFile
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused


class BreakClose:
    """Payload: {"break": id, "reason": text, "file": SHA-256 of a stored file that shows it, 0x and 64 digits}.

    Possible once a later run no longer finds it; it repairs nothing.
    """

    name = "custody.reconciliation.BreakClose"
    title = "Close a break"
    maker_power = Power.BREAK_CLOSE
    checker_power = Power.BREAK_CLOSE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        found = _break(payload)
        if not str(payload.get("reason", "")).strip():
            raise Refused("Say why the break is over.", field="reason", rule="a reason for every closing")
        _evidence(payload)
        if found.state != Break.State.OPEN:
            raise Refused(f"The break is {found.get_state_display()} already.", field="break", rule="closed once")
        if still_seen(found):
            raise Refused(
                "The latest reconciliation still finds it, or none was made since.",
                field="break",
                rule="gone before closed",
                next_step="Remove the cause, reconcile again, then close it.",
            )
        if found.log_id and Dispute.objects.filter(log=found.log_id, state=Dispute.State.OPEN).exists():
            raise Refused("Its units are still disputed.", field="break", rule="gone before closed")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        found = _break(payload)
        latest, shown = latest_run(found.token), _evidence(payload)
        green = f"block {latest.block_number}, {'green' if latest.green else 'red'}" if latest else "none"
        return Preview(
            rows=[
                ("Break", found.story, found.story),
                ("State", "open", "closed"),
                ("Reason", "", str(payload.get("reason", ""))),
                ("Evidence", "", f"{shown.name}, SHA-256 {shown.sha256}"),
                ("Latest reconciliation", green, green),
            ]
        )

    def items(self, payload: Payload) -> Sequence[ApprovalItemDraft]:
        body = {name: str(payload.get(name, "")) for name in ("break", "reason", "file")}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"break:{payload['break']}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        audit.move(
            Break.MACHINE,
            _break(payload),
            "CLOSED",
            actor=actor,
            now=now,
            reason=str(payload["reason"]),
            closed_by=approval,
            closed_at=now,
            closing_reason=str(payload["reason"]).strip(),
            closing_file=_evidence(payload),
        )


def _break(payload: Payload) -> Break:
    found = Break.objects.select_related("token", "log").filter(pk=int(payload.get("break") or 0)).first()
    if found is None:
        raise Refused("There is no such break.", field="break")
    return found


def _evidence(payload: Payload) -> StoredFile:
    found = StoredFile.objects.filter(sha256=str(payload.get("file", ""))).first()
    if found is None:
        raise Refused(
            "Nothing is attached that shows why the break is over.",
            field="file",
            rule="evidence for every closing",
            next_step="Attach the order, the corrected statement or the bank's answer.",
        )
    return found
