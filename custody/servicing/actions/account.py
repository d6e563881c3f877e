"""Two persons of compliance verify where a party is paid by bank."""

from __future__ import annotations

from datetime import datetime

from stdnum import iban as stdnum_iban

from custody.servicing.actions.reading import one_item, party_of, text_of
from custody.servicing.models import BankAccount
from custody.servicing.selectors import account_of
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import check_currency
from tokenization.kernel.sealed import is_sealed
from tokenization.kernel.secrets import masked, seal, unseal


class BankAccountVerify:
    """Payload: {"party", "iban", "title", "currency", "source"}. Valid at once; it ends the account before.

    The number is sealed when it is proposed: what two people agree on is kept for ever, and keeps no account in plain.
    """

    name = "custody.servicing.BankAccountVerify"
    title = "Verify a bank account"
    maker_power = Power.PAYEE_DRAFT
    checker_power = Power.PAYEE_APPROVE
    two_houses = False

    def sealed(self, payload: Payload) -> Payload:
        """The payload as it is kept. Conflict when another account of the party waits already."""
        waiting = Approval.objects.filter(action=self.name, subject=self.subject(payload), state="PENDING")
        if waiting.exists():
            raise Conflict("An account of this party is already waiting for approval.", rule="one pending proposal")
        return {**payload, "iban": seal(str(payload["iban"]))}

    def check(self, payload: Payload, *, now: datetime) -> None:
        party = party_of(payload)
        check_currency(str(payload.get("currency")))
        text_of(payload, "title", 140)
        text_of(payload, "source", 200)
        number = _number(payload)
        if number != stdnum_iban.compact(number) or not stdnum_iban.is_valid(number, check_country=False):
            raise Refused("This is not an IBAN, written in capitals without spaces.", field="iban", rule="ISO 13616")
        standing = account_of(party, now)
        if standing and (standing.iban, standing.currency) == (number, payload.get("currency")):
            raise Refused("This account is verified already.", field="iban", rule="verified once")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        party = party_of(payload)
        standing = account_of(party, now)
        return Preview(
            rows=[
                (f"Account of {party}", _told(standing), masked(_number(payload))),
                ("In the name of", standing.title if standing else "", str(payload["title"])),
                ("Currency", "", str(payload["currency"])),
                ("How it was verified", "", str(payload["source"])),
            ]
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return one_item(dict(payload))

    def subject(self, payload: Payload) -> str:
        return f"bank account:{party_of(payload).reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        party = party_of(payload)
        open_ones = BankAccount.objects.filter(party=party, valid_until__isnull=True)
        lock_rows(open_ones)
        open_ones.update(valid_until=now)
        BankAccount.objects.create(
            party=party,
            iban=_number(payload),
            title=text_of(payload, "title", 140),
            currency=payload["currency"],
            source=text_of(payload, "source", 200),
            valid_from=now,
            approval=approval,
        )


def _number(payload: Payload) -> str:
    """The account in plain, from what an officer typed or from what was kept."""
    text = str(payload.get("iban") or "")
    return unseal(text) if is_sealed(text) else text


def _told(standing: BankAccount | None) -> str:
    return masked(standing.iban) if standing else "none"
