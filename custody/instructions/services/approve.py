"""From DRAFT to APPROVED, inside the transaction that decides the approval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from custody.instructions.models import Instruction, instruction_machine
from tokenization.identity import audit
from tokenization.identity.models import Approval, User


@transaction.atomic
def instructions_approve(
    *, instructions: Sequence[Instruction], approval: Approval, actor: User, now: datetime
) -> None:
    """Bind drafts to the approval whose items hold their leaves. Conflict if one of them moved meanwhile."""
    for instruction in instructions:
        audit.move(instruction_machine, instruction, "APPROVED", actor=actor, now=now, approval=approval)
