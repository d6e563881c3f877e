"""The statements of matching, for a whole account at once. Each knows only what is not yet booked.

The tables named bank_... are temporary and end with the transaction. References are compared as `quoting.normal` writes
them: an entry names a settlement when one of its runs of whole words *is* the reference.
"""

from __future__ import annotations

_NORMAL = "regexp_replace(upper({}), '[^A-Z0-9]', '', 'g')"

OPEN = """
    CREATE TEMPORARY TABLE bank_open ON COMMIT DROP AS
    SELECT e.id, e.reference, e.credit, e.reversal, e.amount_minor, e.value_date, e.end_to_end_id, e.remittance,
        e.quoted, CAST(%(currency)s AS text) AS currency
    FROM registries_bankentry e
    WHERE e.account_id = %(account)s AND NOT EXISTS (SELECT FROM settlement_bankbooking b WHERE b.entry_id = e.id)
"""

# Which settlements an entry names: none, one, or several (then none of them is meant for certain).
NAMED = f"""
    CREATE TEMPORARY TABLE bank_named ON COMMIT DROP AS
    SELECT o.id AS entry_id, min(s.id) AS settlement_id, count(*) AS named
    FROM bank_open o CROSS JOIN LATERAL unnest(o.quoted) AS words(reference)
    JOIN settlement_settlementinstruction s
        ON {_NORMAL.format("s.payment_reference")} = words.reference
    GROUP BY o.id
"""  # noqa: S608 - built from the constant above

# What the journal has under the bank's reference, or for what goes out under the end-to-end id that we gave.
JOURNAL = """
    CREATE TEMPORARY TABLE bank_journal ON COMMIT DROP AS
    SELECT told.id AS entry_id, min(c.id) AS cash_entry_id, count(DISTINCT c.id) AS found,
        bool_and(l.amount_minor = CASE WHEN told.credit THEN told.amount_minor ELSE -told.amount_minor END) AS same
    FROM (
        SELECT o.*, o.reference AS called FROM bank_open o
        UNION ALL
        SELECT o.*, o.end_to_end_id FROM bank_open o WHERE NOT o.credit AND o.end_to_end_id <> o.reference
    ) told
    JOIN settlement_cashentry c ON c.bank_reference = told.called AND c.bank_reference <> ''
    JOIN settlement_cashleg l ON l.entry_id = c.id AND (l.amount_minor > 0) = told.credit
    JOIN settlement_cashaccount a ON a.id = l.account_id AND a.kind = 'BANK' AND a.currency = told.currency
    WHERE NOT told.reversal AND (told.credit OR l.amount_minor = -told.amount_minor)
        AND NOT EXISTS (SELECT FROM settlement_bankbooking b WHERE b.cash_entry_id = c.id)
    GROUP BY told.id
"""

# One verdict for each entry. Of several that pay one settlement exactly, the first in the bank's order does.
VERDICTS = """
    CREATE TEMPORARY TABLE bank_verdict ON COMMIT DROP AS
    SELECT first.*, CASE WHEN verdict = 'PAID' AND place > 1 THEN 'DUPLICATE' ELSE verdict END AS kind,
        CAST(NULL AS bigint) AS new_entry_id
    FROM (
        SELECT told.*, row_number() OVER (PARTITION BY told.settlement_id, told.verdict ORDER BY told.id) AS place
        FROM (
            SELECT o.id, o.reference, o.credit, o.amount_minor, o.end_to_end_id, o.remittance, o.currency,
                s.id AS settlement_id, s.payment_reference, s.state, s.amount_minor AS due_minor,
                s.currency AS due_currency, s.allotment_id, coalesce(n.named, 0) AS named, j.cash_entry_id,
                CASE
                    WHEN j.found = 1 AND j.same THEN CASE WHEN o.credit THEN 'KNOWN' ELSE 'SEEN' END
                    WHEN j.found > 0 AND o.credit THEN 'DIFFERS'
                    WHEN o.reversal THEN CASE WHEN o.credit THEN 'BOUNCED' ELSE 'REVERSAL' END
                    WHEN NOT o.credit THEN NULL
                    WHEN s.id IS NULL THEN 'UNKNOWN'
                    WHEN s.state = 'LAPSED' THEN 'LATE'
                    WHEN s.state <> 'AWAITING_CASH' THEN 'DUPLICATE'
                    WHEN s.currency <> o.currency THEN 'CURRENCY'
                    WHEN %(now)s >= s.deliver_by OR o.value_date > z.last_day THEN 'LATE'
                    WHEN o.amount_minor < s.amount_minor THEN 'SHORT'
                    WHEN o.amount_minor > s.amount_minor THEN 'OVER'
                    ELSE 'PAID'
                END AS verdict
            FROM bank_open o
            LEFT JOIN bank_named n ON n.entry_id = o.id
            LEFT JOIN settlement_settlementinstruction s ON s.id = n.settlement_id AND n.named = 1
            LEFT JOIN tokenisation_tokencontract t ON t.id = s.token_id
            LEFT JOIN series_series r ON r.id = t.series_id
            LEFT JOIN LATERAL (
                SELECT CAST((s.deliver_by - interval '1 microsecond') AT TIME ZONE r.record_zone AS date) AS last_day
            ) z ON true
            LEFT JOIN bank_journal j ON j.entry_id = o.id
        ) told
    ) first
    WHERE verdict IS NOT NULL
"""

