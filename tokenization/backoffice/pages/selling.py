"""How a new bill or bond comes to be sold: the steps in their order, what is there, what waits, and who is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import TokenContract
from issuance.auction.actions import AuctionAnnounce
from issuance.auction.models import Auction
from issuance.authority.actions import AuthorityEnact, EnvelopeOpen
from issuance.authority.models import BudgetEnvelope, LegalAuthority
from issuance.programme.actions import ProgrammeOpen
from issuance.programme.models import Programme
from issuance.series.actions import SeriesApprove
from issuance.series.models import Series
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.pages.deciders import Deciders, why_not
from tokenization.backoffice.records.base import record_url
from tokenization.backoffice.tasks import BY_NAME
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import powers_of
from tokenization.kernel import clock
from tokenization.theme import figures
from tokenization.theme.faces import face

SHOWN = 5


@dataclass(frozen=True)
class Link:
    words: str
    href: str


@dataclass(frozen=True)
class Step:
    """`ready` are rows that the next step may build on, `waiting` proposals; `form` is empty without the power."""

    title: str
    why: str
    ready: list[Link]
    more: int
    waiting: list[Link]
    form: str
    state: str


@dataclass(frozen=True)
class _Plan:
    task: str
    title: str
    why: str
    action: Any
    rows: Any
    words: Any


def _plans(today: date, now: datetime) -> list[_Plan]:
    return [*_mandate(today), *_sale(today, now)]


def _live(today: date) -> QuerySet[Series]:
    return Series.objects.filter(state__in=("APPROVED", "LIVE"), maturity_date__gt=today).order_by("-pk")


def _mandate(today: date) -> list[_Plan]:
    return [
        _Plan(
            "authority",
            "Legal authority",
            "The law that allows to borrow, and its ceiling. One serves for years.",
            AuthorityEnact,
            LegalAuthority.objects.filter(state="IN_FORCE", valid_until__gte=today, kind="BORROWING").order_by("-pk"),
            lambda row: f"{row.reference}, until {figures.day(row.valid_until)}",
        ),
        _Plan(
            "envelope",
            "Budget envelope",
            "Its share for one budget year. One serves for the year.",
            EnvelopeOpen,
            BudgetEnvelope.objects.filter(state="OPEN", ends_on__gte=today).select_related("authority").order_by("-pk"),
            lambda row: f"{row}, until {figures.day(row.ends_on)}",
        ),
        _Plan(
            "programme",
            "Programme",
            "The plan of issues that the series belongs to.",
            ProgrammeOpen,
            Programme.objects.filter(state="OPEN", envelope__ends_on__gte=today).order_by("-pk"),
            lambda row: f"{row.reference}, {row.name}",
        ),
        _Plan(
            "series",
            "Series",
            "The bill or bond itself: its ISIN, dates, coupon and ceiling.",
            SeriesApprove,
            _live(today),
            lambda row: f"{row.isin}, {row.short_name}, matures {figures.day(row.maturity_date)}",
        ),
    ]


def _sale(today: date, now: datetime) -> list[_Plan]:
    of_live = TokenContract.objects.filter(purpose="SECURITY", series__in=_live(today))
    return [
        _Plan(
            "tokenise",
            "Token",
            "The series on chain. Bids may be taken without it, but nothing settles before it is there.",
            SeriesTokenise,
            of_live.select_related("series").order_by("-pk"),
            lambda row: f"{row.code}, {figures.words(row.state)}",
        ),
        _Plan(
            "auction",
            "Auction",
            "Announced to the public with its target and hours; decided after its close.",
            AuctionAnnounce,
            Auction.objects.filter(state="ANNOUNCED", closes_at__gt=now).select_related("series").order_by("closes_at"),
            lambda row: f"{row}, bids until {figures.when(row.closes_at)}",
        ),
    ]


def steps(user: User, now: datetime) -> list[Step]:
    """The six steps for this officer; the first without anything to build on is the next one."""
    powers, found, missing = powers_of(user), [], False
    for plan in _plans(timezone.localdate(now), now):
        rows = list(plan.rows[:SHOWN])
        state = "done" if rows else ("later" if missing else "next")
        missing = missing or not rows
        found.append(
            Step(
                plan.title,
                plan.why,
                [Link(plan.words(row), _href(row)) for row in rows],
                max(0, plan.rows.count() - SHOWN),
                _waiting(Approval.objects.filter(state="PENDING", action=plan.action.name), user),
                reverse("office:propose", args=[plan.task]) if BY_NAME[plan.task].power in powers else "",
                state,
            )
        )
    return found


def _href(row: Any) -> str:
    """Its record, or, for a token that is not live yet, how far it is."""
    under_way = isinstance(row, TokenContract) and row.state in ("PLANNED", "SENT")
    return reverse("office:on-chain") if under_way else record_url(row)


def _waiting(rows: QuerySet[Approval], user: User) -> list[Link]:
    """Each proposal with who is next: this officer, or which others."""
    found = list(rows.order_by("made_at", "pk")[:SHOWN])
    deciders = Deciders(found)
    return [
        Link(f"{figures.plain(row.subject)}: {_next(row, user, deciders)}", reverse("office:decision", args=[row.pk]))
        for row in found
    ]


def _next(row: Approval, user: User, deciders: Deciders) -> str:
    return f"another person approves it ({deciders.of(row)})" if why_not(row, user) else "you may approve it"


@face("office")
@require_safe
def selling(request: HttpRequest) -> HttpResponse:
    return office_page(
        request,
        "selling.html",
        "Sell a new bill or bond",
        lead="Six steps in this order. Each is proposed by the debt office's maker and approved by its checker.",
        steps=steps(officer(request), clock.now()),
    )
