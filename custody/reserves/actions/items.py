"""What two persons decide about items: behind a token or no longer, pledged or encumbered, free again.

Payload of each: {"items": [ids], "token": id or 0, "reason": words}; EncumberItems besides: "to", "holder".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from custody.reserves.models import ItemState, VaultItem
from custody.reserves.selectors import backing_minor, supply_minor
from custody.reserves.services.encumber import encumbrance_raise
from custody.reserves.services.moves import items_move, move_leaf
from custody.tokenisation.models import TokenContract
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money


def items_named(ids: Sequence[Any], states: Sequence[str]) -> list[VaultItem]:
    """The items in the payload's order: all there, each once, each in one of these states, all of one measure."""
    wanted = [int(pk) for pk in ids]
    rows = VaultItem.objects.filter(pk__in=wanted).select_related("vault", "token").in_bulk()
    if not wanted or len(set(wanted)) != len(wanted) or set(rows) != set(wanted):
        raise Refused("Name existing items, each once.", field="items", rule="existing, each once")
    found = [rows[pk] for pk in wanted]
    for row in found:
        if row.state not in states:
            raise Refused(
                f"{row.key} is {row.get_state_display()}.",
                field="items",
                rule="one state at a time",
                next_step=f"Only items that are {' or '.join(ItemState(s).label for s in states)} can be chosen here.",
            )
    if len({row.vault.commodity for row in found}) != 1:
        raise Refused("Choose items of one commodity.", field="items", rule="barrels and ounces do not add up")
    return found


class ItemsMove:
    """Common part; a subclass names the states that items leave, and the one they come to."""

    name: str
    title: str
    old_states: tuple[str, ...]
    new_state: ItemState
    maker_power = Power.RESERVE_DRAFT
    checker_power = Power.RESERVE_APPROVE
    two_houses = True

    def to(self, payload: Payload) -> str:
        return self.new_state.value

    def rows(self, payload: Payload) -> list[VaultItem]:
        return items_named(payload.get("items", []), self.old_states)

    def token(self, payload: Payload) -> TokenContract | None:
        """The token that the items come to back, or back now; None where there is none."""
        return self.rows(payload)[0].token

    def check(self, payload: Payload, *, now: datetime) -> None:
        rows = self.rows(payload)
        if len({row.token_id for row in rows}) != 1:
            raise Refused("Choose items behind one token.", field="items", rule="one token")
        if not str(payload.get("reason", "")).strip() or len(str(payload["reason"])) > 300:
            raise Refused("Say why, in at most 300 characters.", field="reason", rule="a decision has a reason")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        rows, to = self.rows(payload), ItemState(self.to(payload)).label
        measure = rows[0].vault.commodity
        total = Money(sum(row.fine_minor for row in rows), measure).format()
        lines = [
            (f"{row.key}, {row.vault.code}", row.get_state_display(), f"{to}, {Money(row.fine_minor, measure)}")
            for row in rows
        ]
        token = self.token(payload)
        head = [(f"{len(rows)} items", "", f"{total} {to}")]
        if token is not None:
            before = backing_minor(token)
            sign = 1 if self.to(payload) == ItemState.ALLOCATED else -1
            after = before + sign * sum(row.fine_minor for row in rows)
            head.append((f"Behind {token.code}", str(Money(before, measure)), str(Money(after, measure))))
        return Preview(rows=[*head, *lines], warnings=self.warnings(payload))

    def warnings(self, payload: Payload) -> list[str]:
        return []

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        token, to = self.token(payload), self.to(payload)
        return [
            ApprovalItemDraft(
                leaf=move_leaf(row, to, token),
                body={"item": row.key, "vault": row.vault.code, "fine_minor": row.fine_minor, "to": to},
            )
            for row in self.rows(payload)
        ]

    def subject(self, payload: Payload) -> str:
        token = self.token(payload)
        return f"series:{token.code}" if token else f"vault:{self.rows(payload)[0].vault.code}"

    def reason(self, payload: Payload) -> str:
        return str(payload["reason"]).strip()

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        # Once more with the rows held: a redemption may have been approved, or units sent, since the check.
        lock_rows(
            VaultItem.objects.filter(pk__in=payload["items"]),
            TokenContract.objects.filter(reserve_items__in=payload["items"]),
        )
        self.check(payload, now=now)
        rows, token, to, reason = self.rows(payload), self.token(payload), self.to(payload), self.reason(payload)
        items_move(items=rows, to=to, token=token, approval=approval, reason=reason, actor=actor, now=now)
        if token is not None and to != ItemState.ALLOCATED:
            # The examiner's word still counts what leaves: held against the token until he looks again.
            fine = sum(row.fine_minor for row in rows)
            encumbrance_raise(token=token, added_minor=fine, basis="OPERATIONAL", reason=reason, actor=actor, now=now)


