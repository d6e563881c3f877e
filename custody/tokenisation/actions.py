"""Tokenising a series: one officer of the issuer asks, another decides. Cash: two houses."""

from __future__ import annotations

from datetime import UTC, datetime

from custody.tokenisation.models import CashProgramme, TokenContract
from custody.tokenisation.selectors import cash_token, deployment_is_live
from custody.tokenisation.services.cash import cash_token_plan
from custody.tokenisation.services.tokens import predicted_address, record_instant, token_plan, token_salt, token_terms
from issuance.series.models import Series
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money, check_currency
from tokenization.kernel.writing import when


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
                ("Name and symbol", "", f"{terms.name}, {terms.symbol}"),
                ("Ceiling", "0 units", f"{terms.ceiling_units:,} units"),
                (
                    "Ceiling, quantity" if series.is_reserve else "Ceiling, face",
                    "",
                    Money(series.ceiling_units * series.denomination_minor, series.currency).format(),
                ),
                ("One unit is", "", Money(series.denomination_minor, series.currency).format()),
                ("Closed for transfers from", "", when(record_instant(series))),
                ("Term sheet (sha256)", "", terms.terms_hash),
            ],
            warnings=[],
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        series = _series(payload)
        terms = token_terms(series)
        # By name for people; the last one binds everything that goes on chain, to the byte.
        body = {
            "name": terms.name,
            "symbol": terms.symbol,
            "decimals": str(terms.decimals),
            "ceiling_units": str(terms.ceiling_units),
            "face_per_unit_on_chain": str(terms.face_per_unit),
            "closed_for_transfers_from": record_instant(series).astimezone(UTC).isoformat(),
            "terms_sha256": terms.terms_hash,
            "programme_code": terms.programme,
            "identity_registry": terms.identity_registry,
            "engine": terms.engine,
            "controller": terms.controller,
            "call_sha256": sha256_hex(repr(terms.as_tuple())),
        }
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"series:{_series(payload).isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        token_plan(series=_series(payload), approval=approval, now=now)


class CashTokenise:
    """Payload: {"currency": code, "ceiling_minor": whole number}. Creates the currency's settlement cash on chain.

    Whoever issues it (the debt office or the treasury) asks; the fiscal agent, who keeps the money behind it, agrees.
    """

    name = "custody.tokenisation.CashTokenise"
    title = "Create settlement cash"
    maker_power = Power.CASH_TOKENISE_DRAFT
    checker_power = Power.CASH_TOKENISE_APPROVE
    two_houses = True

    def check(self, payload: Payload, *, now: datetime) -> None:
        programme = _programme(payload)
        if cash_token(programme.currency) is not None:
            raise Refused(f"{programme.currency} has its cash already.", field="currency", rule="one per currency")
        if not deployment_is_live():
            raise Refused(
                "The contracts are not deployed yet.", rule="deployment verified", next_step="Wait for the deployment."
            )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        programme = _programme(payload)
        ceiling = Money(programme.ceiling_minor, programme.currency).format()
        return Preview(
            rows=[("Cash token", "none", f"{programme.currency}-CASH"), ("Most in circulation", "0", ceiling)],
            warnings=["Accepting it as cash is announced on chain for a day; until then nothing settles in it."],
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        programme = _programme(payload)
        body = {"currency": programme.currency, "ceiling_minor": str(programme.ceiling_minor)}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"cash:{_programme(payload).currency}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        programme = _programme(payload)
        cash_token_plan(currency=programme.currency, ceiling_minor=programme.ceiling_minor, approval=approval, now=now)


def _programme(payload: Payload) -> CashProgramme:
    """What is asked for, not yet written. Refused for a currency nobody knows or a ceiling the chain cannot hold."""
    currency, ceiling = str(payload.get("currency", "")), payload.get("ceiling_minor")
    check_currency(currency)
    if isinstance(ceiling, bool) or not isinstance(ceiling, int) or not 0 < ceiling < 2**63:
        raise Refused("A ceiling is a positive whole number.", field="ceiling_minor", rule="positive")
    return CashProgramme(currency=currency, ceiling_minor=ceiling)


def _series(payload: Payload) -> Series:
    return Series.objects.select_related("programme").get(pk=payload["series"])
