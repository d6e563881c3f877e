"""The book of a closed auction and the effect of one decision, as values for the auction room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from issuance.allotment.decisions.clearing import Step, steps
from issuance.allotment.decisions.effect import Effect
from issuance.allotment.decisions.figures import ceilings_of, figures_of
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule, target_face
from issuance.bid.models import Bid
from issuance.bid.selectors import standing_bids
from issuance.maths.auction.bids import Result
from issuance.maths.auction.rules import Variable
from issuance.maths.rounding import half_up
from tokenization.backoffice.pages.curve import Curve, demand_curve, millions
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, table

SHOWN = 1_000


@dataclass(frozen=True)
class Book:
    curve: Curve | None
    levels: Table
    bids: Table
    offered: str
    offered_without_price: str
    cover: str


@dataclass(frozen=True)
class Choice:
    """The decision that is tried. `seen` binds the proposal to it; `excess` says why it cannot be proposed."""

    effect: list[dict[str, str]]
    ceilings: Table
    warnings: tuple[str, ...]
    excess: str
    seen: str
    above_target: str


def choice_of(effect: Effect) -> Choice:
    above = effect.above_target_minor
    return Choice(
        effect=[{"label": label, "value": value} for label, value in _made(effect)],
        ceilings=table("ceilings", ("Free at settlement", "#Now", "#After"), ceilings_of(effect)),
        warnings=effect.warnings,
        excess=str(effect.excess) if effect.excess else "",
        seen=effect.cleared.result_sha256,
        above_target=figures.money(above, effect.auction.series.currency) if above else "",
    )


def _made(effect: Effect) -> list[tuple[str, str]]:
    """What the decision makes; what the auction has anyway stands above it on the page."""
    return [(label, figures.shortened(after)) for label, _, after in figures_of(effect) if after != "unchanged"]


def book_of(auction: Auction, *, names: bool, accepted: Result | None, now: datetime) -> Book:
    """The standing bids by level and one by one; `accepted` is the result that a tried decision gives."""
    found, currency = steps(auction), auction.series.currency
    rows = list(standing_bids(auction, now))
    target = target_face(auction)
    whole = sum(row.face_minor for row in rows)
    offered = sum(row.face_minor for row in rows if row.competitive)
    return Book(
        curve=demand_curve(found, target=target, accepted=accepted.accepted if accepted else 0),
        levels=_levels(auction, found, accepted),
        bids=_bids(found, rows, names=names, currency=currency),
        offered=f"{currency} {millions(offered // 100)}",
        offered_without_price=f"{currency} {millions((whole - offered) // 100)}",
        cover=f"{half_up(Decimal(offered) / Decimal(auction.target_minor), 2)}",
    )


def _levels(auction: Auction, found: list[Step], accepted: Result | None) -> Table:
    """One line a level, best first; each leads to the room with that level as its cut-off."""
    rule = auction_rule(auction)

    def taken(step: Step) -> bool:
        if accepted is None or accepted.cut_off is None:
            return False
        worst = accepted.cut_off
        return step.rung.value >= worst if rule.variable is Variable.PRICE else step.rung.value <= worst

    def href(step: Step) -> str:
        query = urlencode({"cut_off": f"{step.rung.value:f}"})
        return f"?{query}#effect" if auction.state == "CLOSED" else ""

    by_price = rule.variable is Variable.PRICE
    heads = ["#Price", "#Yield, %"] if by_price else ["#Yield, %", "#Price"]
    average = "Average price" if by_price else "Average yield"
    return table(
        "levels",
        [
            *heads, "#Bids", "#Face", "#Face so far", "#Of target, %", f"#{average}",
            *(["This decision"] if accepted else []),
        ],
        (
            (
                Cell(f"{step.rung.value:f}", sort=step.rung.value, href=href(step)),
                step.yield_pct if by_price else step.price,
                step.rung.bids,
                step.rung.face,
                step.rung.cumulative,
                step.rung.of_target_pct,
                step.rung.weighted_average,
                *([Cell("accepted", tone="good") if taken(step) else ""] if accepted else []),
            )
            for step in found
        ),
        empty="No bid names a price.",
    )  # fmt: skip


def _bids(found: list[Step], rows: list[Bid], *, names: bool, currency: str) -> Table:
    """Every standing bid, best first, those without a price last."""
    levels = {pk: (at, step) for at, step in enumerate(found) for pk in step.bids}
    rows.sort(key=lambda row: (levels[row.pk][0] if row.pk in levels else len(found), row.pk))

    def cells(row: Bid) -> list[object]:
        step = levels[row.pk][1] if row.pk in levels else None
        who = [row.dealer.reference, row.bidder.reference] if names else []
        price, rate = (step.price, step.yield_pct) if step else (None, None)
        kind = "competitive" if row.competitive else "non-competitive"
        return [row.pk, *who, kind, row.face_minor // 100, price, rate, row.received_at]

    titles = ["#Bid", *(["Dealer", "Bidder"] if names else []), "Kind", "#Face", "#Price", "#Yield, %", "Received"]
    caption = f"The first {figures.units(SHOWN)} are shown." if len(rows) > SHOWN else ""
    return table("bids", titles, map(cells, rows[:SHOWN]), caption=caption, empty="Nobody bid.")
