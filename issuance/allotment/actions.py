"""Approvals that open an offer and allot it. What is approved is the list of leaves, one for each allotment."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone

from issuance.allotment.lines import ValidLine, lines_of, read_lines, takes_of
from issuance.allotment.models import Allotment, Offer, offer_machine
from issuance.allotment.pricing import price_words
from issuance.allotment.rules import check_offer
from issuance.authority.drafts import DraftAction, money, terms_of
from issuance.headroom.levels import levels_of
from issuance.headroom.profile import Flow
from issuance.headroom.selectors import headroom_table, level_headroom
from issuance.headroom.services import commitments_take, weigh
from tokenization.identity import audit, kyc
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, Problems, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.states import Machine

Rows = list[tuple[str, str, str]]


class OfferOpen(DraftAction[Offer]):
    name: ClassVar[str] = "issuance.allotment.open_offer"
    title: ClassVar[str] = "Open a fixed-price offer"
    maker_power: ClassVar[Power] = Power.ALLOT_DRAFT
    checker_power: ClassVar[Power] = Power.ALLOT_APPROVE
    model = Offer
    machine: ClassVar[Machine] = offer_machine
    approved_state: ClassVar[str] = "OPEN"

    def check_row(self, row: Offer, *, now: datetime) -> None:
        check_offer(row)
        if row.series.state not in {"APPROVED", "LIVE"}:
            raise Refused(f"Series {row.series} is not approved.", field="series", rule="series.approved")

    def preview_rows(self, row: Offer, *, now: datetime) -> tuple[Rows, list[str]]:
        face = row.target_units * row.series.denomination_minor
        rows = [
            *((label, "-", value) for label, value in price_words(row)),
            ("Target", "-", f"{row.target_units:,} units = {money(face, row.series.currency)}"),
        ]
        table = headroom_table(row.series, on=row.settlement_date)
        rows += [(f"Free: {level.level} {level.label}", level.amount(level.free), "unchanged") for level in table]
        warnings = [level.warning for level in table if level.warning]
        own = table[-1]
        if row.target_units > own.free:
            warnings.append(f"The target is above what the series has free: {own.amount(own.free)}.")
        return rows, warnings


class AllotmentApprove:
    """Payload: {"offer": {"id", "terms"}, "lines": [{"line", "party", "units"}]}; see services.allotments_payload."""

    name: ClassVar[str] = "issuance.allotment.allot"
    title: ClassVar[str] = "Allot an offer"
    maker_power: ClassVar[Power] = Power.ALLOT_DRAFT
    checker_power: ClassVar[Power] = Power.ALLOT_APPROVE
    two_houses: ClassVar[bool] = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        """Problems, as a list of lines, when any line no longer stands; Conflict when the offer is not what it was."""
        self._lines(self._offer(payload), payload, now=now)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        offer = self._offer(payload)
        valid = self._lines(offer, payload, now=now)
        extra = weigh(offer.series, offer.settlement_date, takes_of(offer, valid), now=now)
        face, proceeds = sum(row.face_minor for row in valid), sum(row.proceeds_minor for row in valid)
        units = sum(row.units for row in valid)
        rows: Rows = [
            ("Allotments", "0", f"{len(valid):,}"),
            ("Units", "0", f"{units:,}"),
            ("Quantity" if offer.series.is_reserve else "Face", "-", money(face, offer.series.currency)),
            ("Proceeds", "-", money(proceeds, offer.series.payment_currency)),
        ]
        warnings = self._lapsing(offer, valid)
        for level in levels_of(offer.series):
            flows = [Flow(row.settles_on, row.frees_on, int(getattr(row, level.weight))) for row in extra]
            span = (offer.settlement_date, offer.series.maturity_date)
            before = level_headroom(level, on=span[0], until=span[1])
            after = level_headroom(level, on=span[0], until=span[1], extra=flows)
            rows.append((f"Free: {level.name} {level.label}", before.amount(before.free), after.amount(after.free)))
            warnings += [after.warning] if after.warning else []
        if units > offer.target_units:
            warnings.append(f"More than the announced target of {offer.target_units:,} units.")
        return Preview(rows=rows, warnings=warnings)

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        offer = Offer.objects.select_related("series").get(pk=payload["offer"]["id"])
        bodies = [
            {"kind": "ALLOT", "offer": offer.pk, "isin": offer.series.isin, "party": row.party, "units": row.units}
            for row in lines_of(payload)
        ]
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body) for body in bodies]

    def subject(self, payload: Payload) -> str:
        offer = Offer.objects.select_related("series").filter(pk=payload["offer"]["id"]).first()
        return f"{offer}: {len(payload['lines'])} allotments"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        """Take headroom for every line, write the allotments, move the offer: together or not at all."""
        lock_rows(Offer.objects.filter(pk=payload["offer"]["id"]))
        offer = self._offer(payload)
        valid = self._lines(offer, payload, now=now)
        commitments = commitments_take(
            series=offer.series, settles_on=offer.settlement_date, takes=takes_of(offer, valid), actor=actor, now=now
        )
        Allotment.objects.bulk_create(
            Allotment(
                series=offer.series,
                settlement_date=offer.settlement_date,
                price=offer.price,
                offer=offer,
                party=row.party,
                units=row.units,
                face_minor=row.face_minor,
                accrued_minor=row.accrued_minor,
                proceeds_minor=row.proceeds_minor,
                commitment=commitment,
                approval=approval,
            )
            for row, commitment in zip(valid, commitments, strict=True)
        )
        audit.move(offer_machine, offer, "ALLOTTED", actor=actor, now=now, reason=f"approval {approval.pk}")

    @staticmethod
    def _offer(payload: Payload) -> Offer:
        wanted: dict[str, Any] = payload.get("offer") or {}
        offer = (
            Offer.objects.select_related("series__programme__envelope__authority")
            .filter(pk=wanted.get("id", 0))
            .first()
        )
        if offer is None:
            raise Refused(f"There is no offer {wanted.get('id')}.", field="offer", rule="offer.exists")
        if offer.state != "CLOSED":
            raise Conflict(
                f"Offer {offer} is {offer.state.lower()}, not closed.",
                field="offer",
                rule="offer.closed",
                next_step="Close the offer, then propose its allotment.",
            )
        if terms_of(offer) != wanted.get("terms"):
            raise Conflict(f"The terms of offer {offer} changed.", field="offer", rule="offer.terms")
        return offer

    @staticmethod
    def _lines(offer: Offer, payload: Payload, *, now: datetime) -> list[ValidLine]:
        valid, problems = read_lines(offer, lines_of(payload), now=now)
        if problems:
            raise Problems(problems)
        return valid

    @staticmethod
    def _lapsing(offer: Offer, valid: list[ValidLine]) -> list[str]:
        ends = [(row.party.reference, kyc.valid_until(row.party)) for row in valid]
        return [
            f"The KYC of {reference} ends on {timezone.localdate(end):%Y-%m-%d}, before settlement."
            for reference, end in ends
            if end and timezone.localdate(end) <= offer.settlement_date
        ]
