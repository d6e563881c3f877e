"""Two persons of compliance register the national identity number of a natural person."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, NationalId, Party, User
from tokenization.identity.national_ids.schemes import national_number
from tokenization.identity.national_ids.selectors import national_id_of, registered
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import advisory_xact_lock, lock_rows
from tokenization.kernel.sealed import is_sealed
from tokenization.kernel.secrets import masked, seal, unseal


class NationalIdRegister:
    """Payload: {"party", "scheme", "number", "source"}. Valid at once; it ends the number before.

    The number is sealed when it is proposed, as approvals are kept for ever.
    """

    name: ClassVar[str] = "identity.national_ids.NationalIdRegister"
    title: ClassVar[str] = "Register a national identity number"
    maker_power: ClassVar[Power] = Power.PAYEE_DRAFT
    checker_power: ClassVar[Power] = Power.PAYEE_APPROVE
    two_houses: ClassVar[bool] = False

    def sealed(self, payload: Payload) -> Payload:
        """The payload as it is kept. Conflict when another number of the party waits already."""
        waiting = Approval.objects.filter(action=self.name, subject=self.subject(payload), state="PENDING")
        if waiting.exists():
            raise Conflict("A number of this party is already waiting for approval.", rule="one pending proposal")
        return {**payload, "number": seal(_number(payload))}

    def check(self, payload: Payload, *, now: datetime) -> None:
        party, scheme, number = _person(payload), str(payload.get("scheme")), _number(payload)
        if not 0 < len(_source(payload)) <= 200:
            raise Refused("It takes 1 to 200 characters.", field="source", rule="length")
        _check_free(party, scheme, number)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        party, scheme = _person(payload), str(payload["scheme"])
        standing = national_id_of(party, scheme)
        rows = [
            (f"{scheme} of {party}", masked(standing.number) if standing else "none", masked(_number(payload))),
            ("How it was verified", standing.source if standing else "", _source(payload)),
        ]
        return Preview(rows=rows, warnings=["This ends the number registered before."] if standing else [])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(dict(payload))), body=dict(payload))]

    def subject(self, payload: Payload) -> str:
        return f"{payload.get('scheme')} of {_person(payload).reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        """One registration after another, so that two keys in use at once cannot let one number in twice."""
        advisory_xact_lock("the register of national identity numbers")
        party, scheme, number = _person(payload), str(payload["scheme"]), _number(payload)
        _check_free(party, scheme, number)
        open_ones = NationalId.objects.filter(party=party, scheme=scheme, valid_until=None)
        lock_rows(open_ones)
        open_ones.update(valid_until=now)
        NationalId.objects.create(
            party=party, scheme=scheme, number=number, source=_source(payload), valid_from=now, approval=approval
        )


def _person(payload: Payload) -> Party:
    found = Party.objects.filter(pk=int(payload.get("party") or 0)).first()
    if found is None:
        raise Refused("There is no such party.", field="party", rule="party exists")
    if found.kind != Party.Kind.PERSON:
        raise Refused("Only a natural person has a national identity number.", field="party", rule="a natural person")
    return found


def _number(payload: Payload) -> str:
    """The number in plain, as it is written, from what an officer typed or from what was kept."""
    text = str(payload.get("number") or "")
    return unseal(text) if is_sealed(text) else national_number(text, str(payload.get("scheme")))


def _source(payload: Payload) -> str:
    return str(payload.get("source") or "").strip()


def _check_free(party: Party, scheme: str, number: str) -> None:
    """It does not say whose: a whole number is looked at on its own page, where each look is recorded."""
    holder = registered(number, scheme)
    if holder is None:
        return
    if holder.party_id == party.pk:
        raise Refused("This number is registered for the party already.", field="number", rule="registered once")
    raise Refused(
        "This number is registered to another party.",
        field="number",
        rule="one person, one party",
        next_step="Look for the person among the parties; if one of the two was mistyped, put that one right first.",
    )
