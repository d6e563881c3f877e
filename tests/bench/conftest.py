"""`make bench`: each row is ours beside a reference measured in the same run; all rows go to build/bench.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

BUILD = Path(__file__).resolve().parents[2] / "build"
Row = dict[str, object]
Record = Callable[..., None]


@pytest.fixture(scope="session")
def rows() -> Iterator[list[Row]]:
    collected: list[Row] = []
    yield collected
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(collected, indent=1) + "\n")
    width = max((len(str(row["name"])) for row in collected), default=10)
    print(f"\n{'':{width}}  {'ours':>14}  {'reference':>14}  {'ratio':>8}  {'aim':>8}")
    for row in collected:
        mark = "" if row["met"] else "  NOT MET"
        print(
            f"{row['name']:{width}}  {row['ours']:>14,.6g}  {row['reference']:>14,.6g}  {row['ratio']:>8.3f}  "
            f"<= {row['aim']:<6}{mark}  {row['unit']}"
        )


@pytest.fixture
def record(rows: list[Row]) -> Record:
    """record(name=, unit=, ours=, reference=, aim=): `ratio` is ours / reference, smaller is better."""

    def add(*, name: str, unit: str, ours: float, reference: float, aim: float) -> None:
        ratio = ours / reference
        row: Row = {"name": name, "unit": unit, "ours": ours, "reference": reference, "ratio": round(ratio, 4)}
        rows.append({**row, "aim": aim, "met": ratio <= aim})

    return add
