"""The pack of a reserve token: the examiner's signature and the vault's own file against the issuer's own hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.gateway.keys import LocalKey
from contracts.gateway.views import ReserveShown
from custody.reconciliation.evidence import services, verify_evidence
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.packing import members_of
from custody.reconciliation.evidence.services import (
    evidence_advance,
    evidence_bytes,
    evidence_differences,
    evidence_prepare,
)
from custody.reconciliation.services import reconcile
from custody.reserves.kinds import kind_of
from custody.reserves.lists import parse
from custody.reserves.models import EncumbranceRaise, ExaminerKey, ReserveAttestation, VaultList
from custody.tokenisation.models import ChainContract
from tests.db.reconciliation.evidence.forging import APPROVED, BACKED, EQUATIONS, at, edit, only
from tests.db.reconciliation.evidence.world import (
    STRANGER,
    LocalSigner,
    Members,
    SignedBooks,
    Verified,
    audited,
    forged,
    rows,
    verified,
    written,
)
from tests.db.reconciliation.world import Contract, run
from tests.factories import commodities, issuance, ledgerless, reserves
from tests.factories.examined import EXPIRY, Examined, final
from tests.factories.identity import person
from tests.factories.ledger import NOW
from tests.factories.vault_lists import LISTS
from tokenization.identity.models import AuditEntry
from tokenization.kernel.canonical import canonical_json, sha256_hex

pytestmark = pytest.mark.django_db
ALL, MARGIN_BPS = 399_440 + 396_761 + 396_975, 100
STANDS = ALL * 99 // 100
ENDS = int(EXPIRY.timestamp())


class Gold(SignedBooks):
    """Their contracts are those that every reserve token has."""

    def __init__(self) -> None:
        office = issuance.office()
        parent = commodities.programme(office, "XAU", ceiling=100_000_000)
        super().__init__(series=commodities.series(office, parent, margin_bps=MARGIN_BPS))
        ledgerless.contracts_live()


@pytest.fixture
def case(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> Examined:
    monkeypatch.setattr(services, "RemoteSigner", LocalSigner)
    gold = Gold()
    made = Examined(token=gold.token)
    made.in_force()
    gold.mine_and_post()
    contract.shown = ReserveShown(1, ALL, 0, ENDS, eligible=STANDS)
    audited()
    found = run(gold)
    assert found.green, list(found.equations.filter(holds=False).values())
    evidence_prepare(run=found, actor=person("AUDITOR"), now=NOW)
    assert evidence_advance(now=NOW) == []
    return made


@pytest.fixture
def content(case: Examined) -> bytes:
    return evidence_bytes(EvidencePack.objects.get())


@pytest.fixture
def checked(case: Examined, tmp_path: Path) -> Callable[[bytes], Verified]:
    return lambda content: verified(content, tmp_path, "--examiner", case.key.address)


def edited(content: bytes, source: str, name: str, **values: Any) -> Callable[[Members], None]:
    return edit("observations.jsonl", at(content, "observations.jsonl", source=source, name=name), **values)


def both(*changes: Callable[[Members], None]) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        for one in changes:
            one(members)

    return change


def test_it_is_right_and_says_who_must_have_signed(
    case: Examined, content: bytes, checked: Callable[[bytes], Verified], tmp_path: Path
) -> None:
    assert checked(content).faults == []
    signed = f"Attestation No. 1 was signed by {case.key.address}"
    only(
        verified(content, tmp_path), BACKED,
        f"{signed}: ask the examiner whether that is his key, and name it with --examiner.",
    )  # fmt: skip
    only(
        verified(content, tmp_path, "--examiner", STRANGER.address), BACKED,
        f"{signed}, not by the examiner's key that you gave.",
    )  # fmt: skip
    assert evidence_differences(EvidencePack.objects.get()) == []


def test_what_is_in_it(case: Examined, content: bytes) -> None:
    inside, word = members_of(content), ReserveAttestation.objects.get()
    assert rows(inside, "attestations.jsonl") == [
        {
            "number": 1, "quantity_minor": ALL, "encumbered_minor": 0, "as_of": int(word.as_of.timestamp()),
            "expiry": ENDS, "report_hash": word.report_hash, "signature": word.signature, "signer": case.key.address,
        }
    ]  # fmt: skip
    subjects = {row["subject"] for row in rows(inside, "audit-entries.jsonl")}
    key, told = ExaminerKey.objects.get(), VaultList.objects.get()
    moves = case.bars[0].history.values_list("approval", flat=True)
    wanted = {f"attestation:{word.pk}", f"vault-list:{told.pk}", f"examiner-key:{key.pk}"}
    wanted |= {f"approval:{pk}" for pk in moves}
    assert len(wanted) == 4
    assert wanted <= subjects
    assert {*moves, key.approval_id} <= {row["approval"] for row in rows(inside, "approvals.jsonl")}
    assert AuditEntry.objects.filter(subject__in=wanted).count() >= 4


@pytest.mark.parametrize("field", ["quantity_minor", "encumbered_minor", "as_of", "expiry"])
def test_figures_that_he_did_not_sign(
    field: str, case: Examined, content: bytes, checked: Callable[[bytes], Verified]
) -> None:
    now = rows(members_of(content), "attestations.jsonl")[0][field]
    found = checked(forged(content, edit("attestations.jsonl", 0, **{field: now + 1})))
    altered = f"Attestation No. 1 was not signed by {case.key.address}: its figures or its signature were altered."
    assert found.faults[0] == altered
    assert f"Attestation No. 1: its report says another {field} than was signed." in found.faults


def test_signed_by_the_issuers_own_examiner(
    case: Examined, content: bytes, checked: Callable[[bytes], Verified]
) -> None:
    """A whole, well-formed signature by a key of the issuer's choice, that his own pack calls the examiner's."""
    from custody.reserves.services import attestation_message

    own = LocalKey.create()
    signature = own.sign_typed_data(attestation_message(ReserveAttestation.objects.get()))
    found = checked(forged(content, edit("attestations.jsonl", 0, signature=signature, signer=own.address)))
    only(found, BACKED, f"Attestation No. 1 was signed by {own.address}, not by the examiner's key that you gave.")


def test_observations_that_agree_with_each_other_and_not_with_him(
    content: bytes, checked: Callable[[bytes], Verified]
) -> None:
    """CHAIN and ATTESTATION altered together: every equation holds."""
    more = (ALL + 1000) * 99 // 100
    changes = [edited(content, source, "attested", value=ALL + 1000) for source in ("CHAIN", "ATTESTATION")]
    changes += [edited(content, source, "eligible", value=more) for source in ("CHAIN", "ATTESTATION")]
    for name, value in (("quantity", ALL + 1000), ("eligible", more)):
        place = at(content, "equations.jsonl", name=f"attestation.{name}")
        changes.append(edit("equations.jsonl", place, left=value, right=value))
    only(
        checked(forged(content, both(*changes))), BACKED,
        f"Attestation No. 1, attested: the examiner signed {ALL}, the run saw {ALL + 1000}.",
        f"Attestation No. 1: units may stand on {STANDS} by its figures, the run saw {more}.",
    )  # fmt: skip


def test_an_attestation_left_out_or_a_second_one(content: bytes, checked: Callable[[bytes], Verified]) -> None:
    def out(members: Members) -> None:
        members["attestations.jsonl"] = b""

    def twice(members: Members) -> None:
        [row] = rows(members, "attestations.jsonl")
        members["attestations.jsonl"] = written([row, row | {"number": 2}])

    only(
        checked(forged(content, out)), BACKED,
        "The run saw attestation No. 1 in force; the pack holds none.",
    )  # fmt: skip
    only(
        checked(forged(content, twice)), BACKED,
        "The run saw attestation No. 1 in force; the pack holds 1, 2.",
    )  # fmt: skip


def test_counted_after_its_end(content: bytes, checked: Callable[[bytes], Verified]) -> None:
    def block_at(instant: datetime) -> Verified:
        def change(members: Members) -> None:
            told = json.loads(members["run.json"]) | {"block_time": instant.isoformat()}
            members["run.json"] = canonical_json(told).encode()

        return checked(forged(content, change))

    assert block_at(EXPIRY - timedelta(seconds=1)).faults == []
    only(block_at(EXPIRY), BACKED, "Attestation No. 1 is counted after its end, or is not though it has not come.")


def test_an_item_that_the_vault_tells_otherwise(content: bytes, checked: Callable[[bytes], Verified]) -> None:
    """Register, vault and equations altered together; the list's own bytes in the pack say what they said."""
    place = at(content, "observations.jsonl", source="VAULT", name="items behind it")
    parts = rows(members_of(content), "observations.jsonl")[place]["detail"]
    key = next(iter(parts))
    heavier = {**parts, key: str(int(parts[key]) + 7)}
    values = {"value": sum(map(int, heavier.values())), "detail": heavier}
    changes = [edited(content, source, "items behind it", **values) for source in ("VAULT", "REGISTER")]
    only(
        checked(forged(content, both(*changes))), BACKED,
        f"The run counts {key} with {heavier[key]}; its vault's list says {parts[key]}.",
    )  # fmt: skip
    ghost = {**parts, "NOBODY/1/2020": "7"}
    values = {"value": sum(map(int, ghost.values())), "detail": ghost}
    changes = [edited(content, source, "items behind it", **values) for source in ("VAULT", "REGISTER")]
    only(
        checked(forged(content, both(*changes))), BACKED,
        "The run counts NOBODY/1/2020 with 7; its vault's list says nothing.",
        "The item NOBODY/1/2020 is behind the token by the run alone.",
    )  # fmt: skip


