"""A coupon or the redemption of one token: the record, the total and how it was rounded, the funds, the release."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import HashField, MinorField, Uint256Field
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard, altered

servicing_machine = Machine(
    field="state",
    transitions={
        "OPEN": {"RECORDED"},
        "RECORDED": {"RELEASED", "CLOSED"},
        "RELEASED": {"CLOSED"},
        "CLOSED": set(),
    },
)

# What is written once, by column: from the start, from the record on, from the moment it is set.
_FROM_THE_START = (
    "token_id", "kind", "sequence", "rail", "period_start", "period_end", "rate_numerator", "rate_denominator",
    "rounding", "tax_rounding", "record_at", "payment_date",
)  # fmt: skip
_FROM_THE_RECORD = (
    "record_block_number", "record_block_hash", "total_minor", "net_minor", "tax_minor", "suspense_minor",
    "residual_minor",
)  # fmt: skip
_ONCE_SET = ("burn_approval_id", "release_approval_id")

_EVENT_FIXED = f"""
    IF {altered(*_FROM_THE_START)} OR OLD.state = 'CLOSED'
       OR (OLD.state <> 'OPEN' AND (NEW.state = 'OPEN' OR {altered(*_FROM_THE_RECORD)}))
       OR {" OR ".join(f"(OLD.{column} IS NOT NULL AND {altered(column)})" for column in _ONCE_SET)} THEN
        RAISE EXCEPTION 'servicing_event_is_fixed: what was recorded, approved or released is never written again'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# Once per event and not once per line: nobody can add a line afterwards, and no line ever changes.
_CONSERVED = """
    IF NEW.state = 'RECORDED' AND OLD.state = 'OPEN' THEN
        SELECT coalesce(sum(units + disputed_units), 0) AS units, coalesce(sum(net_minor), 0) AS net,
               coalesce(sum(tax_minor), 0) AS tax, coalesce(sum(suspense_minor), 0) AS suspense, count(*) AS lines,
               count(*) FILTER (WHERE units > 0 AND burn_instruction_id IS NULL) AS unburned, count(burn_instruction_id)
               AS burned INTO sums FROM servicing_entitlement WHERE event_id = NEW.id;
        IF (sums.net, sums.tax, sums.suspense) IS DISTINCT FROM (NEW.net_minor, NEW.tax_minor, NEW.suspense_minor)
           OR NEW.net_minor + NEW.tax_minor + NEW.suspense_minor + NEW.residual_minor <> NEW.total_minor
           OR NEW.total_minor <> div(2 * sums.units * NEW.rate_numerator + NEW.rate_denominator,
                                     2 * NEW.rate_denominator)
           OR abs(NEW.residual_minor) > 2 * sums.lines THEN
            RAISE EXCEPTION 'servicing_event_conserves: net + tax + suspense + residual is the total, to the minor unit'
                USING ERRCODE = 'check_violation';
        END IF;
        IF (NEW.kind = 'REDEMPTION' AND sums.unburned > 0) OR (NEW.kind = 'COUPON' AND sums.burned > 0) THEN
            RAISE EXCEPTION 'servicing_event_conserves: a redemption burns the units it repays, a coupon burns none'
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state = 'RELEASED' AND OLD.state = 'RECORDED' THEN
        SELECT coalesce((SELECT sum(p.amount_minor) FROM servicing_payment p JOIN servicing_entitlement e
                         ON e.id = p.entitlement_id WHERE e.event_id = NEW.id), 0) AS paid,
               coalesce((SELECT sum(amount_minor) FROM servicing_funding WHERE event_id = NEW.id), 0) AS funded
               INTO sums;
        IF sums.paid <> NEW.net_minor THEN
            RAISE EXCEPTION 'servicing_event_conserves: the payments of an event are what is net due, to the minor unit'
                USING ERRCODE = 'check_violation';
        END IF;
        IF sums.funded <> NEW.total_minor - least(NEW.residual_minor, 0) THEN
            RAISE EXCEPTION 'servicing_event_conserves: nothing is released before the whole total is funded'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
"""


class Rounding(models.TextChoices):
    HALF_UP = "HALF_UP", "to the nearest minor unit, halves up"
    DOWN = "DOWN", "down to the minor unit"
    UP = "UP", "up to the minor unit"


