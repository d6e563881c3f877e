"""Approvals that announce an auction, and that cancel one before its close."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from issuance.auction.models import Auction, auction_machine
from issuance.auction.rules import check_auction
from issuance.auction.selectors import auction_rule
from issuance.authority.drafts import DraftAction, money
from issuance.headroom.selectors import headroom_table
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, Party, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.states import Machine
from tokenization.kernel.writing import day, when

Rows = list[tuple[str, str, str]]


class AuctionAnnounce(DraftAction[Auction]):
    name: ClassVar[str] = "issuance.auction.announce"
    title: ClassVar[str] = "Announce an auction"
    maker_power: ClassVar[Power] = Power.AUCTION_DRAFT
    checker_power: ClassVar[Power] = Power.AUCTION_APPROVE
    model = Auction
    machine: ClassVar[Machine] = auction_machine
    approved_state: ClassVar[str] = "ANNOUNCED"

    def check_row(self, row: Auction, *, now: datetime) -> None:
        check_auction(row)
        if row.series.state not in {"APPROVED", "LIVE"}:
            raise Refused(f"Series {row.series} is not approved.", field="series", rule="series.approved")
        if now >= row.closes_at:
            raise Refused(
                f"Bidding in {row} would have ended already.",
                field="closes_at",
                rule="auction.closes_at",
                next_step="Draft it again with a later close.",
            )

    def preview_rows(self, row: Auction, *, now: datetime) -> tuple[Rows, list[str]]:
        rule, currency, named = auction_rule(row), row.series.currency, dict(Party.Category.choices)
        rows: Rows = [
            ("Target", "-", money(row.target_minor, currency)),
            ("Rule", "-", f"{rule.name}: {rule.pricing.lower()} price, bids in {rule.variable.lower()}"),
            ("Bids from", "-", when(row.opens_at)),
            ("Bids until", "-", when(row.closes_at)),
            ("Settlement", "-", day(row.settlement_date)),
            ("Bid directly", "-", ", ".join(named[code] for code in row.direct_categories)),
        ]
        table = headroom_table(row.series, on=row.settlement_date)
        rows += [(f"Free: {level.level} {level.label}", level.amount(level.free), "unchanged") for level in table]
        warnings = [level.warning for level in table if level.warning]
        if now > row.opens_at:
            warnings.append("Its opening has passed: bids are taken as soon as this is approved.")
        own = table[-1]
        if row.target_minor > own.free * row.series.denomination_minor:
            warnings.append(f"The target is above what the series has free: {own.amount(own.free)}.")
        return rows, warnings


class AuctionCancel:
    """Payload: {"auction", "state", "reason"}: as the maker saw it. Bids already made count for nothing."""

    name: ClassVar[str] = "issuance.auction.cancel"
    title: ClassVar[str] = "Cancel an auction"
    maker_power: ClassVar[Power] = Power.AUCTION_DRAFT
    checker_power: ClassVar[Power] = Power.AUCTION_APPROVE
    two_houses: ClassVar[bool] = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        row = self._row(payload)
        if not str(payload.get("reason", "")).strip():
            raise Refused("Say why.", field="reason", rule="auction.cancel_reason")
        if row.state == "ANNOUNCED" and now >= row.closes_at:
            raise Refused(
                f"Bidding in {row} has ended.",
                field="closes_at",
                rule="auction.closes_at",
                next_step="Decide on its bids; rejecting all of them is a decision too.",
            )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        row = self._row(payload)
        said = [("State", row.get_state_display(), "Cancelled"), ("Reason", "-", str(payload["reason"]))]
        return Preview(said, ["Bids already made count for nothing."] if row.state == "ANNOUNCED" else [])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(payload)), body=dict(payload))]

    def subject(self, payload: Payload) -> str:
        return str(Auction.objects.select_related("series").filter(pk=payload.get("auction", 0)).first())

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        lock_rows(Auction.objects.filter(pk=payload["auction"]))
        self.check(payload, now=now)
        row, reason = self._row(payload), f"approval {approval.pk}: {payload['reason']}"
        audit.move(auction_machine, row, "CANCELLED", actor=actor, now=now, reason=reason)

    @staticmethod
    def _row(payload: Payload) -> Auction:
        row = Auction.objects.select_related("series").filter(pk=payload.get("auction", 0)).first()
        if row is None:
            raise Refused(f"There is no auction {payload.get('auction')}.", field="auction", rule="auction.exists")
        if row.state != payload.get("state") or not auction_machine.allows(row.state, "CANCELLED"):
            raise Conflict(f"{row} is {row.state.lower()}.", field="state", rule="auction.cancel")
        return row
