"""A trade between two investors: terms that both sign with their own keys, settled by one transaction or not at all."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import AddressField, HashField, MinorField, Uint256Field
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

trade_machine = Machine(
    field="state",
    transitions={
        "PROPOSED": {"SIGNED", "EXPIRED", "FAILED"},
        # SETTLED from SIGNED: whoever knows both signatures may submit them.
        "SIGNED": {"SENT", "SETTLED", "EXPIRED", "FAILED"},
        "SENT": {"SETTLED", "EXPIRED", "FAILED"},
        "SETTLED": set(),
        "EXPIRED": set(),
        "FAILED": set(),
    },
)

_TERMS = ("token_id", "cash_id", "units", "amount_minor", "chain_id", "contract", "valid_until", "digest",
          "proposed_by_id", "proposed_at")  # fmt: skip
_ALTERED = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in _TERMS)


class Trade(models.Model):
    """Units of a series against cash, by two who signed the same EIP-712 message; `digest` is what they signed.

    `settled_log` is settlement's own log, `units_log` and `cash_log` are the two transfers in the same transaction.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "waits for both signatures"
        SIGNED = "SIGNED", "signed by both"
        SENT = "SENT", "on its way to the chain"
        SETTLED = "SETTLED", "both legs are in the register"
        EXPIRED = "EXPIRED", "its time passed; nothing moved"
        FAILED = "FAILED", "can never settle; nothing moved"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="trades")
    cash = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="+")
    units = models.BigIntegerField()
    amount_minor = MinorField()
    chain_id = models.BigIntegerField()
    contract = AddressField(help_text="The settlement contract for which it was signed.")
    valid_until = models.DateTimeField(help_text="In chain time: the last second at which it may settle.")
    digest = HashField(unique=True)
    proposed_by = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    reason = models.TextField(blank=True)
    intent = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    settled_log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, null=True, related_name="+")
    units_log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, null=True, related_name="+")
    cash_log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            trade_machine.constraint("trade_state"),
            models.CheckConstraint(name="trade_positive", condition=Q(units__gt=0, amount_minor__gt=0)),
            models.CheckConstraint(name="trade_two_tokens", condition=~Q(token=F("cash"))),
            models.CheckConstraint(
                name="trade_settled_by_logs",
                condition=Q(state="SETTLED", settled_log__isnull=False, units_log__isnull=False, cash_log__isnull=False)
                | ~Q(state="SETTLED") & Q(settled_log__isnull=True, units_log__isnull=True, cash_log__isnull=True),
            ),
            models.CheckConstraint(name="trade_sent_by_intent", condition=~Q(state="SENT") | Q(intent__isnull=False)),
        ]
        triggers = [
            Guard(
                name="trade_is_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"(({_ALTERED}) OR OLD.state IN ('SETTLED', 'EXPIRED', 'FAILED'))"),
                func="""
                    RAISE EXCEPTION 'trade_is_fixed: the terms that were signed never change, nor an ended trade'
                        USING ERRCODE = 'check_violation';
                """,
            ),
            Guard(
                name="trade_signed_by_both",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state IN ('SIGNED', 'SENT', 'SETTLED')"),
                func="""
                    IF (SELECT count(*) FROM trades_tradesignature g JOIN trades_tradeside s ON s.id = g.side_id
                        WHERE s.trade_id = NEW.id) <> 2 THEN
                        RAISE EXCEPTION 'trade_signed_by_both: seller and buyer have signed'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="trade_settled_finally",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state = 'SETTLED'"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM indexer_log s
                        JOIN indexer_block b ON b.number = s.block_id AND b.final
                        JOIN indexer_log u ON u.id = NEW.units_log_id
                            AND (u.block_id, u.tx_hash) = (s.block_id, s.tx_hash)
                        JOIN indexer_log c ON c.id = NEW.cash_log_id
                            AND (c.block_id, c.tx_hash) = (s.block_id, s.tx_hash)
                        JOIN tokenisation_tokencontract t ON t.id = NEW.token_id AND t.address = u.address
                        JOIN tokenisation_tokencontract m ON m.id = NEW.cash_id AND m.address = c.address
                        WHERE s.id = NEW.settled_log_id AND s.address = NEW.contract AND s.topics[2] = NEW.digest
                        AND EXISTS (SELECT 1 FROM register_entry e WHERE e.log_id = u.id)
                        AND EXISTS (SELECT 1 FROM register_entry e WHERE e.log_id = c.id)
                    ) THEN
                        RAISE EXCEPTION 'trade_settled_finally: final logs of one transaction, both legs posted'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="trade_expires_by_the_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state = 'EXPIRED'"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM indexer_block WHERE final AND "timestamp" > NEW.valid_until) THEN
                        RAISE EXCEPTION 'trade_expires_by_the_chain: no final block is later, it may still settle'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *no_delete("trade"),
        ]

    def __str__(self) -> str:
        return f"trade {self.pk}: {self.units} units for {self.amount_minor}, {self.state}"


class TradeSide(AppendOnly):
    """Who sells or buys, from which wallet, and the nonce by which his signature counts once."""

    class Role(models.TextChoices):
        SELLER = "SELLER", "seller"
        BUYER = "BUYER", "buyer"

    trade = models.ForeignKey(Trade, on_delete=models.PROTECT, related_name="sides")
    role = models.CharField(max_length=6, choices=Role.choices)
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, related_name="+")
    nonce = Uint256Field()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(name="trade_side_role", condition=Q(role__in=["SELLER", "BUYER"])),
            models.UniqueConstraint(name="trade_side_once", fields=["trade", "role"]),
            models.UniqueConstraint(name="trade_two_parties", fields=["trade", "party"]),
            models.UniqueConstraint(name="trade_nonce_once", fields=["wallet", "nonce"]),
        ]

    def __str__(self) -> str:
        return f"{self.role} of trade {self.trade_id}"


class TradeSignature(AppendOnly):
    """What a side's own key signed: checked against the wallet before it was kept."""

    side = models.OneToOneField(TradeSide, on_delete=models.PROTECT, related_name="signed")
    signature = models.CharField(max_length=132)
    signed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(name="trade_signature_hex", condition=Q(signature__regex=r"^0x[0-9a-f]{130}$"))
        ]

    def __str__(self) -> str:
        return f"signature of side {self.side_id}"
