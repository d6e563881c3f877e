"""Bid files: good ones are read to the tick, every wrong one is refused whole with line, field and rule."""

from __future__ import annotations

import io
import struct
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuance.bid.files import BidLine, Ticks, csv_of, parse, xlsx_of
from issuance.bid.files.reading import media_type
from issuance.maths.bills import agrees
from issuance.maths.conventions import PK_MTB
from tests.factories import bid_files as made
from tokenization.files.rows.cells import MOST_LINES, Wrong, text_cell, value_cell
from tokenization.files.rows.package import MOST_PARTS
from tokenization.kernel.errors import Problems

GOOD = "PD-ALPHA,PD-ALPHA,AL-1,C,5000000,97.4217,"
# One for the whole run: a spreadsheet holds the second in which it was made.
BOOK = made.book()


def faults(content: bytes, ticks: Ticks = made.TICKS) -> list[tuple[int, str, str]]:
    with pytest.raises(Problems) as refusal:
        parse(content, ticks)
    return [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems]


def sample(name: str) -> bytes:
    return (made.SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", ["good.csv", "good.xlsx"])
def test_the_good_samples_hold_the_same_book(name: str) -> None:
    lines = parse(sample(name), made.TICKS)
    assert lines == made.sample_book()
    competitive = [line for line in lines if line.competitive]
    assert (len(competitive), len(lines) - len(competitive)) == (48, 8)
    assert {line.dealer for line in competitive} == set(made.DEALERS)
    assert sum(line.face for line in competitive) == 7_050_000_000
    tied = {line.dealer for line in competitive if line.price == Decimal("97.4217")}
    assert tied == set(made.DEALERS)
    assert all(line.price is None and line.yield_pct is None for line in lines if not line.competitive)
    both = [line for line in lines if line.price is not None and line.yield_pct is not None]
    assert len(both) == 8
    assert all(agrees(line.price, line.yield_pct, made.DAYS, PK_MTB) for line in both)


def test_the_samples_are_those_of_the_factory() -> None:
    assert sample("good.csv") == csv_of(made.sample_book())
    for name, content in made.WRONG_TEXTS.items():
        assert sample(f"{name}.csv") == content, name
    named = {path.name for path in made.SAMPLES.iterdir()}
    wrong = {f"{name}.csv" for name in made.WRONG_TEXTS} | {f"{name}.xlsx" for name in made.WRONG_BOOKS}
    assert named == wrong | {"good.csv", "good.xlsx"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("off_tick.csv", (2, "price", "price.tick")),
        ("thousands.csv", (2, "face", "number.no_separators")),
        ("decimal_comma.csv", (2, "price", "number.point")),
        ("non_breaking_space.csv", (2, "face", "text.visible")),
        ("date_serial.csv", (2, "price", "price.size")),
        ("non_competitive_with_price.csv", (2, "price", "price.absent")),
        ("no_price.csv", (2, "price", "price.given")),
        ("negative_face.csv", (2, "face", "face.positive")),
        ("exponent.csv", (2, "face", "number.plain")),
        ("same_reference_twice.csv", (3, "reference", "reference.once")),
        ("too_many_cells.csv", (2, "", "line.columns")),
        ("blank_line_between.csv", (2, "", "line.blank")),
        ("missing_column.csv", (1, "bidder", "heading.needed")),
        ("unknown_column.csv", (1, "remark", "heading.known")),
        ("semicolons.csv", (1, "", "file.commas")),
        ("cut_short.csv", (2, "", "file.whole")),
        ("utf16.csv", (1, "", "file.utf8")),
        ("latin1.csv", (2, "", "file.utf8")),
        ("formula.xlsx", (2, "", "xlsx.values")),
        ("hidden_sheet.xlsx", (0, "", "xlsx.visible")),
        ("hidden_row.xlsx", (3, "", "xlsx.visible")),
        ("merged_heading.xlsx", (1, "", "xlsx.merged")),
        ("date_cell.xlsx", (2, "reference", "cell.no_date")),
        ("percent_cell.xlsx", (2, "yield", "number.percent")),
        ("entities.xlsx", (0, "", "xlsx.entities")),
    ],
)
def test_each_bad_sample_names_line_field_and_rule(name: str, expected: tuple[int, str, str]) -> None:
    assert faults(sample(name))[0] == expected


