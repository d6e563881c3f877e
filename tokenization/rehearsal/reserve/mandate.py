"""From the power to dispose of a commodity to an approved series: title, consents and lenders' clearance come first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction

from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import TokenContract
from issuance.authority.drafts import draft_payload
from issuance.authority.models import BudgetEnvelope, LegalAuthority
from issuance.authority.services import authority_draft, envelope_draft
from issuance.conditions.models import ConditionPrecedent
from issuance.conditions.services import condition_record
from issuance.programme.models import Programme
from issuance.programme.services import programme_draft
from issuance.series.actions import series_payload
from issuance.series.models import Series
from issuance.series.services import series_draft
from tokenization.identity.approvals import approval_propose
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Refused
from tokenization.kernel.money import Money
from tokenization.rehearsal import chain
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import MAKER, approved, attempt
from tokenization.rehearsal.people import officers_create, person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.reserve import figures
from tokenization.rehearsal.reserve.figures import COMMODITIES, GOLD, OIL, Commodity

# holder, kind, share of the title, what it says, kind of document
CONDITIONS = (
    ("Federation", "TITLE", 6_000, "Title to the bars and stocks held", "DEED"),
    ("Province", "TITLE", 4_000, "Vested jointly with the federation", "STATUTE"),
    ("Province", "CONSENT", None, "Consents to the tokens on its share", "RESOLUTION"),
    ("Rehearsal lender", "LENDER_CLEARANCE", None, "Waives its negative pledge for this series", "LETTER"),
)


def enact() -> Sequence[Check]:
    """An authority to dispose, in ounces and in barrels: not to borrow, not in money, not by a memorandum."""
    officers_create()
    checks = [] if LegalAuthority.objects.filter(kind="DISPOSAL").exists() else _no_authority()
    for commodity in COMMODITIES:
        _in_force(_authority(commodity), "issuance.authority.enact")
        _in_force(_envelope(commodity), "issuance.authority.open_envelope")
        _in_force(_programme(commodity), "issuance.programme.open")
    mixed = refused(
        "barrels and ounces do not add up",
        lambda: Money(1, GOLD.measure) + Money(1, OIL.measure),
        error=Refused,
    )
    return [
        *checks,
        mixed,
        check("authorities in force", 2, LegalAuthority.objects.filter(state="IN_FORCE", kind="DISPOSAL").count()),
    ]


def series() -> Sequence[Check]:
    """The draft waits for its conditions; with the last of them on file a second officer approves it."""
    checks: list[Check] = []
    for commodity in COMMODITIES:
        row = _series(commodity)
        if row.state == "DRAFT" and not row.conditions.exists():
            checks += _bare(row)
            _conditions(row)
        if row.state == "DRAFT":
            approved("issuance.series.approve", series_payload(row))
    states = set(Series.objects.filter(isin__in=figures.ISINS).values_list("state", flat=True))
    return [
        *checks,
        check("conditions on file", 8, ConditionPrecedent.objects.count()),
        check("series approved or later", True, states <= {"APPROVED", "LIVE"}),
    ]


def tokenise() -> Sequence[Check]:
    """Each series' token comes to life with its reserve open on chain, and nothing attested yet."""
    for commodity in COMMODITIES:
        row = Series.objects.get(isin=commodity.isin)
        if not TokenContract.objects.filter(series=row).exists():
            approved(SeriesTokenise.name, {"series": row.pk})
    live = TokenContract.objects.filter(state="LIVE", series__isin__in=figures.ISINS)
    chain.wait_for("the tokens", lambda: live.count() == len(COMMODITIES), seconds=120)
    return [
        check("tokens live", len(COMMODITIES), live.count()),
        *reconciled("tokenised"),
    ]


def token(commodity: Commodity) -> TokenContract:
    return TokenContract.objects.select_related("series").get(series__isin=commodity.isin)


def _no_authority() -> list[Check]:
    return [
        refused(
            "a memorandum is not an authority", attempt(_draft, commodity=GOLD, instrument="MEMORANDUM"), error=Refused
        ),
        refused("borrowing is not counted in ounces", attempt(_draft, commodity=GOLD, kind="BORROWING"), error=Refused),
    ]


