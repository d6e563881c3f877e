"""A list of signatures: CSV or JSON, read whole or refused with every line that is wrong."""

from __future__ import annotations

import json

import pytest

from custody.registries.signed.reading import MOST, SignedLine, parse
from tokenization.kernel.errors import Problems

TITLES = "security,number,registry_reference,signature\n"
SIGNATURE = "0x" + "ab" * 65
LINE = f"PKTEST000001,7,CSD-7,{SIGNATURE}\n"
SIGNED = SignedLine(2, "PKTEST000001", 7, "CSD-7", SIGNATURE)


def faults(content: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(Problems) as refused:
        parse(content)
    return [(fault.line, fault.field, fault.rule) for fault in refused.value.problems]


def test_csv_and_the_json_that_was_downloaded_say_the_same() -> None:
    assert parse((TITLES + LINE).encode()) == [SIGNED]
    assert parse(b"\xef\xbb\xbf" + (TITLES + LINE).replace("\n", "\r\n").encode()) == [SIGNED]
    filled = [
        {
            "security": "PKTEST000001", "number": 7, "units": 10, "registry_reference": "CSD-7",
            "signature": SIGNATURE, "document": {"message": {"number": 8}},
        }
    ]  # fmt: skip
    assert parse(json.dumps(filled).encode()) == [SignedLine(1, "PKTEST000001", 7, "CSD-7", SIGNATURE)]


def test_every_wrong_line_is_named() -> None:
    rows = [
        f",7,CSD-7,{SIGNATURE}", f"X,0,CSD-7,{SIGNATURE}", f"X,-1,CSD-7,{SIGNATURE}", f"X,1.0,CSD-7,{SIGNATURE}",
        f"X,5,,{SIGNATURE}", f"X,6,{'R' * 65},{SIGNATURE}", "X,8,CSD-8,", f"X,9,CSD-9,{SIGNATURE[:-2]}",
        f"X,10,CSD-10,{SIGNATURE}", f"X,10,CSD-11,{SIGNATURE}",
    ]  # fmt: skip
    assert faults((TITLES + "\n".join(rows)).encode()) == [
        (2, "security", "ISIN or PKR-CASH"),
        (3, "number", "digits"),
        (4, "number", "digits"),
        (5, "number", "digits"),
        (6, "registry_reference", "1 to 64 characters"),
        (7, "registry_reference", "1 to 64 characters"),
        (8, "signature", "0x and 130 hexadecimal digits"),
        (9, "signature", "0x and 130 hexadecimal digits"),
        (11, "number", "each once"),
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff\xfe", (0, "", "UTF-8")),
        (b"", (1, "", "security,number,registry_reference,signature")),
        (b"number,security\n", (1, "", "security,number,registry_reference,signature")),
        (TITLES.encode(), (0, "", f"1 to {MOST:,} signatures")),
        ((TITLES + "X,1,R\n").encode(), (2, "", "4 fields")),
        ((TITLES + 'X,1,"R"R,S\n').encode(), (2, "", "CSV")),
        (b"[]", (0, "", f"1 to {MOST:,} signatures")),
        (b'{"number": 1}', (0, "", "a list of objects")),
        (b"[1]", (0, "", "a list of objects")),
        (b"[{", (1, "", "JSON")),
        (b"[" * 100_000, (0, "", "JSON")),
        ((TITLES + LINE * (MOST + 1)).encode(), (0, "", f"1 to {MOST:,} signatures")),
    ],
)
def test_what_is_no_list_is_refused_whole(content: bytes, fault: tuple[int, str, str]) -> None:
    assert faults(content) == [fault]


def test_json_without_the_words_it_needs_is_told_entry_by_entry() -> None:
    found = faults(json.dumps([{"security": True, "number": True, "signature": None}]).encode())
    assert [field for _, field, _ in found] == ["security", "number", "registry_reference", "signature"]
