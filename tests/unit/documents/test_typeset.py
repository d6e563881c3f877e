"""The one template: what it is given stands on the paper, as text, the same bytes whenever it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import override_settings

from tests.support import paper
from tokenization.documents.paper import Document, Grid, Side, TrueAt
from tokenization.documents.typeset import pdf_bytes

AT = datetime(2026, 7, 2, 9, 30, 14, tzinfo=UTC)
NOTE = Document(
    kind="Contract note",
    reference="CN-00000012",
    at=AT,
    lead="You bought the following security.",
    sides=(Side("Buyer", ("Test Fund 7", "P-0007")), Side("Seller", ("The issuer",))),
    facts=(("Security", "Test bill 1, XXTEST000016"), ("Price per 100", "97.4763")),
    grids=(Grid("What you pay", ("What", "#Amount"), (("Price", "PKR 97.00"),), ("To pay", "PKR 97.00")),),
    notes=("Pay to the account below.",),
    codes=(("Wallet", "0x" + "ab" * 20),),
    true_at=TrueAt(12_345, "0x" + "ef" * 32, AT),
)  # fmt: skip


def test_everything_said_stands_on_the_page_in_order() -> None:
    (page,) = paper.pages(pdf_bytes(NOTE))
    said = [
        "State securities", "2 Jul 2026 14:30:14 PKT", "Contract note", "CN-00000012", "You bought", "Buyer",
        "Test Fund 7", "P-0007", "Seller", "The issuer", "Security Test bill 1, XXTEST000016", "Price per 100 97.4763",
        "What you pay", "What Amount", "Price PKR 97.00", "To pay PKR 97.00", "Pay to the account below.",
        "True at block 12,345 of 2 Jul 2026 14:30:14 PKT", "Wallet 0x" + "ab" * 20, "Block hash 0x" + "ef" * 32,
        "Page 1 of 1",
    ]  # fmt: skip
    places = [page.find(words) for words in said]
    assert -1 not in places, dict(zip(said, places, strict=True))
    assert places == sorted(places)


def test_the_same_document_has_the_same_bytes_and_its_own_date() -> None:
    first = pdf_bytes(NOTE)
    assert pdf_bytes(replace(NOTE)) == first
    facts = paper.facts(first)
    assert facts["/CreationDate"] == "D:20260702093014Z"
    assert facts["/Title"] == "Contract note CN-00000012"
    assert pdf_bytes(replace(NOTE, at=AT.replace(second=15))) != first
    assert pdf_bytes(replace(NOTE, facts=(("Security", "Another"),))) != first


@override_settings(DOCUMENT_HOUSE="Ministry of Tests")
def test_the_house_of_this_place_heads_it() -> None:
    made = pdf_bytes(NOTE)
    assert paper.text(made).startswith("Ministry of Tests")
    assert paper.facts(made)["/Author"] == "Ministry of Tests"


@pytest.mark.parametrize(
    "said", ["#panic()", "$x^2$", "*bold*", "= Heading", "@label", "<tag>", "// gone", '"; #sys', "\\"]
)
def test_text_is_never_read_as_markup(said: str) -> None:
    made = replace(
        NOTE,
        reference=said,
        lead=said,
        sides=(Side(said, (said,)),),
        facts=((said, said),),
        grids=(Grid(said, ("#A", "B"), ((said, said),)),),
        notes=(said,),
        codes=((said, said),),
    )  # fmt: skip
    # reference, lead, side (2), fact (2), grid (title, 2 cells), note, code (2), and the footer's reference
    assert paper.text(pdf_bytes(made)).count(said) == 13


def test_a_long_table_runs_over_pages_with_its_head_on_each() -> None:
    rows = tuple((f"Line {number}", f"PKR {number:,}.00") for number in range(1, 201))
    made = paper.pages(pdf_bytes(replace(NOTE, grids=(Grid("Lines", ("Line", "#Amount"), rows, ("Sum", "PKR 1.00")),))))
    assert len(made) > 3
    body = " ".join(made)
    assert all(f"Line {number} PKR {number:,}.00" in body for number in range(1, 201))
    for number, page in enumerate(made, 1):
        assert f"Page {number} of {len(made)}" in page
    assert all("Line Amount" in page for page in made if "PKR" in page)


def test_a_table_without_rows_says_so_and_a_crooked_one_is_refused() -> None:
    empty = replace(NOTE, grids=(Grid("Payments", ("Date", "#Amount"), (), empty="Nothing was paid yet."),))
    assert "Payments Nothing was paid yet." in paper.text(pdf_bytes(empty))
    with pytest.raises(ValueError, match=r"Payments: 2 columns, rows of \[1\]"):
        Grid("Payments", ("Date", "#Amount"), (("1 Jul 2026",),))


def test_letters_beyond_ascii_are_kept() -> None:
    assert "Zürich – „Fonds“ Łódź" in paper.text(pdf_bytes(replace(NOTE, lead="Zürich – „Fonds“ Łódź")))
