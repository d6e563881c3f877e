"""The approval that decides an auction: it binds book and result by their hashes, and every allotment as a leaf."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from issuance.allotment.decisions.clearing import cleared
from issuance.allotment.decisions.effect import Effect, decision_preview, lines_of
from issuance.allotment.decisions.figures import NONE, ceilings_of, figures_of
from issuance.allotment.decisions.services import ACTION
from issuance.allotment.models import Allotment, AuctionDecision
from issuance.auction.models import Auction, auction_machine
from issuance.authority.drafts import money
from issuance.headroom.services import commitments_take
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows


class AuctionAllot:
    """Payload: {"auction", "accept", "document_sha256", "result_sha256", "more_than_target_reason"}.

    Everything is cleared again wherever it is looked at; a book or a result other than the one proposed is a Conflict.
    """

    name: ClassVar[str] = ACTION
    title: ClassVar[str] = "Decide an auction"
    maker_power: ClassVar[Power] = Power.ALLOT_DRAFT
    checker_power: ClassVar[Power] = Power.ALLOT_APPROVE
    two_houses: ClassVar[bool] = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        self._effect(payload, now=now)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        effect = self._effect(payload, now=now)
        rows = [*figures_of(effect), *ceilings_of(effect)]
        if payload["more_than_target_reason"]:
            rows.append(("Why more than the target", NONE, str(payload["more_than_target_reason"])))
        return Preview(rows, list(effect.warnings))

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        """The result first, then each allotment by its bid, best first: nobody is named, a bid names its bidder."""
        auction = _auction(payload)
        bodies = [{name: payload[name] for name in ("auction", "document_sha256", "result_sha256")}]
        bodies[0] |= {"kind": "RESULT"}
        for line in lines_of(auction, cleared(auction, payload["accept"])):
            bodies.append(
                {
                    "kind": "ALLOT",
                    "auction": auction.pk,
                    "bid": line.bid.pk,
                    "units": line.units,
                    "price": str(line.price),
                    "amount_minor": line.proceeds_minor,
                    "currency": auction.series.currency,
                }
            )
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body) for body in bodies]

    def subject(self, payload: Payload) -> str:
        return str(_auction(payload))

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        """Clear again under lock, take headroom for every line, write decision and allotments, move the auction."""
        lock_rows(Auction.objects.filter(pk=payload["auction"]))
        effect = self._effect(payload, now=now)
        _record(effect, payload, approval, actor, now)
        if effect.lines:
            _allot(effect, approval, actor, now)
        to, reason = ("ALLOTTED", "") if effect.lines else ("REJECTED", "all rejected, ")
        audit.move(auction_machine, effect.auction, to, actor=actor, now=now, reason=f"{reason}approval {approval.pk}")

    @staticmethod
    def _effect(payload: Payload, *, now: datetime) -> Effect:
        effect = decision_preview(_auction(payload), payload["accept"], now=now)
        proposed = (payload["document_sha256"], payload["result_sha256"])
        if (effect.cleared.document_sha256, effect.cleared.result_sha256) != proposed:
            raise Conflict(
                f"Clearing {effect.auction} now gives another result than the one proposed.",
                field="result_sha256",
                rule="auction.result",
                next_step="Withdraw this proposal, look at the book and propose again.",
            )
        if effect.above_target_minor and not payload["more_than_target_reason"]:
            raise Refused(
                f"This takes {money(effect.above_target_minor, effect.auction.series.currency)} more than announced.",
                field="more_than_target_reason",
                rule="auction.more_than_target",
                next_step="Say why more than the target is taken.",
            )
        if effect.excess:
            raise effect.excess
        return effect


def _auction(payload: Payload) -> Auction:
    rows = Auction.objects.select_related("series__programme__envelope__authority")
    row = rows.filter(pk=payload.get("auction", 0)).first()
    if row is None:
        raise Refused(f"There is no auction {payload.get('auction')}.", field="auction", rule="auction.exists")
    return row


def _record(effect: Effect, payload: Payload, approval: Approval, actor: User, now: datetime) -> None:
    AuctionDecision.objects.create(
        auction=effect.auction,
        accept=payload["accept"],
        document=effect.cleared.document,
        document_sha256=effect.cleared.document_sha256,
        result=effect.cleared.text,
        result_sha256=effect.cleared.result_sha256,
        more_than_target_reason=payload["more_than_target_reason"],
        approval=approval,
        made_by=approval.maker,
        made_at=now,
    )
    said = {name: payload[name] for name in ("accept", "document_sha256", "result_sha256", "more_than_target_reason")}
    audit.record(actor=actor, action="auction.decide", subject=str(effect.auction), body=said, now=now)


def _allot(effect: Effect, approval: Approval, actor: User, now: datetime) -> None:
    auction = effect.auction
    taken = commitments_take(
        series=auction.series,
        settles_on=auction.settlement_date,
        takes=[line.take for line in effect.lines],
        actor=actor,
        now=now,
    )
    Allotment.objects.bulk_create(
        Allotment(
            series=auction.series,
            settlement_date=auction.settlement_date,
            price=line.price,
            accrued_minor=line.accrued_minor,
            bid=line.bid,
            party=line.bid.bidder,
            units=line.units,
            face_minor=line.face_minor,
            proceeds_minor=line.proceeds_minor,
            commitment=commitment,
            approval=approval,
        )
        for line, commitment in zip(effect.lines, taken, strict=True)
    )
