"""How the announced target, what is taken and the residual belong together, as sentences for pages and papers.

Read from the result as issuance.maths.auction.sheet says it. Whether bids without a price come out of the target or
beside it is the rule's word (`NonCompetitive.first`). DOMAIN.md, section 3: the residual is shown, never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from issuance.maths.auction.rules import RULES
from tokenization.kernel.money import Money

Sheet = Mapping[str, Any]
COVER = "competitive face offered / competitive face accepted"


def target_words(sheet: Sheet, currency: str) -> str:
    """'PKR 5.00 target = PKR 3.00 competitive + PKR 1.00 non-competitive + PKR 1.00 not taken'; all of it face."""
    target, totals = int(sheet["target"]), sheet["totals"]
    competitive, beside = int(totals["accepted"]), int(totals["accepted_noncompetitive"])
    left = target - competitive - beside
    whole = f"{_face(target, currency)} target"
    if left == target:
        return f"{whole}, of which nothing is taken"
    parts = f"{_face(competitive, currency)} competitive + {_face(beside, currency)} non-competitive"
    if left < 0:
        return f"{parts} = {whole} + {_face(-left, currency)} taken beyond it"
    return f"{whole} = {parts} + {_face(left, currency)} not taken"


def residual_words(sheet: Sheet, currency: str) -> str:
    """'PKR 1.00: target less competitive; ...': of what it is the rest, and where bids without a price stand in it."""
    left, rule, totals = int(sheet["residual"]), RULES[str(sheet["rule"])], sheet["totals"]
    first = rule.noncompetitive.first
    taken = "competitive and non-competitive" if first else "competitive"
    aim = left + int(totals["accepted"]) + (int(totals["accepted_noncompetitive"]) if first else 0)
    of = "target" if aim == sheet["target"] else f"decided {_face(aim, currency)}"
    said = f"{_face(left, currency)}: {of} less {taken}"
    if left < 0:
        said = f"{_face(-left, currency)} taken beyond: {taken} less {of}"
    return said if first else f"{said}; non-competitive comes beside it ({rule.name})"


def cover_words(sheet: Sheet) -> str | None:
    """'1.75: competitive face offered / ...'; None where nothing is accepted."""
    return None if sheet["bid_to_cover"] is None else f"{sheet['bid_to_cover']}: {COVER}"


def _face(whole: int, currency: str) -> str:
    return Money.of(whole, currency).format()
