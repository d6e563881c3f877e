"""The conditions of a reserve-backed series in the database: nothing opens without them, whoever writes."""

from __future__ import annotations

import pgtrigger

from tokenization.kernel.triggers import Guard

_IN_FORCE = """
    FROM conditions_conditionprecedent c WHERE c.series_id = NEW.{series} AND NOT EXISTS (
        SELECT 1 FROM conditions_conditionprecedent later WHERE later.replaces_id = c.id
    )
"""


def conditions_met(name: str) -> Guard:
    """On series: a RESERVE series is born a draft, and leaves DRAFT (but to be given up) with its documents on file."""
    found = _IN_FORCE.format(series="id")
    return Guard(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update,
        when=pgtrigger.Before,
        declare=[("missing", "text")],
        func=f"""
            IF NEW.kind <> 'RESERVE' OR NEW.state IN ('DRAFT', 'CLOSED')
                OR (TG_OP = 'UPDATE' AND OLD.state <> 'DRAFT' AND OLD.kind = 'RESERVE') THEN
                RETURN NEW;
            END IF;
            SELECT concat_ws(', ',
                CASE WHEN coalesce(sum(c.share_bp) FILTER (WHERE c.kind = 'TITLE'), 0) <> 10000
                    THEN 'titles to all of it' END,
                CASE WHEN count(*) FILTER (WHERE c.kind = 'CONSENT') = 0 THEN 'a consent' END,
                CASE WHEN count(*) FILTER (WHERE c.kind = 'LENDER_CLEARANCE') = 0 THEN 'a lenders'' clearance' END)
            INTO missing {found};
            IF missing <> '' THEN
                RAISE EXCEPTION '{name}: series % lacks %', NEW.id, missing
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  (the name is a constant of the model)
    )


def recorded_in_order(name: str) -> Guard:
    """On a condition: of a draft that is backed by a reserve, replacing one of its own; titles fit in a whole."""
    found = _IN_FORCE.format(series="series_id")
    return Guard(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        declare=[("of", "RECORD")],
        func=f"""
            SELECT kind, state INTO of FROM series_series WHERE id = NEW.series_id FOR NO KEY UPDATE;
            IF of.kind <> 'RESERVE' OR of.state <> 'DRAFT'
                OR NOT EXISTS (
                    SELECT 1 WHERE NEW.replaces_id IS NULL UNION ALL
                    SELECT 1 FROM conditions_conditionprecedent o
                    WHERE o.id = NEW.replaces_id AND o.series_id = NEW.series_id AND o.id < NEW.id
                )
                OR (SELECT coalesce(sum(c.share_bp), 0) {found}) > 10000 THEN
                RAISE EXCEPTION '{name}: conditions are of a draft of a reserve, and its titles make one whole'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NULL;
        """,  # noqa: S608  (the name is a constant of the model)
    )
