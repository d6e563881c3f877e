"""An examiner's word: drawn up from the lists, signed with his own key, relayed, and nothing before it is final."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.gateway.keys import LocalKey
from contracts.outbox.models import Intent
from custody.reserves.models import EncumbranceRaise, ExaminerKey, ReserveAttestation
from custody.reserves.selectors import attestation_in_force, eligible_minor, encumbered_minor
from custody.reserves.services import attest, attestation_message, attestation_receive, attestations_advance
from custody.tokenisation.models import OutsideKey
from tests.factories import examined, reserves, vault_lists
from tests.factories import ledgerless as world
from tests.factories.examined import EXPIRY, NOW, Examined
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
QUANTITY = 399_440 + 396_761 + 396_975


@pytest.fixture
def case() -> Examined:
    return Examined()


def test_the_draft_says_what_the_latest_list_says(case: Examined) -> None:
    row = case.draft()
    assert (row.number, row.state, row.claimed_minor, row.quantity_minor) == (1, "DRAFT", QUANTITY, QUANTITY)
    assert (row.as_of, row.expiry, row.encumbered_minor) == (vault_lists.AS_OF, EXPIRY, 0)
    body = json.loads(bytes(row.report.content))
    assert [(item["key"], item["fine_minor"]) for item in body["items"]] == [
        ("TEST REFINER A/TS00000/2018", 399_440),
        ("TEST REFINER B/TS00001/2019", 396_761),
        ("TEST REFINER C/TS00002/2020", 396_975),
    ]
    assert (body["quantity_minor"], body["measure"], body["standard"]) == (QUANTITY, "XAU", "ISAE 3000")
    assert (row.report_hash, body["lists"][0]["list"]) == (row.report.sha256, 1)
    message = attestation_message(row)["message"]
    assert (message["quantity"], message["encumbered"], message["reportHash"]) == (QUANTITY, 0, row.report_hash)
    assert (message["asOf"], message["expiry"]) == (int(row.as_of.timestamp()), int(EXPIRY.timestamp()))


def test_a_bar_that_the_latest_list_does_not_name_is_not_attested(case: Examined) -> None:
    second = vault_lists.weight_list(3, number=2, as_of=vault_lists.AS_OF + timedelta(minutes=5), without=(1,))
    reserves.take(case.bars[0].vault, second)
    with pytest.raises(Refused, match="does not name TEST REFINER B/TS00001/2019 in VLT-ONE") as refusal:
        case.draft()
    assert (refusal.value.rule, ReserveAttestation.objects.count()) == ("items allocated and listed", 0)
    reserves.decide("DeallocateItems", case.bars[1:2])
    assert case.draft().claimed_minor == QUANTITY - 396_761


def test_a_word_that_cannot_go_on_stops_no_other(case: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    first = case.signed()
    bars = reserves.take(reserves.vault("VLT-TWO"), vault_lists.weight_list(4, vault="VLT-TWO", without=(0, 1, 2)))
    other = reserves.token()
    reserves.allocate([line.item for line in bars.lines.all()], other)
    second = case.signed(token=other)
    enqueue = attest.intent_enqueue

    def broken(**asked: Any) -> Intent:
        if asked["key"] == f"reserves:{first.token_id}:attest:1":
            raise Refused("no such signer")
        return enqueue(**asked)

    monkeypatch.setattr(attest, "intent_enqueue", broken)
    with pytest.raises(Refused, match="no such signer"):
        attestations_advance(now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("RECEIVED", "RELAYED")


def test_it_counts_when_its_log_is_final_and_not_before(case: Examined) -> None:
    row = case.signed()
    assert (row.state, row.signer) == ("RECEIVED", case.key.address)
    assert attestation_in_force(case.token, NOW) is None
    assert attestations_advance(now=NOW) == 1
    row.refresh_from_db()
    intent = row.intent
    assert intent is not None
    assert (row.state, intent.function, intent.signer.name, intent.deadline) == ("RELAYED", "attest", "issuer", EXPIRY)
    assert attestations_advance(now=NOW) == 0
    for state in ("SIGNED", "BROADCAST", "MINED"):
        Intent.objects.filter(pk=intent.pk).update(state=state)
        assert attestations_advance(now=NOW) == 0
        assert (attestation_in_force(case.token, NOW), eligible_minor(case.token, NOW)) == (None, 0)
    examined.final(intent)
    assert attestations_advance(now=NOW) == 1
    assert attestation_in_force(case.token, NOW) == row
    assert eligible_minor(case.token, NOW) == QUANTITY
    assert eligible_minor(case.token, EXPIRY) == 0
    assert eligible_minor(case.token, EXPIRY - timedelta(seconds=1)) == QUANTITY


def test_one_that_the_chain_refused_never_counts(case: Examined) -> None:
    row = case.signed()
    attestations_advance(now=NOW)
    row.refresh_from_db()
    Intent.objects.filter(pk=row.intent_id).update(state="REJECTED", reason="Reserve: signed by no examiner's key")
    attestations_advance(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("FAILED", "Reserve: signed by no examiner's key")
    assert attestation_in_force(case.token, NOW) is None
    assert case.draft().number == 2


@pytest.mark.parametrize("whose", ["stranger", "another examiner", "registrar"])
def test_nobody_elses_key_attests(case: Examined, whose: str) -> None:
    row, key = case.draft(), LocalKey.create()
    if whose == "another examiner":
        case.enrol(key, examined.party(world.officer("EXAMINER")))
    if whose == "registrar":
        key = world.registrar()
    with pytest.raises(Refused, match="not this examiner's"):
        attestation_receive(
            attestation=row, signature=key.sign_typed_data(attestation_message(row)), actor=case.examiner, now=NOW
        )
    row.refresh_from_db()
    assert (row.state, row.signature, row.signer) == ("DRAFT", "", None)


@pytest.mark.parametrize("field", ["quantity", "encumbered", "expiry", "asOf", "number"])
def test_a_signature_over_other_figures_is_no_signature(case: Examined, field: str) -> None:
    row = case.draft()
    message = attestation_message(row)
    message["message"][field] += 1
    with pytest.raises(Refused, match="over these figures"):
        attestation_receive(attestation=row, signature=case.key.sign_typed_data(message), actor=case.examiner, now=NOW)
    assert ReserveAttestation.objects.get().state == "DRAFT"


def test_the_same_signature_again_is_the_first_and_another_is_refused(case: Examined) -> None:
    row = case.signed()
    again = attestation_receive(attestation=row, signature=row.signature, actor=case.examiner, now=NOW)
    assert (again.pk, again.state) == (row.pk, "RECEIVED")
    with pytest.raises(Refused, match="signed once|is signed"):
        attestation_receive(attestation=row, signature="0x" + "11" * 65, actor=case.examiner, now=NOW)


def test_a_draft_that_nobody_signed_gives_way(case: Examined) -> None:
    first, second = case.draft(), case.draft(quantity_minor=QUANTITY - 5)
    first.refresh_from_db()
    assert (first.state, second.number, second.claimed_minor) == ("DISCARDED", 2, QUANTITY)
    assert second.quantity_minor == QUANTITY - 5


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity_minor": QUANTITY + 1}, "quantity"),
        ({"quantity_minor": 0}, "quantity"),
        ({"encumbered_minor": QUANTITY + 1}, "encumbered"),
        ({"encumbered_minor": -1}, "encumbered"),
        ({"expiry": NOW}, "expiry"),
        ({"scope": " "}, "scope"),
        ({"standard": ""}, "standard"),
    ],
)
def test_figures_that_cannot_be_are_refused(case: Examined, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        case.draft(**change)
    assert (refusal.value.field, ReserveAttestation.objects.count()) == (field, 0)


def test_nothing_allocated_nothing_attested(case: Examined) -> None:
    with pytest.raises(Refused, match="No list names"):
        case.draft(token=reserves.token())


def test_an_expired_draft_is_not_signed_any_more(case: Examined) -> None:
    row = case.draft()
    signature = case.key.sign_typed_data(attestation_message(row))
    with pytest.raises(Refused, match="Its end has come"):
        attestation_receive(attestation=row, signature=signature, actor=case.examiner, now=EXPIRY)


def test_an_examiner_sees_to_his_own(case: Examined) -> None:
    row, other = case.draft(), world.officer("EXAMINER")
    with pytest.raises(NotAllowed, match="acts for no examiner"):
        case.draft(actor=other)
    case.enrol(LocalKey.create(), examined.party(other))
    with pytest.raises(NotAllowed, match="another examiner's"):
        attestation_receive(attestation=row, signature="0x00", actor=other, now=NOW)
    for role in ("DEBT_MAKER", "REGISTRAR_CHECKER", "AUDITOR"):
        with pytest.raises(NotAllowed):
            case.draft(actor=world.officer(role))
    assert ReserveAttestation.objects.count() == 1


def test_a_key_is_enrolled_by_two_houses_here_and_on_chain(case: Examined) -> None:
    assert ExaminerKey.objects.get().examiner == case.party
    assert OutsideKey.objects.get(address=case.key.address).role == 17
    payload = {"party": case.party.reference, "address": LocalKey.create().address}
    with pytest.raises(NotAllowed):
        world.approve("custody.reserves.ExaminerEnrol", payload, "REGISTRAR_OFFICER", "REGISTRAR_CHECKER")
    for wrong in ({"address": case.key.address}, {"address": "0x12"}, {"party": "NOBODY"}):
        with pytest.raises(Refused):
            world.approve("custody.reserves.ExaminerEnrol", payload | wrong, "DEBT_MAKER", "REGISTRAR_CHECKER")
    assert ExaminerKey.objects.count() == 1


def test_a_pledge_raises_the_chains_figure_at_once(case: Examined) -> None:
    case.in_force()
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    row = EncumbranceRaise.objects.get()
    assert (row.added_minor, row.encumbered_minor, row.basis) == (399_440, 399_440, 7)
    assert (row.intent.function, row.intent.signer.name, row.intent.state) == (
        "raiseEncumbrance", "enforcement", "QUEUED",
    )  # fmt: skip
    assert encumbered_minor(case.token) == 399_440
    assert eligible_minor(case.token, NOW) == QUANTITY - 399_440
    reserves.decide("EncumberItems", case.bars[1:2], to="ENCUMBERED", holder="A court")
    assert encumbered_minor(case.token) == 399_440 + 396_761


def test_a_later_examination_replaces_what_was_raised(case: Examined) -> None:
    case.in_force()
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    late = NOW + timedelta(days=1)
    second = vault_lists.later(vault_lists.weight_list(3), 2)
    vault = case.bars[0].vault
    reserves.take(vault, second, now=late + timedelta(days=1))
    row = case.draft(now=late + timedelta(days=1))
    assert (row.claimed_minor, row.as_of) == (396_761 + 396_975, second.head.as_of)


def test_without_an_attestation_there_is_no_figure_to_raise(case: Examined) -> None:
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    assert EncumbranceRaise.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "IN_FORCE"}, "counts_when_final"),
        ({"quantity_minor": 1}, "is_fixed"),
        ({"signature": "0x00"}, "is_fixed"),
        ({"state": "DRAFT"}, "reserve_attestation_signed|is_fixed"),
    ],
)
def test_the_database_lets_nobody_write_an_attestation(case: Examined, change: dict[str, Any], words: str) -> None:
    row = case.signed()
    attestations_advance(now=NOW)
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        ReserveAttestation.objects.filter(pk=row.pk).update(**change)
    row.refresh_from_db()
    assert (row.state, row.quantity_minor) == ("RELAYED", QUANTITY)


def test_the_database_knows_the_examiners_keys(case: Examined) -> None:
    row = case.draft()
    with pytest.raises(IntegrityError, match="by_its_examiner"), transaction.atomic():
        ReserveAttestation.objects.filter(pk=row.pk).update(
            state="RECEIVED", signature="0x11", signer=LocalKey.create().address, received_at=NOW
        )
    assert ReserveAttestation.objects.get().state == "DRAFT"