def test_what_is_set_aside_for_no_burn(content: bytes, checked: Callable[[bytes], Verified]) -> None:
    name = "set aside for burns"
    only(
        checked(forged(content, edited(content, "ATTESTATION", name, value=5, detail={"1": "5"}))), BACKED,
        "5 is set aside for instruction No. 1, which is no burn of so much on its way.",
    )  # fmt: skip
    only(
        checked(forged(content, edited(content, "ATTESTATION", name, value=5))), BACKED,
        "5 is set aside for burns, of which the run names others.",
    )  # fmt: skip


def test_what_the_units_need_is_reckoned_again(content: bytes, checked: Callable[[bytes], Verified]) -> None:
    found = checked(forged(content, edited(content, "REGISTER", "backing needed", value=-5)))
    only(found, BACKED, "The units need 0 behind them, the run says -5.")


def test_a_report_of_other_items_than_the_lists(
    case: Examined, content: bytes, checked: Callable[[bytes], Verified]
) -> None:
    """The examiner's own hand: he signs for a bar that no vault told of, and his report names it."""
    from custody.reserves.services import attestation_message

    inside, word = members_of(content), ReserveAttestation.objects.get()
    path = next(row["path"] for row in rows(inside, "files.jsonl") if row["sha256"] == word.report_hash)
    report = json.loads(inside[path])
    report["items"][0]["key"] = "NOBODY/1/2020"
    body = canonical_json(report).encode()
    message = attestation_message(word)
    message["message"]["reportHash"] = sha256_hex(body)
    signature = case.key.sign_typed_data(message)

    def change(members: Members) -> None:
        members[path] = body
        place = at(content, "files.jsonl", sha256=word.report_hash)
        edit("files.jsonl", place, sha256=sha256_hex(body))(members)
        edit("attestations.jsonl", 0, report_hash=sha256_hex(body), signature=signature)(members)
        seen = rows(members, "observations.jsonl")
        for row in seen:
            if (row["source"], row["name"]) == ("ATTESTATION", "attestation"):
                row["detail"]["report"] = sha256_hex(body)
        members["observations.jsonl"] = written(seen)

    only(
        checked(forged(content, change)), BACKED,
        "Attestation No. 1: its report counts NOBODY/1/2020 with 399440; its vault's list says nothing.",
    )  # fmt: skip


