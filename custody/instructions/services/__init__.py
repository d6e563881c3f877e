"""Writes of the spine. Every function is idempotent and belongs to the transaction of its caller where it says so."""

from __future__ import annotations

from custody.instructions.services.approve import instructions_approve
from custody.instructions.services.bulk import instructions_draft
from custody.instructions.services.create import instruction_cancel, instruction_create, numbers_take
from custody.instructions.services.deliver import instructions_deliver
from custody.instructions.services.outcomes import instruction_settled_by_log, instructions_pull_outcomes
from custody.instructions.services.send import instructions_dispatch, instructions_send, instructions_send_approved

__all__ = [
    "instruction_cancel",
    "instruction_create",
    "instruction_settled_by_log",
    "instructions_approve",
    "instructions_deliver",
    "instructions_dispatch",
    "instructions_draft",
    "instructions_pull_outcomes",
    "instructions_send",
    "instructions_send_approved",
    "numbers_take",
]
