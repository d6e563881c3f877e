"""The triggers of the bank's tables, as text."""

from __future__ import annotations

FOLLOWS = """
    SELECT * INTO last FROM registries_bankstatement
        WHERE account_id = NEW.account_id ORDER BY electronic_number DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT opening_minor INTO opens_with FROM registries_settlementaccount WHERE id = NEW.account_id;
        IF NEW.opening_minor IS DISTINCT FROM opens_with THEN
            RAISE EXCEPTION 'bank_statement_follows: the first statement opens with the account''s opening balance'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.electronic_number <> last.electronic_number + 1 OR NEW.opening_minor <> last.closing_minor
        OR (NEW.legal_number <> last.legal_number + 1 AND NOT (
            NEW.legal_number = 1 AND extract(year FROM NEW.closing_on) > extract(year FROM last.closing_on)))
    THEN
        RAISE EXCEPTION 'bank_statement_follows: numbers without a gap, opening with the last closing balance'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

ADDS_UP = """
    SELECT count(*), COALESCE(sum(CASE WHEN e.credit THEN e.amount_minor ELSE -e.amount_minor END), 0)
        INTO counted, total
        FROM registries_bankstatementline l JOIN registries_bankentry e ON e.id = l.entry_id
        WHERE l.statement_id = NEW.id AND e.account_id = NEW.account_id;
    IF counted <> NEW.line_count OR NEW.opening_minor + total <> NEW.closing_minor THEN
        RAISE EXCEPTION 'bank_statement_adds_up: opening balance + entries = closing balance, every line there'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""

# With the lines of a statement counted at its commit, one more is one too many for ever.
IS_WHOLE = """
    IF EXISTS (
        SELECT 1 FROM registries_bankstatement s
        WHERE s.id IN (SELECT statement_id FROM new_lines) AND s.line_count < (
            SELECT count(*) FROM registries_bankstatementline l WHERE l.statement_id = s.id)
    ) THEN
        RAISE EXCEPTION 'bank_statement_is_whole: a statement is taken whole, nothing is added to it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""

HAS_SOURCE = """
    IF NOT EXISTS (SELECT 1 FROM registries_bankstatementline WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'bank_entry_has_source: an entry stands in a statement or a notification of the bank'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
