"""What the database itself asks before units are issued, and of a delivery, as SQL of triggers (models.py)."""

from __future__ import annotations

# Units and cash moved in one final transaction, settlement's own log in it names the issue, and the register has posted
# both: the buyer's wallet got exactly the units, and gave exactly the amount.
BOTH_LEGS_FINAL = """
    IF NOT EXISTS (
        SELECT 1 FROM indexer_log s
        JOIN indexer_block b ON b.number = s.block_id AND b.final
        JOIN instructions_instruction i ON i.id = NEW.issue_instruction_id AND i.state = 'DONE'
        JOIN tokenisation_wallet w ON w.id = NEW.wallet_id
        JOIN indexer_log u ON u.id = i.settled_log_id AND (u.block_id, u.tx_hash) = (s.block_id, s.tx_hash)
        JOIN indexer_log c ON c.id = NEW.cash_log_id AND (c.block_id, c.tx_hash) = (s.block_id, s.tx_hash)
        JOIN tokenisation_tokencontract m
            ON m.address = c.address AND m.purpose = 'CASH' AND m.currency = NEW.currency
        JOIN register_entry ue
            ON ue.log_id = u.id AND ue.token_id = NEW.token_id AND ue.account = w.address AND ue.units = i.units
        JOIN register_entry ce
            ON ce.log_id = c.id AND ce.token_id = m.id AND ce.account = w.address AND ce.units = -NEW.amount_minor
        WHERE s.id = NEW.delivery_log_id AND right(s.topics[3], 16) = lpad(to_hex(i.number), 16, '0')
    ) THEN
        RAISE EXCEPTION 'settlement_both_legs_final: units and cash in one final transaction, both posted'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# Headroom was tested at the settlement day, with what matures on it counted as repaid.
NOT_BEFORE_ITS_DAY = """
    IF NEW.issued_on IS NULL
        OR NEW.issued_on < (SELECT settlement_date FROM allotment_allotment WHERE id = NEW.allotment_id) THEN
        RAISE EXCEPTION 'settlement_not_before_its_day: units are issued on the settlement day or later'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
