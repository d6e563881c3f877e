"""XML that wants more than to be read: entities, outside files, size, depth, other encodings. Nothing is fetched."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from custody.registries.bank import xml
from tests.factories import bank
from tokenization.kernel.errors import Problems

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def rules(content: bytes) -> list[str]:
    with pytest.raises(Problems) as refusal:
        xml.read(content)
    return [problem.rule for problem in refusal.value.problems]


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE a PUBLIC "x" "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]>',
        "<!DOCTYPE a [<!ELEMENT a ANY>]>",
    ],
)
def test_no_document_type_and_no_entity(declaration: str) -> None:
    assert rules(HEAD + declaration.encode() + b"<a>&x;</a>") == ["no DTD, no entities"]


def test_a_thousand_million_laughs_take_no_time() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "lol">{levels}]><a>&l9;</a>'.encode()
    start = time.monotonic()
    assert rules(HEAD + bomb) == ["no DTD, no entities"]
    assert time.monotonic() - start < 1


def test_an_entity_that_nobody_declared_is_not_well_formed() -> None:
    assert rules(b"<a>&x;</a>") == ["well-formed XML"]


def test_outside_files_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    include = f'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{secret}" parse="text"/></a>'
    root = xml.read(include.encode())
    assert "SECRET" not in (root.text + "".join(child.text for child in root.all("include")))


def test_size_depth_number_and_length_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = xml.MAX_DEPTH
    assert xml.read(b"<a>" * deep + b"</a>" * deep).name == "a"
    assert rules(b"<a>" * (deep + 1) + b"</a>" * (deep + 1)) == ["size"]
    assert rules(b"<a>" + b"x\n" * xml.MAX_TEXT + b"</a>") == ["size"]
    assert rules(b" " * (xml.MAX_BYTES + 1)) == ["size"]
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 10)
    assert len(list(xml.read(b"<a>" + b"<b/>" * 9 + b"</a>").all("b"))) == 9
    assert rules(b"<a>" + b"<b/>" * 10 + b"</a>") == ["size"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-7", "cp1252"])
def test_utf_8_only(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><a>é</a>'
    assert rules(text.encode(encoding)) == ["UTF-8"]


def test_lines_and_paths_are_those_an_editor_shows() -> None:
    root = xml.read(bank.camt053(bank.statement(bank.credit("B-1", 5), bank.credit("B-2", 6))))
    second = list(root.all("BkToCstmrStmt", "Stmt", "Ntry", "AcctSvcrRef"))[1]
    assert (second.line, second.text) == (13, "B-2")
    assert second.path == "Document/BkToCstmrStmt/Stmt/Ntry[2]/AcctSvcrRef"


@pytest.mark.parametrize("content", [b"", b"<", b"<a>", b"<a></b>", b"<a/><b/>", b"text", b"<a>\x00</a>", b"<a b=1/>"])
def test_what_is_not_well_formed_is_refused(content: bytes) -> None:
    assert rules(content) == ["well-formed XML"]
