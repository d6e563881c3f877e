"""What two persons approve about instructions. Payload of each: {"instructions": [ids]}; its items are their leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_approve
from custody.instructions.services.outcomes import ENDED_WITHOUT
from custody.tokenisation.selectors import wallet_owner
from tokenization.identity import kyc
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused


def drafts_named(ids: Sequence[Any], kind: str) -> list[Instruction]:
    """The instructions of a payload in its order: all there, each once, of one token and of this kind."""
    wanted = [int(pk) for pk in ids]
    rows = Instruction.objects.filter(pk__in=wanted).select_related("token__series", "wallet", "linked_to").in_bulk()
    if not wanted or len(set(wanted)) != len(wanted) or set(rows) != set(wanted):
        raise Refused("Name existing instructions, each once.", field="instructions", rule="existing, each once")
    found = [rows[pk] for pk in wanted]
    if {row.kind for row in found} != {kind} or len({row.token_id for row in found}) != 1:
        raise Refused(f"All must be {kind} of one token.", field="instructions", rule="one kind, one token")
    return found


def require_drafts(rows: Sequence[Instruction]) -> None:
    """Refused unless all still wait for their approval."""
    for row in rows:
        if row.state != Instruction.State.DRAFT:
            raise Refused(
                f"Instruction {row.number} is {row.state}.",
                field="instructions",
                rule="decided once, before it is sent",
            )


def require_valid_holder(row: Instruction, now: datetime) -> None:
    """Refused unless the wallet has a holder whose KYC is valid now."""
    owner = wallet_owner(row.wallet.address, now) if row.wallet else None
    if owner is None or not kyc.is_valid(owner, now):
        raise Refused(
            f"Instruction {row.number}: the wallet has no holder with a valid KYC.", field="wallet", rule="valid KYC"
        )


def item_drafts(rows: Sequence[Instruction]) -> list[ApprovalItemDraft]:
    return [
        ApprovalItemDraft(
            leaf=row.leaf,
            body={
                "token": row.token.address,
                "kind": row.kind,
                "number": row.number,
                "wallet": row.wallet.address if row.wallet else "",
                "units": row.units,
            },
        )
        for row in rows
    ]


class InstructionsApprove:
    """Common part; a subclass names the kind, the powers and what it checks besides."""

    name: str
    title: str
    kind: str
    maker_power: Power
    checker_power: Power
    two_houses = True
    # Whether it decides about cash, about securities, or (None) about both.
    cash: bool | None = False

    def rows(self, payload: Payload) -> list[Instruction]:
        return drafts_named(payload.get("instructions", []), self.kind)

    def check(self, payload: Payload, *, now: datetime) -> None:
        rows = self.rows(payload)
        require_drafts(rows)
        if self.cash not in (None, rows[0].token.is_cash):
            raise Refused(
                f"{rows[0].token.code} is {'' if rows[0].token.is_cash else 'not '}cash.",
                field="instructions",
                rule="cash" if self.cash else "securities",
                next_step="Cash has its own actions: minted on a booked credit, burned before it is paid out.",
            )
        for row in rows:
            self.check_row(row, now)

    def check_row(self, row: Instruction, now: datetime) -> None:
        """What this kind asks of each instruction."""

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        rows = self.rows(payload)
        lines = [
            (f"No. {r.number}, {r.wallet.address if r.wallet else ''}", "draft", f"{r.units:,} units") for r in rows
        ]
        total = (
            f"{self.title}, {rows[0].token.code}",
            "",
            f"{sum(r.units for r in rows):,} units in {len(rows)}",
        )
        return Preview(rows=[total, *lines], warnings=[])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return item_drafts(self.rows(payload))

    def subject(self, payload: Payload) -> str:
        token = self.rows(payload)[0].token
        return f"{'cash' if token.is_cash else 'series'}:{token.code}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        instructions_approve(instructions=self.rows(payload), approval=approval, actor=actor, now=now)


class IssueApprove(InstructionsApprove):
    """Create supply: the issuer asks, the registrar agrees. They are sent once paid and immobilised."""

    name = "custody.instructions.IssueApprove"
    title = "Issue units"
    kind = "ISSUE"
    maker_power = Power.ISSUE_DRAFT
    checker_power = Power.ISSUE_APPROVE

    def check_row(self, row: Instruction, now: datetime) -> None:
        require_valid_holder(row, now)


class WithdrawApprove(InstructionsApprove):
    """Take back what was immobilised for an issue that can no longer happen."""

    name = "custody.instructions.WithdrawApprove"
    title = "Withdraw a confirmation"
    kind = "WITHDRAW"
    maker_power = Power.WITHDRAW_DRAFT
    checker_power = Power.WITHDRAW_APPROVE
    two_houses = False

    def check_row(self, row: Instruction, now: datetime) -> None:
        if row.linked_to is None or row.linked_to.state not in ENDED_WITHOUT:
            raise Refused(
                f"Instruction {row.number}: its issue may still happen.",
                field="instructions",
                rule="issue rejected first",
            )
        if not row.linked_to.links.filter(kind="CONFIRM", state=Instruction.State.DONE).exists():
            raise Refused(
                f"Instruction {row.number}: the confirmation of issue {row.linked_to.number} is not on chain.",
                field="instructions",
                rule="a cap is raised before it is lowered",
                next_step="Wait for it; if it was given up, the registrar signs again.",
            )


class AnnulApprove(InstructionsApprove):
    """Burn undue units by force. Releases nothing at the registry."""

    name = "custody.instructions.AnnulApprove"
    title = "Annul undue units"
    kind = "ANNUL"
    maker_power = Power.ANNUL_DRAFT
    checker_power = Power.ANNUL_APPROVE
    two_houses = False
    cash = None
