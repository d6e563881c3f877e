"""The small parts of the one-file verifier: hashes, signatures, lists and zips, also those that are hostile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from contracts.gateway.keys import LocalKey
from contracts.gateway.messages import Attestation, attestation_typed_data
from custody.reconciliation.evidence import verify_evidence

BOOK = "0x" + "b0" * 20
HEAD = "layout,LBMA\nmeasure,XAU\n"
BARS = (
    "brand,serial,year,gross oz,fine oz\nREFINER,1,2020,401.125,399.440\nREFINER,2,2021,400,398.9\ntotal,,,,798.340\n"
)


def test_the_root_is_that_of_the_published_trees() -> None:
    """RFC 6962, section 2.1; the roots are those of certificate-transparency's own tests."""
    roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    texts = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    leaves = [bytes.fromhex(text) for text in texts]
    assert [verify_evidence.tree_hash(leaves[:size]).hex() for size in range(9)] == roots


@pytest.mark.parametrize(
    ("text", "value"),
    [("", 0), ("A/x", 5), ("-A/x", -5), ("A/x;-A/y", 2), ("A/x;A/unseen", 5), ("-A/unseen", 0), ("A/x;A/x;-A/y", 7)],
)
def test_a_side_of_an_equation(text: str, value: int) -> None:
    told = {"A/x": {"value": 5}, "A/y": {"value": "3"}}
    assert verify_evidence.terms(text, told) == value


@pytest.mark.parametrize(("words", "points"), [("100 bp held back", 100), ("0 bp held back", 0), ("9999 bp", 9_999)])
def test_the_margin_is_read(words: str, points: int) -> None:
    assert verify_evidence.margin({"detail": {"margin": words}}) == points


# Whose signature ------------------------------------------------------------------------------------------------------

WORD = Attestation("0x" + "70" * 20, 3, 500_000, 1_000, 1_790_000_000, 1_800_000_000, "0x" + "5c" * 32)
SAID = {
    "token": WORD.token, "number": 3, "quantity": 500_000, "encumbered": 1_000, "asOf": 1_790_000_000,
    "expiry": 1_800_000_000, "reportHash": WORD.report_hash,
}  # fmt: skip


def signer(
    signature: str, *, chain: int = 31_337, book: str = BOOK, name: str = "Tokenization ReserveBook", **said: Any
) -> str:
    return verify_evidence.signer_of(name, chain, book, "Attestation", {**SAID, **said}, signature)


def test_the_examiners_key_comes_out_of_his_signature_and_of_no_other_words() -> None:
    key = LocalKey.create()
    signature = key.sign_typed_data(attestation_typed_data(31_337, BOOK, WORD))
    assert signer(signature) == key.address
    others = [
        signer(signature, chain=1), signer(signature, book="0x" + "b1" * 20), signer(signature, name="Other"),
        *(signer(signature, **{name: value + 1}) for name, value in SAID.items() if isinstance(value, int)),
        signer(signature, token="0x" + "71" * 20), signer(signature, reportHash="0x" + "5d" * 32),
    ]  # fmt: skip
    assert len(others) == 10
    assert key.address not in others
    assert len(set(others)) == 10


@pytest.mark.parametrize(
    "signature", ["", "0x", "0x12", "nothing", "0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "11" * 64, "0x" + "zz" * 65]
)
def test_what_is_no_signature_is_nobodys(signature: str) -> None:
    assert signer(signature) == ""


# A vault's list -------------------------------------------------------------------------------------------------------


def test_a_list_in_plain_text() -> None:
    items = {"refiner/1/2020": 399_440, "refiner/2/2021": 398_900}
    assert verify_evidence.items_of((HEAD + BARS).encode()) == items
    assert verify_evidence.items_of(b"\xef\xbb\xbf" + (HEAD + BARS).encode()) == items
    assert verify_evidence.items_of((HEAD + BARS).replace("\n", "\r\n").encode()) == items
    assert verify_evidence.items_of((HEAD + BARS).replace("REFINER", " Refiner ").encode()) == items
    assert verify_evidence.items_of(HEAD.encode()) == {}


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("399.440", "=1+1", ArithmeticError),
        ("399.440", "", ArithmeticError),
        ("measure,XAU", "measure,TIN", LookupError),
        ("fine oz", "fine ounces", LookupError),
        (",serial,", ",number,", LookupError),
    ],
)
def test_a_list_that_cannot_be_read_is_no_list(old: str, new: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        verify_evidence.items_of((HEAD + BARS).replace(old, new).encode())


def test_a_list_in_another_coding_is_no_list() -> None:
    with pytest.raises(UnicodeDecodeError):
        verify_evidence.items_of((HEAD + BARS).encode("utf-16"))


def workbook(sheet: str, strings: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", sheet)
        if strings:
            book.writestr("xl/sharedStrings.xml", strings)
    return out.getvalue()


def test_cells_stand_where_they_say_and_numbers_are_not_floats() -> None:
    cells = (
        '<c r="A1" t="s"><v>1</v></c><c r="C1"><v>399.43999999999999772</v></c>'
        '<c r="D1" t="inlineStr"><is><t>in </t><t>line</t></is></c><c r="AB1" t="str"><v>far</v></c>'
    )
    content = workbook(f"<sheet><row>{cells}</row></sheet>", "<sst><si><t>no</t></si><si><r><t>yes</t></r></si></sst>")
    [row] = verify_evidence.sheet(content)
    assert (row[0], row[1], row[2], row[3], row[27], len(row)) == ("yes", "", "399.440000000000", "in line", "far", 28)


@pytest.mark.parametrize("part", ["sheet", "strings"])
def test_a_workbook_that_declares_entities_is_not_read(part: str) -> None:
    hostile = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    content = workbook(hostile) if part == "sheet" else workbook("<sheet/>", hostile)
    with pytest.raises(ValueError, match="no document type"):
        list(verify_evidence.sheet(content))


# The zip --------------------------------------------------------------------------------------------------------------


def test_members_are_read_past_their_own_checksums_and_a_second_of_a_name_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", b'{"files":[]}')
        archive.writestr("a.jsonl", b'{"n":1}\n{"n":2}\n')
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.jsonl", b'{"n":3}\n')
    content = path.read_bytes()
    path.write_bytes(content.replace(b'{"n":3}', b'{"n":4}'))
    pack = verify_evidence.Pack(str(path))
    assert (pack.twice, pack.rows("a.jsonl")) == (["a.jsonl"], [{"n": 4}])


@pytest.mark.parametrize("missing", ["nothing.zip", "empty.zip"])
def test_a_file_that_is_no_pack_ends_in_words(missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    assert verify_evidence.main([str(tmp_path / missing), "--signer", BOOK]) == 1
    assert capsys.readouterr().out.startswith("FAULT  The pack cannot be read: ")


def test_without_the_issuers_address_nothing_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verify_evidence.main(["pack.zip"])
    assert ended.value.code == 2
    assert "--signer" in capsys.readouterr().err
