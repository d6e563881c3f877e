"""An offer at a fixed price, the decision on an auction, and what a party was allotted by the one or the other."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from issuance.allotment.guards import (
    allots_whole,
    as_decided,
    follows_source,
    of_a_closed_auction,
    unit_price_times_units,
    yield_of_debt,
)
from issuance.auction.models import Auction
from issuance.authority.guards import terms_frozen
from issuance.bid.models import Bid
from issuance.headroom.models import Commitment
from issuance.series.models import Series
from tokenization.identity.models import Approval, Party, User
from tokenization.identity.models.approval import Sha256Hex
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import HashField, MinorField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

offer_machine = Machine(
    field="state",
    transitions={
        "DRAFT": {"OPEN", "REJECTED"},
        "OPEN": {"CLOSED", "REJECTED"},
        "CLOSED": {"ALLOTTED", "REJECTED"},
        "ALLOTTED": set(),
        "REJECTED": set(),
    },
)
allotment_machine = Machine(
    field="state",
    transitions={
        "ALLOTTED": {"PAID", "LAPSED", "WITHDRAWN"},
        # ALLOTTED again: what had been typed as its payment did not come.
        "PAID": {"SETTLED", "WITHDRAWN", "ALLOTTED"},
        "SETTLED": set(),
        "LAPSED": set(),
        "WITHDRAWN": set(),
    },
)


OFFER_TERMS = ("series_id", "price", "yield_pct", "settlement_date", "target_units")


class Offer(models.Model):
    """A fixed-price sale of one series: price per 100 face, 4 dp, with the yield it stands for.

    A reserve-backed series has a price of one unit in its payment currency, and no yield.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="offers")
    price = models.DecimalField(max_digits=12, decimal_places=4)
    yield_pct = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    settlement_date = models.DateField()
    target_units = models.BigIntegerField()
    state = models.CharField(max_length=10, default="DRAFT", choices=offer_machine.choices())

    TERMS = OFFER_TERMS

    class Meta:
        ordering = ["-settlement_date", "id"]
        constraints = [
            offer_machine.constraint("offer_state"),
            models.CheckConstraint(condition=Q(price__gt=0), name="offer_price_positive"),
            models.CheckConstraint(condition=Q(target_units__gt=0), name="offer_target_positive"),
        ]
        triggers = [
            *no_delete("offer"),
            terms_frozen("offer_terms_frozen", OFFER_TERMS),
            yield_of_debt("offer_yield_of_debt"),
        ]

    def __str__(self) -> str:
        return f"{self.series.isin} at {self.price} settling {self.settlement_date}"


class AuctionDecision(AppendOnly):
    """What two persons decided on an auction, with all that is needed to clear it again.

    `document` is what `manage.py clear_auction` reads, `result` what it prints, byte for byte. `accept` null: all bids
    rejected. More face than the announced target is taken for a reason that is written here.
    """

    auction = models.OneToOneField(Auction, on_delete=models.PROTECT, related_name="decision")
    accept = models.JSONField(null=True)
    document = models.TextField()
    document_sha256 = HashField()
    result = models.TextField()
    result_sha256 = HashField()
    more_than_target_reason = models.CharField(max_length=500, blank=True)
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(document_sha256=Sha256Hex(F("document")), result_sha256=Sha256Hex(F("result"))),
                name="decision_matches_its_hashes",
            ),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            of_a_closed_auction("decision_of_a_closed_auction"),
            allots_whole("decision_allots_whole"),
        ]

    def __str__(self) -> str:
        return f"Decision on {self.auction}"


class Allotment(models.Model):
    """What one party gets of a series, backed by one commitment of headroom. Only `state` ever changes.

    `price` is what is paid per 100 face (clean, for a bond), or for one unit of a reserve-backed series. All money due
    is `proceeds_minor` in the payment currency, `accrued_minor` of it the interest accrued. Series, date and price are
    those of its source, which the database compares.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="allotments")
    settlement_date = models.DateField()
    price = models.DecimalField(max_digits=12, decimal_places=4)
    accrued_minor = MinorField(default=0)
    offer = models.ForeignKey(Offer, null=True, on_delete=models.PROTECT, related_name="allotments")
    bid = models.OneToOneField(Bid, null=True, on_delete=models.PROTECT, related_name="allotment")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="allotments")
    units = models.BigIntegerField()
    face_minor = MinorField()
    proceeds_minor = MinorField()
    state = models.CharField(max_length=10, default="ALLOTTED", choices=allotment_machine.choices())
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, related_name="allotment")
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["settlement_date", "id"]
        constraints = [
            allotment_machine.constraint("allotment_state"),
            models.UniqueConstraint(fields=["offer", "party"], name="allotment_once_per_party"),
            models.CheckConstraint(
                condition=Q(offer__isnull=False, bid__isnull=True) | Q(offer__isnull=True, bid__isnull=False),
                name="allotment_one_source",
            ),
            models.CheckConstraint(condition=Q(price__gt=0), name="allotment_price_positive"),
            models.CheckConstraint(condition=Q(accrued_minor__lt=F("proceeds_minor")), name="allotment_accrued_within"),
            models.CheckConstraint(condition=Q(units__gt=0), name="allotment_units_positive"),
            models.CheckConstraint(condition=Q(proceeds_minor__gt=0), name="allotment_proceeds_positive"),
            models.CheckConstraint(condition=Q(face_minor__gte=F("units")), name="allotment_face_covers_units"),
        ]
        triggers = [
            *no_delete("allotment"),
            Guard(
                name="allotment_only_state_moves",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF to_jsonb(OLD) - 'state' <> to_jsonb(NEW) - 'state' THEN
                        RAISE EXCEPTION 'allotment_only_state_moves: an allotment changes nothing but its state'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'allotment_only_state_moves';
                    END IF;
                    RETURN NEW;
                """,
            ),
            follows_source("allotment_follows_source"),
            as_decided("allotment_as_decided"),
            unit_price_times_units("allotment_unit_price_times_units"),
        ]

    def __str__(self) -> str:
        return f"{self.party.reference}: {self.units:,} of {self.series.isin}"
