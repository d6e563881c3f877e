"""What a kind of reserve is: in which measure it counts, in which form it lies, which layout its keeper's list has.

Kinds are data: one more is one record here, and a layout where its keepers write another list.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import models

from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES


class Form(models.TextChoices):
    """What one item is. There is no form for a quantity in the ground: it cannot be stored, named or released."""

    BAR = "BAR", "bar"
    TANK = "TANK", "tank"


@dataclass(frozen=True, slots=True)
class ReserveKind:
    """`measure` is the kernel's code; `least_assay` in parts per thousand."""

    measure: str
    words: str
    form: Form
    layout: str
    least_assay: Decimal | None = None

    @property
    def base(self) -> str:
        """The temperature at which a volume is stated; '' for what is weighed."""
        return MEASURES[self.measure].base


KINDS: dict[str, ReserveKind] = {
    kind.measure: kind
    for kind in (
        # LBMA good delivery: gold from 995.0, silver from 999.0 parts per thousand.
        ReserveKind("XAU", "gold", Form.BAR, "LBMA", least_assay=Decimal("995.0")),
        ReserveKind("XAG", "silver", Form.BAR, "LBMA", least_assay=Decimal("999.0")),
        ReserveKind("OIL", "stored crude oil", Form.TANK, "TERMINAL"),
    )
}


def kind_of(measure: str) -> ReserveKind:
    """The kind that counts in this measure. Refused for any other code."""
    if measure not in KINDS:
        known = ", ".join(KINDS)
        raise Refused(
            f"{measure!r} is no reserve kept here.", field="commodity", rule="kind", next_step=f"One of {known}."
        )
    return KINDS[measure]
