"""The statements of matching, for a whole account at once. Each knows only what is not yet booked.

settlement_bankverdict is a work table, filled and emptied in one transaction, so that each sees its own rows alone. Not
a temporary one: who may create those can put one in the place of a table that a guard reads. References are compared as
`quoting.normal` writes them: an entry names a settlement when one of its runs of whole words *is* the reference.
"""

from __future__ import annotations

_NORMAL = "regexp_replace(upper({}), '[^A-Z0-9]', '', 'g')"

# One verdict for each entry that is not booked. Of several that pay one settlement exactly, the first in the bank's
# order does. `named`: which settlements an entry names: none, one, or several (then none of them is meant for certain).
# `journal`: what the journal has under the bank's reference, or for what goes out under the end-to-end id that we gave.
VERDICTS = f"""
    INSERT INTO settlement_bankverdict (
        id, reference, credit, amount_minor, end_to_end_id, remittance, currency, settlement_id, payment_reference,
        state, due_minor, due_currency, allotment_id, named, cash_entry_id, kind)
    WITH open AS MATERIALIZED (
        SELECT e.id, e.reference, e.credit, e.reversal, e.amount_minor, e.value_date, e.end_to_end_id, e.remittance,
            e.quoted
        FROM registries_bankentry e
        WHERE e.account_id = %(account)s AND NOT EXISTS (SELECT FROM settlement_bankbooking b WHERE b.entry_id = e.id)
    ), named AS MATERIALIZED (
        SELECT words.id AS entry_id, min(s.id) AS settlement_id, count(*) AS named
        FROM (SELECT o.id, unnest(o.quoted) AS reference FROM open o) words
        JOIN settlement_settlementinstruction s ON {_NORMAL.format("s.payment_reference")} = words.reference
        GROUP BY words.id
    ), journal AS MATERIALIZED (
        SELECT told.id AS entry_id, min(c.id) AS cash_entry_id, count(DISTINCT c.id) AS found,
            bool_and(l.amount_minor = CASE WHEN told.credit THEN told.amount_minor ELSE -told.amount_minor END) AS same
        FROM (
            SELECT o.*, o.reference AS called FROM open o
            UNION ALL
            SELECT o.*, o.end_to_end_id FROM open o WHERE NOT o.credit AND o.end_to_end_id <> o.reference
        ) told
        JOIN settlement_cashentry c ON c.bank_reference = told.called AND c.bank_reference <> ''
        JOIN settlement_cashleg l ON l.entry_id = c.id AND (l.amount_minor > 0) = told.credit
        JOIN settlement_cashaccount a ON a.id = l.account_id AND a.kind = 'BANK' AND a.currency = %(currency)s
        WHERE NOT told.reversal AND (told.credit OR l.amount_minor = -told.amount_minor)
            AND NOT EXISTS (SELECT FROM settlement_bankbooking b WHERE b.cash_entry_id = c.id)
            AND NOT EXISTS (SELECT FROM settlement_bankcorrection k WHERE k.wrong_entry_id = c.id)
        GROUP BY told.id
    ), told AS (
        SELECT o.id, o.reference, o.credit, o.amount_minor, o.end_to_end_id, o.remittance,
            CAST(%(currency)s AS text) AS currency, s.id AS settlement_id, s.payment_reference, s.state,
            s.amount_minor AS due_minor, s.currency AS due_currency, s.allotment_id, coalesce(n.named, 0) AS named,
            j.cash_entry_id,
            CASE
                WHEN j.found = 1 AND j.same THEN CASE WHEN o.credit THEN 'KNOWN' ELSE 'SEEN' END
                WHEN j.found > 0 AND o.credit THEN 'DIFFERS'
                WHEN o.reversal THEN CASE WHEN o.credit THEN 'BOUNCED' ELSE 'REVERSAL' END
                WHEN NOT o.credit THEN NULL
                WHEN s.id IS NULL THEN 'UNKNOWN'
                WHEN s.state = 'LAPSED' THEN 'LATE'
                WHEN s.state <> 'AWAITING_CASH' THEN 'DUPLICATE'
                WHEN s.currency <> %(currency)s THEN 'CURRENCY'
                WHEN %(now)s >= s.deliver_by OR o.value_date >
                    CAST((s.deliver_by - interval '1 microsecond') AT TIME ZONE r.record_zone AS date) THEN 'LATE'
                WHEN o.amount_minor < s.amount_minor THEN 'SHORT'
                WHEN o.amount_minor > s.amount_minor THEN 'OVER'
                ELSE 'PAID'
            END AS verdict
        FROM open o
        LEFT JOIN named n ON n.entry_id = o.id
        LEFT JOIN settlement_settlementinstruction s ON s.id = n.settlement_id AND n.named = 1
        LEFT JOIN tokenisation_tokencontract t ON t.id = s.token_id
        LEFT JOIN series_series r ON r.id = t.series_id
        LEFT JOIN journal j ON j.entry_id = o.id
    )
    SELECT id, reference, credit, amount_minor, end_to_end_id, remittance, currency, settlement_id, payment_reference,
        state, due_minor, due_currency, allotment_id, named, cash_entry_id, CASE WHEN verdict = 'PAID' AND
            row_number() OVER (PARTITION BY settlement_id, verdict ORDER BY id) > 1 THEN 'DUPLICATE' ELSE verdict END
    FROM told WHERE verdict IS NOT NULL
"""  # noqa: S608 - built from the constant above

