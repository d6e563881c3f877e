"""Pieces of the triggers of this room."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value


def added_rows() -> pgtrigger.Referencing:
    """The rows of the statement, for a trigger of it as a whole."""
    return pgtrigger.Referencing(new="added")  # type: ignore[no-untyped-call]


def period_check(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")))


def one_of(column: str) -> Func:
    """A key as int8range: no extension to install for the exclusion constraint."""
    return Func(F(column), F(column), Value("[]"), function="int8range")


def days() -> Func:
    return Func(F("valid_from"), F("valid_until"), function="daterange")