def test_the_items_approval_is_checked_as_every_other(content: bytes, checked: Callable[[bytes], Verified]) -> None:
    place = at(content, "approvals.jsonl", action="custody.reserves.AllocateItems")
    number = rows(members_of(content), "approvals.jsonl")[place]["approval"]
    found = checked(forged(content, edit("approvals.jsonl", place, checker=None)))
    only(found, APPROVED, f"Approval {number} was not given by two persons.")


def test_a_bond_for_which_an_examiner_is_named(content: bytes, checked: Callable[[bytes], Verified]) -> None:
    """Everything of the reserve taken out: whoever knows of an examiner hears that nothing is attested."""

    def bare(members: Members) -> None:
        kept = [row for row in rows(members, "observations.jsonl") if row["source"] not in ("ATTESTATION", "VAULT")]
        members["observations.jsonl"], members["attestations.jsonl"] = written(kept), b""
        named = ("reserve.", "attestation.")
        kept = [row for row in rows(members, "equations.jsonl") if not row["name"].startswith(named)]
        members["equations.jsonl"] = written(kept)

    found = checked(forged(content, bare))
    assert found.faults == ["You named an examiner, and by this pack nothing is attested."]
    assert [line for line in found.fine if line.startswith(EQUATIONS)] != []


def test_an_item_that_nobody_put_there(case: Examined, content: bytes, checked: Callable[[bytes], Verified]) -> None:
    told = rows(members_of(content), "items.jsonl")
    keys = sorted(bar.key for bar in case.bars)
    assert [row["key"] for row in told] == keys
    assert {(row["move"], row["vault"]) for row in told} == {(1, case.bars[0].vault.code)}

    def change(members: Members) -> None:
        members["items.jsonl"] = written([told[0] | {"move": 2}, told[1] | {"item": told[2]["item"]}])

    only(
        checked(forged(content, change)), BACKED,
        f"The item {keys[2]} is behind the token by the run alone.",
        f"The item {keys[0]} came behind the token, and no approval in the pack holds that move.",
        f"The item {keys[1]} came behind the token by an approval that names {keys[2]}.",
    )  # fmt: skip
    invented = edit("items.jsonl", 0, key="NOBODY/1/2020")
    faults = checked(forged(content, invented)).faults
    assert "The item NOBODY/1/2020 is behind the token by items.jsonl alone." in faults
    assert f"The item NOBODY/1/2020 came behind the token by an approval that names {keys[0]}." in faults


