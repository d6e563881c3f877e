"""What the registrar confirmed and released, the cap that follows from it, and the depository's statements.

RegistryConfirmation.instruction by kind: IMMOBILISE -> the CONFIRM instruction (whose `linked_to` is the ISSUE),
EXTINGUISH -> the REDEEM instruction, WITHDRAW -> the WITHDRAW instruction.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from custody.instructions.models import Instruction
from custody.registries.bank.models import (
    BankEntry,
    BankNotification,
    BankStatement,
    BankStatementLine,
    SettlementAccount,
)
from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.fields import AddressField, HashField
from tokenization.kernel.triggers import Guard


class RegistrarKey(models.Model):
    """An address whose EIP-712 signature counts as the registrar's, from when until when."""

    address = AddressField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="registrar_key_period", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))
            ),
            models.UniqueConstraint(name="registrar_key_once", fields=["address", "valid_from"]),
        ]

    def __str__(self) -> str:
        return self.address


class ConfirmationRequest(models.Model):
    """What the registrar is asked to sign: the salt keeps its registry reference unguessable on chain."""

    instruction = models.OneToOneField(Instruction, on_delete=models.PROTECT, related_name="confirmation_request")
    salt = HashField()
    valid_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"request for {self.instruction_id}"


class RegistryConfirmation(AppendOnly):
    """One word of the registrar about one instruction. IMMOBILISE raises the cap; the others release after finality."""

    class Kind(models.TextChoices):
        IMMOBILISE = "IMMOBILISE"
        EXTINGUISH = "EXTINGUISH"
        DETOKENISE = "DETOKENISE"
        WITHDRAW = "WITHDRAW"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="confirmations")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    instruction = models.OneToOneField(Instruction, on_delete=models.PROTECT, related_name="registry_confirmation")
    units = models.BigIntegerField()
    registry_reference = models.CharField(max_length=64)
    # Signed again because the chain never took the first: the same blocking in the registry, counted once.
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    reference_hash = HashField()
    valid_until = models.DateTimeField(null=True)
    signature = models.CharField(max_length=132, blank=True)
    signer_address = AddressField(null=True)
    confirmed_at = models.DateTimeField()
    recorded_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                name="registry_reference_once",
                fields=["token", "kind", "registry_reference"],
                condition=Q(replaces__isnull=True),
            ),
            models.CheckConstraint(name="registry_confirmation_positive", condition=Q(units__gte=1)),
            models.CheckConstraint(
                name="registry_immobilise_is_signed",
                condition=~Q(kind="IMMOBILISE") | (Q(signer_address__isnull=False) & ~Q(signature="")),
            ),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            Guard(
                name="registry_confirmation_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM instructions_instruction i
                        WHERE i.id = NEW.instruction_id AND i.token_id = NEW.token_id AND i.units = NEW.units
                        AND CASE NEW.kind
                            WHEN 'IMMOBILISE' THEN i.kind = 'CONFIRM' AND i.state = 'DRAFT'
                            WHEN 'WITHDRAW' THEN i.kind = 'WITHDRAW' AND i.state = 'DONE'
                            ELSE i.kind = 'REDEEM' AND i.state = 'DONE'
                        END
                    ) THEN
                        RAISE EXCEPTION 'registry_confirmation_fits: before the mint or after the final log, same units'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM registries_registryconfirmation c
                        JOIN instructions_instruction first ON first.id = c.instruction_id
                        JOIN instructions_instruction i ON i.id = NEW.instruction_id
                        WHERE c.id = NEW.replaces_id AND c.kind = 'IMMOBILISE' AND NEW.kind = 'IMMOBILISE'
                        AND c.token_id = NEW.token_id AND c.registry_reference = NEW.registry_reference
                        AND first.state = 'REJECTED' AND first.linked_to_id = i.linked_to_id
                    ) THEN
                        RAISE EXCEPTION 'registry_confirmation_fits: replaces a rejected one of the same issue'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="registry_confirmation_raises_cap",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.kind = 'IMMOBILISE'"),
                func="""
                    INSERT INTO registries_capaccount (token_id, confirmed, withdrawn, issued)
                    VALUES (NEW.token_id, NEW.units, 0, 0)
                    ON CONFLICT (token_id) DO UPDATE SET confirmed = registries_capaccount.confirmed + NEW.units;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.units} units, {self.registry_reference}"


class CapAccount(models.Model):
    """Cumulative units per token: what may be minted. Only confirmations and instructions move it, by trigger."""

    token = models.OneToOneField("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="cap_account")
    confirmed = models.BigIntegerField(default=0)
    withdrawn = models.BigIntegerField(default=0)
    issued = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cap_not_negative", condition=Q(confirmed__gte=0, withdrawn__gte=0, issued__gte=0)
            ),
            models.CheckConstraint(name="cap_covers_issued", condition=Q(issued__lte=F("confirmed") - F("withdrawn"))),
        ]
        triggers = [
            Guard(
                name="cap_moves_with_its_cause",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION 'cap_moves_with_its_cause: only a confirmation or an instruction moves the cap'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"token {self.token_id}: {self.confirmed} - {self.withdrawn} confirmed, {self.issued} issued"


class CapReservation(Instruction):
    """The instruction seen from the cap: leaving for the chain takes from it, a rejected issue gives back.

    A rejected confirmation lowers it again: it will never raise the chain's.
    """

    class Meta:
        proxy = True
        triggers = [
            Guard(
                name="cap_follows_instruction",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state IS DISTINCT FROM NEW.state"),
                declare=[("change", "bigint")],
                func="""
                    IF NEW.kind = 'CONFIRM' AND NEW.state = 'SENT' AND NOT EXISTS (
                        SELECT 1 FROM registries_registryconfirmation c WHERE c.instruction_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION 'cap_follows_instruction: the registrar has not confirmed this instruction'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF NEW.kind = 'CONFIRM' AND NEW.state = 'REJECTED' THEN
                        UPDATE registries_capaccount SET confirmed = confirmed - NEW.units
                        WHERE token_id = NEW.token_id;
                        RETURN NULL;
                    END IF;
                    IF NEW.kind NOT IN ('ISSUE', 'WITHDRAW') OR NEW.state NOT IN ('SENT', 'REJECTED') THEN
                        RETURN NULL;
                    END IF;
                    change := CASE NEW.state WHEN 'SENT' THEN NEW.units ELSE -NEW.units END;
                    UPDATE registries_capaccount
                    SET issued = issued + CASE NEW.kind WHEN 'ISSUE' THEN change ELSE 0 END,
                        withdrawn = withdrawn + CASE NEW.kind WHEN 'WITHDRAW' THEN change ELSE 0 END
                    WHERE token_id = NEW.token_id;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'cap_follows_instruction: nothing was ever immobilised for this token'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]


