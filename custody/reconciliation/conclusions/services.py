"""Concluding on a run. The run, its breaks and its pack stay as they are."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.reconciliation.conclusions.models import Conclusion
from custody.reconciliation.models import Run
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused


@transaction.atomic
def run_conclude(*, run: Run, opinion: str, words: str, actor: User, now: datetime) -> Conclusion:
    """Record an auditor's opinion and his words on a run; said again, it is another conclusion beside the first.

    Raises NotAllowed for everybody but an auditor, Refused without one of the four opinions or without words.
    """
    require_power(actor, Power.CONCLUDE)
    if opinion not in Conclusion.Opinion.values:
        raise Refused("Choose one of the four opinions.", field="opinion", rule="ISA 700, ISA 705")
    said = words.strip()
    if not 0 < len(said) <= 2_000:
        raise Refused("Say what you conclude, in 1 to 2,000 characters.", field="words", rule="length")
    made = Conclusion.objects.create(run=run, opinion=opinion, words=said, concluded_by=actor, concluded_at=now)
    body = {"run": run.pk, "opinion": opinion, "words": said}
    audit.record(actor=actor, action="reconciliation.conclude", subject=f"token:{run.token_id}", body=body, now=now)
    return made
