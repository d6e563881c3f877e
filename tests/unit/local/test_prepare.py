"""A database that another version made is refused in words."""

from __future__ import annotations

import pytest

from tokenization.local.prepare import refuse_foreign

KNOWN = [("identity", "0001_initial"), ("cash", "0001_initial")]


def test_what_is_known_or_not_yet_there_passes() -> None:
    refuse_foreign([], KNOWN)
    refuse_foreign(KNOWN[:1], KNOWN)


def test_a_migration_that_no_file_has_is_named_with_the_way_out() -> None:
    with pytest.raises(SystemExit) as refusal:
        refuse_foreign([*KNOWN, ("cash", "0007_later"), ("cash", "0008_later")], KNOWN)
    assert str(refusal.value) == (
        "This database was made by another version of the platform: it has lived through cash.0007_later, "
        "cash.0008_later.\nRun the version that made it, or take an empty database (`make clean` removes the embedded "
        "ones)."
    )