class Statement(AppendOnly):
    """One daily statement of the depository, taken whole or not at all."""

    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    statement_id = models.CharField(max_length=40, unique=True)
    as_of = models.DateTimeField(unique=True)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.statement_id} as of {self.as_of:%Y-%m-%d %H:%M}"


class StatementLine(AppendOnly):
    """One ISIN of a statement, in face minor units of the series' currency."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    series = models.ForeignKey("series.Series", on_delete=models.PROTECT, related_name="+")
    isin = models.CharField(max_length=12)
    outstanding_minor = models.BigIntegerField()
    conventional_minor = models.BigIntegerField()
    immobilised_minor = models.BigIntegerField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(name="statement_line_once", fields=["statement", "isin"]),
            models.CheckConstraint(
                name="statement_line_adds_up",
                condition=Q(
                    outstanding_minor=F("conventional_minor") + F("immobilised_minor"),
                    conventional_minor__gte=0,
                    immobilised_minor__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.isin} {self.outstanding_minor}"


__all__ = [
    "BankEntry",
    "BankNotification",
    "BankStatement",
    "BankStatementLine",
    "CapAccount",
    "CapReservation",
    "ConfirmationRequest",
    "RegistrarKey",
    "RegistryConfirmation",
    "SettlementAccount",
    "Statement",
    "StatementLine",
]
