"""Files of the bank: what is printed is read back to the minor unit; every fault is told with its line and path."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.registries.bank import camt053, camt054, csvfile, reading
from custody.registries.bank.camt import NO_ID
from custody.registries.bank.document import Line, Notification, Statement, iban_valid, minor_of
from tests.factories import bank
from tokenization.kernel.errors import Problems

SAMPLES = Path(__file__).resolve().parents[3] / "custody" / "registries" / "bank" / "samples"
STMT = "Document/BkToCstmrStmt/Stmt"


def faults(content: bytes, versions: tuple[str, ...] = bank.VERSIONS) -> list[tuple[int, str, str]]:
    with pytest.raises(Problems) as refusal:
        reading.parse(content, versions=versions)
    return [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems]


def bare(parsed: Statement | Notification) -> Statement | Notification:
    """Without the places in the file."""
    return replace(parsed, lines=tuple(replace(line, line=0, path="") for line in parsed.lines))


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_the_committed_samples_are_those_of_the_printer() -> None:
    stored = {path.relative_to(SAMPLES).as_posix(): path.read_bytes() for path in SAMPLES.rglob("*.*")}
    assert stored == bank.samples()
    assert all(b"XX" in content and b"TEST" in content for name, content in stored.items() if "entities" not in name)


@pytest.mark.parametrize("name", ["camt053/good_v08.xml", "camt053/good_v02.xml", "csv/good.csv"])
def test_the_good_samples_say_the_same_in_every_format(name: str) -> None:
    _, parsed = reading.parse(sample(name), versions=bank.VERSIONS)
    assert isinstance(parsed, Statement)
    assert (parsed.identification, parsed.iban, parsed.currency) == ("SYN-2026-07-01", bank.IBAN, "PKR")
    assert (parsed.electronic_number, parsed.legal_number) == (7, 4)
    assert (parsed.opening_minor, parsed.closing_minor) == (1_000_000, 100_515_439)
    assert [(line.reference, line.signed, line.reversal) for line in parsed.lines] == [
        ("SYN-0001", 98_765_432, False),
        ("SYN-0002", 1_250_000, False),
        ("SYN-0003", -500_000, False),
        ("SYN-0004", 7, True),
    ]
    first, second, third, _ = parsed.lines
    assert (first.end_to_end_id, first.remittance) == ("BUYER-1", "T-bill XXTEST000016-00000001")
    assert (second.end_to_end_id, second.remittance) == ("", "xx test 000016 0000 0002, second buyer & son")
    assert (third.booking_date, third.value_date) == (date(2026, 7, 1), date(2026, 7, 2))
    assert third.end_to_end_id == "XXTEST000016-00000003"


@pytest.mark.parametrize("version", ["08", "02"])
def test_a_notification_tells_of_credits_without_balances(version: str) -> None:
    form, parsed = reading.parse(sample(f"camt054/good_v{version}.xml"), versions=bank.VERSIONS)
    assert form == f"camt.054.001.{version}"
    assert isinstance(parsed, Notification)
    assert [(line.reference, line.signed) for line in parsed.lines] == [("SYN-0002", 1_250_000)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("camt053/adds_up_wrongly.xml", (5, f"{STMT}/Bal", "opening + entries = closing")),
        ("camt053/three_decimals.xml", (14, f"{STMT}/Ntry[2]/Amt", "exact amount")),
        ("camt053/other_currency.xml", (14, f"{STMT}/Ntry[2]/Amt/@Ccy", "the account's currency")),
        ("camt053/reference_twice.xml", (15, f"{STMT}/Ntry[2]/NtryDtls/TxDtls", "each bank reference once")),
        ("camt053/no_closing.xml", (5, f"{STMT}/Bal/CLBD", "required")),
        ("camt053/pending_entry.xml", (12, f"{STMT}/Ntry[1]/Sts/Cd", "booked entries only")),
        ("camt053/wrong_iban.xml", (9, f"{STMT}/Acct/Id/IBAN", "ISO 13616")),
        ("camt053/version_09.xml", (2, "Document", "one of camt.053.001.08, camt.053.001.02")),
        ("camt053/entities.xml", (2, "", "no DTD, no entities")),
        ("camt053/truncated.xml", (19, "", "well-formed XML")),
        ("camt054/nothing.xml", (5, "Document/BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry", "required")),
        ("csv/wrong_checksum.csv", (7, "sha256", "checksum")),
        ("csv/truncated.csv", (7, "", "complete file")),
    ],
)
def test_each_bad_sample_names_line_path_and_rule(name: str, expected: tuple[int, str, str]) -> None:
    assert faults(sample(name)) == [expected]


def test_every_bad_sample_is_tried() -> None:
    assert len(list(SAMPLES.rglob("*.*"))) == 13 + 5


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P", "Sc"]), min_size=1, max_size=12), max_size=5)
# Hypothesis tries words that stand in the code; this one means that there is none (ISO 20022).
IDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./", min_size=1, max_size=35).filter(lambda text: text != NO_ID)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    references = draw(st.lists(IDS, max_size=6, unique=True))
    lines = [
        Line(
            0, "", reference, draw(st.booleans()), draw(st.integers(1, 10**14)), draw(st.booleans()), draw(DAYS),
            draw(DAYS), draw(st.one_of(st.just(""), IDS)), " ".join(draw(WORDS)),
        )
        for reference in references
    ]  # fmt: skip
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return bank.statement(
        *lines,
        number=draw(st.integers(1, 10**9)),
        opening=draw(st.integers(-(10**13), 10**14)),
        legal_number=draw(st.none() | st.integers(1, 10**6)),
        opening_on=first,
        closing_on=last,
        currency=draw(st.sampled_from(["PKR", "JPY", "KWD"])),
    )


@given(statements(), st.sampled_from(["camt.053.001.08", "camt.053.001.02"]))
def test_what_is_printed_as_camt_is_read_back(made: Statement, version: str) -> None:
    assert bare(camt053.parse(bank.camt053(made, version), versions=[version])) == made


@given(statements())
def test_what_is_printed_as_csv_is_read_back(made: Statement) -> None:
    assert bare(csvfile.parse(csvfile.render(made))) == made


@given(statements())
def test_a_notification_is_read_back(made: Statement) -> None:
    told = bank.notification(*made.lines, currency=made.currency)
    if told.lines:
        assert bare(camt054.parse(bank.camt054(told), versions=bank.VERSIONS)) == told


@given(statements().filter(lambda made: bool(made.lines)), st.data())
def test_one_minor_unit_anywhere_breaks_the_sum(made: Statement, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(made.lines) - 1))
    lines = list(made.lines)
    lines[at] = replace(lines[at], amount_minor=lines[at].amount_minor + 1)
    off = replace(made, lines=tuple(lines))
    assert [rule for _, _, rule in faults(bank.camt053(off))] == ["opening + entries = closing"]
    assert [rule for _, _, rule in faults(csvfile.render(off))] == ["opening + entries = closing"]


def test_cutting_a_file_anywhere_refuses_it() -> None:
    for name in ("csv/good.csv", "camt053/good_v08.xml"):
        whole = sample(name)
        for length in range(0, len(whole) - 1, 7):
            with pytest.raises(Problems):
                reading.parse(whole[:length], versions=bank.VERSIONS)


def test_a_batch_entry_becomes_its_transactions_and_must_add_up() -> None:
    one = bank.camt053(bank.statement(bank.credit("B-1", 900)))
    start, end = one.index(b"<NtryDtls>"), one.index(b"</NtryDtls>")
    parts = b"".join(
        b"<TxDtls><Refs><EndToEndId>E%d</EndToEndId></Refs><Amt Ccy='PKR'>%d.00</Amt></TxDtls>" % (n, n) for n in (4, 5)
    )
    batch = one[:start] + b"<NtryDtls>" + parts + one[end:]
    parsed = camt053.parse(batch, versions=bank.VERSIONS)
    told = [(line.reference, line.amount_minor, line.end_to_end_id) for line in parsed.lines]
    assert told == [("B-1/1", 400, "E4"), ("B-1/2", 500, "E5")]
    wrong = batch.replace(b"5.00</Amt></TxDtls>", b"5.01</Amt></TxDtls>")
    assert faults(wrong) == [(11, f"{STMT}/Ntry/Amt", "a batch adds up")]


SIDE = b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>"
PAGE = b"<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn><Acct>"
SUMMARY = b"<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry><Acct>"
BAD_DAY = b"<BookgDt><Dt>2026-02-30"


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        (b"<ElctrncSeqNb>1</ElctrncSeqNb>", b"", "/ElctrncSeqNb", "required"),
        (b"<ElctrncSeqNb>1<", b"<ElctrncSeqNb>0<", "/ElctrncSeqNb", "positive whole number"),
        (b"<Id>STMT-1</Id>", b"", "/Id", "required"),
        (b"<Id>STMT-1</Id>", b"<Id>STMT-1</Id><Id>STMT-2</Id>", "/Id[2]", "at most once"),
        (SIDE, SIDE.replace(b"CRDT", b"C"), "/Ntry/CdtDbtInd", "CRDT or DBIT"),
        (b"<AcctSvcrRef>B-1</AcctSvcrRef>", b"", "/Ntry/AcctSvcrRef", "required"),
        (b"<BookgDt><Dt>2026-07-01", BAD_DAY, "/Ntry/BookgDt/Dt", "ISO 8601 date"),
        (b">9.00</Amt>" + SIDE, b">0.00</Amt>" + SIDE, "/Ntry/Amt", "positive"),
        (b"</Stmt>", b"</Stmt><Stmt/>", "", "one to a file"),
        (b"<Acct>", PAGE, "/StmtPgntn/LastPgInd", "one page"),
        (b"<Acct>", SUMMARY, "/TxsSummry/TtlNtries/NbOfNtries", "entry count"),
    ],
)
def test_what_is_missing_or_wrong_is_named_by_its_path(old: bytes, new: bytes, field: str, rule: str) -> None:
    good = bank.camt053(bank.statement(bank.credit("B-1", 900)))
    assert old in good
    assert (STMT + field, rule) in [fault[1:] for fault in faults(good.replace(old, new, 1))]


@pytest.mark.parametrize("text", ["1e3", "+5", "-5", " 5 5", "1,000", "05", "5.", ".5", "NaN", "٥", "0x10", "", "1_0"])
def test_only_plain_numbers_are_amounts(text: str) -> None:
    assert isinstance(minor_of(text, "PKR"), str)
    good = bank.camt053(bank.statement(bank.credit("B-1", 900)))
    found = faults(good.replace(b">9.00</Amt>" + SIDE, f">{text}</Amt>".encode() + SIDE))
    assert (11, f"{STMT}/Ntry/Amt", "exact amount") in found


def test_amounts_have_the_currencys_decimals() -> None:
    told = [minor_of(*pair) for pair in (("1.5", "PKR"), ("1", "JPY"), ("1.125", "KWD"), ("0", "PKR"))]
    assert told == [150, 1, 1125, 0]
    for pair in (("1.0", "JPY"), ("1.000", "PKR"), ("1.1250", "KWD"), ("1", "XXX")):
        assert isinstance(minor_of(*pair), str)


def test_ibans_are_checked_by_their_digits() -> None:
    assert iban_valid(bank.IBAN)
    assert iban_valid("GB82WEST12345698765432"), "the example of ISO 13616"
    for wrong in (bank.IBAN.lower(), bank.IBAN[:-1] + "2", "XX24 TEST 0000", "", "GB82WEST12345698765423"):
        assert not iban_valid(wrong)


def test_the_csv_tells_every_fault_of_a_line() -> None:
    good = bank.statement(bank.credit("B-1", 900), bank.credit("B-2", 5))
    body = csvfile.render(good).decode().rsplit("T,", 1)[0]
    broken = body.replace("B-1,CRDT,9.00,,2026-07-01", ",X,9.001,Q,2026-7-1")
    found = faults(resealed(broken, 2))
    assert {(line, field) for line, field, _ in found} == {
        (3, "direction"), (3, "reversal"), (3, "amount"), (3, "bank_reference"), (3, "booking_date"),
    }  # fmt: skip
    assert faults(resealed(body.replace(",1,,", ",x,,"), 2)) == [(1, "electronic_number", "positive whole number")]
    assert faults(resealed(body, 3)) == [(5, "rows", "row count")]
    assert faults(resealed(body.replace("BANK-STATEMENT,1", "BANK-STATEMENT,2"), 2))[0][1] == "header"


def resealed(body: str, rows: int) -> bytes:
    import hashlib

    return f"{body}T,{rows},{hashlib.sha256(body.encode()).hexdigest()}\n".encode()
