"""An examiner's word about what backs a token: his figures, his signature, and how far they are on the chain."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from custody.reserves.attested import ATTESTATION_GUARDS
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import AddressField, HashField, MinorField
from tokenization.kernel.states import Machine

attestation_machine = Machine(
    field="state",
    transitions={
        "DRAFT": {"RECEIVED", "DISCARDED"},
        "RECEIVED": {"RELAYED"},
        "RELAYED": {"IN_FORCE", "FAILED"},
        "IN_FORCE": set(),
        "FAILED": set(),
        "DISCARDED": set(),
    },
)


class ExaminerKey(AppendOnly):
    """An address whose EIP-712 signature counts as this examiner's; the chain knows it by its role EXAMINER."""

    examiner = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="examiner_keys")
    address = AddressField(unique=True)
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, related_name="+")
    enrolled_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address


class ReserveAttestation(models.Model):
    """One attestation. `claimed_minor` is what the vaults' lists say, `quantity_minor` what the examiner attests.

    DRAFT: nobody has signed. RECEIVED: signed. RELAYED: on its way to the chain. IN_FORCE: its log is final; nothing
    counts before. The one in force of a token is that with the highest number.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "to be signed"
        RECEIVED = "RECEIVED", "signed"
        RELAYED = "RELAYED", "on its way to the chain"
        IN_FORCE = "IN_FORCE", "on chain, final"
        FAILED = "FAILED", "the chain did not take it"
        DISCARDED = "DISCARDED", "never signed"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="attestations")
    number = models.PositiveIntegerField()
    examiner = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="attestations")
    claimed_minor = MinorField()
    quantity_minor = MinorField()
    encumbered_minor = MinorField()
    as_of = models.DateTimeField()
    expiry = models.DateTimeField()
    scope = models.CharField(max_length=500)
    standard = models.CharField(max_length=200)
    report = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    report_hash = HashField()
    drafted_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signature = models.CharField(max_length=132, blank=True)
    signer = AddressField(null=True)
    received_at = models.DateTimeField(null=True)
    intent = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["token", "number"]
        constraints = [
            attestation_machine.constraint("reserve_attestation_state"),
            models.UniqueConstraint(name="reserve_attestation_number_once", fields=["token", "number"]),
            models.CheckConstraint(
                name="reserve_attestation_figures",
                condition=Q(number__gte=1, encumbered_minor__gte=0, quantity_minor__gte=F("encumbered_minor"))
                & Q(quantity_minor__lte=F("claimed_minor"), expiry__gt=F("as_of")),
            ),
            models.CheckConstraint(
                name="reserve_attestation_signed",
                condition=Q(state__in=["DRAFT", "DISCARDED"], signature="", signer__isnull=True, intent__isnull=True)
                | Q(state="RECEIVED", signer__isnull=False, received_at__isnull=False) & ~Q(signature="")
                | Q(state__in=["RELAYED", "IN_FORCE", "FAILED"], signer__isnull=False, intent__isnull=False)
                & ~Q(signature=""),
            ),
        ]
        triggers = [*no_delete("reserve_attestation_is_kept"), *ATTESTATION_GUARDS]

    def __str__(self) -> str:
        return f"attestation {self.number} of token {self.token_id}, {self.get_state_display()}"


class EncumbranceRaise(AppendOnly):
    """What is held against a reserve from an instant on, raised at once, without waiting for an examiner.

    `encumbered_minor` is the whole figure, `added_minor` what came on top. An attestation as of a later instant
    replaces it.
    """

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="encumbrance_raises")
    sequence = models.PositiveIntegerField()
    added_minor = MinorField()
    encumbered_minor = MinorField()
    basis = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300)
    salt = HashField()
    intent = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["token", "sequence"]
        constraints = [
            models.UniqueConstraint(name="encumbrance_raise_once", fields=["token", "sequence"]),
            models.CheckConstraint(
                name="encumbrance_raise_goes_up",
                condition=Q(added_minor__gt=0, encumbered_minor__gte=F("added_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.encumbered_minor} held against token {self.token_id}"
