"""Reads of the outbox: how an intent or a numbered item ended, what waits and why, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from contracts.gateway.roles import ISSUER_KEYS
from contracts.outbox.models import Attempt, Halt, Inclusion, Intent, IntentItem, IntentState, Signer
from contracts.outbox.models.intent import ENDED
from tokenization.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far an intent is. `ended` never changes back; `happened` means its effect is in a final block."""

    intent_id: int
    state: str
    reason: str
    ended: bool
    happened: bool
    block_number: int | None = None
    block_hash: str = ""
    transaction: str = ""
    contract_address: str = ""


@dataclass(frozen=True, slots=True)
class SignerHealth:
    """One key: what is under way and why it cannot go on, if so."""

    name: str
    address: str
    waiting: int
    under_way: int
    trouble: str
    trouble_since: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """For pages: `sentence` says the worst of it in words; empty halts and troubles mean all is well."""

    sentence: str
    halts: list[Halt] = field(default_factory=list)
    signers: list[SignerHealth] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.halts and not any(s.trouble for s in self.signers)


def intent_outcome(intent: Intent) -> Outcome:
    """Of one intent, read again from the database."""
    row = Intent.objects.select_related("slot__inclusion__attempt").get(pk=intent.pk)
    return _outcome(row)


def item_outcomes(contract: str, numbers: Iterable[int]) -> dict[int, Outcome]:
    """By number, through splits: the live item's intent, else the newest one that failed. Missing: never enqueued."""
    items = (
        IntentItem.objects.filter(contract=contract.lower(), number__in=list(numbers), number__gt=0)
        .select_related("intent__slot__inclusion__attempt")
        .order_by("number", "live", "pk")
    )
    return {item.number: _outcome(item.intent) for item in items}


def _outcome(intent: Intent) -> Outcome:
    slot = getattr(intent, "slot", None)
    inclusion: Inclusion | None = getattr(slot, "inclusion", None) if slot else None
    base = Outcome(
        intent_id=intent.pk,
        state=intent.state,
        reason=intent.reason,
        ended=intent.state in ENDED,
        happened=intent.state == IntentState.FINAL,
    )
    if inclusion is None:
        return base
    return Outcome(
        intent_id=intent.pk,
        state=intent.state,
        reason=intent.reason,
        ended=base.ended,
        happened=base.happened,
        block_number=inclusion.block_number,
        block_hash=inclusion.block_hash,
        transaction=inclusion.attempt.hash,
        contract_address=inclusion.contract_address or "",
    )


def leaves_of(intent: Intent) -> list[Intent]:
    """The intents that carry its items now: itself, or what it was split into."""
    parts = list(intent.parts.order_by("pk"))
    return [leaf for part in parts for leaf in leaves_of(part)] if parts else [intent]


def signer_address(name: str) -> str:
    """The address of one of our keys; Unavailable until the signer process has told it (`signers_sync`)."""
    row = Signer.objects.filter(name=name, address__isnull=False).first()
    if row is None or row.address is None:
        raise Unavailable(f"The address of the key {name} is not known yet.", next_step="Start the signer process.")
    return row.address


def signers_with_work() -> list[str]:
    """Names of the keys with anything that has not ended."""
    names = Intent.objects.exclude(state__in=ENDED).values_list("signer__name", flat=True).distinct()
    return sorted(names)


def pending_summary() -> dict[str, int]:
    """Number of open intents by state."""
    rows = Intent.objects.exclude(state__in=ENDED).values("state").annotate(count=Count("pk")).order_by("state")
    return {row["state"]: row["count"] for row in rows}


def transaction_intent(transaction: str) -> Intent | None:
    """The intent that sent a transaction; None if it is not ours."""
    row = Attempt.objects.filter(hash=transaction.lower()).select_related("slot__intent").first()
    return row.slot.intent if row else None


def health() -> Health:
    """What an operator's page shows about sending."""
    halts = list(Halt.objects.filter(cleared_at__isnull=True).order_by("pk"))
    signers = [_signer_health(s) for s in Signer.objects.order_by("name")]
    troubled = [s for s in signers if s.trouble]
    if halts:
        sentence = f"Nothing is sent: {halts[0].message} {halts[0].what_to_do}"
    elif troubled:
        sentence = f"Work waits, nothing is lost: {troubled[0].trouble}"
    else:
        sentence = "Sending works."
    return Health(sentence, halts, signers)


def _signer_health(signer: Signer) -> SignerHealth:
    open_ones = signer.intents.exclude(state__in=ENDED)
    waiting = open_ones.filter(state=IntentState.QUEUED).count()
    return SignerHealth(
        name=signer.name,
        address=signer.address or "",
        waiting=waiting,
        under_way=open_ones.count() - waiting,
        trouble=signer.trouble,
        trouble_since=signer.trouble_since,
    )


def addresses_known() -> bool:
    """Whether the signer process has told the address of every key of ours."""
    return Signer.objects.filter(name__in=ISSUER_KEYS, address__isnull=False).count() == len(ISSUER_KEYS)
