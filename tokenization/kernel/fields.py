"""Model fields for chain values and money. Each carries its CHECK, so that a raw INSERT meets the same rule.

The CHECK is named by Postgres `<table>_<column>_check`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable

from tokenization.kernel.errors import Refused

UINT256_MAX = 2**256 - 1

# Django's fields are generic for the type checker only.
if TYPE_CHECKING:
    _Text = models.CharField[str | Combinable, str]
    _Numeric = models.DecimalField[int | str | Combinable, int]
    _Integer = models.BigIntegerField[int | Combinable, int]
else:
    _Text, _Numeric, _Integer = models.CharField, models.DecimalField, models.BigIntegerField


class _HexField(_Text):
    digits = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = self.digits + 2
        super().__init__(*args, **kwargs)
        self.validators.append(validators.RegexValidator(rf"\A0x[0-9a-f]{{{self.digits}}}\Z"))

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs

    def db_check(self, connection: Any) -> str:
        column = connection.ops.quote_name(self.column)
        return f"{column} ~ '^0x[0-9a-f]{{{self.digits}}}$'"

    def to_python(self, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        if isinstance(value, str):
            if not re.fullmatch(rf"0x[0-9a-f]{{{self.digits}}}", value):
                raise Refused(
                    f"{value!r} is not 0x and {self.digits} hexadecimal digits.", field=self.name, rule="hexadecimal"
                )
            setattr(model_instance, self.attname, value)
        return value


class AddressField(_HexField):
    """An account or contract on the chain: 0x and 40 digits, kept in lower case."""

    digits = 40


class HashField(_HexField):
    """A 32-byte hash or a bytes32: 0x and 64 digits, kept in lower case."""

    digits = 64


class _BigIntegerNumeric(_Numeric):
    """A Python int in NUMERIC(78, 0): wider than BIGINT, never rounded, never a float."""

    low = 0
    high = UINT256_MAX

    if TYPE_CHECKING:
        _pyi_private_set_type: int | str | Combinable
        _pyi_private_get_type: int
        _pyi_lookup_exact_type: int | str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 78
        kwargs["decimal_places"] = 0
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_digits", None)
        kwargs.pop("decimal_places", None)
        return name, path, args, kwargs

    def db_check(self, connection: Any) -> str:
        column = connection.ops.quote_name(self.column)
        return f"{column} BETWEEN {self.low} AND {self.high}"

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, bool | float):
            raise ValidationError(f"{value!r} is not a whole number.", code="invalid")
        try:
            number = Decimal(value)
            whole = int(number)
        except (ArithmeticError, ValueError, TypeError):
            raise ValidationError(f"{value!r} is not a whole number.", code="invalid") from None
        if number != whole:
            raise ValidationError(f"{value!r} is not a whole number.", code="invalid")
        return whole

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, bool | float):
            raise Refused(f"{value!r} is not a whole number.", field=self.name, rule="integers only")
        return super().get_prep_value(value)

    def from_db_value(self, value: Decimal | None, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)


class Uint256Field(_BigIntegerNumeric):
    """0 .. 2**256 - 1, as the chain counts."""


class Int256Field(_BigIntegerNumeric):
    """-2**255 .. 2**255 - 1: signed quantities such as a register entry."""

    low = -(2**255)
    high = 2**255 - 1


class MinorField(_Integer):
    """Money in minor units, signed. The currency stands beside it or on the parent."""

    if TYPE_CHECKING:
        _pyi_private_set_type: int | Combinable
        _pyi_private_get_type: int
        _pyi_lookup_exact_type: int

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, bool | float | Decimal | str):
            raise Refused(f"{value!r} is not a whole number of minor units.", field=self.name, rule="integers only")
        return super().get_prep_value(value)


class CurrencyField(_Text):
    """An ISO 4217 code: three capital letters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 3
        super().__init__(*args, **kwargs)
        self.validators.append(validators.RegexValidator(r"\A[A-Z]{3}\Z"))

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs

    def db_check(self, connection: Any) -> str:
        return f"{connection.ops.quote_name(self.column)} ~ '^[A-Z]{{3}}$'"
