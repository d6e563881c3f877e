"""The instructions seen from the reserve: an issue goes out only backed, a burn only for chosen items."""

from __future__ import annotations

from custody.instructions.models import Instruction
from custody.reserves.attested import ISSUE_GUARD
from custody.reserves.released import BURN_GUARD


class ReserveGate(Instruction):
    """Leaving for the chain asks the attestation in force, and what was asked for."""

    class Meta:
        proxy = True
        triggers = [ISSUE_GUARD, BURN_GUARD]
