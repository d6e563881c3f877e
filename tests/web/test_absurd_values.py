"""What no market has, typed into every form of the office and the bid form: refused in words, never an error 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from custody.reserves.models import ReserveAttestation
from issuance.authority.models import LegalAuthority
from issuance.bid.models import Bid
from issuance.maths.identifiers import synthetic_isin
from tests.factories import auction as auctions
from tests.factories import bid as bidders
from tests.factories import examined
from tests.factories.servicing import Maturity, synthetic_iban
from tests.support.people import person
from tokenization.backoffice.pages import proposals
from tokenization.backoffice.pages.examiner import DraftForm, SignatureForm
from tokenization.backoffice.tasks import TASKS
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import MATRIX, Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
PLAUSIBLE = {
    "isin": synthetic_isin(9_001),
    "iban": synthetic_iban(9_001),
    "budget_year": "2031-32",
    "currency": "PKR",
    "country": "PK",
    "maturity_date": "2026-09-24",
    "ends_on": "2027-06-30",
    "valid_until": "2027-06-30",
}
HUGE = ("9999999999999999", "9" * 22, "-1", "1e99", "1e999999999", "1e-999999999", "NaN")
FAR = ("9999-12-31", "0001-01-01", "2026-02-30")
FAR_INSTANTS = ("9999-12-31T23:59:59", "0001-01-01T00:00:00")


def plausible(name: str, field: forms.Field) -> Any:
    match field:
        case forms.ModelMultipleChoiceField() | forms.ModelChoiceField():
            first = field.queryset.first() if field.queryset is not None else None
            return "" if first is None else first.pk
        case forms.MultipleChoiceField() | forms.ChoiceField():
            return field.initial or list(field.choices)[0][0]
        case forms.DateTimeField():
            return "2026-07-01T10:00:00" if "open" in name else "2026-07-01T12:00:00"
        case forms.DateField():
            return PLAUSIBLE.get(name, "2026-07-02")
        case forms.DecimalField() | forms.IntegerField():
            return "5"
        case forms.FileField():
            return SimpleUploadedFile("x.csv", b"party,units\nINV-1,1\n", "text/csv")
        case forms.BooleanField():
            return "on"
    return PLAUSIBLE.get(name, "words")


def absurd(field: forms.Field) -> tuple[str, ...]:
    match field:
        case forms.ModelChoiceField() | forms.ChoiceField():
            return ("9" * 30,)
        case forms.DateTimeField():
            return FAR_INSTANTS
        case forms.DateField():
            return FAR
        case forms.FileField() | forms.BooleanField():
            return ()
        case forms.DecimalField() | forms.IntegerField():
            return HUGE
    return ("x" * 5_000, "\x00", "ZZZ")


def posts(form: forms.Form) -> Iterator[dict[str, Any]]:
    """The form with one absurd value at a time, and with one in every field."""
    fields = form.fields
    said = {name: plausible(name, field) for name, field in fields.items()}
    for name, field in fields.items():
        yield from ({**said, name: value} for value in absurd(field))
    yield {name: (absurd(field) or ("",))[-1] for name, field in fields.items()}


def test_every_form_of_the_office_answers_absurd_values_in_words(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = Maturity()
    bill.holder(1, 1_500)
    auctions.announced(bill.people)
    monkeypatch.setattr(clock, "now", lambda: bill.people.now)
    # The frame of the page is the same for all and takes most of the time: the form alone is written here.
    monkeypatch.setattr(proposals, "office_page", lambda *said, form, **more: HttpResponse(form.as_div()))
    client.raise_request_exception = False
    officers: dict[Role, User] = {}
    broken = []
    for task in TASKS:
        role = next(role for role in Role if task.power in MATRIX[role])
        client.force_login(officers.setdefault(role, person(role)))
        for form in posts(task.form()):
            answer = client.post(f"/office/propose/{task.name}/", form)
            if answer.status_code not in (200, 302):
                broken.append((task.name, {name: str(value)[:30] for name, value in form.items()}))
    assert broken == []


def test_the_examiners_forms_answer_absurd_values_in_words(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    case = examined.Examined()
    drawn = case.draft()
    monkeypatch.setattr(clock, "now", lambda: examined.NOW)
    client.force_login(case.examiner)
    client.raise_request_exception = False
    pages = (("/examiner/", DraftForm()), (f"/examiner/attestations/{drawn.pk}/", SignatureForm()))
    broken = [
        (page, {name: str(value)[:30] for name, value in form.items()})
        for page, empty in pages
        for form in posts(empty)
        if client.post(page, form).status_code not in (200, 302)
    ]
    assert broken == []
    kept = ReserveAttestation.objects.exclude(pk=drawn.pk)
    assert set(kept.values_list("quantity_minor", "encumbered_minor")) == {(5_000, 5_000)}
    typed = {"token": case.token.pk, "encumbered": "1e400", "expiry": "2026-07-01T12:00:00", "scope": "x"}
    answer = client.post("/examiner/", typed | {"standard": "x", "quantity": "1.0001"})
    assert answer.context["form"].errors["encumbered"] == ["Ensure that there are no more than 24 digits in total."]
    assert "more decimals than XAU allows" in answer.context["form"].errors["quantity"][0]


def test_what_was_typed_stands_there_again_beside_what_is_wrong(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    typed = {
        "reference": "ACT-9",
        "title": "An act",
        "law": "Act 9, section 1",
        "kind": "BORROWING",
        "instrument": "STATUTE",
        "measure": "STOCK",
        "basis": "FACE",
        "currency": "PKR",
        "ceiling": "9" * 20,
        "restores_on_redemption": "on",
        "valid_from": "2026-07-01",
        "valid_until": "9999-12-31",
    }
    page = client.post("/office/propose/authority/", typed).content.decode()
    assert "This amount has 22 digits in the smallest unit; 18 are kept. Check the number of zeros." in page
    assert "Write a day from 1 Jan 1901 to 31 Dec 2150." in page
    assert f'value="{"9" * 20}"' in page
    assert 'value="9999-12-31"' in page
    assert 'value="ACT-9"' in page
    assert (LegalAuthority.objects.count(), Approval.objects.count()) == (0, 0)


def test_amounts_may_be_typed_with_separators(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    typed = {
        "reference": "ACT-10",
        "title": "An act",
        "law": "Act 10, section 1",
        "kind": "BORROWING",
        "instrument": "STATUTE",
        "measure": "STOCK",
        "basis": "FACE",
        "currency": "pkr",
        "ceiling": "250,000,000.50",
        "restores_on_redemption": "on",
        "valid_from": "2026-07-01",
        "valid_until": "2027-06-30",
    }
    for wrong in ("25,00,000", "1,000,0", ",5", "1,,000"):
        page = client.post("/office/propose/authority/", typed | {"ceiling": wrong}).content.decode()
        assert "Enter a number." in page
        assert LegalAuthority.objects.count() == 0
    client.post("/office/propose/authority/", typed)
    assert LegalAuthority.objects.get().ceiling_minor == 25_000_000_050


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01", "2026-13-01", "x", ""])
def test_a_day_that_nothing_is_kept_of_shows_today(client: Client, on: str) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    for path in ("programmes", "settlement"):
        assert client.get(f"/office/{path}/", {"on": on}).status_code == 200


def test_a_bid_of_more_than_is_kept_is_refused_at_its_field(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    people = auctions.issuance.office()
    auction, dealer = bidders.announced(people), bidders.side(people)
    monkeypatch.setattr(clock, "now", lambda: bidders.SOON)
    client.force_login(dealer.user)
    side = f"{dealer.party.pk}:{dealer.party.pk}"
    for face, step in (("1" + "0" * 22, {}), ("1" + "0" * 17, {"send": "yes"})):
        form = {"side": side, "competitive": "yes", "face": face, "price": "97.5", "key": "K-1"} | step
        page = client.post(f"/portal/offerings/{auction.pk}/bid/", form).content.decode()
        assert "The face is larger than any amount that is kept" in page
        assert f'value="{face}"' in page
    assert Bid.objects.count() == 0
