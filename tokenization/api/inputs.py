"""Fields that take text and nothing else: a JSON number is never turned into an amount behind the sender's back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from tokenization.files.services import MAX_BYTES
from tokenization.kernel.errors import PlatformError, Refused


class Text(serializers.CharField):
    """A JSON string; not a number or a boolean that looks like one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise ValidationError("This is a JSON string.", code="string")
        return super().to_internal_value(data)


class _Pattern(Text):
    pattern = re.compile("")
    words = ""
    rule = ""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not self.pattern.fullmatch(text):
            raise ValidationError(self.words, code=self.rule)
        return text


class Minor(_Pattern):
    """Money in minor units: digits as a string, to int."""

    pattern = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
    words = "An amount is a whole number of minor units as a string of at most 18 digits."
    rule = "minor units"

    def to_internal_value(self, data: Any) -> Any:
        return int(super().to_internal_value(data))


class Number(Minor):
    """A count: digits as a string, to int."""

    words = "A whole number as a string of at most 18 digits."
    rule = "whole number"


class Rate(_Pattern):
    """A price per 100 or a rate in percent as a string, to Decimal."""

    pattern = re.compile(r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,6})?", re.ASCII)
    words = 'A plain decimal number as a string, such as "97.4217": at most 3 digits before the point and 6 after it.'
    rule = "decimal number"

    def to_internal_value(self, data: Any) -> Any:
        return Decimal(super().to_internal_value(data))


class Hex(Text):
    """Bytes as 0x and their digits, given back in lower case."""

    def __init__(self, size: int, **more: Any) -> None:
        super().__init__(**more)
        self.size = size

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if not re.fullmatch(rf"0x[0-9a-fA-F]{{{2 * self.size}}}", text):
            raise ValidationError(f"This is 0x and {2 * self.size} hexadecimal digits.", code="hexadecimal")
        return text.lower()


class Instant(Text):
    """ISO 8601 with an offset: nobody guesses the zone."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            found = datetime.fromisoformat(super().to_internal_value(data))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise ValidationError('This is an instant with its offset: "2026-07-01T10:00:00+05:00".', code="ISO 8601")
        return found


class Flag(serializers.BooleanField):
    """JSON's true or false; not a word or a number that stands for one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError("This is true or false.", code="boolean")
        return data


class Body(serializers.Serializer[Any]):
    """What a write is told: a name that the operation does not know is refused, not passed over."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            raise ValidationError(
                {name[:40]: ["There is no such field here."] for name in unknown}, code="unknown field"
            )
        return super().to_internal_value(data)


class MoneyInput(Body):
    minor = Minor(help_text="Minor units as a string of digits.")
    currency = Text(max_length=3, help_text="ISO 4217.")


def minor_of(money: Mapping[str, Any], currency: str, field: str) -> int:
    """The minor units of a MoneyInput; Refused in any other currency."""
    if money["currency"] != currency:
        raise Refused(
            f"This is in {currency}, not in {money['currency']}.", field=f"{field}.currency", rule="one currency"
        )
    return int(money["minor"])


def file_bytes(file: UploadedFile[Any]) -> tuple[str, bytes]:
    """Name and content; Refused when it is larger than any file that the platform keeps."""
    if (file.size or 0) > MAX_BYTES:
        raise Refused(f"The file has {file.size:,} bytes; the limit is {MAX_BYTES:,}.", field="file", rule="size")
    file.seek(0)
    return str(file.name), file.read()


@contextmanager
def renamed(names: Mapping[str, str]) -> Iterator[None]:
    """A refusal names the field as the request calls it."""
    try:
        yield
    except PlatformError as error:
        error.field = names.get(error.field, error.field)
        raise
