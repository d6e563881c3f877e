"""The published worked examples of tests/vectors/finance.json. Each carries its source; a failure prints it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]
# Numbers are read as written: no double stands between the publisher and the comparison.
_TEXT = (Path(__file__).parents[2] / "vectors" / "finance.json").read_text()
VECTORS: dict[str, Row] = {row["id"]: row for row in json.loads(_TEXT, parse_float=Decimal)["vectors"]}


def starting(*prefixes: str) -> list[str]:
    """The ids that begin with one of the prefixes: at least one, so that a test never runs on nothing."""
    found = [name for name in VECTORS if name.startswith(prefixes)]
    assert found, prefixes
    return found


def near(row: Row, got: Decimal, key: str | None = None) -> None:
    """Asserts that `got` is the published figure within the published tolerance."""
    expected = row["expected"] if key is None else row["expected"][key]
    tolerance = row["tolerance"][key] if isinstance(row["tolerance"], dict) else row["tolerance"]
    miss = abs(got - Decimal(expected))
    assert miss <= Decimal(tolerance), f"{row['id']} {key or ''}: {got} is not {expected}; {row['source']}"