class ServicingEvent(models.Model):
    """One coupon or the redemption of one token.

    A unit earns `rate_numerator` / `rate_denominator` minor units, exactly. Each holder's amount is rounded half up,
    the tax on it by `tax_rounding`; `total_minor` is the rate on all units together, rounded once, and
    `residual_minor` is what the rounding of the lines leaves of it (below zero: the treasury adds it). Record block:
    the last one stamped at or before `record_at`, named once final.
    """

    class Kind(models.TextChoices):
        COUPON = "COUPON", "coupon"
        REDEMPTION = "REDEMPTION", "redemption"

    class Rail(models.TextChoices):
        BANK = "BANK", "by bank"
        TOKEN = "TOKEN", "in cash tokens, else by bank"  # noqa: S105 not a password

    class State(models.TextChoices):
        OPEN = "OPEN"
        RECORDED = "RECORDED"
        RELEASED = "RELEASED"
        CLOSED = "CLOSED"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="servicing_events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sequence = models.PositiveSmallIntegerField(default=1)
    rail = models.CharField(max_length=5, choices=Rail.choices, default=Rail.BANK)
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    rate_numerator = Uint256Field()
    rate_denominator = Uint256Field(default=1)
    rounding = models.CharField(max_length=8, choices=Rounding.choices, default=Rounding.HALF_UP)
    tax_rounding = models.CharField(max_length=8, choices=Rounding.choices, default=Rounding.HALF_UP)
    record_at = models.DateTimeField()
    payment_date = models.DateField()
    record_block_number = models.BigIntegerField(null=True)
    record_block_hash = HashField(null=True)
    total_minor = MinorField(null=True)
    net_minor = MinorField(null=True)
    tax_minor = MinorField(null=True)
    suspense_minor = MinorField(null=True)
    residual_minor = MinorField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    burn_approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    release_approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            servicing_machine.constraint("servicing_event_state"),
            models.UniqueConstraint(name="servicing_event_once", fields=["token", "kind", "sequence"]),
            models.CheckConstraint(
                name="servicing_event_kind",
                condition=Q(kind="REDEMPTION", sequence=1, period_start__isnull=True, period_end__isnull=True)
                | Q(kind="COUPON", sequence__gte=1, period_start__lt=F("period_end")),
            ),
            models.CheckConstraint(
                name="servicing_event_rate",
                condition=Q(rate_numerator__gt=0, rate_denominator__gt=0, rounding="HALF_UP")
                & Q(tax_rounding__in=Rounding.values, rail__in=("BANK", "TOKEN")),
            ),
            models.CheckConstraint(
                name="servicing_event_recorded_has_block",
                condition=Q(state="OPEN")
                | Q(
                    record_block_number__isnull=False,
                    record_block_hash__isnull=False,
                    total_minor__isnull=False,
                    net_minor__gte=0,
                    tax_minor__gte=0,
                    suspense_minor__gte=0,
                    residual_minor__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="servicing_event_released_by_approval",
                condition=Q(state__in=["OPEN", "RECORDED"])
                | Q(release_approval__isnull=False)
                | Q(state="CLOSED", total_minor=0),
            ),
        ]
        triggers = [
            *no_delete("servicing_event_is_kept"),
            Guard(
                name="servicing_event_begins_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.state <> 'OPEN' OR NEW.burn_approval_id IS NOT NULL
                       OR NEW.release_approval_id IS NOT NULL THEN
                        RAISE EXCEPTION 'servicing_event_begins_open: an event is created as OPEN'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="servicing_event_is_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_EVENT_FIXED,
            ),
            Guard(
                name="servicing_event_conserves",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=[("sums", "record")],
                func=_CONSERVED,
            ),
        ]

    @property
    def title(self) -> str:
        """What it is called on pages and in entries."""
        return f"Coupon {self.sequence}" if self.kind == self.Kind.COUPON else "Redemption"

    @property
    def to_fund_minor(self) -> int:
        """What the treasury has to bring: the total, and what rounding gives to the holders beyond it."""
        return (self.total_minor or 0) - min(self.residual_minor or 0, 0)

    def __str__(self) -> str:
        return f"{self.title.lower()} of token {self.token_id}, {self.state}"


class Funding(AppendOnly):
    """The treasury's money for one event: as the settlement account received it, in as many parts as it comes, or in
    cash tokens that the treasury's wallet holds, for what goes to wallets."""

    class Medium(models.TextChoices):
        BANK = "BANK", "bank money"
        TOKEN = "TOKEN", "cash tokens"  # noqa: S105 not a password

    event = models.ForeignKey(ServicingEvent, on_delete=models.PROTECT, related_name="fundings")
    medium = models.CharField(max_length=5, choices=Medium.choices, default=Medium.BANK)
    bank_reference = models.CharField(max_length=64)
    amount_minor = MinorField()
    cash_entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(name="funding_medium", condition=Q(medium__in=("BANK", "TOKEN"))),
            models.UniqueConstraint(name="funding_in_tokens_once", fields=["event"], condition=Q(medium="TOKEN")),
            models.UniqueConstraint(name="funding_once_per_reference", fields=["event", "bank_reference"]),
            models.CheckConstraint(name="funding_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} under {self.bank_reference}"
