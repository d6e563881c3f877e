"""Whose signature attests reserves: agreed by two houses, known here and on chain."""

from __future__ import annotations

import re
from datetime import datetime

from contracts.gateway.roles import ChainRole
from custody.reserves.models import ExaminerKey
from custody.tokenisation.services import outside_key_enrol
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, Party, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused


class ExaminerEnrol:
    """Payload: {"party": reference, "address"}: this address signs for this examiner from then on."""

    name = "custody.reserves.ExaminerEnrol"
    title = "Enrol an examiner's key"
    maker_power = Power.RESERVE_DRAFT
    checker_power = Power.RESERVE_APPROVE
    two_houses = True

    def party(self, payload: Payload) -> Party:
        found = Party.objects.filter(reference=payload.get("party", "")).first()
        if found is None:
            raise Refused("There is no such party.", field="party", rule="existing party")
        return found

    def check(self, payload: Payload, *, now: datetime) -> None:
        self.party(payload)
        if not re.fullmatch(r"0x[0-9a-fA-F]{40}", str(payload.get("address", ""))):
            raise Refused("An address has 0x and 40 digits.", field="address", rule="address")
        if ExaminerKey.objects.filter(address=str(payload["address"]).lower()).exists():
            raise Refused("This key is enrolled already.", field="address", rule="once")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        party = self.party(payload)
        rows = [(f"Key of {party.reference}, {party.name}", "none", str(payload["address"]).lower())]
        return Preview(rows=rows, warnings=["What this key signs admits new units. The chain knows it after two days."])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        body = {"party": self.party(payload).reference, "address": str(payload["address"]).lower()}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"party:{self.party(payload).reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        party, address = self.party(payload), str(payload["address"]).lower()
        key = ExaminerKey.objects.create(examiner=party, address=address, approval=approval, enrolled_at=now)
        outside_key_enrol(role=ChainRole.EXAMINER, address=address, words="An examiner's key", now=now)
        body = {"party": party.reference, "address": address}
        audit.record(actor=actor, action="examiner.enrol", subject=f"examiner-key:{key.pk}", body=body, now=now)
