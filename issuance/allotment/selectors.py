"""The four amounts that people confuse, told apart; and lists of offers and allotments for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from issuance.allotment.models import Allotment, Offer
from issuance.headroom.models import Commitment
from issuance.programme.models import Programme
from issuance.series.models import Series

STANDING = ("ALLOTTED", "PAID", "SETTLED")


@dataclass(frozen=True, slots=True)
class Amount:
    units: int
    face_minor: int

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.units + other.units, self.face_minor + other.face_minor)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Committed: headroom held on paper not repaid by the date. Allotted: what stands for somebody, paid or not, ever.
    Settled: of that, delivered, ever. Outstanding: settled, and not repaid on the date.

    So settled <= allotted, outstanding <= settled, outstanding <= committed. These are issuance's own books; what is on
    chain and at the registry is custody's, and reconciliation compares them.
    """

    committed: Amount
    allotted: Amount
    settled: Amount
    outstanding: Amount

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.committed + other.committed,
            self.allotted + other.allotted,
            self.settled + other.settled,
            self.outstanding + other.outstanding,
        )


def series_amounts(series: Series, *, on: date) -> Amounts:
    """The four amounts of one series, in units and in face of its currency."""
    return Amounts(
        **_sums(Allotment.objects.filter(series=series), series, on=on),
        committed=_sum(Commitment.objects.filter(series=series, state="HELD", frees_on__gt=on)),
    )


def programme_amounts(programme: Programme, *, on: date) -> dict[str, Amounts]:
    """The four amounts of a programme by currency of the paper: face of different currencies is never added up."""
    totals: dict[str, Amounts] = {}
    for row in programme.series.exclude(state="DRAFT"):
        amounts = series_amounts(row, on=on)
        known = totals.get(row.currency)
        totals[row.currency] = known + amounts if known else amounts
    return totals


def programme_series_amounts(programme: Programme, *, on: date) -> list[tuple[Series, Amounts]]:
    """Each series of a programme with its four amounts, for tables."""
    return [(row, series_amounts(row, on=on)) for row in programme.series.exclude(state="DRAFT")]


def _sums(rows: QuerySet[Allotment], series: Series, *, on: date) -> dict[str, Amount]:
    settled = rows.filter(state="SETTLED")
    due = settled.filter(settlement_date__lte=on) if on < series.maturity_date else rows.none()
    return {"allotted": _sum(rows.filter(state__in=STANDING)), "settled": _sum(settled), "outstanding": _sum(due)}


def _sum(rows: QuerySet[Allotment] | QuerySet[Commitment]) -> Amount:
    total = rows.aggregate(units=Sum("units"), face=Sum("face_minor"))
    return Amount(int(total["units"] or 0), int(total["face"] or 0))


def offers_open() -> QuerySet[Offer]:
    """For sale at a fixed price now, by settlement date."""
    return Offer.objects.filter(state="OPEN").select_related("series").order_by("settlement_date", "id")


def allotments_of_party(party_id: int) -> QuerySet[Allotment]:
    """What one party was allotted, newest first."""
    rows = Allotment.objects.filter(party_id=party_id)
    return rows.select_related("series").order_by("-settlement_date", "-id")


def allotments_due(*, on: date) -> QuerySet[Allotment]:
    """Allotted, settling on or before that date, and not paid."""
    rows = Allotment.objects.filter(state="ALLOTTED", settlement_date__lte=on)
    return rows.select_related("series", "party").order_by("settlement_date", "id")
