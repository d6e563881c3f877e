"""What is due, what is funded, which tax rules hold, and what was withheld from whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet, Sum

from custody.register.selectors import closed_as_of, posted_block
from custody.servicing.models import (
    BankAccount,
    Entitlement,
    Funding,
    Payment,
    ServicingEvent,
    TaxReversal,
    TaxRule,
)
from custody.servicing.models.tax import TaxBase
from custody.settlement.models import CashAccount, CashLeg
from custody.settlement.services import cash_balance
from custody.tokenisation.selectors import cash_token
from tokenization.identity.models import Party


@dataclass(frozen=True)
class ChannelTotal:
    """The payments of one event that take one channel and stand in one state."""

    channel: str
    state: str
    payments: int
    amount_minor: int


@dataclass(frozen=True)
class CertificateLine:
    """What was withheld from one holder at one event; `reversed_minor` was given back."""

    isin: str
    title: str
    payment_date: date
    gross_minor: int
    base_minor: int
    rate_bp: int
    source: str
    tax_minor: int
    reversed_minor: int


@dataclass(frozen=True)
class TaxCertificate:
    """A holder's tax in one currency for a period of payment dates, from the first day up to and including the last."""

    party: Party
    currency: str
    first: date
    last: date
    lines: tuple[CertificateLine, ...]

    @property
    def gross_minor(self) -> int:
        return sum(line.gross_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(line.tax_minor - line.reversed_minor for line in self.lines)


def funded_minor(event: ServicingEvent) -> int:
    """What the treasury has brought for the event so far."""
    return int(event.fundings.aggregate(total=Sum("amount_minor"))["total"] or 0)


def missing_minor(event: ServicingEvent) -> int:
    """What the treasury still has to bring; 0 before the record, when nobody knows it."""
    return max(event.to_fund_minor - funded_minor(event), 0)


def chain_minor(event: ServicingEvent) -> int:
    """What goes to wallets: the treasury brings it in cash tokens."""
    rows = Payment.objects.filter(entitlement__event=event, channel=Payment.Channel.CHAIN)
    return int(rows.aggregate(total=Sum("amount_minor"))["total"] or 0)


def missing_in_tokens_minor(event: ServicingEvent) -> int:
    """What the treasury's wallet still has to set aside for wallets."""
    done = event.fundings.filter(medium=Funding.Medium.TOKEN).aggregate(total=Sum("amount_minor"))["total"] or 0
    return max(chain_minor(event) - int(done), 0)


def tax_base(event: ServicingEvent) -> str:
    return TaxBase.COUPON if event.kind == ServicingEvent.Kind.COUPON else TaxBase.FACE_LESS_COST


def rules_in_force(event: ServicingEvent) -> list[TaxRule]:
    """The rules for the event's instrument on its payment date, one per holder status."""
    day = event.payment_date
    return list(
        TaxRule.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=day),
            instrument=event.token.series.kind,
            base=tax_base(event),
            valid_from__lte=day,
        )
    )


def account_of(party: Party, at: datetime) -> BankAccount | None:
    """The party's verified account at an instant."""
    period = Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    return BankAccount.objects.filter(period, party=party).first()


def accounts_of(parties: Iterable[int], at: datetime) -> dict[int, BankAccount]:
    """The verified account of each party that has one at an instant."""
    period = Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    return {row.party_id: row for row in BankAccount.objects.filter(period, party__in=set(parties))}


def channel_totals(event: ServicingEvent) -> list[ChannelTotal]:
    rows = (
        Payment.objects.filter(entitlement__event=event)
        .order_by("channel", "state")
        .values_list("channel", "state")
        .annotate(count=Count("pk"), total=Sum("amount_minor"))
    )
    return [ChannelTotal(channel, state, count, int(total)) for channel, state, count, total in rows]


def closed_wallets(event: ServicingEvent) -> set[str]:
    """Wallets that are frozen, as of the last posted block, in the security or in the cash that it is paid in."""
    block, cash = posted_block(), cash_token(event.token.paid_in)
    return closed_as_of([event.token, *([cash] if cash else [])], block.number) if block else set()


def unclaimed() -> QuerySet[Payment]:
    """Money of named holders that neither wallet nor account could take, oldest first."""
    return Payment.objects.filter(state=Payment.State.RESERVED).select_related(
        "entitlement__party", "entitlement__event__token__series"
    )


@dataclass(frozen=True)
class Recoverable:
    """What bank rails paid of one event in place of cash tokens, and those are not back yet; `since` the payment."""

    event: ServicingEvent
    amount_minor: int
    since: datetime


def recoverables(currency: str | None = None) -> list[Recoverable]:
    """By event, oldest first; empty when all that was paid by bank in place of tokens has come back."""
    legs = CashLeg.objects.filter(account__kind=CashAccount.Kind.RECOVERABLE, entry__key__startswith="servicing:")
    if currency:
        legs = legs.filter(account__currency=currency)
    sums: dict[int, tuple[int, datetime]] = {}
    for key, minor, at in legs.order_by("pk").values_list("entry__key", "amount_minor", "entry__at"):
        event = int(key.split(":")[1])
        total, since = sums.get(event, (0, at))
        sums[event] = (total + int(minor), since)
    events = ServicingEvent.objects.select_related("token__series").in_bulk([pk for pk, (t, _) in sums.items() if t])
    found = [Recoverable(event, *sums[pk]) for pk, event in events.items()]
    return sorted(found, key=lambda row: (row.since, row.event.pk))


def recoverable_minor(event: ServicingEvent) -> int:
    """The same of one event."""
    legs = CashLeg.objects.filter(
        account__kind=CashAccount.Kind.RECOVERABLE, entry__key__startswith=f"servicing:{event.pk}:"
    )
    return int(legs.aggregate(total=Sum("amount_minor"))["total"] or 0)


def tax_owed(currency: str) -> int:
    """Withheld and not yet deposited, less what was given back since; minor units."""
    return -cash_balance("TAX", currency)


def tax_certificate(*, party: Party, currency: str, first: date, last: date) -> TaxCertificate:
    """What was withheld from a holder on payments that fell due in a period, event by event."""
    rows = (
        Entitlement.objects.filter(
            party=party,
            event__token__series__payment_currency=currency,
            event__payment_date__range=(first, last),
            event__release_approval__isnull=False,
        )
        .select_related("event__token__series", "tax_rule")
        .order_by("event__payment_date", "event_id", "pk")
    )
    back = dict(
        TaxReversal.objects.filter(entitlement__party=party)
        .values_list("entitlement_id")
        .annotate(total=Sum("amount_minor"))
    )
    return TaxCertificate(party, currency, first, last, tuple(_line(row, int(back.get(row.pk, 0))) for row in rows))


def _line(row: Entitlement, reversed_minor: int) -> CertificateLine:
    rule = row.tax_rule
    return CertificateLine(
        isin=row.event.token.series.isin,
        title=row.event.title,
        payment_date=row.event.payment_date,
        gross_minor=row.net_minor + row.tax_minor,
        base_minor=row.base_minor,
        rate_bp=rule.rate_bp if rule else 0,
        source=rule.source if rule else "",
        tax_minor=row.tax_minor,
        reversed_minor=reversed_minor,
    )
