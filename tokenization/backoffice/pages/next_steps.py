"""From an allotment to delivery, and to repayment: what is next, by whom and until when, read from the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Sum
from django.urls import reverse
from django.utils import timezone

from custody.servicing.actions import PaymentRelease, RedemptionApprove
from custody.servicing.models import ServicingEvent
from custody.servicing.selectors import missing_minor
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
DEBT_OFFICE, FISCAL_AGENT, REGISTRAR, TREASURY = "Debt office", "Fiscal agent", "Registrar", "Treasury"
TITLES = ("What to do", "#Purchases or holders", "#Amount", "Until", "Who")


@dataclass(frozen=True)
class Step:
    """`power` does it; `until` is the settlement date, or the date of payment."""

    words: str
    number: int
    amount: str
    until: date
    who: str
    power: Power
    href: str


def steps() -> Iterator[Step]:
    """What keeps allotted purchases from delivery and holders from their money, a series and a date at a time, the
    first date first."""
    found = [*_to_decide(), *_to_open(), *_under_way(), *_to_pay()]
    yield from sorted(found, key=lambda step: step.until)


def _to_decide() -> Iterator[Step]:
    """Auctions that have closed and on which nothing is proposed yet; nothing is bought before the decision."""
    for row in (
        Auction.objects.filter(state="CLOSED").select_related("series").order_by("settlement_date", "pk")[:SHOWN]
    ):
        if _asked(AuctionAllot.name, str(row)):
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


def _to_pay() -> Iterator[Step]:
    """Of coupons and redemptions whose holders are recorded: the money, its release, and the burn of what is repaid."""
    rows = ServicingEvent.objects.filter(state__in=["RECORDED", "RELEASED"], total_minor__gt=0)
    for event in rows.select_related("token__series").order_by("payment_date", "pk")[:SHOWN]:
        series, what = event.token.series, event.title.lower()
        about = f"{what} of {series.isin}"
        many, day = event.entitlements.count(), event.payment_date
        missing = missing_minor(event) if event.state == "RECORDED" else 0
        if missing:
            words, href = f"Record the treasury's money for the {about}", reverse("office:propose", args=["funding"])
            money = figures.money(missing, series.payment_currency)
            yield Step(words, many, money, day, FISCAL_AGENT, Power.CASH_CONFIRM, href)
        money = figures.money(event.total_minor, series.payment_currency)
        if event.state == "RECORDED" and not missing and not _asked(PaymentRelease.name, f"{what}:{series.isin}"):
            href = reverse("office:event", args=[event.pk])
            yield Step(f"Release the payments of the {about}", many, money, day, TREASURY, Power.REDEEM_DRAFT, href)
        left = event.burn_approval_id is None and event.entitlements.exclude(burn_instruction=None).exists()
        if left and not _asked(RedemptionApprove.name, f"redemption:{series.isin}"):
            words, href = f"Burn the units of {series.isin}", reverse("office:propose", args=["redemption"])
            yield Step(words, many, money, day, TREASURY, Power.REDEEM_DRAFT, href)


def _asked(action: str, subject: str) -> bool:
    return Approval.objects.filter(state="PENDING", action=action, subject=subject).exists()


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
    return what, step.number, step.amount, until, mine
