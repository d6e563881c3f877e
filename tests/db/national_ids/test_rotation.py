"""A new key: numbers are sealed and indexed anew, and one number stays with one party."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.core.management import CommandError

from tests.factories.identity import person
from tests.factories.national_ids import NUMBER, OTHER, natural, proposed, registered
from tests.support.database import TestCluster
from tests.support.rotation import rotated_as_owner
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import NationalId
from tokenization.identity.national_ids.selectors import registered as holder_of
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.kernel.secrets import equality_hashes, unseal
from tokenization.local.postgres import OWNER

OLD, NEW = "the-old-key-of-tests-that-is-long-enough", "the-new-key-of-tests-that-is-long-enough"
Rows = list[tuple[str, str]]


def test_rotation_moves_numbers_and_their_index_to_the_new_key(
    fresh_db: str, postgres: TestCluster, settings: Any
) -> None:
    settings.FIELD_KEYS = [OLD]
    first, stranger = registered(natural()), natural()
    settings.FIELD_KEYS = [NEW, OLD]
    second = registered(natural(), OTHER)
    before = raw(postgres, fresh_db)
    rotated_as_owner(postgres, fresh_db)
    settings.FIELD_KEYS = [NEW]
    after = raw(postgres, fresh_db)
    assert [unseal(number) for number, _ in after] == [NUMBER, OTHER]
    assert [index for _, index in after] == [equality_hashes(NUMBER)[0], equality_hashes(OTHER)[0]]
    assert after[0][1] != before[0][1]
    assert after[1][1] == before[1][1]
    assert not {number for number, _ in after} & {number for number, _ in before}
    assert (holder_of(NUMBER, "CNIC"), holder_of(OTHER, "CNIC")) == (first, second)
    with pytest.raises(Refused, match="registered to another party"):
        proposed(stranger)
    # And the guards stand again.
    fixed = pytest.raises(psycopg.errors.IntegrityError, match="national_id_is_fixed")
    with psycopg.connect(postgres.url(fresh_db, OWNER)) as owner, fixed:
        owner.execute("UPDATE identity_nationalid SET source = 'heard'")


def test_a_number_that_came_in_under_both_keys_stops_the_rotation(
    fresh_db: str, postgres: TestCluster, settings: Any
) -> None:
    """As when one process still writes under the old key while another writes under the new one."""
    settings.FIELD_KEYS = [OLD]
    asked = proposed(natural())
    settings.FIELD_KEYS = [NEW, OLD]
    registered(natural())
    # What a process of before the change does: it knows the old key alone, and reads nothing that the new one wrote.
    settings.FIELD_KEYS = [OLD]
    approval_approve(approval_id=asked.pk, actor=person("COMPLIANCE_CHECKER"), now=clock.now())
    settings.FIELD_KEYS = [NEW, OLD]
    before = raw(postgres, fresh_db)
    assert NationalId.objects.filter(valid_until=None).count() == 2
    with pytest.raises(CommandError, match="two rows keep one number") as refusal:
        rotated_as_owner(postgres, fresh_db)
    assert NUMBER not in str(refusal.value)
    assert raw(postgres, fresh_db) == before


def raw(postgres: TestCluster, name: str) -> Rows:
    with psycopg.connect(postgres.url(name, OWNER)) as owner:
        return owner.execute("SELECT number, number_index FROM identity_nationalid ORDER BY id").fetchall()