LOCK = """
    SELECT id FROM settlement_settlementinstruction
    WHERE id IN (SELECT settlement_id FROM settlement_bankverdict WHERE kind = 'PAID') ORDER BY id FOR NO KEY UPDATE
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
        FROM settlement_bankverdict v WHERE v.kind = 'PAID' OR v.kind IN {_TO_SUSPENSE} ORDER BY v.id
        RETURNING id, key
    )
    UPDATE settlement_bankverdict v SET new_entry_id = made.id FROM made
    WHERE made.key = CASE WHEN v.credit THEN 'receipt:' ELSE 'reversal:' END || v.reference
"""  # noqa: S608 - built from the constants above

LEGS = f"""
    INSERT INTO settlement_cashleg (entry_id, account_id, amount_minor)
    SELECT v.new_entry_id, %(bank)s, {_SIGNED} FROM settlement_bankverdict v WHERE v.new_entry_id IS NOT NULL
    UNION ALL
    SELECT v.new_entry_id, CASE WHEN v.kind = 'PAID' THEN %(bank_leg)s ELSE %(suspense)s END, -({_SIGNED})
    FROM settlement_bankverdict v WHERE v.new_entry_id IS NOT NULL
"""  # noqa: S608 - built from the constants above

CONFIRM = """
    UPDATE settlement_settlementinstruction s SET state = 'CASH_CONFIRMED', cash_entry_id = v.new_entry_id
    FROM settlement_bankverdict v WHERE v.kind = 'PAID' AND s.id = v.settlement_id AND s.state = 'AWAITING_CASH'
"""

ITEMS = f"""
    INSERT INTO settlement_suspenseitem
        (entry_id, settlement_id, amount_minor, currency, bank_reference, payment_reference, kind, reason, state)
    SELECT v.new_entry_id, v.settlement_id, {_SIGNED}, v.currency, v.reference, {_QUOTE}, v.kind, {_REASON}, 'HELD'
    FROM settlement_bankverdict v WHERE v.kind IN {_TO_SUSPENSE} ORDER BY v.id
"""  # noqa: S608 - built from the constants above

BOOKINGS = f"""
    INSERT INTO settlement_bankbooking (entry_id, verdict, cash_entry_id, settlement_id, reason, booked_at)
    SELECT v.id, CASE WHEN v.kind IN {_TO_SUSPENSE} THEN 'SUSPENSE' ELSE v.kind END,
        CASE WHEN v.kind <> 'DIFFERS' THEN coalesce(v.new_entry_id, v.cash_entry_id) END,
        v.settlement_id, {_REASON}, %(now)s
    FROM settlement_bankverdict v ORDER BY v.id
"""  # noqa: S608 - built from the constants above

TOLD = f"""
    SELECT v.reference, {_QUOTE}, v.amount_minor, v.currency, {_REASON}
    FROM settlement_bankverdict v WHERE v.new_entry_id IS NOT NULL ORDER BY v.id
"""  # noqa: S608 - built from the constants above

PAID_ALLOTMENTS = "SELECT allotment_id FROM settlement_bankverdict WHERE kind = 'PAID'"
COUNTS = "SELECT kind, count(*), sum(amount_minor) FROM settlement_bankverdict GROUP BY kind ORDER BY kind"
CLEAR = "DELETE FROM settlement_bankverdict"