def test_every_fault_of_every_line_is_in_one_report() -> None:
    rows = (GOOD, ",B/+,=1+1,X,1.5,0,1000", "PD,PD,R,C,0,-1,1,", 'PD,PD,AL-2,C,"5,000",97.42171,11.50005')
    assert faults(made.text(*rows)) == [
        (3, "competitive", "competitive.c_or_n"),
        (3, "dealer", "dealer.given"),
        (3, "bidder", "bidder.plain"),
        (3, "reference", "reference.plain"),
        (3, "face", "face.whole"),
        (3, "price", "price.positive"),
        (3, "yield", "yield.size"),
        (4, "face", "face.positive"),
        (4, "price", "price.positive"),
        (5, "face", "number.no_separators"),
        (5, "price", "price.tick"),
        (5, "yield", "yield.tick"),
    ]


def test_marks_ends_quotes_case_and_order_of_columns_do_not_matter() -> None:
    heading = '\ufeffPrice,"FACE",Competitive,reference,bidder,dealer'
    rows = f'{heading}\r\n97.42170 ,5000000,C,"AL-1",PD-ALPHA, PD-ALPHA\r\n\r\n'
    expected = BidLine(2, "PD-ALPHA", "PD-ALPHA", "AL-1", True, 5_000_000, Decimal("97.4217"))
    assert parse(rows.encode(), made.TICKS) == [expected]


def test_the_tick_is_the_auctions_and_zeros_beyond_it_are_no_digits() -> None:
    assert faults(made.text(GOOD), Ticks(3, 4)) == [(2, "price", "price.tick")]
    [line] = parse(made.text(GOOD.replace("97.4217", "97.42100")), Ticks(3, 4))
    assert str(line.price) == "97.421"
    [whole] = parse(made.text(GOOD.replace("97.4217", "97.0")), Ticks(0, 0))
    assert str(whole.price) == "97"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("5 000 000", "number.no_separators"),
        ("5'000'000", "number.no_separators"),
        ("5_000_000", "number.no_separators"),
        ("٥٠٠٠", "number.plain"),
        ("+5000", "number.plain"),
        ("05000", "number.plain"),
        ("NaN", "number.plain"),
        ("0x10", "number.plain"),
        ("=5000", "number.plain"),
        ("5000.00", "face.whole"),
        ("1" * 16, "face.size"),
        ("0", "face.positive"),
        ("", "face.given"),
    ],
)
def test_only_plain_whole_numbers_are_faces(text: str, rule: str) -> None:
    assert faults(made.text(GOOD.replace("5000000", text))) == [(2, "face", rule)]


@pytest.mark.parametrize("letter", ["\u00a0", "\u200b", "\u2009", "\u202e", "\t", "\x00", "\ufeff"])
def test_what_the_eye_does_not_see_is_named_and_not_removed(letter: str) -> None:
    found = text_cell(f"PD-ALPHA{letter}")
    assert isinstance(found, Wrong)
    assert (found.rule, f"U+{ord(letter):04X}" in found.message) == ("text.visible", True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (0, "", "file.empty")),
        (b"\n\n", (0, "", "file.empty")),
        (made.text(), (0, "", "file.empty")),
        (made.text(heading="dealer,bidder,reference,competitive,face,price,price"), (1, "price", "heading.once")),
        (made.text(heading="dealer,bidder,reference,competitive,face"), (1, "price", "heading.needed")),
        (made.text('PD,"PD"x,R,C,5,97,'), (2, "", "file.csv")),
        (made.text('PD,"PD\nPD",R,C,5,97,', GOOD), (2, "bidder", "text.visible")),
        (made.text("PD,PD,R,C"), (2, "", "line.columns")),
        (made.text(*[GOOD] * (MOST_LINES + 1)), (0, "", "file.lines")),
        (b"a" * (5 * 1024 * 1024 + 1), (0, "", "file.size")),
        (b"PK\x03\x04nonsense", (0, "", "xlsx.package")),
        (b"\xd0\xcf\x11\xe0old", (0, "", "xlsx.package")),
    ],
)
def test_what_is_no_bid_file_is_refused(content: bytes, expected: tuple[int, str, str]) -> None:
    assert faults(content)[0] == expected


