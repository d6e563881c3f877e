"""Every example of finance.json is tested somewhere, or named here with the reason why not."""

from __future__ import annotations

from pathlib import Path

from tests.unit.maths.test_bond_vectors import OUT_OF_REACH
from tests.unit.maths.vectors import VECTORS

NOT_HERE = {
    **OUT_OF_REACH,
    "br-ntnf-200801": "discounts by business days over 252, no convention of ours; the day count itself is tested",
    "br-ntnf-201007": "as br-ntnf-200801",
    "br-ntnf-201401": "as br-ntnf-200801",
    "lbma-fine": "gold: reserves, not debt arithmetic",
    "lbma-oz": "gold",
    "lbma-round-down": "gold",
    "lbma-turn-scale": "gold",
    "lbma-limits": "gold",
    "lei-check": "identifiers of parties and accounts, not of securities",
    "iban-pk": "as lei-check",
    "cnic": "as lei-check",
    "cfi-DBFTFB": "classification codes: not asked of this room yet",
    "cfi-DYZTXR": "as cfi-DBFTFB",
    "cfi-ZZZZZZ": "as cfi-DBFTFB",
}
# The two examples that a test of test_dates_and_codes.py finds by their instrument type.
BY_TYPE = {"dc-act365f-act360-2025-01-15", "dc-act365f-act360-2024-01-15"}


def test_every_example_is_used_or_excused():
    sources = "".join(
        path.read_text() for path in Path(__file__).parent.glob("test_*.py") if path.name != Path(__file__).name
    )
    used = {name for name in VECTORS if f'"{name}"' in sources} | BY_TYPE
    prefixes = [line.split('"') for line in sources.splitlines() if "starting(" in line]
    families = tuple(text for parts in prefixes for text in parts[1::2] if text in PREFIXES)
    used |= {name for name in VECTORS if name.startswith(families)}
    assert set(families) == PREFIXES
    assert set(VECTORS) - used - set(OUT_OF_REACH) == set(NOT_HERE) - set(OUT_OF_REACH)


PREFIXES = {
    "us-II-", "us-III-", "us-IV-A", "us-IV-B", "us-IV-C", "us-IV-E", "us-ddec-", "us-award-", "us-frn-index-",
    "us-refcpi-", "us-idxratio-", "uk-dmo-ex", "uk-dmo-acc", "uk-auc-gilt", "uk-gilt2021", "de-bund", "fr-oat",
    "dc-30360", "dc-30365", "dc-actact-", "sofr-",
}  # fmt: skip
