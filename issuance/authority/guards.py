"""Database guards shared by the rooms of issuance: approved terms never change, whoever writes."""

from __future__ import annotations

from collections.abc import Sequence

import pgtrigger

from tokenization.kernel.triggers import Guard, altered


def terms_frozen(name: str, columns: Sequence[str]) -> Guard:
    """Refuse any UPDATE that changes one of `columns` once the row has left DRAFT, or that returns it to DRAFT."""
    changed = altered(*columns)
    return Guard(
        name=name,
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' OR {changed}) THEN
                RAISE EXCEPTION '{name}: the terms of % % are approved and never change', TG_TABLE_NAME, OLD.id
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  (column names are constants of the models)
    )
