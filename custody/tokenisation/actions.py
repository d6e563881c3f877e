"""Tokenising a series: one officer of the issuer asks, another decides."""

from __future__ import annotations

from datetime import datetime

from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import deployment_is_live
from custody.tokenisation.services.tokens import predicted_address, token_plan, token_salt, token_terms
from issuance.series.models import Series
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused


class SeriesTokenise:
    """Payload: {"series": id}. Creates the series' token on chain."""

    name = "custody.tokenisation.SeriesTokenise"
    title = "Tokenise a series"
    maker_power = Power.TOKENISE_DRAFT
    checker_power = Power.TOKENISE_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        series = _series(payload)
        if series.state not in ("APPROVED", "LIVE"):
            raise Refused(f"{series.isin} is {series.state}.", field="series", rule="approved first")
        if TokenContract.objects.filter(series=series).exists():
            raise Refused(f"{series.isin} has its token already.", field="series", rule="one token per series")
        if not deployment_is_live():
            raise Refused(
                "The contracts are not deployed yet.", rule="deployment verified", next_step="Wait for the deployment."
            )
        token_terms(series)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        series = _series(payload)
        terms = token_terms(series)
        return Preview(
            rows=[
                ("Token", "none", predicted_address(token_salt(series, terms), terms)),
                ("Ceiling, units", "0", f"{terms.ceiling_units:,}"),
                ("Closed for transfers, unix s", "", str(terms.maturity)),
            ],
            warnings=[],
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        terms = token_terms(_series(payload))
        body = {"terms": [v.hex() if isinstance(v, bytes) else str(v) for v in terms.as_tuple()]}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"series:{_series(payload).isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        token_plan(series=_series(payload), approval=approval, now=now)


def _series(payload: Payload) -> Series:
    return Series.objects.select_related("programme").get(pk=payload["series"])
