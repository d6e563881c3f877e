"""From an allotment to delivery: what is to be done next, by whom and until when, read from the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Sum
from django.urls import reverse
from django.utils import timezone

from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import allotments_unopened, settlements_to_confirm
from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import TokenContract
from issuance.allotment.decisions.actions import AuctionAllot
from issuance.auction.models import Auction
from issuance.series.models import Series
from tokenization.identity.models import Approval
from tokenization.identity.roles import Power
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, link, table

SHOWN = 50
DEBT_OFFICE, FISCAL_AGENT, REGISTRAR = "Debt office", "Fiscal agent", "Registrar"
TITLES = ("What to do", "#Purchases", "#Amount", "Until", "Who")


@dataclass(frozen=True)
class Step:
    """`power` does it; `until` is the settlement date."""

    words: str
    purchases: int
    amount: str
    until: date
    who: str
    power: Power
    href: str


def steps() -> Iterator[Step]:
    """What keeps allotted purchases from delivery, a series and a settlement date at a time, the first to settle
    first."""
    found = [*_to_decide(), *_to_open(), *_under_way()]
    yield from sorted(found, key=lambda step: step.until)


def _to_decide() -> Iterator[Step]:
    """Auctions that have closed and on which nothing is proposed yet; nothing is bought before the decision."""
    for row in (
        Auction.objects.filter(state="CLOSED").select_related("series").order_by("settlement_date", "pk")[:SHOWN]
    ):
        if Approval.objects.filter(state="PENDING", action=AuctionAllot.name, subject=str(row)).exists():
            continue
        words = f"Decide auction {row.number} of {row.series.isin}: it has closed"
        target = f"target {figures.money(row.target_minor, row.series.currency)}"
        href = reverse("office:auction", args=[row.pk])
        yield Step(words, 0, target, row.settlement_date, DEBT_OFFICE, AuctionAllot.maker_power, href)


def _to_open() -> Iterator[Step]:
    rows = allotments_unopened().values("series", "settlement_date")
    for row in rows.annotate(number=Count("id"), total=Sum("proceeds_minor")).order_by("settlement_date", "series")[
        :SHOWN
    ]:
        series = Series.objects.get(pk=row["series"])
        total = figures.money(row["total"], series.payment_currency)
        words, power, who, href = _first(series)
        yield Step(words, row["number"], total, row["settlement_date"], who, power, href)


def _first(series: Series) -> tuple[str, Power, str, str]:
    """The step before a series' settlements wait for money: its token, then their opening."""
    state = TokenContract.objects.filter(series=series).values_list("state", flat=True).first()
    if state is not None:
        words = f"Open the settlements of {series.isin}: until then no buyer can pay"
        return words, Power.ISSUE_DRAFT, DEBT_OFFICE, reverse("office:propose", args=["settlements"])
    asked = Approval.objects.filter(
        state="PENDING", action=SeriesTokenise.name, subject=f"series:{series.isin}"
    ).first()
    if asked is not None:
        words = f"Approve the token of {series.isin}: without one nothing of it can settle"
        return words, Power.TOKENISE_APPROVE, DEBT_OFFICE, reverse("office:decision", args=[asked.pk])
    words = f"Tokenise {series.isin}: without a token nothing of it can settle"
    return words, Power.TOKENISE_DRAFT, DEBT_OFFICE, reverse("office:propose", args=["tokenise"])


def _under_way() -> Iterator[Step]:
    board, every = reverse("office:settlement"), SettlementInstruction.objects.all()
    unpaid = every.filter(state="AWAITING_CASH")
    unasked = every.filter(issue_instruction__state="DRAFT", state__in=["AWAITING_CASH", "CASH_CONFIRMED"])
    for rows, words, power, who, href in (
        (unpaid, "Take in the bank's statement, or confirm the cash, of {}", Power.CASH_CONFIRM, FISCAL_AGENT, ""),
        (
            unasked,
            "Propose the issue of {} on chain",
            Power.ISSUE_DRAFT,
            DEBT_OFFICE,
            reverse("office:propose", args=["issue"]),
        ),
        (
            settlements_to_confirm(),
            "Confirm with the registrar's key that the units of {} are immobilised",
            Power.IMMOBILISE_CONFIRM,
            REGISTRAR,
            reverse("office:signatures"),
        ),
    ):
        groups = rows.order_by().values("allotment__series__isin", "currency")
        for row in groups.annotate(
            number=Count("id"), total=Sum("amount_minor"), until=Min("allotment__settlement_date")
        ).order_by("until")[:SHOWN]:
            day: date = row["until"]
            said, total = words.format(row["allotment__series__isin"]), figures.money(row["total"], row["currency"])
            yield Step(said, row["number"], total, day, who, power, href or f"{board}?on={day.isoformat()}")


def next_steps(powers: frozenset[Power], now: datetime) -> Table:
    """Everybody sees every step; it leads on where one's own powers take it. Late ones are marked."""
    today = timezone.localdate(now)
    return table("next", TITLES, (_row(step, powers, today) for step in steps()))


def _row(step: Step, powers: frozenset[Power], today: date) -> tuple[Any, ...]:
    what: Any = link(step.words, step.href) if step.power in powers else step.words
    late = step.until < today
    day = figures.day(step.until)
    until = Cell(f"{day}: late" if late else day, sort=step.until.isoformat(), tone="bad" if late else "")
    mine = f"{step.who}: you" if step.power in powers else step.who
    return what, step.purchases, step.amount, until, mine
