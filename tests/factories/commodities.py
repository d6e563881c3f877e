"""Gold and oil on the issuing side: an authority to dispose of them, down to a reserve-backed series."""

from __future__ import annotations

from typing import Any

from issuance.conditions.models import ConditionPrecedent
from issuance.conditions.services import condition_record
from issuance.maths.identifiers import synthetic_isin
from issuance.programme.models import Programme
from issuance.series.actions import series_payload
from issuance.series.models import Series
from issuance.series.services import series_draft
from tests.factories import issuance as made

# A thousand ounces of gold (0.001 oz) or ten times as many barrels of oil (0.01 bbl).
CEILING = 1_000_000
# Title of federation and province, a consent, a lender's clearance.
CONDITIONS: list[dict[str, Any]] = [
    {"share_bp": 6_000},
    {"holder": "Province", "share_bp": 4_000, "words": "Vested jointly, article 172"},
    {
        "kind": "CONSENT",
        "holder": "Province",
        "share_bp": None,
        "words": "Cabinet's consent",
        "instrument": "RESOLUTION",
    },
    {
        "kind": "LENDER_CLEARANCE",
        "holder": "Lender A",
        "share_bp": None,
        "words": "Negative pledge waived",
        "instrument": "LETTER",
    },
]


def programme(people: made.Office, measure: str = "XAU", *, ceiling: int = CEILING) -> Programme:
    """A programme in the measure, under an envelope and an authority to dispose of as much."""
    parent = made.authority(
        people, kind="DISPOSAL", currency=measure, ceiling_minor=ceiling, restores_on_redemption=False
    )
    return made.programme(people, made.envelope(people, parent))


def terms(parent: Programme, **given: Any) -> dict[str, Any]:
    """The arguments of series_draft: one unit is the measure's smallest, paid in rupees, held for five years."""
    number = next(made.numbers)
    return {
        "programme": parent,
        "kind": "RESERVE",
        "convention": "UNIT-PRICE",
        "isin": synthetic_isin(number),
        "name": f"Test commodity {number}",
        "short_name": f"TEST/COMMODITY {number}",
        "currency": parent.currency,
        "payment_currency": "PKR",
        "claim": "OWNERSHIP",
        "denomination_minor": 1,
        "issue_date": made.ISSUE,
        "maturity_date": made.ISSUE.replace(year=made.ISSUE.year + 5),
        "ceiling_units": parent.ceiling_minor,
        "legal_instrument": "Test Gold Rules 2026, rule 4",
    } | given


def draft(people: made.Office, parent: Programme | None = None, **given: Any) -> Series:
    parent = parent or programme(people)
    return series_draft(**terms(parent, **given), actor=people.maker, now=people.now)


def condition(people: made.Office, row: Series, **given: Any) -> ConditionPrecedent:
    """The federation's title to all of it, or as said."""
    number = next(made.numbers)
    known: dict[str, Any] = {
        "kind": "TITLE",
        "holder": "Federation",
        "share_bp": 10_000,
        "words": "Registered title, folio 12",
        "instrument": "DEED",
        "document": f"test document {number}".encode(),
        "document_name": f"document-{number}.pdf",
    }
    return condition_record(series=row, **(known | given), actor=people.maker, now=people.now)


def conditions(people: made.Office, row: Series) -> list[ConditionPrecedent]:
    """Everything that a series needs: title of federation and province, a consent, a lender's clearance."""
    return [condition(people, row, **given) for given in CONDITIONS]


def series(people: made.Office, parent: Programme | None = None, **given: Any) -> Series:
    """Approved, with everything that its approval asks for."""
    row = draft(people, parent, **given)
    conditions(people, row)
    people.approve("issuance.series.approve", series_payload(row))
    return Series.objects.select_related("programme__envelope__authority").get(pk=row.pk)