@pytest.fixture
def pledged(case: Examined, contract: Contract) -> tuple[bytes, int]:
    """A later pack: the first bar was pledged since, and the chain holds it against the attestation."""
    fine = case.bars[0].fine_minor
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    final(EncumbranceRaise.objects.get().intent)
    contract.shown = ReserveShown(1, ALL, fine, ENDS, eligible=(ALL - fine) * 99 // 100)
    audited()
    made = reconcile(token=case.token, now=NOW, node=object())  # type: ignore[arg-type]
    assert made.green, list(made.equations.filter(holds=False).values())
    evidence_prepare(run=made, actor=person("AUDITOR"), now=NOW)
    evidence_advance(now=NOW)
    return evidence_bytes(EvidencePack.objects.get(run=made)), fine


def test_a_pledge_is_told_and_counted(
    case: Examined, pledged: tuple[bytes, int], checked: Callable[[bytes], Verified]
) -> None:
    content, fine = pledged
    assert checked(content).faults == []
    raised = EncumbranceRaise.objects.get()
    hashed = sha256_hex(bytes.fromhex(raised.salt[2:]) + raised.reason.encode())
    [told] = rows(members_of(content), "encumbrances.jsonl")
    assert told.pop("raised_at")
    assert told == {
        "sequence": 1, "added_minor": fine, "encumbered_minor": fine, "basis": raised.basis, "reason_hash": hashed,
    }  # fmt: skip
    assert len(rows(members_of(content), "items.jsonl")) == 2

    def untold(members: Members) -> None:
        members["encumbrances.jsonl"] = b""

    only(
        checked(forged(content, untold)), BACKED,
        f"Attestation No. 1: the run counts an encumbrance of {fine} that the pack does not tell of.",
    )  # fmt: skip


def test_a_pledge_that_the_issuer_takes_back_on_both_sides(
    pledged: tuple[bytes, int], checked: Callable[[bytes], Verified]
) -> None:
    """CHAIN and ATTESTATION lowered together, every equation holding: the pledge is still told."""
    content, fine = pledged
    changes = [edited(content, "CHAIN", "held against it", value=0)]
    changes.append(edited(content, "ATTESTATION", "held against it", value=0))
    changes += [edited(content, source, "eligible", value=STANDS) for source in ("CHAIN", "ATTESTATION")]
    for name, value in (("encumbered", 0), ("eligible", STANDS)):
        place = at(content, "equations.jsonl", name=f"attestation.{name}")
        changes.append(edit("equations.jsonl", place, left=value, right=value))
    only(
        checked(forged(content, both(*changes))), BACKED,
        f"Attestation No. 1: {fine} is held against it by the examiner and what was raised since, the run saw 0.",
    )  # fmt: skip


# The chain ------------------------------------------------------------------------------------------------------------


def asked(content: bytes, folder: Path, answers: dict[str, list[int]]) -> list[str]:
    """What the check against the ReserveBook says of a node that answers these words."""
    (folder / "pack.zip").write_bytes(content)
    names = {verify_evidence.keccak256(f"{name}(address)".encode())[:4].hex(): name for name in answers}

    def ask(method: str, call: dict[str, str], at: dict[str, Any]) -> str | None:
        book, said = ChainContract.objects.get(name="RESERVE_BOOK").address, EvidencePack.objects.get().run
        assert (method, call["to"], at["blockHash"]) == ("eth_call", book, said.block_hash)
        assert int(call["data"][10:], 16) == int(said.token.address, 16)
        found = answers[names[call["data"][2:10]]]
        return "0x" + "".join(f"{word:064x}" for word in found) if found else None

    return list(verify_evidence.book(verify_evidence.Pack(str(folder / "pack.zip")), ask))


def test_the_reserve_book_at_the_block(case: Examined, content: bytes, tmp_path: Path) -> None:
    word = ReserveAttestation.objects.get()
    report = int(word.report_hash, 16)
    told = {
        "attestationOf": [int(word.token.address, 16), 1, ALL, 0, int(word.as_of.timestamp()), ENDS, report],
        "capacityOf": [STANDS, STANDS], "backingOf": [1, 1, MARGIN_BPS],
    }  # fmt: skip
    assert asked(content, tmp_path, told) == []

    def other(name: str, place: int, value: int) -> list[str]:
        words = [value if n == place else word for n, word in enumerate(told[name])]
        return asked(content, tmp_path, told | {name: words})

    assert other("attestationOf", 2, ALL - 1) == [
        f"The ReserveBook says attested {ALL - 1} at the block, the run saw {ALL}."
    ]
    assert other("capacityOf", 0, 5) == [f"The ReserveBook says eligible 5 at the block, the run saw {STANDS}."]
    [fault] = other("attestationOf", 6, 9)
    assert fault.endswith("at the block, the pack's attestation another.")
    assert other("backingOf", 2, 50) == [
        "The ReserveBook asks 1 a unit and holds 50 bp back, the pack reckons otherwise."
    ]
    [fault] = asked(content, tmp_path, told | {"capacityOf": []})
    assert fault.startswith("The node does not tell what the ReserveBook ")


@pytest.mark.parametrize(
    "path", sorted(LISTS.rglob("samples/good.*")), ids=lambda path: f"{path.parts[-3]}{path.suffix}"
)
def test_a_list_is_read_as_the_platform_reads_it(path: Path) -> None:
    kind = kind_of("XAU" if "lbma" in path.parts else "OIL")
    told = {line.identity: line.fine_minor for line in parse(path.read_bytes(), kind).lines}
    assert verify_evidence.items_of(path.read_bytes()) == told
    assert len(told) >= 4


def test_a_workbook_with_a_document_type_is_not_read() -> None:
    with pytest.raises(ValueError, match="no document type"):
        verify_evidence.xml(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
