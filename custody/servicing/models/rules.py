"""Pieces of the triggers of this room."""

from __future__ import annotations

from collections.abc import Iterable

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value

from tokenization.kernel.triggers import Guard, altered


def added_rows() -> pgtrigger.Referencing:
    """The rows of the statement, for a trigger of it as a whole."""
    return pgtrigger.Referencing(new="added")  # type: ignore[no-untyped-call]


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


def period_check(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")))


def one_of(column: str) -> Func:
    """A key as int8range: no extension to install for the exclusion constraint."""
    return Func(F(column), F(column), Value("[]"), function="int8range")


def days() -> Func:
    return Func(F("valid_from"), F("valid_until"), function="daterange")
