"""The headroom rule in the database: raw SQL past a ceiling is refused as the service refuses it.

One AFTER INSERT statement trigger on Commitment. It locks series, programme, envelope and authority (the order of
kernel.locks), so two sessions are serialised whichever way they write, checks that each row weighs what its terms and
rates say, then compares the peak over [settles_on, frees_on) with the ceiling at each level.
"""

from __future__ import annotations

from dataclasses import dataclass

import pgtrigger

from tokenization.kernel.triggers import Guard


@dataclass(frozen=True, slots=True)
class _Level:
    """SQL of one level; `measured` levels follow the authority's measure, the others count restoring stock."""

    name: str
    amount: str
    scope: str
    ceiling: str
    measured: bool


_LEVELS = (
    _Level("series", "c.units", "c.series_id = book.series_id", "book.series_ceiling", measured=False),
    _Level("programme", "c.programme_minor", "p.id = book.programme_id", "book.programme_ceiling", measured=False),
    _Level("envelope", "c.envelope_minor", "e.id = book.envelope_id", "book.envelope_ceiling", measured=True),
    _Level(
        "authority", "c.authority_minor", "e.authority_id = book.authority_id", "book.authority_ceiling", measured=True
    ),
)
_JOINS = """
    JOIN series_series s ON s.id = {row}.series_id
    JOIN programme_programme p ON p.id = s.programme_id
    JOIN authority_budgetenvelope e ON e.id = p.envelope_id
    JOIN authority_legalauthority a ON a.id = e.authority_id
"""


def _lock(table: str, column: str) -> str:
    joins = _JOINS.format(row="n")
    return (
        f"PERFORM 1 FROM {table} WHERE id IN (SELECT {column} FROM new_rows n {joins}) ORDER BY id FOR NO KEY UPDATE;"  # noqa: S608
    )


def _div_up(above: str, below: str) -> str:
    """Whole-number division rounded up; exact, since both sides are whole numerics."""
    return f"div({above} + {below} - 1, {below})"


def _weight(amount: str, currency: str, rate: str) -> str:
    """Amount in the level's currency, rounded up; NULL (so: refused) when the rate row does not join the two."""
    quote = f"({rate}.rate * 100000000 * power(10::numeric, {rate}.quote_digits))"
    base = f"(100000000 * power(10::numeric, {rate}.base_digits))"
    return f"""CASE
        WHEN s.currency = {currency} AND {rate}.id IS NULL THEN {amount}
        WHEN {rate}."on" > n.settles_on THEN NULL
        WHEN {rate}.base = s.currency AND {rate}.quote = {currency} THEN {_div_up(f"{amount} * {quote}", base)}
        WHEN {rate}.base = {currency} AND {rate}.quote = s.currency THEN {_div_up(f"{amount} * {base}", quote)}
    END"""


def _peak(level: _Level) -> str:
    joins = _JOINS.format(row="c")
    # Paper repaid by the first day looked at weighs nothing from then on: years of history are left where they are.
    living = "AND s.maturity_date > book.settles_on"
    settles = "AND (book.measure = 'STOCK' OR c.settles_on BETWEEN book.starts_on AND book.ends_on)"
    frees = f"AND book.restores {settles.replace('settles_on', 'frees_on')}"
    until = "CASE WHEN book.restores THEN book.frees_on ELSE 'infinity'::date END"
    if level.measured:
        living = f"AND (NOT book.restores OR book.measure <> 'STOCK' OR {living.removeprefix('AND ')})"
    else:
        settles, frees, until = "", "", "book.frees_on"
    return f"""
        SELECT peak.day, peak.used INTO worst_day, worst_used FROM (
            SELECT event.day, sum(sum(event.amount)) OVER (ORDER BY event.day) AS used FROM (
                SELECT c.settles_on AS day, {level.amount}::numeric AS amount FROM headroom_commitment c {joins}
                WHERE c.state = 'HELD' AND {level.scope} {living} {settles}
                UNION ALL
                SELECT c.frees_on, -{level.amount}::numeric FROM headroom_commitment c {joins}
                WHERE c.state = 'HELD' AND {level.scope} {living} {frees}
            ) event GROUP BY event.day
        ) peak WHERE peak.day >= book.settles_on AND peak.day < {until} ORDER BY peak.used DESC, peak.day LIMIT 1;
        IF worst_used > {level.ceiling} THEN
            RAISE EXCEPTION 'commitment_ceilings_hold: {level.name} ceiling % passed by % on %',
                {level.ceiling}, worst_used - {level.ceiling}, worst_day
                USING ERRCODE = 'check_violation', CONSTRAINT = 'commitment_ceilings_hold';
        END IF;
    """  # noqa: S608


def _terms() -> str:
    basis = "CASE WHEN a.basis = 'FACE' THEN n.face_minor ELSE n.proceeds_minor END"
    return f"""
        SELECT n.key INTO wrong_key FROM new_rows n {_JOINS.format(row="n")}
            LEFT JOIN authority_fxrate pr ON pr.id = n.programme_rate_id
            LEFT JOIN authority_fxrate er ON er.id = n.envelope_rate_id
            LEFT JOIN authority_fxrate ar ON ar.id = n.authority_rate_id
        WHERE n.state <> 'HELD' OR s.state NOT IN ('APPROVED', 'LIVE') OR p.state <> 'OPEN' OR e.state <> 'OPEN'
            OR a.state <> 'IN_FORCE' OR n.settles_on NOT BETWEEN e.starts_on AND e.ends_on
            OR n.settles_on NOT BETWEEN a.valid_from AND a.valid_until OR n.settles_on < s.issue_date
            OR n.frees_on <> s.maturity_date OR n.face_minor <> n.units * s.denomination_minor
            OR n.programme_minor IS DISTINCT FROM {_weight("n.face_minor", "p.currency", "pr")}
            OR n.envelope_minor IS DISTINCT FROM {_weight(f"({basis})", "e.currency", "er")}
            OR n.authority_minor IS DISTINCT FROM {_weight(f"({basis})", "a.currency", "ar")}
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'commitment_follows_terms: % does not follow the terms, dates or rates it names', wrong_key
                USING ERRCODE = 'check_violation', CONSTRAINT = 'commitment_follows_terms';
        END IF;
    """  # noqa: S608


_BOOKS = f"""
    SELECT DISTINCT n.series_id, n.settles_on, n.frees_on, s.programme_id, p.envelope_id, e.authority_id,
        s.ceiling_units AS series_ceiling, p.ceiling_minor AS programme_ceiling, e.amount_minor AS envelope_ceiling,
        a.ceiling_minor AS authority_ceiling, a.measure, a.restores_on_redemption AS restores, e.starts_on, e.ends_on
    FROM new_rows n {_JOINS.format(row="n")} ORDER BY n.settles_on, n.series_id
"""  # noqa: S608


def ceilings_hold(name: str) -> Guard:
    """The trigger; its errors are check violations named commitment_follows_terms and commitment_ceilings_hold."""
    locks = "".join(
        _lock(table, column)
        for table, column in (
            ("series_series", "s.id"),
            ("programme_programme", "p.id"),
            ("authority_budgetenvelope", "e.id"),
            ("authority_legalauthority", "a.id"),
        )
    )
    return Guard(
        name=name,
        level=pgtrigger.Statement,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
        declare=[("book", "record"), ("worst_day", "date"), ("worst_used", "numeric"), ("wrong_key", "text")],
        func=f"{locks}{_terms()} FOR book IN {_BOOKS} LOOP {''.join(map(_peak, _LEVELS))} END LOOP; RETURN NULL;",
    )
