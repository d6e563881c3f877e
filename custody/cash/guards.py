"""What the database itself asks of cash tokens, as SQL of triggers (models.py)."""

from __future__ import annotations

from string import Template

from tokenization.kernel.triggers import altered

_IS_CASH = "SELECT 1 FROM tokenisation_tokencontract t WHERE t.id = NEW.token_id AND t.purpose = 'CASH'"


def _sql(text: str, **parts: str) -> str:
    """The text with `$cash` (the row's token is cash), its parts, and each REFUSE 'words' as an exception."""
    filled = Template(text).substitute(cash=_IS_CASH, **parts)
    return filled.replace("REFUSE", "RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =")


_MINT_FIXED = (
    "token_id", "wallet_id", "settlement_id", "receipt_id", "bank_reference", "amount_minor", "issue_instruction_id",
    "opened_at",
)  # fmt: skip
_BURN_FIXED = (
    "token_id", "wallet_id", "party_id", "amount_minor", "payee", "day", "recovers", "instruction_id",
    "requested_by_id", "requested_at",
)  # fmt: skip

# The receipt is a credit of exactly this amount and currency, at the bank or applied out of suspense by two; the
# instructions say the same.
MINT_BEGINS = _sql(
    """
    IF NEW.state <> 'CREDITED' OR NOT EXISTS (
        SELECT 1 FROM tokenisation_tokencontract t
        JOIN settlement_cashentry e ON e.id = NEW.receipt_id AND e.kind IN ('RECEIPT', 'DEPOSIT', 'APPLY')
        JOIN settlement_cashleg o ON o.entry_id = e.id AND o.amount_minor = -NEW.amount_minor
        JOIN settlement_cashaccount b ON b.id = o.account_id AND b.kind = 'BANK_LEG' AND b.currency = t.currency
        WHERE t.id = NEW.token_id AND t.purpose = 'CASH' AND NEW.amount_minor = (
            SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id
            WHERE l.entry_id = e.id AND a.currency = t.currency
            AND a.kind = CASE e.kind WHEN 'APPLY' THEN 'SUSPENSE' ELSE 'BANK' END)
    ) THEN
        REFUSE 'cash_mint_on_credit: tokens stand for a booked credit of the same amount';
    END IF;
    IF NEW.settlement_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM settlement_settlementinstruction s
        WHERE s.id = NEW.settlement_id AND s.cash_entry_id = NEW.receipt_id AND s.wallet_id = NEW.wallet_id
    ) THEN
        REFUSE 'cash_mint_on_credit: the credit pays that purchase, and its buyer gets the tokens';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM instructions_instruction i JOIN instructions_instruction c ON c.linked_to_id = i.id
        WHERE i.id = NEW.issue_instruction_id AND c.id = NEW.confirm_instruction_id
        AND i.kind = 'ISSUE' AND c.kind = 'CONFIRM' AND i.token_id = NEW.token_id AND c.token_id = NEW.token_id
        AND i.wallet_id = NEW.wallet_id AND i.units = NEW.amount_minor AND c.units = NEW.amount_minor
    ) THEN
        REFUSE 'cash_mint_on_credit: issue and confirmation say what was credited';
    END IF;
    RETURN NEW;
""",
)

MINT_MOVES = _sql(
    """
    IF $fixed OR OLD.state IN ('DONE', 'RELEASED')
       OR (OLD.withdraw_instruction_id IS NOT NULL AND $withdrawal) THEN
        REFUSE 'cash_mint_is_fixed: what a mint stands for never changes, nor a finished one';
    END IF;
    IF NEW.state = 'DONE' AND NOT EXISTS (
        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.issue_instruction_id AND i.state = 'DONE'
    ) THEN
        REFUSE 'cash_mint_is_fixed: DONE only by the final log of its issue';
    END IF;
    RETURN NEW;
""",
    fixed=altered(*_MINT_FIXED),
    withdrawal=altered("withdraw_instruction_id"),
)

ISSUED_ON_CREDIT = _sql(
    """
    IF NEW.state IN ('APPROVED', 'SENT', 'DONE') AND EXISTS ($cash) AND NOT EXISTS (
        SELECT 1 FROM cash_cashmint m
        WHERE CASE NEW.kind WHEN 'ISSUE' THEN m.issue_instruction_id ELSE m.confirm_instruction_id END = NEW.id
    ) THEN
        REFUSE 'cash_issued_on_credit: cash is confirmed and minted on a booked credit only';
    END IF;
    RETURN NEW;
""",
)

BURN_BEGINS = _sql(
    """
    IF NEW.state <> 'REQUESTED' OR NOT EXISTS ($cash) OR NOT EXISTS (
        SELECT 1 FROM instructions_instruction i
        WHERE i.id = NEW.instruction_id AND i.kind = 'REDEEM' AND i.token_id = NEW.token_id
        AND i.wallet_id = NEW.wallet_id AND i.units = NEW.amount_minor
    ) THEN
        REFUSE 'cash_burn_begins: a pay-out begins with the burn of the same tokens';
    END IF;
    RETURN NEW;
""",
)

BURN_MOVES = _sql(
    """
    IF $fixed OR OLD.state IN ('PAID', 'FAILED', 'CANCELLED')
       OR (OLD.burn_entry_id IS NOT NULL AND $entry) THEN
        REFUSE 'cash_burn_before_pay_out: what is burned and paid never changes';
    END IF;
    IF NEW.state IN ('BURNED', 'PAID') AND NOT EXISTS (
        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.instruction_id AND i.state = 'DONE'
    ) THEN
        REFUSE 'cash_burn_before_pay_out: burned by a final log, then paid';
    END IF;
    IF NEW.state = 'PAID' AND NEW.recovers AND EXISTS (
        SELECT 1 FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id
        WHERE l.entry_id = NEW.payout_entry_id AND a.kind = 'BANK'
    ) THEN
        REFUSE 'cash_burn_before_pay_out: what came back was paid by bank before, and is not paid again';
    END IF;
    RETURN NEW;
""",
    fixed=altered(*_BURN_FIXED),
    entry=altered("burn_entry_id"),
)
