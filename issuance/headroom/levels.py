"""The four levels as one kind of thing: a ceiling, how it measures, and the dated amounts that weigh on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Model, Q, QuerySet, Sum

from issuance.authority import fx
from issuance.authority.models import BudgetEnvelope, LegalAuthority
from issuance.headroom.models import Commitment
from issuance.headroom.profile import Flow, Window
from issuance.programme.models import Programme
from issuance.series.models import Series


@dataclass(frozen=True, slots=True)
class Level:
    """`currency` is empty for a series, which counts units. `weight` is the Commitment column, `basis` the raw one."""

    name: str
    label: str
    ceiling: int
    currency: str
    measure: str
    restores: bool
    window: Window | None
    weight: str
    basis: str
    scope: Q

    def flows(self, *, since: date) -> list[Flow]:
        """What weighs on `since` or later, at the rates stored when it was taken."""
        rows = self._held(since).values_list("settles_on", "frees_on").annotate(total=Sum(self.weight)).order_by()
        return [Flow(settles_on, frees_on, int(total)) for settles_on, frees_on, total in rows]

    def revalued_flows(self, *, at: date) -> list[Flow] | None:
        """What is held, at the latest rates on or before `at`; None where no rate plays a part in the ceiling.

        Only stock is revalued: gross and net amounts of a budget year stay what they were when booked.
        """
        if not self.currency or self.measure != "STOCK":
            return None
        rows = (
            self._held(at)
            .values_list("series__currency", "settles_on", "frees_on")
            .annotate(total=Sum(self.basis))
            .order_by()
        )
        rates = {currency: fx.rate_between(currency, self.currency, at) for currency in {row[0] for row in rows}}
        if not any(rates.values()):
            return None
        sums: defaultdict[tuple[date, date], int] = defaultdict(int)
        for currency, settles_on, frees_on, total in rows:
            sums[settles_on, frees_on] += fx.convert(int(total), rates[currency], source=currency, target=self.currency)
        return [Flow(settles_on, frees_on, amount) for (settles_on, frees_on), amount in sums.items()]

    def until(self, maturity: date) -> date | None:
        """The end of the dates to test for paper of that maturity: what never frees is tested for ever."""
        return maturity if self.restores else None

    def _held(self, since: date) -> QuerySet[Commitment]:
        """Stock repaid by then weighs nothing any more; yearly amounts, and what redemption never restores, stay."""
        held = Commitment.objects.filter(self.scope, state="HELD")
        return held.filter(frees_on__gt=since) if self.measure == "STOCK" and self.restores else held


def level_of(row: Model, *, on: date | None = None) -> Level:
    """The level of an authority, envelope, programme or series.

    `on` picks the budget year for an authority that counts by year (its envelope of that date; none: nothing counts).
    """
    if isinstance(row, Series):
        return _stock("series", row.isin, row.ceiling_units, "", "units", "units", Q(series=row))
    if isinstance(row, Programme):
        scope = Q(series__programme=row)
        return _stock(
            "programme", row.reference, row.ceiling_minor, row.currency, "programme_minor", "face_minor", scope
        )
    if isinstance(row, BudgetEnvelope):
        scope = Q(series__programme__envelope=row)
        return _measured("envelope", str(row), row.amount_minor, row.currency, row.authority, row, scope)
    if isinstance(row, LegalAuthority):
        envelope = row.envelopes.filter(starts_on__lte=on, ends_on__gte=on).first() if on else None
        scope = Q(series__programme__envelope__authority=row)
        return _measured("authority", row.reference, row.ceiling_minor, row.currency, row, envelope, scope)
    raise TypeError(f"{type(row).__name__} has no ceiling")


def levels_of(series: Series) -> list[Level]:
    """Authority, envelope, programme and series of one series, in that order."""
    envelope = series.programme.envelope
    authority = envelope.authority
    scope = Q(series__programme__envelope__authority=authority)
    top = _measured(
        "authority", authority.reference, authority.ceiling_minor, authority.currency, authority, envelope, scope
    )
    return [top, level_of(envelope), level_of(series.programme), level_of(series)]


def _stock(name: str, label: str, ceiling: int, currency: str, weight: str, basis: str, scope: Q) -> Level:
    return Level(name, label, ceiling, currency, "STOCK", True, None, weight, basis, scope)


def _measured(
    name: str,
    label: str,
    ceiling: int,
    currency: str,
    authority: LegalAuthority,
    envelope: BudgetEnvelope | None,
    scope: Q,
) -> Level:
    window = None
    if authority.measure != "STOCK":
        window = Window(envelope.starts_on, envelope.ends_on) if envelope else Window(date.max, date.min)
    return Level(
        name=name,
        label=label,
        ceiling=ceiling,
        currency=currency,
        measure=authority.measure,
        restores=authority.restores_on_redemption,
        window=window,
        weight=f"{name}_minor",
        basis="face_minor" if authority.basis == "FACE" else "proceeds_minor",
        scope=scope,
    )
