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
    ReserveAttestation,
    Vault,
    VaultItem,
    VaultList,
    VaultListLine,
)
from custody.tokenisation.models import TokenContract
from tokenization.identity.models import Party, User


def latest_list(vault: Vault, at: datetime) -> VaultList | None:
    """The vault's list with the latest as-of instant at or before `at`."""
    return VaultList.objects.filter(vault=vault, as_of__lte=at).order_by("-as_of").first()


def items_backing(token: TokenContract) -> QuerySet[VaultItem]:
    """The items allocated to the token, those ordered to be released not counted: their units are burned."""
    rows = VaultItem.objects.filter(token=token, state=ItemState.ALLOCATED)
    return rows.select_related("vault").order_by("vault__code", "key")


def backing_minor(token: TokenContract) -> int:
    """Fine quantity of the items behind the token, by the vaults' word, in the measure's smallest unit."""
    return items_backing(token).aggregate(total=Sum("fine_minor"))["total"] or 0


def supply_minor(token: TokenContract) -> int:
    """What the units issued or on their way stand for, less final burns; as the database's gate counts."""
    rows = Instruction.objects.filter(token=token)
    issued = rows.filter(kind="ISSUE", state__in=["SENT", "DONE"]).aggregate(total=Sum("units"))["total"] or 0
    burned = rows.filter(kind="REDEEM", state="DONE").aggregate(total=Sum("units"))["total"] or 0
    return int(issued - burned) * token.series.denomination_minor


def lines_backing(token: TokenContract, at: datetime) -> list[VaultListLine]:
    """The lines of the vaults' latest lists that name an item behind the token, by vault and line."""
    vaults = Vault.objects.filter(items__in=items_backing(token)).distinct().order_by("code")
    lists = [found for vault in vaults if (found := latest_list(vault, at)) is not None]
    rows = VaultListLine.objects.filter(list__in=lists, item__in=items_backing(token))
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
