"""A vault's list goes in whole or not at all, once, in its order, and no item lies in two places."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from custody.reserves.lists import ParsedList, csv_of, xlsx_of
from custody.reserves.models import Vault, VaultItem, VaultList, VaultListLine
from custody.reserves.selectors import latest_list
from custody.reserves.services import vault_open
from tests.factories import ledgerless as world
from tests.factories import reserves, vault_lists
from tests.factories.identity import party
from tests.unit.reserves.test_lists import WEIGHT_LISTS
from tokenization.files.models import StoredFile
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import NotAllowed, Problems, Refused

pytestmark = pytest.mark.django_db
SAMPLES = vault_lists.LISTS / "lbma" / "samples"
NOW = reserves.NOW


def written() -> tuple[int, int, int, int, int]:
    told = AuditEntry.objects.filter(action="vault.list").count()
    return (
        VaultList.objects.count(),
        VaultListLine.objects.count(),
        VaultItem.objects.count(),
        StoredFile.objects.count(),
        told,
    )


def refused(of: Vault, content: bytes | ParsedList) -> list[tuple[int, str, str]]:
    before = written()
    with pytest.raises(Problems, match="Nothing was imported") as refusal:
        reserves.take(of, content)
    assert written() == before
    return [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems]


@pytest.mark.parametrize("name", ["good.csv", "good.xlsx"])
def test_the_good_list_goes_in_to_the_last_thousandth(name: str) -> None:
    files = StoredFile.objects.count()
    found = reserves.take(reserves.vault(), (SAMPLES / name).read_bytes())
    assert written() == (1, 27, 27, files + 1, 1)
    assert (found.number, found.as_of, found.items, found.total_minor) == (1, vault_lists.AS_OF, 27, 10_784_815)
    bar = VaultItem.objects.get(brand="TEST REFINER A", serial="TS00000", year=2018)
    assert (bar.gross_minor, bar.assay, bar.refiner_fine_minor, bar.fine_minor) == (
        401_125, Decimal("995.8"), 399_440, 399_440,
    )  # fmt: skip
    assert (bar.state, bar.token_id, bar.moves, bar.form) == ("FREE", None, 0, "BAR")
    assert VaultItem.objects.get(serial="TS00004").difference_minor == -25


def test_a_certificate_of_a_terminal_goes_in_as_the_second_kind() -> None:
    of = reserves.vault(vault_lists.TERMINAL, "OIL")
    found = reserves.take(of, vault_lists.certificate())
    assert (found.layout, found.items, found.total_minor) == ("TERMINAL", 4, 50_600_450)
    line = found.lines.get(line=9)
    assert (line.item.tank, line.item.batch, line.item.certificate, line.item.form) == (
        "TK-2", "B002", "CERT-0002", "TANK",
    )  # fmt: skip
    assert (line.fine_minor, line.inspector) == (12_600_100, "TEST INSPECTION")
    assert (line.api_gravity, line.sediment_water_pct) == (Decimal("33.7"), Decimal("0.125"))


@pytest.mark.parametrize(("name", "fault"), sorted(WEIGHT_LISTS.items()))
def test_nothing_of_a_bad_list_is_written(name: str, fault: tuple[int, str, str]) -> None:
    assert refused(reserves.vault(), (SAMPLES / name).read_bytes()) == [fault]


def test_in_situ_oil_backs_nothing() -> None:
    of = reserves.vault(vault_lists.TERMINAL, "OIL")
    content = (vault_lists.LISTS / "terminal" / "samples" / "in_situ.csv").read_bytes()
    assert refused(of, content) == [(9, "held", "reserve.stored")]


def test_the_next_list_follows_number_and_instant() -> None:
    of, first = reserves.vault(), vault_lists.weight_list(3)
    reserves.take(of, first)
    again = replace(first, head=replace(first.head, as_of=first.head.as_of + timedelta(minutes=1)))
    assert refused(of, again) == [(0, "list", "list.no_gap")]
    assert refused(of, replace(first, head=replace(first.head, number=2))) == [(0, "as of", "as_of.later")]
    late = replace(first, head=replace(first.head, number=2, as_of=NOW + timedelta(minutes=1)))
    assert refused(of, late) == [(0, "as of", "as_of.past")]
    other = replace(vault_lists.later(first, 0), head=replace(again.head, number=2, vault="VLT-TWO"))
    assert refused(of, other) == [(0, "vault", "vault.own")]


def test_a_later_list_brings_figures_and_new_bars_and_forgets_none() -> None:
    of, first = reserves.vault(), vault_lists.weight_list(3)
    reserves.take(of, first)
    lighter = replace(first.lines[1], gross_minor=398_650, fine_minor=396_736)
    second = vault_lists.later(replace(first, lines=(lighter, vault_lists.bar(7))), 0)
    second = replace(second, head=replace(second.head, as_of=vault_lists.AS_OF + timedelta(minutes=5)))
    found = reserves.take(of, second)
    assert dict(VaultItem.objects.values_list("serial", "fine_minor")) == {
        "TS00000": 399_440,
        "TS00001": 396_736,
        "TS00002": 396_975,
        "TS00007": vault_lists.bar(7).fine_minor,
    }
    told = VaultListLine.objects.filter(item__serial="TS00001").order_by("list")
    assert [line.fine_minor for line in told] == [396_761, 396_736]
    assert latest_list(of, NOW) == found
    assert latest_list(of, vault_lists.AS_OF) == VaultList.objects.get(number=1)
    assert latest_list(of, vault_lists.AS_OF - timedelta(seconds=1)) is None


def test_a_bar_lies_in_one_vault() -> None:
    reserves.take(reserves.vault(), vault_lists.weight_list(3))
    twin = vault_lists.weight_list(2, vault="VLT-TWO")
    found = refused(reserves.vault("VLT-TWO"), twin)
    assert found == [(7, "item", "item.one_vault"), (8, "item", "item.one_vault")]


def test_a_bar_is_one_however_its_name_is_written() -> None:
    of, first = reserves.vault(), vault_lists.weight_list(2)
    reserves.take(of, first)
    other = replace(first.lines[0], key="Test Refiner a/ts00000/2018", brand="Test Refiner a", serial="ts00000")
    second = vault_lists.later(replace(first, lines=(other, first.lines[1])), 0)
    second = replace(second, head=replace(second.head, as_of=vault_lists.AS_OF + timedelta(minutes=5)))
    reserves.take(of, second)
    assert list(VaultItem.objects.order_by("pk").values_list("key", flat=True)) == [line.key for line in first.lines]
    head = replace(vault_lists.weight_list(2).head, vault="VLT-TWO")
    assert refused(reserves.vault("VLT-TWO"), replace(first, head=head, lines=(other,))) == [
        (7, "item", "item.one_vault")
    ]


def test_a_new_certificate_is_word_of_the_same_batch() -> None:
    of, first = reserves.vault(vault_lists.TERMINAL, "OIL"), vault_lists.certificate(2)
    reserves.take(of, first)
    again = replace(first.lines[0], certificate="CERT/9001", fine_minor=12_400_000)
    second = vault_lists.later(replace(first, lines=(again, first.lines[1])), 0)
    second = replace(second, head=replace(second.head, as_of=vault_lists.AS_OF + timedelta(minutes=5)))
    found = reserves.take(of, second)
    assert list(VaultItem.objects.order_by("pk").values_list("key", "certificate", "fine_minor")) == [
        ("TK-1/B001", "CERT/9001", 12_400_000),
        ("TK-2/B002", "CERT-0002", 12_600_100),
    ]
    told = VaultListLine.objects.filter(item__tank="TK-1").order_by("list").values_list("certificate", flat=True)
    assert (list(told), found.items) == (["CERT-0001", "CERT/9001"], 2)


def test_another_terminal_may_call_its_tank_the_same() -> None:
    reserves.take(reserves.vault(vault_lists.TERMINAL, "OIL"), vault_lists.certificate(1))
    there = replace(vault_lists.certificate(1), head=replace(vault_lists.certificate(1).head, vault="TRM-TWO"))
    reserves.take(reserves.vault("TRM-TWO", "OIL"), there)
    assert sorted(VaultItem.objects.values_list("vault__code", "key")) == [
        ("TRM-ONE", "TK-1/B001"), ("TRM-TWO", "TK-1/B001"),
    ]  # fmt: skip


def test_the_same_bytes_are_taken_once() -> None:
    of = reserves.vault()
    reserves.take(of, vault_lists.weight_list(3))
    before = written()
    with pytest.raises(Refused, match="taken in already"):
        reserves.take(of, vault_lists.weight_list(3))
    assert written() == before


@pytest.mark.parametrize("role", ["DEBT_MAKER", "REGISTRAR_CHECKER", "EXAMINER", "AUDITOR", "OPERATOR", "INVESTOR"])
def test_only_the_registrars_officer_takes_lists_in(role: str) -> None:
    of, before = reserves.vault(), written()
    with pytest.raises(NotAllowed):
        reserves.take(of, vault_lists.weight_list(3), role=role)
    with pytest.raises(NotAllowed):
        vault_open(
            code="VLT-X", name="x", party=of.party, commodity="XAU", location="x", actor=world.officer(role), now=NOW
        )
    assert (written(), Vault.objects.count()) == (before, 1)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"code": "vlt 1"}, "vault code"),
        ({"name": " "}, "length"),
        ({"commodity": "PKR"}, "kind"),
        ({"code": "VLT-ONE"}, "once"),
    ],
)
def test_a_vault_is_named_properly(change: dict[str, str], rule: str) -> None:
    reserves.vault()
    given = {"code": "VLT-X", "name": "x", "commodity": "XAU", "location": "x"} | change
    with pytest.raises(Refused) as refusal:
        vault_open(**given, party=party(), actor=world.officer("REGISTRAR_OFFICER"), now=NOW)
    assert (refusal.value.rule, Vault.objects.count()) == (rule, 1)


@pytest.mark.parametrize("table", ["reserves_vaultlist", "reserves_vaultlistline", "reserves_vaultitemmove"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_a_vault_told_is_kept(table: str, statement: str) -> None:
    reserves.take(reserves.vault(), vault_lists.weight_list(2))
    with (
        pytest.raises(Exception, match="permission denied|refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


def test_a_list_without_items_is_no_list() -> None:
    of = reserves.vault()
    found = reserves.take(of, vault_lists.weight_list(2))
    with pytest.raises(IntegrityError, match="vault_list_holds_items"), transaction.atomic():
        VaultList.objects.create(
            vault=of, file=found.file, layout="LBMA", number=0, as_of=NOW, items=1, total_minor=1,
            imported_by=found.imported_by, imported_at=NOW,
        )  # fmt: skip


def test_a_spreadsheet_with_the_same_bars_is_another_file_of_the_same_list() -> None:
    of = reserves.vault()
    reserves.take(of, csv_of(vault_lists.weight_list(2)))
    assert refused(of, xlsx_of(vault_lists.weight_list(2))) == [(0, "list", "list.no_gap"), (0, "as of", "as_of.later")]
