"""The issuing side, built the way people build it: drafts by a maker, approvals by a checker. ISINs are synthetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from issuance.allotment.lines import AllotmentLine
from issuance.allotment.models import Allotment, Offer
from issuance.allotment.services import allotments_propose, offer_close, offer_draft
from issuance.authority.drafts import draft_payload
from issuance.authority.fx import fx_rate_record
from issuance.authority.models import BudgetEnvelope, FxRate, LegalAuthority
from issuance.authority.services import authority_draft, envelope_draft
from issuance.headroom.models import Commitment
from issuance.headroom.services import commitment_take
from issuance.maths.identifiers import synthetic_isin
from issuance.programme.models import Programme
from issuance.programme.services import programme_draft
from issuance.series.actions import series_payload
from issuance.series.models import Series
from issuance.series.services import series_draft
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, Party, User
from tokenization.identity.services import kyc_decide, party_create, user_create

NOW = datetime(2026, 7, 1, 5, tzinfo=UTC)
YEAR_START, YEAR_END = date(2026, 7, 1), date(2027, 6, 30)
ISSUE = date(2026, 7, 2)
MATURITY = ISSUE + timedelta(days=84)
# 1,000 rupees of face in one unit; minor units are paisa.
DENOMINATION = 100_000
numbers = count(1)


@dataclass(frozen=True)
class Office:
    """The people of a debt office, and the time at which they act."""

    maker: User
    checker: User
    compliance: User
    now: datetime = NOW

    def at(self, now: datetime) -> Office:
        return replace(self, now=now)

    def approve(self, action: str, payload: dict[str, Any]) -> Approval:
        """Propose as the maker, approve as the checker."""
        proposal = approval_propose(action=action, payload=payload, actor=self.maker, now=self.now)
        return approval_approve(approval_id=proposal.pk, actor=self.checker, now=self.now)


def office() -> Office:
    number = next(numbers)
    made = {
        role: user_create(
            username=f"{role.lower()}-{number}",
            password="a long enough sentence 7",
            house="ISSUER",
            roles=[role],
            now=NOW,
        )
        for role in ("DEBT_MAKER", "DEBT_CHECKER", "COMPLIANCE_OFFICER")
    }
    return Office(made["DEBT_MAKER"], made["DEBT_CHECKER"], made["COMPLIANCE_OFFICER"])


def fx_rate(
    people: Office, rate: str = "280", *, on: date = date(2026, 6, 30), base: str = "USD", quote: str = "PKR"
) -> FxRate:
    return fx_rate_record(
        on=on,
        base=base,
        quote=quote,
        rate=Decimal(rate),
        source=f"test {next(numbers)}",
        actor=people.maker,
        now=people.now,
    )


def authority(people: Office, **terms: Any) -> LegalAuthority:
    defaults: dict[str, Any] = {
        "reference": f"AUTH-{next(numbers)}",
        "title": "Test authority",
        "law": "Test Act 2026, section 1",
        "currency": "PKR",
        "ceiling_minor": 10_000 * DENOMINATION,
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2036, 12, 31),
    }
    row = authority_draft(**(defaults | terms), actor=people.maker, now=people.now)
    people.approve("issuance.authority.enact", draft_payload(row))
    row.refresh_from_db()
    return row


def envelope(people: Office, parent: LegalAuthority, **terms: Any) -> BudgetEnvelope:
    defaults: dict[str, Any] = {
        "budget_year": "2026-27",
        "starts_on": YEAR_START,
        "ends_on": YEAR_END,
        "currency": parent.currency,
        "amount_minor": parent.ceiling_minor,
    }
    row = envelope_draft(authority=parent, **(defaults | terms), actor=people.maker, now=people.now)
    people.approve("issuance.authority.open_envelope", draft_payload(row))
    row.refresh_from_db()
    return row


def programme(people: Office, parent: BudgetEnvelope | None = None, **terms: Any) -> Programme:
    parent = parent or envelope(people, authority(people))
    defaults: dict[str, Any] = {
        "reference": f"PROG-{next(numbers)}",
        "name": "Test programme",
        "currency": parent.currency,
        "ceiling_minor": parent.amount_minor,
    }
    row = programme_draft(envelope=parent, **(defaults | terms), actor=people.maker, now=people.now)
    people.approve("issuance.programme.open", draft_payload(row))
    row.refresh_from_db()
    return row


def series_terms(parent: Programme, **terms: Any) -> dict[str, Any]:
    """The arguments of series_draft for an 84-day bill; `issue_date` alone moves its maturity along."""
    number = next(numbers)
    issue = terms.get("issue_date", ISSUE)
    return {
        "programme": parent,
        "isin": synthetic_isin(number),
        "name": f"Test bill {number}",
        "short_name": f"TEST/BILL {number}",
        "currency": "PKR",
        "denomination_minor": DENOMINATION,
        "issue_date": issue,
        "maturity_date": issue + timedelta(days=84),
        "ceiling_units": 10_000,
        "legal_instrument": "Test Rules 2026, rule 2",
    } | terms


def series(people: Office, parent: Programme | None = None, **terms: Any) -> Series:
    parent = parent or programme(people)
    row = series_draft(**series_terms(parent, **terms), actor=people.maker, now=people.now)
    people.approve("issuance.series.approve", series_payload(row))
    return Series.objects.select_related("programme__envelope__authority").get(pk=row.pk)


def party(people: Office, *, reference: str = "", valid_until: datetime | None = None, category: str = "FUND") -> Party:
    """A fund whose KYC is approved until a year from now, or as said."""
    number = next(numbers)
    row = party_create(
        reference=reference or f"INV-{number}",
        name=f"Test investor {number}",
        kind="FUND",
        country="PK",
        category=category,
        actor=people.compliance,
        now=people.now,
    )
    kyc_decide(
        party=row,
        status="APPROVED",
        valid_until=valid_until or people.now + timedelta(days=365),
        reason="test",
        actor=people.compliance,
        now=people.now,
    )
    return row


def offer(people: Office, row: Series | None = None, *, closed: bool = True, **terms: Any) -> Offer:
    """An offer at 11.5 % (1,100 rupees a unit of a reserve) settling on the issue date; closed, so that it can be
    allotted."""
    row = row or series(people)
    at: dict[str, Any] = {"price": Decimal(1100)} if row.is_reserve else {"yield_pct": Decimal("11.5")}
    defaults: dict[str, Any] = at | {"settlement_date": row.issue_date, "target_units": 1_000}
    made = offer_draft(series=row, **(defaults | terms), actor=people.maker, now=people.now)
    people.approve("issuance.allotment.open_offer", draft_payload(made))
    made.refresh_from_db()
    if closed:
        offer_close(offer=made, actor=people.maker, now=people.now)
    return made


def commitment(people: Office, row: Series, units: int) -> Commitment:
    """Headroom taken for paper that settles on the issue date, backing nothing yet."""
    key = f"test:{next(numbers)}"
    return commitment_take(
        series=row, units=units, settles_on=row.issue_date, key=key, now=people.now, actor=people.maker
    )


def lines(*pairs: tuple[str, str]) -> list[AllotmentLine]:
    return [AllotmentLine(number, party_reference, units) for number, (party_reference, units) in enumerate(pairs, 1)]


def allot(people: Office, made: Offer, *pairs: tuple[Party, int]) -> list[Allotment]:
    """Propose and approve; the allotments in the order of the pairs."""
    rows = lines(*((who.reference, str(units)) for who, units in pairs))
    proposal = allotments_propose(offer=made, lines=rows, actor=people.maker, now=people.now)
    approval_approve(approval_id=proposal.pk, actor=people.checker, now=people.now)
    found = {row.party_id: row for row in Allotment.objects.filter(offer=made)}
    return [found[who.pk] for who, _ in pairs]
