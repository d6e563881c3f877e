"""A reserve-backed series from the pages: drafted, its documents put on file, proposed; and what a buyer reads."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from issuance.conditions.models import ConditionPrecedent
from issuance.maths.identifiers import synthetic_isin
from issuance.series.models import Series
from tests.factories import commodities
from tests.factories import issuance as made
from tests.support.people import person
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db
STEPS = (
    {"kind": "TITLE", "holder": "Federation", "share": "60.00", "instrument": "DEED"},
    {"kind": "TITLE", "holder": "Province", "share": "40.00", "instrument": "STATUTE"},
    {"kind": "CONSENT", "holder": "Province", "instrument": "RESOLUTION"},
    {"kind": "LENDER_CLEARANCE", "holder": "Lender A", "instrument": "LETTER"},
)


def does(client: Client, task: str, **form: object) -> str:
    return client.post(f"/office/propose/{task}/", form, follow=True).content.decode()


def draft(parent: object, **changes: object) -> dict[str, object]:
    return {
        "programme": parent,
        "isin": synthetic_isin(99_001),
        "name": "Gold token 2026",
        "short_name": "GOP/GOLD 2026",
        "currency": "XAU",
        "backing": "0.001",
        "payment_currency": "pkr",
        "claim": "OWNERSHIP",
        "margin_bps": "25",
        "issue_date": "2026-07-02",
        "maturity_date": "2031-07-02",
        "ceiling_units": "500000",
        "legal_record": "NOMINEE",
        "legal_instrument": "Gold Rules 2026, rule 4",
    } | changes


def document(number: int) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"document-{number}.pdf", f"%PDF test {number}".encode(), "application/pdf")


def test_a_maker_drafts_records_what_is_missing_and_proposes(client: Client) -> None:
    parent = commodities.programme(made.office())
    client.force_login(person(Role.DEBT_MAKER))
    page = does(client, "reserve-series", **draft(parent.pk))
    assert "is drafted. Still missing: titles to the whole: 0.00 % are on file, 100.00 % are missing;" in page
    gold = Series.objects.get()
    assert (gold.kind, gold.state, gold.currency, gold.payment_currency) == ("RESERVE", "DRAFT", "XAU", "PKR")
    assert (gold.denomination_minor, gold.margin_bps, gold.claim) == (1, 25, "OWNERSHIP")

    refused = does(client, "reserve-approval", series=gold.pk)
    assert "may not open yet" in refused
    assert Approval.objects.filter(action="issuance.series.approve").count() == 0
    for number, step in enumerate(STEPS):
        page = does(client, "condition", series=gold.pk, words="On file", document=document(number), **step)
        assert f"On file for {gold.isin}" in page
    assert "Nothing is missing: propose it to open." in page
    kept = ConditionPrecedent.objects.order_by("pk").values_list("kind", "holder", "share_bp", "document__name")
    assert list(kept) == [
        ("TITLE", "Federation", 6_000, "document-0.pdf"),
        ("TITLE", "Province", 4_000, "document-1.pdf"),
        ("CONSENT", "Province", None, "document-2.pdf"),
        ("LENDER_CLEARANCE", "Lender A", None, "document-3.pdf"),
    ]
    assert "It now waits for a second person." in does(client, "reserve-approval", series=gold.pk)
    assert Approval.objects.filter(action="issuance.series.approve", state="PENDING").count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"instrument": "MEMORANDUM"}, "Memorandum of understanding: this is not a title."),
        ({"share": "100.01"}, "A share lies above 0 and up to 100.00 %."),
        ({"share": ""}, "A share lies above 0 and up to 100.00 %."),
        ({"kind": "CONSENT", "instrument": "LETTER"}, "Only a title has a share."),
        ({"holder": ""}, "This field is required."),
    ],
    ids=str,
)
def test_a_wrong_document_is_refused_at_its_field(client: Client, change: dict[str, str], words: str) -> None:
    gold = commodities.draft(made.office())
    client.force_login(person(Role.DEBT_MAKER))
    form = {"series": gold.pk, "words": "On file", "document": document(1), **STEPS[0], **change}
    assert words in does(client, "condition", **form).replace("&#x27;", "'")
    assert ConditionPrecedent.objects.count() == 0


def test_the_pages_say_what_is_missing_and_what_is_on_file(client: Client) -> None:
    people = made.office()
    gold = commodities.draft(people)
    client.force_login(person(Role.DEBT_MAKER))
    assert (
        "titles to the whole: 0.00 % are on file, 100.00 % are missing"
        in client.get("/office/conditions/").content.decode()
    )
    commodities.condition(people, gold, share_bp=6_000)
    listed = client.get("/office/conditions/").content.decode()
    record = client.get(f"/office/series/series/{gold.pk}/change/").content.decode()
    for page in (listed, record):
        assert "titles to the whole: 60.00 % are on file, 40.00 % are missing" in page
        assert "Federation" in page
    assert "0.001 fine troy ounce behind each unit, paid in PKR" in listed
    assert "Record a condition" in listed
    client.force_login(person(Role.AUDITOR))
    assert client.get("/office/conditions/").status_code in {302, 403}
    client.force_login(person(Role.REGISTRAR_OFFICER))
    assert "Record a condition" not in client.get("/office/conditions/").content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DEBT_MAKER])
def test_nobody_but_a_maker_of_series_drafts_or_records(client: Client, role: Role) -> None:
    gold = commodities.draft(made.office())
    client.force_login(person(role))
    for task, form in (
        ("reserve-series", draft(gold.programme_id)),
        ("condition", {"series": gold.pk, "words": "On file", "document": document(1), **STEPS[0]}),
        ("reserve-approval", {"series": gold.pk}),
    ):
        assert client.post(f"/office/propose/{task}/", form).status_code in {302, 403, 404}
    assert (Series.objects.count(), ConditionPrecedent.objects.count()) == (1, 0)


def test_an_authority_by_memorandum_or_in_the_wrong_measure_is_refused_at_its_field(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    form = {
        "reference": "A-1", "title": "Gold", "law": "Act, section 1", "instrument": "STATUTE", "kind": "DISPOSAL",
        "measure": "STOCK", "basis": "FACE", "currency": "XAU", "ceiling": "1000.000", "valid_from": "2026-01-01",
        "valid_until": "2036-12-31",
    }  # fmt: skip
    assert "this is not an authority" in does(client, "authority", **form | {"instrument": "MEMORANDUM"})
    assert "A disposal is in a measure of a commodity, not in PKR." in does(
        client, "authority", **form | {"currency": "PKR", "ceiling": "1000.00"}
    )
    assert "waits for a second person" in does(client, "authority", **form)


def test_a_buyer_reads_the_backing_and_the_price_of_a_unit_and_of_an_ounce(client: Client) -> None:
    people = made.office()
    gold = commodities.series(people)
    made.offer(people, gold, closed=False, price=Decimal("1043.2575"), target_units=250_000)
    made.offer(people, closed=False)
    client.force_login(person(Role.INVESTOR))
    page = client.get("/portal/offerings/").content.decode()
    for words in (
        "0.001 fine troy ounce per unit",
        "PKR 1,043.2575",
        "Price per fine troy ounce",
        "PKR 1,043,257.50",
        "250,000 units, 250.000 fine troy ounces",
        "Ownership of a share of the stored commodity",
        "Price per 100",
    ):
        assert words in page, words


def test_a_purchase_says_quantity_unit_price_and_rupees_due(client: Client) -> None:
    people = made.office()
    gold = commodities.series(people)
    buyer = made.party(people)
    [row] = made.allot(people, made.offer(people, gold, price=Decimal("1043.2575")), (buyer, 400))
    user = person(Role.INVESTOR)
    buyer.members.create(user=user)
    client.force_login(user)
    page = client.get(f"/portal/purchases/{row.pk}/").content.decode()
    for words in ("0.400 fine troy ounce", "PKR 1,043.2575", "PKR 1,043,257.50", "PKR 417,303.00"):
        assert words in page, words
    assert "Accrued interest" not in page
    assert client.get(f"/portal/purchases/{row.pk}/allotment-letter.pdf").status_code == 200