def _draft(commodity: Commodity, **given: Any) -> LegalAuthority:
    terms: dict[str, Any] = {
        "reference": commodity.reference,
        "title": f"Rehearsal authority over {commodity.name}",
        "law": "Rehearsal State Assets Act, section 4 (synthetic)",
        "kind": "DISPOSAL",
        "currency": commodity.measure,
        "ceiling_minor": commodity.ceiling_minor,
        "restores_on_redemption": False,
        "measure": "STOCK",
        "valid_from": figures.issue_date().replace(day=1),
        "valid_until": figures.long_stop() + timedelta(days=365),
    }
    return authority_draft(**(terms | given), actor=person(MAKER), now=clock.now())


def _authority(commodity: Commodity) -> LegalAuthority:
    return LegalAuthority.objects.filter(reference=commodity.reference).first() or _draft(commodity)


def _envelope(commodity: Commodity) -> BudgetEnvelope:
    start = figures.issue_date().replace(day=1)
    return BudgetEnvelope.objects.filter(authority__reference=commodity.reference).first() or envelope_draft(
        authority=LegalAuthority.objects.get(reference=commodity.reference),
        budget_year=f"{start.year}-{(start.year + 1) % 100:02d}",
        starts_on=start,
        ends_on=start.replace(year=start.year + 1) - timedelta(days=1),
        currency=commodity.measure,
        amount_minor=commodity.ceiling_minor,
        actor=person(MAKER),
        now=clock.now(),
    )


def _programme(commodity: Commodity) -> Programme:
    return Programme.objects.filter(reference=commodity.reference).first() or programme_draft(
        envelope=BudgetEnvelope.objects.get(authority__reference=commodity.reference),
        reference=commodity.reference,
        name=f"Tokens on {commodity.name} (synthetic)",
        currency=commodity.measure,
        ceiling_minor=commodity.ceiling_minor,
        actor=person(MAKER),
        now=clock.now(),
    )


def _in_force(row: LegalAuthority | BudgetEnvelope | Programme, action: str) -> None:
    if row.state == "DRAFT":
        approved(action, draft_payload(row))


def _series(commodity: Commodity) -> Series:
    return Series.objects.filter(isin=commodity.isin).first() or series_draft(
        programme=Programme.objects.get(reference=commodity.reference),
        isin=commodity.isin,
        name=f"Rehearsal {commodity.name} (synthetic)",
        short_name=f"{commodity.measure} {figures.issue_date():%d%b%y}".upper(),
        kind="RESERVE",
        convention="UNIT-PRICE",
        currency=commodity.measure,
        payment_currency="PKR",
        claim="OWNERSHIP",
        margin_bps=commodity.margin_bps,
        denomination_minor=1,
        issue_date=figures.issue_date(),
        maturity_date=figures.long_stop(),
        ceiling_units=commodity.ceiling_minor,
        legal_record="TOKEN_REGISTER",
        legal_instrument="Rehearsal reserve rules (synthetic)",
        actor=person(MAKER),
        now=clock.now(),
    )


def _bare(row: Series) -> list[Check]:
    """Without its conditions neither the service nor the database lets the draft go on."""

    def propose() -> object:
        payload = series_payload(row)
        return approval_propose(action="issuance.series.approve", payload=payload, actor=person(MAKER), now=clock.now())

    return [
        refused(f"{row.currency}: not approved without its conditions", propose, error=PlatformError),
        refused(f"{row.currency}: the database alone refuses it", lambda: _force(row), error=DatabaseError),
    ]


def _force(row: Series) -> None:
    with transaction.atomic():
        Series.objects.filter(pk=row.pk).update(state="APPROVED")


def _conditions(row: Series) -> None:
    for holder, kind, share, words, instrument in CONDITIONS:
        condition_record(
            series=row,
            kind=kind,
            holder=holder,
            share_bp=share,
            words=words,
            instrument=instrument,
            document=f"Synthetic: {holder}, {kind}, {row.isin}".encode(),
            document_name=f"{row.currency}-{holder}-{kind}.txt".lower(),
            media_type="text/plain",
            actor=person(MAKER),
            now=clock.now(),
        )
