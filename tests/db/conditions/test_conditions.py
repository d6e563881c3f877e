"""A reserve-backed series opens on titles to the whole, a consent and a clearance: the service says what lacks."""

from __future__ import annotations

import pytest

from issuance.authority.models import LegalAuthority
from issuance.conditions.models import ConditionPrecedent
from issuance.conditions.selectors import conditions_hash, conditions_in_force, conditions_missing
from issuance.conditions.services import condition_record
from issuance.series.actions import series_payload
from issuance.series.models import Series, TermSheet
from tests.factories import commodities
from tests.factories import issuance as made
from tokenization.files.models import StoredFile
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import AuditEntry
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
CONSENT = {"kind": "CONSENT", "share_bp": None, "instrument": "RESOLUTION", "holder": "Province"}
CLEARANCE = {"kind": "LENDER_CLEARANCE", "share_bp": None, "instrument": "LETTER", "holder": "Lender A"}


def propose(people, row):
    return approval_propose(
        action="issuance.series.approve", payload=series_payload(row), actor=people.maker, now=people.now
    )


def refused(call, error=Refused):
    with pytest.raises(error) as refusal:
        call()
    return refusal.value.field, refusal.value.rule, str(refusal.value)


def test_the_service_names_everything_that_is_missing_until_nothing_is():
    people = made.office()
    gold = commodities.draft(people)
    said = []
    for given in (
        {"share_bp": 6_000},
        {"holder": "Province", "share_bp": 3_999},
        CONSENT,
        CLEARANCE,
        {"holder": "Third", "share_bp": 1},
    ):
        field, rule, words = refused(lambda: propose(people, gold))
        said.append((field, rule, words.partition("Still missing: ")[2].partition(". Record")[0]))
        commodities.condition(people, gold, **given)
    consent, clearance = "the consent of whoever may refuse", "the clearance of lenders' negative pledges"
    titles = "titles to the whole: {} % are on file, {} % are missing"
    assert said == [
        ("conditions", "conditions.title", f"{titles.format('0.00', '100.00')}; {consent}; {clearance}"),
        ("conditions", "conditions.title", f"{titles.format('60.00', '40.00')}; {consent}; {clearance}"),
        ("conditions", "conditions.title", f"{titles.format('99.99', '0.01')}; {consent}; {clearance}"),
        ("conditions", "conditions.title", f"{titles.format('99.99', '0.01')}; {clearance}"),
        ("conditions", "conditions.title", titles.format("99.99", "0.01")),
    ]
    assert (Series.objects.get(pk=gold.pk).state, TermSheet.objects.count()) == ("DRAFT", 0)
    assert conditions_missing(gold) == []
    approval_approve(approval_id=propose(people, gold).pk, actor=people.checker, now=people.now)
    assert (Series.objects.get(pk=gold.pk).state, TermSheet.objects.count()) == ("APPROVED", 1)


def test_each_condition_keeps_its_document_under_its_hash_and_leaves_a_trace():
    people = made.office()
    gold = commodities.draft(people)
    row = commodities.condition(people, gold, document=b"folio 12", document_name="folio-12.pdf", holder=" Federation ")
    assert (row.holder, row.share_bp, str(row)) == ("Federation", 10_000, "Title: Federation, 100.00 %")
    assert (bytes(row.document.content), row.document.sha256) == (b"folio 12", sha256_hex(b"folio 12"))
    assert (row.recorded_by, row.recorded_at) == (people.maker, people.now)
    entry = AuditEntry.objects.get(action="condition.record")
    assert (entry.subject, entry.actor_name) == (gold.isin, people.maker.username)


def test_the_checker_reads_every_condition_with_its_document():
    people = made.office()
    gold = commodities.draft(people)
    known = commodities.conditions(people, gold)
    rows = {label: after for label, _, after in propose(people, gold).preview["rows"]}
    assert list(rows)[-4:] == [
        "Consent: Province",
        "Clearance of a lender's negative pledge: Lender A",
        "Title: Federation, 60.00 %",
        "Title: Province, 40.00 %",
    ]
    first = known[0].document
    assert rows["Title: Federation, 60.00 %"] == f"Deed or registered title: {first.name} ({first.sha256})"
    assert (rows["Backing of one unit"], rows["Paid in"]) == ("0.001 fine troy ounce", "PKR")
    assert rows["Series ceiling, quantity"] == "1,000.000 fine troy ounces"


def test_what_is_approved_is_what_was_on_file_when_it_was_proposed():
    people = made.office()
    gold = commodities.draft(people)
    title, *_ = commodities.conditions(people, gold)
    proposal = propose(people, gold)
    before = conditions_hash(gold)
    commodities.condition(people, gold, share_bp=6_000, replaces=title, words="Folio 13, corrected")
    assert conditions_hash(gold) != before
    with pytest.raises(Conflict) as refusal:
        approval_approve(approval_id=proposal.pk, actor=people.checker, now=people.now)
    assert refusal.value.rule == "series.conditions"
    assert Series.objects.get(pk=gold.pk).state == "DRAFT"


