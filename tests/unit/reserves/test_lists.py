"""Keepers' lists: the good samples to the last digit, each bad one refused by line, field and rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from custody.reserves.kinds import KINDS, kind_of
from custody.reserves.lists import csv_of, fine_of, parse, xlsx_of
from tests.factories import vault_lists
from tests.factories.vault_lists import LISTS
from tokenization.kernel.errors import Problems, Refused

GOLD, OIL = KINDS["XAU"], KINDS["OIL"]

WEIGHT_LISTS = {
    "arithmetic.csv": (7, "fine oz", "fine.arithmetic"),
    "barrels.csv": (5, "measure", "measure.of_vault"),
    "cut_in_a_line.csv": (34, "", "file.whole"),
    "duplicate.csv": (8, "item", "item.once"),
    "formula.xlsx": (7, "", "xlsx.values"),
    "hidden_row.xlsx": (9, "", "xlsx.visible"),
    "latin1.csv": (8, "", "file.utf8"),
    "low_assay.csv": (7, "assay", "assay.good_delivery"),
    "negative_weight.csv": (8, "refiner gross oz", "number.not_negative"),
    "no_offset.csv": (4, "as of", "as_of.offset"),
    "over_precise_assay.csv": (7, "assay", "assay.four_figures"),
    "over_precise_weight.csv": (8, "refiner gross oz", "quantity.decimals"),
    "truncated.csv": (20, "total", "file.whole"),
    "unknown_column.csv": (6, "remark", "columns.known"),
    "utf16.csv": (1, "", "file.utf8"),
    "wrong_count.csv": (34, "serial", "total.count"),
    "wrong_total.csv": (34, "fine oz", "total.sum"),
}
CERTIFICATES = {
    "in_situ.csv": (9, "held", "reserve.stored"),
    "no_certificate.csv": (10, "certificate", "certificate.given"),
    "other_temperature.csv": (6, "base temperature", "base_temperature.of_vault"),
    "ounces.csv": (5, "measure", "measure.of_vault"),
    "three_decimals.csv": (8, "net bbl", "quantity.decimals"),
    "water_over_precise.csv": (8, "sediment and water", "sediment_and_water.percent"),
}


def refused(folder: str, name: str) -> list[tuple[int, str, str]]:
    kind = GOLD if folder == "lbma" else OIL
    with pytest.raises(Problems) as refusal:
        parse((LISTS / folder / "samples" / name).read_bytes(), kind)
    return [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems]


@pytest.mark.parametrize("name", ["good.csv", "good.xlsx"])
def test_the_good_weight_list_is_read_to_the_last_digit(name: str) -> None:
    found = parse((LISTS / "lbma" / "samples" / name).read_bytes(), GOLD)
    assert found == vault_lists.weight_list()
    assert (len(found.lines), found.total_minor, found.head.number) == (27, 10_784_815, 1)
    first = found.lines[0]
    assert (first.refiner_gross_minor, first.assay, first.refiner_fine_minor) == (401_125, Decimal("995.8"), 399_440)
    assert (first.key, first.difference_minor) == ("TEST REFINER A/TS00000/2018", 0)


@pytest.mark.parametrize("name", ["good.csv", "good.xlsx"])
def test_the_good_certificate_is_read_to_the_last_digit(name: str) -> None:
    found = parse((LISTS / "terminal" / "samples" / name).read_bytes(), OIL)
    assert found == vault_lists.certificate()
    assert (len(found.lines), found.total_minor) == (4, 50_600_450)
    tank = found.lines[1]
    assert (tank.key, tank.fine_minor, tank.api_gravity) == ("TK-2/B002", 12_600_100, Decimal("33.7"))


@pytest.mark.parametrize(("name", "fault"), sorted(WEIGHT_LISTS.items()))
def test_each_bad_weight_list_is_refused_at_its_line(name: str, fault: tuple[int, str, str]) -> None:
    assert refused("lbma", name) == [fault]


@pytest.mark.parametrize(("name", "fault"), sorted(CERTIFICATES.items()))
def test_each_bad_certificate_is_refused_at_its_line(name: str, fault: tuple[int, str, str]) -> None:
    assert refused("terminal", name) == [fault]


@pytest.mark.parametrize(("folder", "tried"), [("lbma", WEIGHT_LISTS), ("terminal", CERTIFICATES)])
def test_every_sample_is_tried(folder: str, tried: dict[str, object]) -> None:
    assert {path.name for path in (LISTS / folder / "samples").iterdir()} == {*tried, "good.csv", "good.xlsx"}


@pytest.mark.parametrize(
    ("gross", "assay", "fine"),
    [
        # DOMAIN.md, section 5.
        (401_125, "995.8", 399_440),
        # 400.000 x 999.9/1000 = 399.96 exactly.
        (400_000, "999.9", 399_960),
        # 0.500 x 995.0/1000 = 0.4975: a half goes up.
        (500, "995.0", 498),
        (1, "999.9", 1),
        # 350.500 x 995.5/1000 = 348.92275 -> 348.923
        (350_500, "995.5", 348_923),
    ],
)
def test_fine_is_gross_by_assay_rounded_half_up(gross: int, assay: str, fine: int) -> None:
    assert fine_of(gross, Decimal(assay)) == fine


def test_the_vaults_weight_stands_beside_the_refiners_and_counts() -> None:
    lighter = vault_lists.weight_list().lines[4]
    assert (lighter.refiner_gross_minor, lighter.gross_minor) == (399_200, 399_175)
    assert lighter.difference_minor == lighter.fine_minor - (lighter.refiner_fine_minor or 0) == -25
    assert vault_lists.weight_list().total_minor == sum(line.fine_minor for line in vault_lists.weight_list().lines)


def test_every_fault_of_a_list_is_told_at_once() -> None:
    content = csv_of(vault_lists.weight_list())
    content = vault_lists.edited(content, 7, "995.8", "995.83")
    content = vault_lists.edited(content, 9, "TEST REFINER C", "")
    with pytest.raises(Problems) as refusal:
        parse(content, GOLD)
    found = [(p.line, p.field, p.rule) for p in refusal.value.problems]
    assert found == [(7, "assay", "assay.four_figures"), (9, "brand", "brand.given")]


def test_a_bar_written_otherwise_is_the_same_bar() -> None:
    content = vault_lists.edited(csv_of(vault_lists.weight_list()), 7, "TEST REFINER A", "TEST   REFINER A")
    assert parse(content, GOLD) == vault_lists.weight_list()
    rows = content.split(b"\n")
    rows[7] = rows[6].replace(b"TEST   REFINER A,TS", b"Test Refiner a,ts")
    with pytest.raises(Problems) as refusal:
        parse(b"\n".join(rows), GOLD)
    assert [(p.line, p.rule) for p in refusal.value.problems] == [(8, "item.once")]


@pytest.mark.parametrize(("field", "old"), [("brand", "TEST REFINER A"), ("serial", "TS00000")])
def test_a_name_has_no_mark_that_parts_names(field: str, old: str) -> None:
    """A/B/C could be two bars."""
    content = vault_lists.edited(csv_of(vault_lists.weight_list()), 7, old, f"{old[:4]}/{old[4:]}")
    with pytest.raises(Problems) as refusal:
        parse(content, GOLD)
    assert [(p.line, p.field, p.rule) for p in refusal.value.problems] == [(7, field, "name.plain")]


def test_a_certificate_may_have_it() -> None:
    content = vault_lists.edited(csv_of(vault_lists.certificate()), 8, "CERT-0001", "CERT/2026/0001")
    first = parse(content, OIL).lines[0]
    assert (first.key, first.certificate) == ("TK-1/B001", "CERT/2026/0001")


@pytest.mark.parametrize("line", [1, 2, 3, 4, 5])
def test_a_head_without_one_of_its_lines_is_refused(line: int) -> None:
    rows = csv_of(vault_lists.weight_list()).decode().split("\n")
    name = rows[line - 1].split(",")[0]
    content = "\n".join(rows[: line - 1] + rows[line:]).encode()
    with pytest.raises(Problems) as refusal:
        parse(content, GOLD)
    assert [(p.field, p.rule) for p in refusal.value.problems] == [(name, "head.given")]


def test_a_certificate_is_no_weight_list() -> None:
    with pytest.raises(Problems) as refusal:
        parse(csv_of(vault_lists.certificate()), GOLD)
    assert [(p.field, p.rule) for p in refusal.value.problems] == [("brand", "heading.needed")]


def test_silver_is_one_record_more() -> None:
    bars = vault_lists.weight_list(1).lines
    silver = replace(
        vault_lists.weight_list(1),
        head=replace(vault_lists.weight_list(1).head, measure="XAG"),
        lines=(replace(bars[0], assay=Decimal("999.0"), refiner_fine_minor=400_724, fine_minor=400_724),),
    )
    assert parse(csv_of(silver), KINDS["XAG"]) == silver
    assert parse(xlsx_of(silver), KINDS["XAG"]) == silver


def test_an_unknown_commodity_is_no_kind() -> None:
    with pytest.raises(Refused, match="One of XAU, XAG, OIL"):
        kind_of("GAS")