def test_the_line_after_a_quoted_line_end_keeps_its_number() -> None:
    assert faults(made.text('PD,"PD\nPD",R,C,5,97,', GOOD.replace("C,5", "X,5")))[1] == (
        4,
        "competitive",
        "competitive.c_or_n",
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (97.4217, "97.4217"),
        (5_000_000.0, "5000000"),
        (5e9, "5000000000"),
        (1e-4, "0.0001"),
        (1001, "1001"),
        (None, ""),
        (" PD ", "PD"),
    ],
)
def test_a_number_cell_is_what_was_typed(value: object, cell: str) -> None:
    assert value_cell(value) == cell


@pytest.mark.parametrize("value", [0.1 + 0.2, 97.42170000000002, 1e15, 10**15, float("nan"), float("inf")])
def test_a_computed_number_is_refused(value: float) -> None:
    found = value_cell(value)
    assert isinstance(found, Wrong)
    assert found.rule == "number.exact"


def test_a_truth_value_an_error_and_a_second_sheet_are_refused() -> None:
    def strange(out: object) -> None:
        sheet = out.active  # type: ignore[attr-defined]
        sheet["D2"], sheet["E3"] = True, "#N/A"

    assert faults(made.book(strange)) == [
        (2, "competitive", "cell.text_or_number"),
        (3, "face", "cell.text_or_number"),
    ]
    assert faults(made.book(lambda out: out.create_sheet("more"))) == [(0, "", "xlsx.one_sheet")]
    assert faults(made.book(lambda out: out.active.column_dimensions.__getitem__("C").__setattr__("hidden", True)))[
        0
    ] == (0, "", "xlsx.visible")


def test_a_book_of_another_writer_with_shared_strings_is_read() -> None:
    """XlsxWriter stores texts once in a part of their own, as Excel does, and numbers as 17 digits of the double."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Bids")
    sheet.write_row(0, 0, ["Dealer", "Bidder", "Reference", "Competitive", "Face", "Price", "Yield"])
    for row, line in enumerate(made.sample_book(), 1):
        cells = (line.price and float(line.price), line.yield_pct and float(line.yield_pct))
        kind = "C" if line.competitive else "N"
        sheet.write_row(row, 0, [line.dealer, line.bidder, line.reference, kind, line.face, *cells])
    book.close()
    assert b"xl/sharedStrings.xml" in out.getvalue()
    assert parse(out.getvalue(), made.TICKS) == made.sample_book()


def test_rows_beyond_the_size_that_a_sheet_claims_are_read() -> None:
    small = made.repacked(made.book(rows=3), {made.SHEET: lambda body: body.replace(b"A1:H4", b"A1:B2")})
    assert parse(small, made.TICKS) == made.sample_book()[:3]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b'<row r="3"', b'<row r="2"', "xlsx.rows"),
        (b'<row r="3"', b'<row r="900000000"', "xlsx.rows"),
        (b'r="B3"', b'r="A3"', "xlsx.rows"),
        (b'r="B3"', b'r="XFD3"', "xlsx.rows"),
        (b'r="B3"', b'r="B2"', "xlsx.rows"),
        (b"</sheetData>", b"</sheetDat>", "xlsx.package"),
        (b'<c r="B3"', b'<d r="B3"/><c r="C3"', "xlsx.rows"),
        (b'<row r="3"', b'<row r="3"/><x><row r="4"/></x><row r="5"', "xlsx.rows"),
    ],
)
def test_a_sheet_that_would_lose_rows_or_cells_is_refused(old: bytes, new: bytes, rule: str) -> None:
    content = made.repacked(made.book(), {made.SHEET: lambda body: body.replace(old, new, 1)})
    assert faults(content)[0][2] == rule


def test_a_formula_behind_a_stored_value_is_seen() -> None:
    """The reader, asked for values, would give 97.4 and say nothing."""
    content = made.repacked(
        made.book(), {made.SHEET: lambda body: body.replace(b"<v>97.4217</v>", b"<f>97.4+0</f><v>97.4</v>", 1)}
    )
    assert made.reread(content)[1][5] == "=97.4+0"
    assert faults(content) == [(2, "", "xlsx.values")]


def test_what_is_no_cells_formula_is_none() -> None:
    """A drop-down list or a colour rule, as templates have them, and the name of a part that lists old formulas."""
    validation = (
        b'<dataValidations><dataValidation type="list"><formula1>"C,N"</formula1></dataValidation></dataValidations>'
    )
    extension = b'<extLst><ext uri="{0}" xmlns:m="http://schemas.microsoft.com/office/excel/2006/main"><m:f>A1</m:f></ext></extLst>'
    content = made.repacked(
        made.book(), {made.SHEET: lambda body: body.replace(b"</sheetData>", b"</sheetData>" + validation + extension)}
    )
    assert parse(content, made.TICKS) == made.sample_book()[:2]


@pytest.mark.parametrize(
    "name",
    ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/embeddings/a.bin", "xl/connections.xml"],
)
def test_macros_links_and_embedded_things_are_refused(name: str) -> None:
    assert faults(made.repacked(made.book(), {name: lambda _: b"<a/>"})) == [(0, "", "xlsx.plain")]


def test_bombs_are_refused_by_what_they_declare() -> None:
    big = made.repacked(made.book(), {"xl/big.xml": lambda _: b"<a>" + b" " * (33 * 1024 * 1024) + b"</a>"})
    assert len(big) < 100_000
    assert faults(big) == [(0, "", "xlsx.size")]
    many = made.repacked(made.book(), {f"xl/{number}.bin": lambda _: b"" for number in range(MOST_PARTS)})
    assert faults(many) == [(0, "", "xlsx.size")]


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    """Declared as ten bytes, a megabyte in fact: neither the reader nor we read beyond what is declared."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 1_000_000 + b"</worksheet>")
    lying = bytearray(out.getvalue())
    central = lying.rindex(b"PK\x01\x02")
    struct.pack_into("<I", lying, central + 24, 10)
    assert faults(bytes(lying)) == [(0, "", "xlsx.package")]


