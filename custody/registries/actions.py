"""Which account at the bank is ours, said by two persons of the fiscal agent."""

from __future__ import annotations

from datetime import datetime

from custody.registries.bank.document import iban_valid
from custody.registries.models import SettlementAccount
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money, check_currency


class SettlementAccountOpen:
    """Payload: {"iban", "currency", "bank", "opening_minor"}: files of this account are taken from then on."""

    name = "custody.registries.SettlementAccountOpen"
    title = "Name the settlement account"
    maker_power = Power.CASH_CONFIRM
    checker_power = Power.REFUND_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        if not iban_valid(str(payload["iban"])):
            raise Refused("This is not an IBAN.", field="iban", rule="ISO 13616")
        check_currency(payload["currency"])
        Money(payload["opening_minor"], payload["currency"])
        if not str(payload["bank"]).strip() or len(payload["bank"]) > 100:
            raise Refused("Name the bank in at most 100 characters.", field="bank", rule="length")
        if SettlementAccount.objects.filter(currency=payload["currency"]).exists():
            raise Refused(
                f"There is a settlement account in {payload['currency']}.", field="currency", rule="one to a currency"
            )
        if SettlementAccount.objects.filter(iban=payload["iban"]).exists():
            raise Refused("This account is named already.", field="iban", rule="once")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        opening = Money(payload["opening_minor"], payload["currency"]).format()
        rows = [
            ("Account", "none", f"{payload['iban']} at {payload['bank']}"),
            ("Balance before the journal began", "unknown", opening),
        ]
        return Preview(rows=rows, warnings=["The bank's word about this account books money from then on."])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        body = {name: payload[name] for name in ("iban", "currency", "bank", "opening_minor")}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"account:{payload['iban']}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        row = SettlementAccount.objects.create(
            iban=payload["iban"],
            currency=payload["currency"],
            bank=payload["bank"],
            opening_minor=payload["opening_minor"],
            approval=approval,
            opened_at=now,
        )
        body = {"iban": row.iban, "currency": row.currency, "opening_minor": row.opening_minor}
        audit.record(actor=actor, action="account.open", subject=f"account:{row.pk}", body=body, now=now)
