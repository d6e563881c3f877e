"""The effect of a decision in words and figures, for the approval and for the page on which it is chosen."""

from __future__ import annotations

import json

from issuance.allotment.decisions.effect import Effect
from issuance.allotment.decisions.sums import cover_words, residual_words, target_words
from issuance.authority.drafts import money

Rows = list[tuple[str, str, str]]
NONE = "-"


def figures_of(effect: Effect) -> Rows:
    """(label, now, after) of everything that the result sheet will say."""
    result, currency = effect.cleared.result, effect.auction.series.currency
    sheet = json.loads(effect.cleared.text)

    def face(whole: int) -> str:
        return money(whole * 100, currency)

    def said(value: object, unit: str = "") -> str:
        return NONE if value is None else f"{value}{unit}"

    return [
        ("Offered, competitive", face(result.offered), "unchanged"),
        ("Accepted, competitive", NONE, face(result.accepted)),
        ("Accepted, non-competitive", NONE, face(result.accepted_noncompetitive)),
        ("Announced target", money(effect.auction.target_minor, currency), "unchanged"),
        ("Target and what is taken", NONE, target_words(sheet, currency)),
        ("Residual", NONE, residual_words(sheet, currency)),
        ("Allotments", "0", f"{len(effect.lines):,}"),
        ("Bid to cover", NONE, said(cover_words(sheet))),
        ("Cut-off price", NONE, said(result.cut_off_price)),
        ("Cut-off yield", NONE, said(result.cut_off_yield_pct, " %")),
        ("Weighted average price", NONE, said(result.weighted_average_price)),
        ("Weighted average yield", NONE, said(result.weighted_average_yield_pct, " %")),
        ("Shared at the cut-off", NONE, said(result.pro_rata_pct and f"{result.pro_rata_pct:.4f}", " %")),
        ("To be paid by the bidders", NONE, money(effect.proceeds_minor, currency)),
        ("of it accrued interest", NONE, money(sum(line.accrued_minor for line in effect.lines), currency)),
        ("Void bids", NONE, f"{len(result.voided):,}"),
        ("Result (sha256)", NONE, effect.cleared.result_sha256),
    ]


def ceilings_of(effect: Effect) -> Rows:
    """(level, free now, free after)."""
    return [
        (f"Free: {before.level} {before.label}", before.amount(before.free), after.amount(after.free))
        for before, after in effect.levels
    ]
