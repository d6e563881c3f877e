"""Taking away the second factors of a person who lost them: asked by one, decided by another, neither the person."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.factors.services import factors_reset, has_factor
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import NotAllowed, Refused


class SecondFactorReset:
    """Payload: {"user": id, "reason": text}. His sessions end, and the tokens of his programs with them; his
    password leads him to set up a factor anew."""

    name: ClassVar[str] = "identity.factors.SecondFactorReset"
    title: ClassVar[str] = "Reset a lost second factor"
    maker_power: ClassVar[Power] = Power.FACTOR_RESET_DRAFT
    checker_power: ClassVar[Power] = Power.FACTOR_RESET_APPROVE
    two_houses: ClassVar[bool] = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        if not has_factor(_person(payload)):
            raise Refused("This person has no second factor.", field="user", rule="a factor to reset")
        if not 0 < len(str(payload.get("reason", "")).strip()) <= 500:
            raise Refused("Say why, in at most 500 characters.", field="reason", rule="a reason")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        user = _person(payload)
        return Preview(
            rows=[
                (
                    f"Second factors of {user.get_full_name() or user.username}",
                    "in use",
                    "none; signed out, tokens of his programs ended",
                )
            ],
            warnings=["Make sure that it is this person who asks: see or call him yourself."],
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(dict(payload))), body=dict(payload))]

    def subject(self, payload: Payload) -> str:
        return f"person:{_person(payload).username}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        user = _person(payload)
        if user.pk in {approval.maker_id, actor.pk}:
            raise NotAllowed(
                "Nobody takes part in resetting his own second factor.",
                rule="two others",
                next_step="Let two others ask for it and decide.",
            )
        factors_reset(user=user, actor=actor, reason=str(payload["reason"]).strip(), now=now)


def _person(payload: Payload) -> User:
    found = User.objects.filter(pk=int(payload.get("user") or 0), is_active=True).first()
    if found is None:
        raise Refused("There is no such person.", field="user", rule="an active user")
    return found
