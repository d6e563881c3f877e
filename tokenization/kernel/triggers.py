"""Triggers that no session can switch off.

django-pgtrigger's own template obeys the session variable `pgtrigger.ignore`, which any role may set. A guard that a
role can talk out of its job is none, so `Guard` compiles without that door.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pgtrigger
from django.db import models
from pgtrigger import compiler


class GuardSql(compiler.UpsertTriggerSql):
    """Version 1 of the installation text. Migrations refer to it: add a second class rather than edit it."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid} {when} {operation} ON {table} {timing} {referencing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class OwnerGuardSql(GuardSql):
    """The same, running with the table owner's rights: it may write what the application role may not."""

    def get_template(self) -> str:
        return (
            super()
            .get_template()
            .replace("$$ LANGUAGE plpgsql;", "$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp;")
        )


def _enclosed(text: str) -> bool:
    """Whether the first parenthesis closes with the last character."""
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return letter == ")" and position == len(text) - 1
    return False


class Guard(pgtrigger.Trigger):
    """A pgtrigger.Trigger without the `pgtrigger.ignore` door; use it for every invariant."""

    sql_class: type[compiler.UpsertTriggerSql] = GuardSql
    # Operations that `apply_grants` keeps from the application's role altogether, such as "UPDATE".
    withheld: frozenset[str] = frozenset()

    def render_condition(self, model: models.Model) -> str:
        """In parentheses as a whole: pgtrigger adds none to a text that merely begins with one, as "(a) OR b" does."""
        condition = self.get_condition(model)
        text = str(condition.resolve(model)).strip() if condition else ""  # type: ignore[no-untyped-call]
        if not text:
            return ""
        return f"WHEN {text}" if _enclosed(text) else f"WHEN ({text})"

    def compile(self, model: models.Model) -> compiler.Trigger:
        return compiler.Trigger(
            name=self.name,
            sql=self.sql_class(
                pgid=self.get_pgid(model),
                declare=self.render_declare(model),
                func=self.render_func(model),
                table=model._meta.db_table,
                constraint="CONSTRAINT" if self.timing else "",
                when=self.when,
                operation=self.operation,
                timing=f"DEFERRABLE INITIALLY {self.timing}" if self.timing else "",
                referencing=self.referencing or "",
                level=self.level,
                condition=self.render_condition(model),
                execute=self.render_execute(model),
            ),
        )


class OwnerGuard(Guard):
    """A guard that runs as the table's owner."""

    sql_class = OwnerGuardSql


class NoChange(Guard):
    """Refuses the operation outright, and tells `apply_grants` to withhold it from the application role."""

    def __init__(self, *, name: str, operation: Any, level: Any = pgtrigger.Row) -> None:
        self.withheld = frozenset(str(operation).split(" OR "))
        super().__init__(
            name=name,
            when=pgtrigger.Before,
            operation=operation,
            level=level,
            func=(
                "RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME "
                "USING ERRCODE = 'restrict_violation';"
            ),
        )


def altered(*columns: str) -> str:
    """In the condition or the text of an UPDATE trigger: one of the columns changes."""
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


def ends_once(name: str, columns: Iterable[str]) -> Guard:
    """For what is valid from a day on: nothing ever changes but an open end, which is set once."""
    fixed = altered(*columns)
    return Guard(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF OLD.valid_until IS NOT NULL OR {fixed} THEN
                RAISE EXCEPTION '{name}: a rule of a period keeps what it says; only its open end is set, once'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


def guard(
    name: str,
    operation: Any,
    func: str,
    condition: str = "",
    *,
    declare: Sequence[tuple[str, str]] = (),
    at_commit: bool = False,
) -> Guard:
    """Before the row is written, or at commit when all is; `condition` is SQL over OLD and NEW."""
    more: dict[str, Any] = {"condition": pgtrigger.Condition(condition)} if condition else {}
    if declare:
        more["declare"] = list(declare)
    if at_commit:
        more["timing"] = pgtrigger.Deferred
    return Guard(
        name=name, when=pgtrigger.After if at_commit else pgtrigger.Before, operation=operation, func=func, **more
    )