class AllocateItems(ItemsMove):
    """Put chosen items behind a token: from then on they back it and nothing else."""

    name = "custody.reserves.AllocateItems"
    title = "Allocate reserve items to a token"
    old_states = ("FREE",)
    new_state = ItemState.ALLOCATED

    def token(self, payload: Payload) -> TokenContract | None:
        found = TokenContract.objects.filter(pk=int(payload.get("token") or 0), purpose="SECURITY").first()
        if found is None:
            raise Refused("Name the token.", field="token", rule="existing token")
        return found

    def check(self, payload: Payload, *, now: datetime) -> None:
        super().check(payload, now=now)
        token, commodity = self.token(payload), self.rows(payload)[0].vault.commodity
        if token is not None and token.currency != commodity:
            raise Refused(
                f"{token.code} counts in {token.currency}, these items in {commodity}.",
                field="items",
                rule="one measure",
                next_step="Choose items of the token's own commodity.",
            )


class DeallocateItems(ItemsMove):
    """Take chosen items from behind a token; they are free afterwards."""

    name = "custody.reserves.DeallocateItems"
    title = "Take reserve items from behind a token"
    old_states = ("ALLOCATED",)
    new_state = ItemState.FREE

    def check(self, payload: Payload, *, now: datetime) -> None:
        super().check(payload, now=now)
        token, rows = self.token(payload), self.rows(payload)
        if token is None:
            return
        left = backing_minor(token) - sum(row.fine_minor for row in rows)
        needed = supply_minor(token)
        if left < needed:
            raise Refused(
                f"{Money(left, token.currency)} would be left behind {Money(needed, token.currency)} of units.",
                field="items",
                rule="units stay backed",
                next_step="Allocate other items first.",
            )


class EncumberItems(ItemsMove):
    """Record that items are pledged or otherwise encumbered: they back nothing any more."""

    name = "custody.reserves.EncumberItems"
    title = "Record a pledge or an encumbrance"
    old_states = ("FREE", "ALLOCATED")

    def to(self, payload: Payload) -> str:
        to = str(payload.get("to", ""))
        if to not in (ItemState.PLEDGED, ItemState.ENCUMBERED):
            raise Refused("Say whether they are pledged or encumbered.", field="to", rule="PLEDGED or ENCUMBERED")
        return to

    def check(self, payload: Payload, *, now: datetime) -> None:
        super().check(payload, now=now)
        if not str(payload.get("holder", "")).strip() or len(str(payload["holder"])) > 100:
            raise Refused("Say in whose favour, in at most 100 characters.", field="holder", rule="named")

    def warnings(self, payload: Payload) -> list[str]:
        token = self.token(payload)
        return [] if token is None else [f"The figure that the chain holds against {token.code} is raised at once."]

    def reason(self, payload: Payload) -> str:
        return f"{str(payload['holder']).strip()}: {str(payload['reason']).strip()}"[:300]


class FreeItems(ItemsMove):
    """Record that a pledge or an encumbrance has ended."""

    name = "custody.reserves.FreeItems"
    title = "Lift a pledge or an encumbrance"
    old_states = ("PLEDGED", "ENCUMBERED")
    new_state = ItemState.FREE
