"""One statement that writes what every wallet is due: a million holders cost what Postgres needs, and no memory.

Positions and disputes as of the record block, the owner at the record instant, the tax by the status of the record
day and the rule of the payment day. A statement and not a loop, so that every line follows from the same rules.
"""

from __future__ import annotations

# Undisputed units of every wallet, and its disputed ones, with the owner at the instant.
LINES = """
    held AS (
        SELECT account AS address, sum(units) AS units FROM register_entry
        WHERE token_id = %(token)s AND block_number <= %(block)s
          AND account NOT IN ('ISSUED', 'REDEEMED', 'ANNULLED', 'UNEXPLAINED')
        GROUP BY account HAVING sum(units) > 0
    ),
    undue AS (
        SELECT wallet AS address, sum(units) AS units FROM register_disputeentry
        WHERE token_id = %(token)s AND block_number <= %(block)s GROUP BY wallet HAVING sum(units) > 0
    ),
    lines AS (
        SELECT w.id AS wallet_id, w.address, h.party_id,
               greatest(coalesce(held.units, 0) - coalesce(undue.units, 0), 0) AS units,
               coalesce(undue.units, 0) AS disputed
        FROM held FULL JOIN undue USING (address)
        JOIN tokenisation_wallet w USING (address)
        LEFT JOIN tokenisation_walletholder h ON h.wallet_id = w.id AND h.valid_from <= %(record_at)s
             AND (h.valid_until IS NULL OR h.valid_until > %(record_at)s)
    )
"""

UNKNOWN_WALLETS = """
    SELECT address FROM (
        SELECT account AS address FROM register_entry
        WHERE token_id = %(token)s AND block_number <= %(block)s
          AND account NOT IN ('ISSUED', 'REDEEMED', 'ANNULLED', 'UNEXPLAINED')
        UNION SELECT wallet FROM register_disputeentry WHERE token_id = %(token)s AND block_number <= %(block)s
    ) seen WHERE NOT EXISTS (SELECT 1 FROM tokenisation_wallet w WHERE w.address = seen.address) ORDER BY address
"""

# In the order of addresses: numbers then follow from the register alone.
BURNS_COUNT = f"WITH {LINES} SELECT count(*) FROM lines WHERE units > 0"  # noqa: S608 no value in it
BURNS = f"""
    WITH {LINES} SELECT wallet_id, address, units::bigint, %(source)s || wallet_id FROM lines WHERE units > 0
    ORDER BY address
"""  # noqa: S608 no value in it

# The holder's own cost where all he holds was allotted to him, else the weighted average of the series.
INSERT = f"""
    WITH {LINES},
    bought AS (
        SELECT party_id, sum(units)::numeric AS units, sum(proceeds_minor - accrued_minor)::numeric AS cost
        FROM allotment_allotment WHERE %(base)s = 'FACE_LESS_COST' AND series_id = %(series)s AND state = 'SETTLED'
        GROUP BY party_id
    ),
    average AS (SELECT sum(units) AS units, sum(cost) AS cost FROM bought),
    holdings AS (
        SELECT party_id, sum(units) AS units FROM lines WHERE %(base)s = 'FACE_LESS_COST' GROUP BY party_id
    ),
    gross AS (
        SELECT l.wallet_id, l.address, l.party_id, l.units, l.disputed,
               div(2 * l.units * %(numerator)s + %(denominator)s, 2 * %(denominator)s) AS due,
               div(2 * l.disputed * %(numerator)s + %(denominator)s, 2 * %(denominator)s) AS undue
        FROM lines l
    ),
    based AS (
        SELECT g.*, CASE
            WHEN g.party_id IS NULL THEN 0
            WHEN %(base)s = 'COUPON' THEN g.due
            WHEN b.units >= o.units THEN greatest(g.due - div(2 * g.units * b.cost + b.units, 2 * b.units), 0)
            WHEN a.units IS NOT NULL THEN greatest(g.due - div(2 * g.units * a.cost + a.units, 2 * a.units), 0)
            ELSE g.due END AS base
        FROM gross g CROSS JOIN average a
        LEFT JOIN holdings o ON o.party_id = g.party_id
        LEFT JOIN bought b ON b.party_id = g.party_id
    ),
    rules AS (SELECT * FROM jsonb_to_recordset(%(rules)s::jsonb) AS r(status text, rule bigint, rate int)),
    taxed AS (
        SELECT b.*, coalesce(s.status, '') AS status,
               CASE WHEN b.party_id IS NOT NULL THEN coalesce(r.rule, %(highest_rule)s::bigint) END AS rule,
               div(b.base * coalesce(r.rate, %(highest_rate)s)
                   + CASE %(tax_rounding)s WHEN 'UP' THEN 9999 WHEN 'DOWN' THEN 0 ELSE 5000 END, 10000) AS tax
        FROM based b
        LEFT JOIN servicing_taxstatus s ON s.party_id = b.party_id AND s.valid_from <= %(record_day)s
             AND (s.valid_until IS NULL OR s.valid_until > %(record_day)s)
        LEFT JOIN rules r ON r.status = s.status
    )
    INSERT INTO servicing_entitlement (
        event_id, wallet_id, party_id, units, disputed_units, gross_minor, base_minor, tax_status, tax_rule_id,
        tax_minor, net_minor, suspense_minor, burn_instruction_id
    )
    SELECT %(event)s, t.wallet_id, t.party_id, t.units, t.disputed, t.due + t.undue, t.base, t.status, t.rule, t.tax,
           CASE WHEN t.party_id IS NULL THEN 0 ELSE t.due - t.tax END,
           t.undue + CASE WHEN t.party_id IS NULL THEN t.due ELSE 0 END, i.id
    FROM taxed t
    LEFT JOIN instructions_instruction i ON %(burns)s AND i.token_id = %(token)s AND i.wallet_id = t.wallet_id
         AND i.source_key = %(source)s || t.wallet_id
    WHERE t.units > 0 OR t.disputed > 0
    ORDER BY t.address
"""  # noqa: S608 no value in it

SUMS = """
    SELECT count(*), coalesce(sum(units + disputed_units), 0), coalesce(sum(net_minor), 0), coalesce(sum(tax_minor), 0),
           coalesce(sum(suspense_minor), 0) FROM servicing_entitlement WHERE event_id = %(event)s
"""
