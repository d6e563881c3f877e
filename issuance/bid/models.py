"""Bids, sealed until the close, and who may bid through whom. A change of mind is a row of its own."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from issuance.auction.models import Auction
from issuance.bid.guards import MANDATE_GUARDS, bid_in_time, bid_replaces_its_own, bidder_admitted
from tokenization.files.models import StoredFile
from tokenization.identity.models import Party, User
from tokenization.identity.models.approval import Sha256Hex
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import HashField, MinorField

REFERENCE_LONGEST = 35
KEY_LONGEST = 100


class DealerClient(models.Model):
    """A client's mandate to a dealer to bid for it, from `valid_from` until `valid_until` (null: until it is ended)."""

    dealer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="client_mandates")
    client = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="dealer_mandates")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["dealer", "client", "-valid_from"]
        indexes = [models.Index(fields=["dealer", "client", "valid_from"], name="mandate_of_pair")]
        constraints = [
            models.UniqueConstraint(
                fields=["dealer", "client"], condition=Q(valid_until__isnull=True), name="mandate_open_once"
            ),
            models.CheckConstraint(condition=~Q(dealer=F("client")), name="mandate_of_two"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")), name="mandate_dates"
            ),
        ]
        triggers = [*no_delete("mandate"), *MANDATE_GUARDS]

    def __str__(self) -> str:
        return f"{self.dealer.reference} for {self.client.reference}"


class Bid(AppendOnly):
    """One word of a bidder: a bid, an amendment or a withdrawal of the row it names.

    Before the close nobody reads it but its dealer and its bidder (selectors.py). `face_minor` is 0 on a withdrawal.
    `body` holds a salt, so that its hash, which the audit log shows at once, gives nothing away.
    """

    class Kind(models.TextChoices):
        BID = "BID", "Bid"
        AMEND = "AMEND", "Amendment"
        WITHDRAW = "WITHDRAW", "Withdrawal"

    class Source(models.TextChoices):
        FILE = "FILE", "Bid file"
        PORTAL = "PORTAL", "Investor portal"
        API = "API", "Interface"

    auction = models.ForeignKey(Auction, on_delete=models.PROTECT, related_name="bids")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    dealer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="bids_sent")
    bidder = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="bids")
    competitive = models.BooleanField()
    face_minor = MinorField()
    price = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    yield_pct = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    reference = models.CharField(max_length=REFERENCE_LONGEST, blank=True)
    idempotency_key = models.CharField(max_length=KEY_LONGEST)
    body = models.TextField(help_text="Canonical JSON, as received")
    body_hash = HashField(unique=True)
    received_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source.choices)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField(null=True)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        ordering = ["auction", "id"]
        indexes = [models.Index(fields=["auction", "bidder"], name="bid_of_bidder")]
        constraints = [
            models.UniqueConstraint(fields=["dealer", "idempotency_key"], name="bid_key_once"),
            models.UniqueConstraint(
                fields=["auction", "dealer", "reference"],
                condition=Q(kind="BID") & ~Q(reference=""),
                name="bid_reference_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=["BID", "AMEND", "WITHDRAW"]), name="bid_kind_known"),
            models.CheckConstraint(condition=Q(source__in=["FILE", "PORTAL", "API"]), name="bid_source_known"),
            models.CheckConstraint(
                condition=Q(kind="BID", replaces__isnull=True) | (~Q(kind="BID") & Q(replaces__isnull=False)),
                name="bid_replaces_when_it_changes",
            ),
            models.CheckConstraint(
                condition=Q(kind="WITHDRAW", face_minor=0, price__isnull=True, yield_pct__isnull=True)
                | (~Q(kind="WITHDRAW") & Q(face_minor__gt=0)),
                name="bid_face_positive",
            ),
            models.CheckConstraint(
                condition=Q(kind="WITHDRAW")
                | Q(competitive=False, price__isnull=True, yield_pct__isnull=True)
                | (Q(competitive=True) & (Q(price__isnull=False) | Q(yield_pct__isnull=False))),
                name="bid_competitive_has_a_price",
            ),
            models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gt=0), name="bid_price_positive"),
            models.CheckConstraint(
                condition=Q(source="FILE", file__isnull=False, line__isnull=False)
                | (~Q(source="FILE") & Q(file__isnull=True, line__isnull=True)),
                name="bid_file_has_a_line",
            ),
            models.UniqueConstraint(fields=["auction", "file", "line"], name="bid_line_once"),
            models.CheckConstraint(condition=~Q(idempotency_key=""), name="bid_has_a_key"),
            models.CheckConstraint(condition=Q(body_hash=Sha256Hex(F("body"))), name="bid_body_matches_hash"),
        ]
        triggers = [*AppendOnly.Meta.triggers, bid_in_time(), bid_replaces_its_own(), bidder_admitted()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
