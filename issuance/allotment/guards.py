"""What an allotment copies from its source is the same there, whoever writes it."""

from __future__ import annotations

import pgtrigger

from tokenization.kernel.triggers import Guard


def follows_source(name: str) -> Guard:
    """Refuse an allotment whose series, settlement date or price is not its offer's."""
    return Guard(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            IF NEW.offer_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM allotment_offer o
                WHERE o.id = NEW.offer_id AND o.series_id = NEW.series_id
                    AND o.settlement_date = NEW.settlement_date AND o.price = NEW.price
            ) THEN
                RAISE EXCEPTION '{name}: series, settlement date and price of an allotment are those of its source'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  (the name is a constant of the model)
    )
