"""The book of a closed auction and the effect of one decision, as values for the auction room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from issuance.allotment.decisions.clearing import Step, steps, void_bids
from issuance.allotment.decisions.effect import Effect
from issuance.allotment.decisions.figures import ceilings_of, figures_of
from issuance.allotment.decisions.outcomes import outcomes
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule, target_face
from issuance.bid.models import Bid
from issuance.bid.selectors import standing_bids
from issuance.maths.auction.bids import Result
from issuance.maths.auction.rules import Variable
from issuance.maths.rounding import half_up
from tokenization.backoffice.pages.auction_outcome import outcome_table
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
    void: str
    cover: str
    target: str


@dataclass(frozen=True)
class Choice:
    """The decision that is tried. `seen` binds the proposal to it; `excess` says why it cannot be proposed."""

    effect: list[dict[str, str]]
    ceilings: Table
    warnings: tuple[str, ...]
    excess: str
    seen: str
    above_target: str
    outcomes: Table


def choice_of(effect: Effect, *, names: bool, amount: Decimal | None = None) -> Choice:
    """`amount` is the face that was typed, in whole units of the currency."""
    above = effect.above_target_minor
    return Choice(
        effect=[{"label": label, "value": value} for label, value in _made(effect)],
        ceilings=table("ceilings", ("Free at settlement", "#Now", "#After"), ceilings_of(effect)),
        warnings=(*_beside(effect, amount), *effect.warnings),
        excess=str(effect.excess) if effect.excess else "",
        seen=effect.cleared.result_sha256,
        above_target=figures.money(above, effect.auction.series.currency) if above else "",
        outcomes=outcome_table(effect.auction, outcomes(effect.cleared.document, effect.cleared.text), names=names),
    )


def _beside(effect: Effect, amount: Decimal | None) -> tuple[str, ...]:
    """That the rounding of the shares takes more, or less, than was typed; nothing where the bids themselves end."""
    result, rule = effect.cleared.result, auction_rule(effect.auction)
    short = result.residual
    if amount is None or not short or result.pro_rata_pct is None:
        return ()
    money = figures.money(abs(short) * 100, effect.auction.series.currency)
    beside = f"{money} {'more' if short < 0 else 'less'} than the amount that was typed"
    return (f"This takes {beside}: shares are rounded to multiples of {figures.units(rule.pro_rata.block)}.",)


def _made(effect: Effect) -> list[tuple[str, str]]:
    """What the decision makes; what the auction has anyway stands above it on the page."""
    return [(label, figures.shortened(after)) for label, _, after in figures_of(effect) if after != "unchanged"]


def book_of(auction: Auction, *, names: bool, accepted: Result | None, now: datetime) -> Book:
    """The standing bids by level and one by one; `accepted` is the result that a tried decision gives."""
    found, currency, void = steps(auction), auction.series.currency, void_bids(auction)
    rows = list(standing_bids(auction, now))
    target = target_face(auction)
    whole = sum(row.face_minor for row in rows)
    offered = sum(row.face_minor for row in rows if row.competitive)
    return Book(
        curve=demand_curve(found, target=target, accepted=accepted.accepted if accepted else 0),
        levels=_levels(auction, found, _as_bid(rows), accepted),
        bids=_bids(found, rows, void, names=names),
        offered=f"{currency} {millions(offered // 100)}",
        offered_without_price=f"{currency} {millions((whole - offered) // 100)}",
        void=_void(rows, void, currency),
        cover=f"{half_up(Decimal(offered) / Decimal(auction.target_minor), 2)}",
        target=f"{currency} {millions(target)}",
    )


Said = dict[int, tuple[Decimal | None, Decimal | None]]


def _as_bid(rows: list[Bid]) -> Said:
    """Price and yield of each bid as its bidder named them."""
    return {row.pk: (row.price, row.yield_pct) for row in rows}


def _named(step: Step, said: Said, *, by_price: bool) -> Decimal | None:
    """The other figure of a level: as bid where all of its bids named the same one, else worked out from the level."""
    named = {said[pk][1 if by_price else 0] for pk in step.bids}
    (only,) = named if len(named) == 1 else (None,)
    return only if only is not None else step.yield_pct if by_price else step.price


def _levels(auction: Auction, found: list[Step], said: Said, accepted: Result | None) -> Table:
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
                _named(step, said, by_price=by_price),
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


def _void(rows: list[Bid], void: dict[int, str], currency: str) -> str:
    """'PKR 800 m in 2 bids', empty where none is void."""
    face = sum(row.face_minor for row in rows if row.pk in void)
    return f"{currency} {millions(face // 100)} in {len(void)} bid{'s' if len(void) > 1 else ''}" if void else ""


def _bids(found: list[Step], rows: list[Bid], void: dict[int, str], *, names: bool) -> Table:
    """Every standing bid, best first, those without a price last."""
    levels = {pk: (at, step) for at, step in enumerate(found) for pk in step.bids}
    rows.sort(key=lambda row: (levels[row.pk][0] if row.pk in levels else len(found), row.pk))

    def cells(row: Bid) -> list[object]:
        step = levels[row.pk][1] if row.pk in levels else None
        by = row.placed_by.get_full_name() or row.placed_by.username
        who = [row.dealer.reference, row.bidder.reference, by] if names else []
        price = row.price if row.price is not None or step is None else step.price
        rate = row.yield_pct if row.yield_pct is not None or step is None else step.yield_pct
        kind: str | Cell = "competitive" if row.competitive else "non-competitive"
        if row.pk in void:
            kind = Cell(f"non-competitive, void: {figures.plain(void[row.pk])}", tone="bad")
        return [row.pk, *who, kind, row.face_minor // 100, price, rate, row.received_at]

    titles = [
        "#Bid",
        *(["Dealer", "Bidder", "Placed by"] if names else []),
        "Kind",
        "#Face",
        "#Price",
        "#Yield, %",
        "Received",
    ]
    caption = f"The first {figures.units(SHOWN)} are shown." if len(rows) > SHOWN else ""
    return table("bids", titles, map(cells, rows[:SHOWN]), caption=caption, empty="Nobody bid.")
