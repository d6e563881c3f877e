"""Burning units for chosen items. Payload: {"instructions": [ids]}, the burns of redemptions that were asked for."""

from __future__ import annotations

from datetime import datetime

from custody.instructions.actions import InstructionsApprove, require_valid_holder
from custody.instructions.models import Instruction
from custody.reserves.models import PhysicalRedemption, VaultItem, redemption_machine
from tokenization.identity.approvals import Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money


class RedeemItems(InstructionsApprove):
    """Burn a holder's units for the very items he chose. The release order follows the final burn by itself."""

    name = "custody.reserves.RedeemItems"
    title = "Redeem units for reserve items"
    kind = "REDEEM"
    maker_power = Power.REDEEM_DRAFT
    checker_power = Power.REDEEM_APPROVE
    two_houses = False

    def asked(self, row: Instruction) -> PhysicalRedemption:
        found = PhysicalRedemption.objects.filter(instruction=row, state="REQUESTED").select_related("party", "vault")
        if not found:
            raise Refused(f"Nobody asked for items for No. {row.number}.", field="instructions", rule="asked for")
        return found[0]

    def check_row(self, row: Instruction, now: datetime) -> None:
        require_valid_holder(row, now)
        for asked in self.asked(row).items.select_related("item"):
            item = asked.item
            if (item.state, item.token_id, item.fine_minor) != ("ALLOCATED", row.token_id, asked.fine_minor):
                raise Refused(
                    f"{item.key} is {item.get_state_display()}, or weighs something else by now.",
                    field="items",
                    rule="behind the token, at the weight asked for",
                    next_step="Have it asked for again.",
                )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        found = super().preview(payload, now=now)
        rows = list(found.rows)
        for row in self.rows(payload):
            asked = self.asked(row)
            rows += [
                (
                    f"{one.item.key}, {asked.vault.code}",
                    "behind the token",
                    str(Money(one.fine_minor, asked.vault.commodity)),
                )
                for one in asked.items.select_related("item")
            ]
            rows.append((f"Collected from {asked.vault.code} by", "", f"{asked.collector}, for {asked.party.name}"))
        return Preview(rows=rows, warnings=["What is burned is not made again: the items leave the reserve."])

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        # Once more with the rows held: an item may have been pledged, or the request taken back, since the check.
        lock_rows(
            PhysicalRedemption.objects.filter(instruction__in=payload["instructions"]),
            VaultItem.objects.filter(asked__redemption__instruction__in=payload["instructions"]),
        )
        self.check(payload, now=now)
        rows = self.rows(payload)
        asked = [self.asked(row) for row in rows]
        super().execute(payload, approval=approval, actor=actor, now=now)
        for row in asked:
            redemption_machine.move(row, "APPROVED")
