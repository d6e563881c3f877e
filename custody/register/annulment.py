"""Drafting the forced burn of undue units, wherever they have gone. Two persons approve it (AnnulApprove)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from custody.instructions.models import Instruction
from custody.instructions.services import instruction_create
from custody.register.models import Dispute, DisputeEntry
from custody.tokenisation.services import wallet_known
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def annulment_draft(*, dispute: Dispute, actor: User, now: datetime) -> list[Instruction]:
    """One ANNUL draft per wallet that holds units of this dispute; drafting the same again returns the same.

    Refused when the dispute is over. Burning them gives the cap its room back and releases nothing at the registry.
    """
    require_power(actor, Power.ANNUL_DRAFT)
    lock_rows(Dispute.objects.filter(pk=dispute.pk))
    dispute.refresh_from_db()
    if dispute.state != Dispute.State.OPEN:
        raise Refused(f"The dispute is {dispute.get_state_display()}.", field="dispute", rule="dispute is open")
    held = DisputeEntry.objects.filter(dispute=dispute).order_by("wallet").values_list("wallet")
    where = [(wallet, int(total)) for wallet, total in held.annotate(total=Sum("units")) if total]
    return [
        instruction_create(
            token=dispute.token,
            kind=Instruction.Kind.ANNUL,
            wallet=wallet_known(wallet),
            units=units,
            source_key=f"annul:{dispute.pk}:{wallet}:{units}",
            actor=actor,
            now=now,
        )
        for wallet, units in where
    ]