def test_external_entities_are_refused_in_any_part() -> None:
    trap = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
    for part in ("[Content_Types].xml", "docProps/core.xml", "xl/styles.xml", "xl/workbook.xml"):
        assert faults(made.repacked(made.book(), {part: lambda _: trap})) == [(0, "", "xlsx.entities")]


def test_the_kind_is_told_by_the_bytes() -> None:
    assert media_type(sample("good.xlsx")).endswith("spreadsheetml.sheet")
    assert media_type(sample("good.csv")) == "text/csv"


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,30}[A-Za-z0-9]", fullmatch=True)
quotes = st.one_of(
    st.none(), st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("999.9999"), places=4, allow_nan=False)
)


@st.composite
def bid_lines(draw: st.DrawFn) -> list[BidLine]:
    found = []
    for number in range(draw(st.integers(1, 8))):
        price, yield_pct = draw(quotes), draw(quotes)
        competitive = price is not None or yield_pct is not None
        who = (draw(names), draw(names), f"{number}-{draw(names)}"[:35].rstrip())
        face, isin = draw(st.integers(1, 10**15 - 1)), draw(st.sampled_from(["", "XXTEST000016"]))
        found.append(BidLine(number + 2, *who, competitive, face, price, yield_pct, isin))
    return found


@settings(max_examples=60, deadline=None, print_blob=True)
@given(bid_lines())
def test_what_is_written_is_read_again(lines: list[BidLine]) -> None:
    assert parse(csv_of(lines), made.TICKS) == lines
    assert parse(xlsx_of(lines), made.TICKS) == lines


def survives(content: bytes) -> None:
    """Refused with a reason, or read as lines that pass every rule of a line."""
    try:
        lines = parse(content, made.TICKS)
    except Problems:
        return
    assert all(line.face > 0 and line.dealer and line.bidder and line.reference for line in lines)
    assert parse(csv_of(lines), made.TICKS) == made.renumbered(lines)


@settings(max_examples=150, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_files_are_refused_or_read_and_never_break(data: st.DataObject) -> None:
    """Bytes changed, cut or put in anywhere."""
    content = bytearray(data.draw(st.sampled_from([sample("good.csv"), sample("good.xlsx"), BOOK])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    survives(bytes(content))


@settings(max_examples=100, deadline=None, print_blob=True)
@given(st.data())
def test_damaged_sheets_inside_a_sound_package_never_break(data: st.DataObject) -> None:
    """The package's own checksums are right again: the damage reaches the XML and openpyxl."""

    def damage(body: bytes) -> bytes:
        found = bytearray(body)
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(found) - 1))
            found[at : at + data.draw(st.integers(0, 4))] = data.draw(
                st.sampled_from([b"", b"9", b'"', b"<f>", b"=", b"A1"])
            )
        return bytes(found)

    part = data.draw(st.sampled_from([made.SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]))
    content = made.repacked(BOOK, {part: damage})
    survives(content)