LOCK = """
    SELECT id FROM settlement_settlementinstruction
    WHERE id IN (SELECT settlement_id FROM bank_verdict WHERE kind = 'PAID') ORDER BY id FOR NO KEY UPDATE
"""

# Why money waits, in the words that `cash` uses for a single receipt.
_REASON = """CASE v.kind
    WHEN 'UNKNOWN' THEN CASE WHEN v.named > 1 THEN v.named || ' settlements are named'
        ELSE 'no settlement has this payment reference' END
    WHEN 'LATE' THEN CASE WHEN v.state = 'LAPSED' THEN 'the settlement is LAPSED already'
        ELSE 'the settlement''s deadline has passed' END
    WHEN 'DUPLICATE' THEN CASE WHEN v.state = 'AWAITING_CASH' THEN 'paid twice in one file'
        ELSE 'the settlement is ' || v.state || ' already' END
    WHEN 'CURRENCY' THEN 'paid in ' || v.currency || ', due in ' || v.due_currency
    WHEN 'SHORT' THEN 'short by ' || (v.due_minor - v.amount_minor) || ' minor units'
    WHEN 'OVER' THEN 'over by ' || (v.amount_minor - v.due_minor) || ' minor units'
    WHEN 'REVERSAL' THEN 'the bank took back what it had credited'
    WHEN 'BOUNCED' THEN 'a payment of ours came back'
    WHEN 'DIFFERS' THEN 'the journal has this reference with other figures'
    ELSE '' END"""
_QUOTE = "left(coalesce(v.payment_reference, nullif(v.end_to_end_id, ''), v.remittance), 64)"
_TO_SUSPENSE = "('UNKNOWN', 'LATE', 'DUPLICATE', 'CURRENCY', 'SHORT', 'OVER', 'REVERSAL', 'BOUNCED')"
_SIGNED = "CASE WHEN v.credit THEN v.amount_minor ELSE -v.amount_minor END"

ENTRIES = f"""
    WITH made AS (
        INSERT INTO settlement_cashentry (key, kind, at, words, bank_reference)
        SELECT CASE WHEN v.credit THEN 'receipt:' ELSE 'reversal:' END || v.reference,
            CASE WHEN v.kind = 'PAID' THEN 'RECEIPT' ELSE 'SUSPENSE' END, %(now)s,
            left(v.reference || ' for ' || {_QUOTE}, 200), v.reference
        FROM bank_verdict v WHERE v.kind = 'PAID' OR v.kind IN {_TO_SUSPENSE} ORDER BY v.id
        RETURNING id, key
    )
    UPDATE bank_verdict v SET new_entry_id = made.id FROM made
    WHERE made.key = CASE WHEN v.credit THEN 'receipt:' ELSE 'reversal:' END || v.reference
"""  # noqa: S608 - built from the constants above

LEGS = f"""
    INSERT INTO settlement_cashleg (entry_id, account_id, amount_minor)
    SELECT v.new_entry_id, %(bank)s, {_SIGNED} FROM bank_verdict v WHERE v.new_entry_id IS NOT NULL
    UNION ALL
    SELECT v.new_entry_id, CASE WHEN v.kind = 'PAID' THEN %(bank_leg)s ELSE %(suspense)s END, -({_SIGNED})
    FROM bank_verdict v WHERE v.new_entry_id IS NOT NULL
"""  # noqa: S608 - built from the constants above

CONFIRM = """
    UPDATE settlement_settlementinstruction s SET state = 'CASH_CONFIRMED', cash_entry_id = v.new_entry_id
    FROM bank_verdict v WHERE v.kind = 'PAID' AND s.id = v.settlement_id AND s.state = 'AWAITING_CASH'
"""

ITEMS = f"""
    INSERT INTO settlement_suspenseitem
        (entry_id, settlement_id, amount_minor, currency, bank_reference, payment_reference, kind, reason, state)
    SELECT v.new_entry_id, v.settlement_id, {_SIGNED}, v.currency, v.reference, {_QUOTE}, v.kind, {_REASON}, 'HELD'
    FROM bank_verdict v WHERE v.kind IN {_TO_SUSPENSE} ORDER BY v.id
"""  # noqa: S608 - built from the constants above

BOOKINGS = f"""
    INSERT INTO settlement_bankbooking (entry_id, verdict, cash_entry_id, settlement_id, reason, booked_at)
    SELECT v.id, CASE WHEN v.kind IN {_TO_SUSPENSE} THEN 'SUSPENSE' ELSE v.kind END,
        CASE WHEN v.kind <> 'DIFFERS' THEN coalesce(v.new_entry_id, v.cash_entry_id) END,
        v.settlement_id, {_REASON}, %(now)s
    FROM bank_verdict v ORDER BY v.id
"""  # noqa: S608 - built from the constants above

TOLD = f"""
    SELECT v.reference, {_QUOTE}, v.amount_minor, v.currency, {_REASON}
    FROM bank_verdict v WHERE v.new_entry_id IS NOT NULL ORDER BY v.id
"""  # noqa: S608 - built from the constants above

PAID_ALLOTMENTS = "SELECT allotment_id FROM bank_verdict WHERE kind = 'PAID'"
COUNTS = "SELECT kind, count(*), sum(amount_minor) FROM bank_verdict GROUP BY kind ORDER BY kind"
TABLES = ("bank_open", "bank_named", "bank_journal", "bank_verdict")
