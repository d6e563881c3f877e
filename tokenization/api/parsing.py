"""Bodies as they must be: small, JSON without floats, no name twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from tokenization.kernel.errors import Refused

LARGEST = 64 * 1024


def _no_float(text: str) -> Any:
    raise Refused(
        f"{text[:40]} is a JSON number with a fraction, which is not exact.",
        field="body",
        rule="amounts, prices and rates are strings",
        next_step=f'Write "{text[:40]}" in quotes.',
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refused(f"{name[:40]} stands there twice.", field=name[:40], rule="each name once")
        found[name] = value
    return found


class StrictJson(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Refused(f"The body has more than {LARGEST:,} bytes.", field="body", rule="size")
        try:
            found = json.loads(raw.decode(), parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON in UTF-8: {error}") from error
        if not isinstance(found, dict):
            raise ParseError("The body is a JSON object: names and values in braces.")
        return found
