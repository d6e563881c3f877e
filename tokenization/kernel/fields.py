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

from tokenization.kernel.bounds import BIGINT_MAX
from tokenization.kernel.errors import Refused

UINT256_MAX = 2**256 - 1

# Django's fields are generic for the type checker only; at run time the parameters are dropped.
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _ST = TypeVar("_ST", contravariant=True, default=Any)
    _GT = TypeVar("_GT", covariant=True, default=Any)

    class _Text(models.CharField[_ST, _GT]): ...

    class _Numeric(models.DecimalField[_ST, _GT]): ...

    class _Integer(models.BigIntegerField[_ST, _GT]): ...
else:
    _ST = _GT = None

    class _Parameters:
        def __class_getitem__(cls, _):
            return cls

    class _Text(_Parameters, models.CharField):
        pass

    class _Numeric(_Parameters, models.DecimalField):
        pass

    class _Integer(_Parameters, models.BigIntegerField):
        pass


class _HexField(_Text[_ST, _GT]):
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


class AddressField(_HexField[_ST, _GT]):
    """An account or contract on the chain: 0x and 40 digits, kept in lower case."""

    digits = 40


class HashField(_HexField[_ST, _GT]):
    """A 32-byte hash or a bytes32: 0x and 64 digits, kept in lower case."""

    digits = 64


class _BigIntegerNumeric(_Numeric[_ST, _GT]):
    """A Python int in NUMERIC(78, 0): wider than BIGINT, never rounded, never a float."""

    low = 0
    high = UINT256_MAX

    if TYPE_CHECKING:
        _pyi_private_set_type: int | str | Combinable
        _pyi_private_get_type: int  # type: ignore[assignment]
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


class Uint256Field(_BigIntegerNumeric[_ST, _GT]):
    """0 .. 2**256 - 1, as the chain counts."""


class Int256Field(_BigIntegerNumeric[_ST, _GT]):
    """-2**255 .. 2**255 - 1: signed quantities such as a register entry."""

    low = -(2**255)
    high = 2**255 - 1


class MinorField(_Integer[_ST, _GT]):
    """Money in minor units, signed. The currency stands beside it or on the parent."""

    if TYPE_CHECKING:
        _pyi_private_set_type: int | Combinable
        _pyi_private_get_type: int
        _pyi_lookup_exact_type: int

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, bool | float | Decimal | str):
            raise Refused(f"{value!r} is not a whole number of minor units.", field=self.name, rule="integers only")
        if isinstance(value, int) and abs(value) > BIGINT_MAX:
            raise Refused("This amount is larger than any that is kept.", field=self.name, rule="amount.bound")
        return super().get_prep_value(value)


class CurrencyField(_Text[_ST, _GT]):
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