def test_a_mistake_is_mended_by_a_row_that_replaces_it_once():
    people = made.office()
    gold, other = commodities.draft(people), commodities.draft(people)
    wrong = commodities.condition(people, gold, share_bp=9_000)
    right = commodities.condition(people, gold, share_bp=10_000, replaces=wrong)
    assert list(conditions_in_force(gold)) == [right]
    assert ConditionPrecedent.objects.count() == 2
    again = refused(lambda: commodities.condition(people, gold, share_bp=1, replaces=wrong), Conflict)
    assert again[:2] == ("replaces", "conditions.replaces")
    foreign = refused(lambda: commodities.condition(people, other, replaces=right))
    assert foreign[:2] == ("replaces", "conditions.replaces")
    assert ConditionPrecedent.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"instrument": "MEMORANDUM"}, "instrument", "instrument.title"),
        ({"instrument": "LETTER"}, "instrument", "instrument.title"),
        (CONSENT | {"instrument": "MEMORANDUM"}, "instrument", "instrument.consent"),
        (CLEARANCE | {"instrument": "MEMORANDUM"}, "instrument", "instrument.lender_clearance"),
        (CLEARANCE | {"instrument": "STATUTE"}, "instrument", "instrument.lender_clearance"),
        ({"instrument": "RUMOUR"}, "instrument", "instrument.title"),
        ({"kind": "HOPE"}, "kind", "conditions.kind"),
        ({"holder": " "}, "holder", "conditions.said"),
        ({"words": ""}, "words", "conditions.said"),
        ({"share_bp": None}, "share_bp", "conditions.share"),
        ({"share_bp": 0}, "share_bp", "conditions.share"),
        ({"share_bp": 10_001}, "share_bp", "conditions.share"),
        ({"share_bp": 5_001}, "share_bp", "conditions.share"),
        (CONSENT | {"share_bp": 1}, "share_bp", "conditions.share"),
        ({"holder": "PROVINCE", "share_bp": 1}, "holder", "conditions.holder_once"),
        ({"document": b""}, "file", ""),
    ],
    ids=str,
)
def test_a_wrong_condition_is_refused_by_field_and_nothing_is_stored(change, field, rule):
    people = made.office()
    gold = commodities.draft(people)
    commodities.condition(people, gold, holder="Province", share_bp=5_000)
    found = refused(lambda: commodities.condition(people, gold, **({"share_bp": 5_000} | change)))
    assert found[:2] == (field, rule)
    assert (ConditionPrecedent.objects.count(), StoredFile.objects.count()) == (1, 1)


def test_a_memorandum_is_no_authority():
    people = made.office()
    field, rule, words = refused(lambda: made.authority(people, instrument="MEMORANDUM"))
    assert (field, rule) == ("instrument", "instrument.authority")
    assert words == (
        "Memorandum of understanding: this is not an authority. "
        "An authority is given by: Order or notification under an act, Act or statute."
    )
    assert LegalAuthority.objects.count() == 0


def test_conditions_are_of_a_draft_of_a_reserve_and_recorded_by_whoever_drafts_series():
    people = made.office()
    gold = commodities.series(people)
    debt = made.series_draft(**made.series_terms(made.programme(people)), actor=people.maker, now=people.now)
    assert refused(lambda: commodities.condition(people, gold))[:2] == ("series", "conditions.draft")
    assert refused(lambda: commodities.condition(people, debt))[:2] == ("series", "conditions.reserve")
    assert conditions_missing(debt) == []
    draft = commodities.draft(people)
    before = ConditionPrecedent.objects.count()
    for who in (people.checker, people.compliance):
        with pytest.raises(NotAllowed):
            condition_record(
                series=draft,
                kind="TITLE",
                holder="Federation",
                words="Folio",
                instrument="DEED",
                document=b"text",
                document_name="folio.pdf",
                share_bp=10_000,
                actor=who,
                now=people.now,
            )
    assert ConditionPrecedent.objects.count() == before


@pytest.mark.parametrize(
    ("share_bp", "words"), [(1, "0.01"), (29, "0.29"), (3_999, "39.99"), (6_000, "60.00"), (10_000, "100.00")]
)
def test_a_title_says_its_share_to_the_basis_point(share_bp, words):
    people = made.office()
    row = commodities.condition(people, commodities.draft(people), share_bp=share_bp, holder="Federation")
    assert str(row) == f"Title: Federation, {words} %"


def test_a_consent_says_no_share():
    people = made.office()
    assert str(commodities.condition(people, commodities.draft(people), **CONSENT)) == "Consent: Province"
