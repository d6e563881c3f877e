"""Approval of a series: its terms freeze, and their canonical text is stored under its hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from issuance.authority import fx
from issuance.authority.drafts import DraftAction, draft_payload, money
from issuance.conditions.selectors import check_conditions, conditions_hash, conditions_in_force
from issuance.programme.models import Programme
from issuance.series.models import Series, TermSheet, series_machine
from issuance.series.rules import check_terms
from issuance.series.term_sheets import term_sheet_hash, term_sheet_text
from tokenization.files.services import file_store
from tokenization.identity.approvals import Payload
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.states import Machine


def series_payload(series: Series) -> dict[str, Any]:
    """The payload of SeriesApprove: the terms, the hash of the term sheet that they make, and for a reserve the hash of
    the conditions on file."""
    payload = {**draft_payload(series), "term_sheet_sha256": term_sheet_hash(series, version=1)}
    return payload | ({"conditions_sha256": conditions_hash(series)} if series.is_reserve else {})


class SeriesApprove(DraftAction[Series]):
    name: ClassVar[str] = "issuance.series.approve"
    title: ClassVar[str] = "Approve a series and its term sheet"
    maker_power: ClassVar[Power] = Power.SERIES_DRAFT
    checker_power: ClassVar[Power] = Power.SERIES_APPROVE
    model = Series
    machine: ClassVar[Machine] = series_machine
    approved_state: ClassVar[str] = "APPROVED"

    def row(self, payload: Payload) -> Series:
        row = super().row(payload)
        if row.is_reserve and payload.get("conditions_sha256") != conditions_hash(row):
            raise Conflict(
                f"The conditions on file for {row} are not those that were proposed.",
                field="conditions",
                rule="series.conditions",
                next_step="Withdraw this proposal and propose the draft again.",
            )
        return row

    def check(self, payload: Payload, *, now: datetime) -> None:
        row = self.row(payload)
        if payload.get("term_sheet_sha256") != term_sheet_hash(row, version=1):
            raise Conflict(
                f"The term sheet of {row} is not the one that was proposed.",
                field="term_sheet_sha256",
                rule="series.term_sheet",
                next_step="Withdraw this proposal and propose the draft again.",
            )
        self.check_row(row, now=now)

    def check_row(self, row: Series, *, now: datetime) -> None:
        check_terms(row)
        programme, envelope = row.programme, row.programme.envelope
        if programme.state != "OPEN":
            raise Refused(f"Programme {programme} is not open.", field="programme", rule="programme.open")
        if not envelope.starts_on <= row.issue_date <= envelope.ends_on:
            raise Refused(f"{row.issue_date} lies outside {envelope}.", field="issue_date", rule="series.envelope")
        over = _face_in_programme_currency(row) - programme.ceiling_minor
        if over > 0:
            raise Refused(
                f"The series ceiling exceeds programme {programme} by {money(over, programme.currency)}.",
                field="ceiling_units",
                rule="series.programme",
                next_step="Lower the ceiling of the series.",
            )
        check_conditions(row)

    def preview_rows(self, row: Series, *, now: datetime) -> tuple[list[tuple[str, str, str]], list[str]]:
        programme = row.programme
        rows = [
            ("Series ceiling", "-", f"{row.ceiling_units:,} units"),
            (
                "Series ceiling, quantity" if row.is_reserve else "Series ceiling, face",
                "-",
                money(row.ceiling_units * row.denomination_minor, row.currency),
            ),
            ("Programme ceiling", money(programme.ceiling_minor, programme.currency), "unchanged"),
            ("Term sheet (sha256)", "-", term_sheet_hash(row, version=1)),
        ]
        if row.is_reserve:
            rows += [
                ("Backing of one unit", "-", money(row.denomination_minor, row.currency)),
                ("Nature of the claim", "-", row.get_claim_display()),
                ("Paid in", "-", row.payment_currency),
            ]
            rows += [
                (str(known), "-", f"{known.get_instrument_display()}: {known.document} ({known.document.sha256})")
                for known in conditions_in_force(row)
            ]
        return rows, []

    def lock(self, row: Series) -> None:
        """The programme may not close between the check and the approval."""
        lock_rows(Series.objects.filter(pk=row.pk), Programme.objects.filter(pk=row.programme_id))

    def approved(self, row: Series, *, approval: Approval, actor: User, now: datetime) -> None:
        """Store the text; the file's hash, the row's and the approved payload's are one."""
        file = file_store(
            name=f"{row.isin}-terms-v1.txt",
            content=term_sheet_text(row, version=1).encode(),
            media_type="text/plain; charset=utf-8",
            actor=actor,
            now=now,
        )
        TermSheet.objects.create(series=row, version=1, file=file, sha256=file.sha256, approved_by=approval)


def _face_in_programme_currency(row: Series) -> int:
    source, target = row.currency, row.programme.currency
    rate = fx.rate_between(source, target, row.issue_date)
    return fx.convert(row.ceiling_units * row.denomination_minor, rate, source=source, target=target)
