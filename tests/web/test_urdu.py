"""The portal in Urdu: no word without its Urdu, read from right to left, figures in their order, papers as before."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from issuance.bid.services import bid_place
from tests.factories import bid as bidders
from tests.factories import issuance
from tests.support import paper
from tests.support.catalogue import MO, PO, ROOT, catalogue, compiled, missing, sources
from tests.support.people import person
from tests.web.test_portal_foreign import NOW, world
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.theme import figures, grouping
from tokenization.theme.language import on_paper, translated
from tokenization.theme.sentences import SENTENCES
from tokenization.theme.told import told

ARABIC = re.compile(r"[\u0600-\u06ff]")


def urdu(client: Client) -> None:
    assert client.post("/language/", {"language": "ur", "next": "/portal/"})["Location"] == "/portal/"


def test_every_message_of_the_sources_has_its_urdu_and_none_is_left_over() -> None:
    found = catalogue()
    assert missing(found) == []
    assert {message.id for message in found if message.id} == set(sources())


def test_the_placeholders_of_both_languages_agree() -> None:
    wrong = []
    for message in catalogue():
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id, message.id)
        strings = message.string if isinstance(message.string, tuple) else (message.string, message.string)
        for english, said in zip(ids, strings, strict=True):
            holes = [sorted(re.findall(r"%\(\w+\)s|%%|\{\w+\}|<[^>]+>", text)) for text in (english, said)]
            if holes[0] != holes[1]:
                wrong.append((english, said))
    assert wrong == []


def test_the_compiled_catalogue_is_of_the_one_that_people_edit() -> None:
    assert MO.read_bytes() == compiled(catalogue()), f"run python -m tests.support.catalogue: {PO.name} changed"


def test_no_librarys_own_urdu_outvotes_ours() -> None:
    """Django brings words for 'Password' and others."""
    with translation.override("ur"):
        said = {
            message.id: str(message.string) for message in catalogue() if isinstance(message.id, str) and message.id
        }
        assert {each: translation.gettext(each) for each in said} == said


def test_a_message_without_urdu_would_be_found(tmp_path: object) -> None:
    """The control: one taken out of the catalogue is told."""
    found = catalogue()
    found.delete("My holdings")
    assert missing(found) == ["My holdings"]


def _said_by(path: str) -> list[str]:
    """Every refusal of a source file, its figures as holes."""
    found = []
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if name in {"Refused", "Conflict", "NotAllowed", "Broken"}:
            assert isinstance(node, ast.Call)
            said = node.args[2] if name == "Broken" else node.args[0]
            after = [key.value for key in node.keywords if key.arg == "next_step"]
            if isinstance(said, (ast.Constant, ast.JoinedStr)):
                found.append(" ".join(_flat(part) for part in [said, *after]))
    return [said for said in found if re.search(r"[a-z]{3}", said)]


def _flat(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in node.values)
    assert isinstance(node, ast.Constant)
    return str(node.value)


# What an investor cannot come to on a page: calls of programs, officers' own errands, faults of our own code.
NOT_ON_A_PAGE = (
    "An idempotency key has", "is not where a single bid comes from", "The treasury has no wallet",
    "A bank reference has", "Paid out under another reference", "The tokens are not burned yet",
)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["issuance/bid/rules.py", "issuance/bid/admission.py", "issuance/bid/entry.py", "issuance/bid/services.py",
     "issuance/bid/imports.py", "custody/cash/services/burn.py", "custody/reserves/services/ask.py",
     "tokenization/identity/factors/services.py"],
)  # fmt: skip
def test_what_a_service_refuses_is_said_in_urdu(path: str) -> None:
    refusals = [said for said in _said_by(path) if not any(words in said for words in NOT_ON_A_PAGE)]
    with translation.override("ur"):
        assert [said for said in refusals if not ARABIC.search(told(said))] == []
    assert refusals


def test_a_sentence_keeps_its_figures_and_names() -> None:
    with translation.override("ur"):
        assert told("The face is a multiple of 5,000.") == "اصل مالیت 5,000 کا مضاعف ہو۔"
        assert told("FUND-1 has given DEALER-1 no mandate that is in force.").startswith("FUND-1 نے DEALER-1 کو")
        # A state within a sentence is said in Urdu too.
        assert (
            told("Bill, auction 1 is cancelled: it takes no bids.") == "Bill، نیلامی 1 منسوخ ہے: یہ بولیاں نہیں لیتی۔"
        )
        assert told("Nobody ever translated 5 of these.") == "Nobody ever translated 5 of these."
    assert told("The face is a multiple of 5,000.") == "The face is a multiple of 5,000."
    assert len(SENTENCES) == len(set(SENTENCES))


def test_figures_speak_the_pages_language_and_papers_english() -> None:
    with translation.override("ur"), grouping._grouped_by(lakh=True):
        assert figures.when(NOW).startswith("1 جولائی 2026 ")
        assert figures.when(NOW).endswith(" PKT")
        assert figures.money(12_345, "XAU") == "12.345 خالص ٹرائے اونس"
        assert figures.money(123_456_789_01, "PKR") == "PKR 12,34,56,789.01"
        with on_paper():
            assert figures.money(12_345, "XAU") == "12.345 fine troy ounces"
            assert figures.money(123_456_789_01, "PKR") == "PKR 123,456,789.01"


@pytest.mark.django_db
def test_the_portal_is_urdu_for_whoever_chose_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    at = [NOW + timedelta(days=1)]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    dealer, rows = world()
    client.force_login(dealer.user)
    page = client.get("/portal/").content.decode()
    assert '<html lang="en">' in page
    assert "My holdings" in page
    urdu(client)
    page = client.get("/portal/").content.decode()
    assert '<html lang="ur" dir="rtl">' in page
    assert "<h1>میری ملکیت</h1>" in page
    assert "My holdings" not in page
    for name in ("holding", "purchase", "payment", "offering", "bid", "place"):
        page = client.get(reverse(f"portal:{name}", args=[rows[name]])).content.decode()
        left = english(page)
        assert left == [], name
    # The papers of the very same rows stay English.
    letter = client.get(reverse("portal:letter", args=[rows["letter"]]))
    assert letter.status_code == 200
    assert not ARABIC.search(paper.text(letter.content))
    assert "Price per 100 of face" in paper.text(letter.content)


# Names, codes and formats that are written alike in both languages.
KEPT = re.compile(
    r"State securities|English|CSV|PDF|XLSX|IBAN|SHA|PKR|PKT|DEALER|ISIN|XX\w+|0x\S+|[0-9a-f]{12,}|P-\d+|Test\b.*"
)


def english(page: str) -> list[str]:
    """Texts of a page with a run of three English words or more, names and codes left out."""
    body = re.sub(r"<(script|style|code)\b.*?</\1>", " ", page.split("<main", 1)[1], flags=re.DOTALL)
    texts = [" ".join(text.split()) for text in re.findall(r">([^<>]+)<", body)]
    return [text for text in texts if re.search(r"(?:\b[a-z]{2,}\b[ ,]+){2}[a-z]{2,}", KEPT.sub("", text))]


@pytest.mark.django_db
def test_the_door_and_its_refusal_are_urdu_and_the_office_is_not(client: Client) -> None:
    urdu(client)
    page = client.get("/sign-in/").content.decode()
    assert '<html lang="ur" dir="rtl">' in page
    assert ">داخل ہوں</button>" in page
    assert "یہ نام اور پاس ورڈ" in client.post("/sign-in/", {"username": "a", "password": "b"}).content.decode()
    client.force_login(person(Role.AUDITOR))
    page = client.get("/assurance/").content.decode()
    assert '<html lang="en">' in page
    assert "Is the supply right?" in page
    # The frame follows the reader.
    assert '<header class="tk-top" lang="ur" dir="rtl">' in page
    assert ">باہر نکلیں</button>" in page
    client.force_login(person(Role.DEBT_MAKER))
    page = client.get("/office/authority/legalauthority/").content.decode()
    assert not ARABIC.search(page.replace("اردو", ""))


def test_a_page_is_translated_whole_or_not_at_all() -> None:
    for path in ("/", "/sign-in/", "/sign-in/code/", "/second-factor/app/", "/portal/", "/portal/deliveries/3/"):
        assert translated(path), path
    for path in ("/office/", "/assurance/", "/examiner/", "/public/", "/api/v1/", "/sign-inn/", "/secondary/"):
        assert not translated(path), path


@pytest.mark.django_db
def test_the_public_page_follows_nobodys_choice(client: Client) -> None:
    urdu(client)
    answer = client.get("/public/")
    assert not ARABIC.search(answer.content.decode())
    assert "set-cookie" not in {name.lower() for name in answer.headers}


@pytest.mark.django_db
def test_a_refused_bid_says_why_in_urdu(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: bidders.SOON)
    people = issuance.office()
    auction = bidders.announced(people)
    dealer = bidders.side(people, reference="DEALER-1")
    client.force_login(dealer.user)
    urdu(client)
    typed = {"side": f"{dealer.party.pk}:{dealer.party.pk}", "competitive": "yes", "face": "20,00,001", "price": "97.5"}
    page = client.post(reverse("portal:place", args=[auction.pk]), typed | {"key": "k"}).content.decode()
    assert "اصل مالیت PKR 5,000.00 کا مضاعف ہو۔ اگلی نیچے: PKR 2,000,000.00؛ اگلی اوپر: PKR 2,005,000.00۔" in page
    assert "کچھ نہیں بھیجا گیا۔ براہِ کرم درست کریں:" in page
    assert 'value="20,00,001"' in page
    assert english(page) == []


@pytest.mark.django_db
def test_a_price_and_a_yield_that_disagree_are_refused_in_urdu() -> None:
    """Words of the arithmetic below: they are put together there, and known here only by how they sound."""
    people = issuance.office()
    auction, dealer = bidders.announced(people), bidders.side(people)
    with pytest.raises(Refused) as refusal:
        bid_place(
            auction=auction,
            dealer=dealer.party,
            face_minor=2_000_000_00,
            price=Decimal("97.5"),
            yield_pct=Decimal("11.5"),
            idempotency_key="k",
            actor=dealer.user,
            now=bidders.SOON,
        )
    assert "11.5: must agree with the price, whose yield is " in str(refusal.value)
    with translation.override("ur"):
        assert re.match(r"11\.5: قیمت سے میل نہیں کھاتی", told(refusal.value))


@pytest.mark.django_db
def test_figures_are_grouped_as_the_reader_chose(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    dealer, rows = world()
    client.force_login(dealer.user)
    address = reverse("portal:purchase", args=[rows["purchase"]])
    assert "PKR 1,000,000.00" in client.get(address).content.decode()
    assert client.post("/figures/", {"grouping": "lakh", "next": "//elsewhere.example/"})["Location"] == "/"
    page = client.get(address).content.decode()
    assert "PKR 10,00,000.00" in page
    assert "PKR 1,000,000.00" not in page
    client.post("/figures/", {"grouping": "thousands", "next": address})
    assert "PKR 1,000,000.00" in client.get(address).content.decode()
    assert client.get("/figures/").status_code == 405


@pytest.mark.parametrize(
    ("digits", "grouped"),
    [("999", "999"), ("1,000", "1,000"), ("12,345", "12,345"), ("123,456", "1,23,456"),
     ("1,234,567.89", "12,34,567.89"), ("-PKR 10,000,000.05", "-PKR 1,00,00,000.05"),
     ("1,549,710,000,000", "15,49,71,00,00,000")],
)  # fmt: skip
def test_lakh_and_crore(digits: str, grouped: str) -> None:
    assert grouping.regrouped(digits) == digits
    with grouping._grouped_by(lakh=True):
        assert grouping.regrouped(digits) == grouped
