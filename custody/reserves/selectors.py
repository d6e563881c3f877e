"""What lies where, what it backs, and what of it is attested."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max, Q, QuerySet, Sum

from contracts.indexer.models import Block
from custody.instructions.models import Instruction
from custody.reserves.models import (
    EncumbranceRaise,
    ExaminerKey,
    ItemState,
    PhysicalRedemption,
    RedemptionItem,
    ReserveAttestation,
    Vault,
    VaultItem,
    VaultList,
    VaultListLine,
)
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.services.outcome import Outcome, intent_result
from issuance.series.rules import zone
from tokenization.identity.models import Party, User


def latest_list(vault: Vault, at: datetime) -> VaultList | None:
    """The vault's list with the latest as-of instant at or before `at`."""
    return VaultList.objects.filter(vault=vault, as_of__lte=at).order_by("-as_of").first()


def items_backing(token: TokenContract) -> QuerySet[VaultItem]:
    """The items allocated to the token, those ordered to be released not counted: their units are burned."""
    rows = VaultItem.objects.filter(token=token, state=ItemState.ALLOCATED)
    return rows.select_related("vault").order_by("vault__code", "key")


def items_deliverable(token: TokenContract) -> QuerySet[VaultItem]:
    """Those behind the token that nobody has asked for."""
    return items_backing(token).exclude(pk__in=RedemptionItem.objects.filter(live=True).values("item"))


def long_stop_passed(token: TokenContract, at: datetime) -> bool:
    """Whether the last day on which items may be asked for is over, where the series keeps its record."""
    return at.astimezone(zone(token.series)).date() > token.series.maturity_date


def units_asked(token: TokenContract, wallet: Wallet) -> int:
    """For which items were asked already, and which are not burned yet."""
    rows = PhysicalRedemption.objects.filter(token=token, wallet=wallet, state__in=["REQUESTED", "APPROVED", "BURNING"])
    waiting = rows.exclude(instruction__state="DONE")
    return int(waiting.aggregate(total=Sum("units"))["total"] or 0)


def items_to_attest(token: TokenContract) -> QuerySet[VaultItem]:
    """Those that back it but for what a burn on its way is for: what is held for them already is not counted again."""
    leaving = RedemptionItem.objects.filter(redemption__token=token, redemption__state="BURNING", live=True)
    return items_backing(token).exclude(pk__in=leaving.values("item"))


def backing_minor(token: TokenContract) -> int:
    """Fine quantity of the items behind the token, by the vaults' word, in the measure's smallest unit."""
    return items_backing(token).aggregate(total=Sum("fine_minor"))["total"] or 0


def supply_minor(token: TokenContract) -> int:
    """What the units issued or on their way stand for, less burns; as the database's gate counts.

    A final burn counts from its release order on: until then its items are still counted behind the token.
    """
    rows = Instruction.objects.filter(token=token)
    issued = rows.filter(kind="ISSUE", state__in=["SENT", "DONE"]).aggregate(total=Sum("units"))["total"] or 0
    ordered = rows.filter(kind="REDEEM", state="DONE", physical_redemption__order__isnull=False)
    burned = ordered.aggregate(total=Sum("units"))["total"] or 0
    return int(issued - burned) * token.series.denomination_minor


def lines_backing(token: TokenContract, at: datetime) -> list[VaultListLine]:
    """The lines of the vaults' latest lists that name an item to attest, by vault and line."""
    items = items_to_attest(token)
    vaults = Vault.objects.filter(items__in=items).distinct().order_by("code")
    lists = [found for vault in vaults if (found := latest_list(vault, at)) is not None]
    rows = VaultListLine.objects.filter(list__in=lists, item__in=items)
    return list(rows.select_related("list__vault", "list__file", "item").order_by("list__vault__code", "line"))


def attestation_in_force(token: TokenContract, at: datetime) -> ReserveAttestation | None:
    """The latest attestation whose log is final. It may have ended: `expiry` tells; None where nothing is attested."""
    rows = ReserveAttestation.objects.filter(token=token, state=ReserveAttestation.State.IN_FORCE, received_at__lte=at)
    return rows.select_related("examiner", "report").order_by("-number").first()


def encumbered_minor(token: TokenContract) -> int:
    """What is held against the reserve: the examiner's figure, or a higher one raised since."""
    word = ReserveAttestation.objects.filter(token=token, state="IN_FORCE").order_by("-number").first()
    raised = EncumbranceRaise.objects.filter(token=token).order_by("-sequence").first()
    if word is None or raised is None:
        return raised.encumbered_minor if raised else word.encumbered_minor if word else 0
    if word.as_of > raised.raised_at:
        return word.encumbered_minor
    return max(word.encumbered_minor, raised.encumbered_minor)


def raised_at(raised: EncumbranceRaise) -> datetime:
    """When it began to hold: the time of its block, as the contract keeps it; until that is known, of our decision."""
    block = intent_result(raised.intent).block
    at = Block.objects.filter(number=block).values_list("timestamp", flat=True).first() if block else None
    return at or raised.raised_at


def encumbered_at_most(token: TokenContract) -> int:
    """The highest figure that stands on chain or may come to: a raise adds to it, or the contract would refuse it.

    Words on their way count besides what is in force, and a raise until a word of a later instant replaced it there.
    """
    words = ReserveAttestation.objects.filter(token=token)
    coming = words.filter(state__in=["RECEIVED", "RELAYED"]).aggregate(most=Max("encumbered_minor"))["most"] or 0
    word = words.filter(state="IN_FORCE").order_by("-number").first()
    raised = EncumbranceRaise.objects.filter(token=token).select_related("intent").order_by("-sequence").first()
    figures = [encumbered_minor(token), coming]
    if raised is not None and not (word is not None and _is_final(raised) and word.as_of > raised_at(raised)):
        figures.append(raised.encumbered_minor)
    return max(figures)


def _is_final(raised: EncumbranceRaise) -> bool:
    return intent_result(raised.intent).outcome is Outcome.DONE


def eligible_minor(token: TokenContract, at: datetime) -> int:
    """What new units may stand on: attested, less encumbrance and margin; 0 without an attestation or after its end."""
    word = attestation_in_force(token, at)
    if word is None or at >= word.expiry:
        return 0
    free = max(word.quantity_minor - encumbered_minor(token), 0)
    return free * (10_000 - token.series.margin_bps) // 10_000


def issues_carried(issues: Sequence[Instruction]) -> set[int]:
    """Which issues of one token, taken in their order, the reserve carries now; all of them where none backs it.

    By the chain's clock, as the database's gate and the contract ask: what is not carried waits.
    """
    token = issues[0].token
    if token.is_cash or not token.series.is_reserve:
        return {row.pk for row in issues}
    at = Block.objects.aggregate(at=Max("timestamp"))["at"]
    room = eligible_minor(token, at) - supply_minor(token) if at else 0
    found = set()
    for row in issues:
        needed = row.units * token.series.denomination_minor
        if needed <= room:
            room -= needed
            found.add(row.pk)
    return found


def examiner_of(user: User) -> Party | None:
    """The examining party for which the user acts: one with a key."""
    return Party.objects.filter(members__user=user, examiner_keys__isnull=False).distinct().order_by("pk").first()


def is_examiners(party: Party, address: str) -> bool:
    return ExaminerKey.objects.filter(examiner=party, address=address.lower()).exists()


def attested_tokens() -> QuerySet[TokenContract]:
    """Tokens that a reserve backs."""
    rows = TokenContract.objects.filter(Q(series__kind="RESERVE"), purpose="SECURITY")
    return rows.select_related("series").order_by("series__short_name")
