"""Guards that other rooms' tables share: who may be named in a column."""

from __future__ import annotations

import pgtrigger

from tokenization.identity.roles import Role
from tokenization.kernel.triggers import Guard


def held_by(name: str, column: str, role: Role, words: str) -> Guard:
    """Refuses a new row whose `column` names somebody without the role; `words` say why."""
    return Guard(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM identity_rolegrant g
                        WHERE g.user_id = NEW.{column} AND g.role = '{role.value}'
                    ) THEN
                        RAISE EXCEPTION '{name}: {words}'
                            USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 names of ours, fixed when the table is made
    )
