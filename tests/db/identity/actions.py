"""Actions that only the tests know: one rename of a party, with and without the second house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, Party, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Refused

PATHS = [
    "tests.db.identity.actions.PartyRename",
    "tests.db.identity.actions.TwoHouses",
    "tests.db.identity.actions.FAILING",
    "tests.db.identity.actions.Nameless",
]


class PartyRename:
    name = "test.party.rename"
    title = "Rename a party"
    maker_power = Power.ISSUE_DRAFT
    checker_power = Power.SERIES_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        if Party.objects.filter(name=payload["name"]).exists():
            raise Refused("A party already has this name.", field="name")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        return Preview([("Name", Party.objects.get(pk=payload["party"]).name, payload["name"])], ["It is only a test."])

    def items(self, payload: Payload) -> Sequence[ApprovalItemDraft]:
        return [
            ApprovalItemDraft(leaf=sha256_hex(f"{payload['party']}:{line}"), body={"line": line})
            for line in payload.get("lines", ["one", "two"])
        ]

    def subject(self, payload: Payload) -> str:
        return f"identity.party:{payload['party']}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        assert Approval.objects.get(pk=approval.pk).state == "APPROVED"
        Party.objects.filter(pk=payload["party"]).update(name=payload["name"])
        audit.record(actor=actor, action="test.renamed", subject=self.subject(payload), body={}, now=now)


class TwoHouses(PartyRename):
    name = "test.party.rename.two"
    checker_power = Power.ISSUE_APPROVE
    two_houses = True


class SameHouseHoldsBoth(PartyRename):
    """Where the matrix alone would let one house do both: the rule of two houses must still hold."""

    name = "test.party.rename.two"
    two_houses = True


class Failing(PartyRename):
    name = "test.party.rename.failing"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        super().execute(payload, approval=approval, actor=actor, now=now)
        raise Refused("The last step failed.")


class Nameless:
    name = ""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError("an action that was not asked for is not touched")


FAILING = Failing()
