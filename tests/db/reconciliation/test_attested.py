"""What an examiner attested, against the contract and against what the units need, at the block of the run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from contracts.gateway.views import ReserveShown
from contracts.indexer.models import Block
from contracts.outbox.models import Intent
from custody.reconciliation import books as reading
from custody.reconciliation.attested import attestation_equations, read_words
from custody.reconciliation.breaks import findings
from custody.reconciliation.equations import Equation, Observations, Observed
from custody.reconciliation.evidence import verify_evidence
from custody.reconciliation.evidence.held import HeldFile, reserve_files
from custody.reconciliation.evidence.packing import lines
from custody.reconciliation.evidence.rows import Scope, observations
from custody.reconciliation.models import Break, Run, Source
from custody.reconciliation.services import replays
from custody.reconciliation.standing import standing
from custody.reconciliation.words import sides
from custody.reserves.models import EncumbranceRaise, ReserveAttestation, VaultList
from custody.reserves.services import attestations_advance
from tests.db.reconciliation.world import Contract, failed, run
from tests.factories import commodities, examined, issuance, ledgerless, reserves
from tests.factories.examined import EXPIRY, Examined
from tests.factories.ledger import NOW, Books, address, wallet
from tokenization.kernel.writing import when

pytestmark = pytest.mark.django_db
FIRST, SECOND, THIRD = 399_440, 396_761, 396_975
ALL = FIRST + SECOND + THIRD
ENDS = int(EXPIRY.timestamp())
A = address(0xA)
MARGIN_BPS = 100


@pytest.fixture
def gold() -> Books:
    ledgerless.contracts_live()
    office = issuance.office()
    row = commodities.series(office, commodities.programme(office, "XAU", ceiling=100_000_000), margin_bps=MARGIN_BPS)
    return Books(series=row)


@pytest.fixture
def case(gold: Books, contract: Contract) -> Examined:
    """Three bars behind the token, 1 % held back, one attestation in force here and in the contract."""
    made = Examined(token=gold.token)
    made.in_force()
    gold.mine_and_post()
    contract.shown = ReserveShown(1, ALL, 0, ENDS, eligible=ALL * 99 // 100)
    return made


def issued(gold: Books, contract: Contract, units: int) -> None:
    """Minted and posted; the contract counts the same."""
    issue = gold.instruct("ISSUE", units, wallet(0xA))
    gold.immobilise(units, issue)
    gold.log("CapRaised", [gold.token.address, issue.links.get(kind="CONFIRM").number], [issue.number, units, 1, 1])
    gold.mint(A, units, issue.number)
    gold.mine_and_post()
    contract.balances = {A: contract.balances.get(A, 0) + units}


def observed(made: Run, source: str) -> dict[str, int]:
    rows = made.observations.filter(source=source, name__in=NAMES)
    return {row.name: int(row.value) for row in rows}


NAMES = ("attestation", "attested", "held against it", "attestation ends", "eligible")
EQUATIONS = ["attestation." + name for name in ("number", "quantity", "encumbered", "ends", "eligible")]


def test_what_is_attested_here_is_what_the_contract_shows(case: Examined, gold: Books) -> None:
    made = run(gold)
    word = ReserveAttestation.objects.get()
    expected = dict(zip(NAMES, (1, ALL, 0, ENDS, ALL * 99 // 100), strict=True))
    assert observed(made, "ATTESTATION") == observed(made, "CHAIN") == expected
    seen = made.observations.get(source="ATTESTATION", name="attestation")
    assert seen.detail == {
        "examiner": str(word.examiner), "as_of": word.as_of.isoformat(), "report": word.report_hash,
    }  # fmt: skip
    assert made.observations.get(source="ATTESTATION", name="eligible").detail == {"margin": "100 bp held back"}
    assert list(made.equations.filter(name__startswith="attestation.").values_list("name", flat=True)) == EQUATIONS
    assert failed(made) == []
    assert made.equations.get(name="reserve.attested").detail == {
        "needed": "0", "eligible": str(ALL * 99 // 100), "room": str(ALL * 99 // 100),
    }  # fmt: skip
    assert replays(made)


@pytest.mark.parametrize(
    ("change", "names", "amount"),
    [
        ({"number": 2}, ["attestation.number"], -1),
        ({"quantity": ALL - 7}, ["attestation.quantity"], 7),
        ({"encumbered": 5}, ["attestation.encumbered"], -5),
        ({"expiry": ENDS + 60}, ["attestation.ends"], -60),
        ({"eligible": 0}, ["attestation.eligible"], ALL * 99 // 100),
        ({"quantity": 0, "number": 0, "expiry": 0, "eligible": 0}, [EQUATIONS[at] for at in (0, 1, 3, 4)], 1),
    ],
)
def test_a_contract_that_says_otherwise_is_one_break(
    case: Examined, gold: Books, contract: Contract, change: dict[str, Any], names: list[str], amount: int
) -> None:
    contract.shown = replace(contract.shown, **change)
    made = run(gold)
    assert failed(made) == names
    found = Break.objects.get()
    assert (found.kind, found.key, found.units) == ("ATTESTATION_MISMATCH", "ATTESTATION_MISMATCH", amount)
    assert (found.opened_by, found.evidence.count()) == (made, len(names))


def test_an_attestation_on_its_way_counts_once_the_contract_names_it(
    case: Examined, gold: Books, contract: Contract
) -> None:
    case.signed(quantity_minor=ALL - 1)
    attestations_advance(now=NOW)
    assert ReserveAttestation.objects.get(number=2).state == "RELAYED"
    assert observed(run(gold), "ATTESTATION")["attestation"] == 1
    contract.shown = ReserveShown(2, ALL - 1, 0, ENDS, eligible=(ALL - 1) * 99 // 100)
    made = run(gold)
    assert (made.green, observed(made, "ATTESTATION")["attested"]) == (True, ALL - 1)


def test_one_that_the_chain_refused_is_not_read(case: Examined, gold: Books) -> None:
    row = case.signed(quantity_minor=ALL - 1)
    attestations_advance(now=NOW)
    row.refresh_from_db()
    Intent.objects.filter(pk=row.intent_id).update(state="REJECTED", reason="no examiner's key")
    made = run(gold)
    assert (made.green, observed(made, "ATTESTATION")["attestation"]) == (True, 1)


def test_after_its_end_it_is_said_and_is_no_break(case: Examined, gold: Books, contract: Contract) -> None:
    issued(gold, contract, 1_000)
    gold.mine(at=EXPIRY)
    gold.post()
    contract.shown = replace(contract.shown, eligible=0)
    made = run(gold)
    ended = f"attestation: Examiner's attestation No. 1 of gold ended on {when(EXPIRY)}, new units are not issued"
    assert ended in made.skipped
    assert not made.equations.filter(name__in=("reserve.attested", "attestation.eligible")).exists()
    assert made.equations.get(name="attestation.ends").holds
    assert not Break.objects.filter(kind__in=("RESERVE_SHORT", "ATTESTATION_MISMATCH")).exists()
    assert replays(made)
    assert standing(made, made.observations.all()).words == (
        f"Backing is not attested since {when(EXPIRY)}, when examiner's attestation No. 1 of gold ended. "
        "What it last attested carries what the units need; no new unit is issued."
    )


def test_room_is_what_is_left_of_the_attested_after_encumbrance_margin_and_need(
    case: Examined, gold: Books, contract: Contract
) -> None:
    """The examiner's own figure of what is held: the bars are all on the list and behind the token."""
    issued(gold, contract, 1_000)
    case.in_force(encumbered_minor=FIRST)
    eligible = (ALL - FIRST) * 99 // 100
    contract.shown = ReserveShown(2, ALL, FIRST, ENDS, eligible=eligible)
    made = run(gold)
    found = standing(made, made.observations.all())
    assert (found.listed, found.attested, found.held) == (ALL, ALL, FIRST)
    assert (found.eligible, found.room, found.ended, found.words) == (eligible, eligible - 1_000, False, "")
    assert found.free - found.margin == eligible
    row = made.equations.get(name="reserve.backing")
    assert row.detail == {"needed": "1000", "listed": str(ALL)}
    assert sides(row, gold.token)[:2] == ("1.000 fine troy ounce", "1,193.176 fine troy ounces")
    assert sides(made.equations.get(name="attestation.number"), gold.token)[0] == (
        "Examiner's attestation No. 2 of gold"
    )
    later = standing(made, made.observations.all(), EXPIRY)
    assert (later.ended, later.exposed, later.room) == (True, True, eligible - 1_000)


def test_what_was_pledged_is_taken_off_once(case: Examined, gold: Books, contract: Contract) -> None:
    """A pledged bar is neither behind the token any more nor free of the attested: one of the two takes it off."""
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    examined.final(EncumbranceRaise.objects.get().intent)
    contract.shown = replace(contract.shown, encumbered=FIRST, eligible=(ALL - FIRST) * 99 // 100)
    made = run(gold)
    found = standing(made, made.observations.all())
    assert (found.listed, found.attested - found.held) == (ALL - FIRST, ALL - FIRST)
    assert found.eligible == (ALL - FIRST) * 99 // 100


def test_a_second_before_its_end_it_still_carries(case: Examined, gold: Books) -> None:
    gold.mine(at=EXPIRY - timedelta(seconds=1))
    gold.post()
    assert observed(run(gold), "ATTESTATION")["eligible"] == ALL * 99 // 100


def test_before_the_first_word_nothing_may_stand(gold: Books, contract: Contract) -> None:
    reserves.allocate(reserves.bars(3), gold.token)
    gold.mine_and_post()
    made = run(gold)
    assert made.green
    assert "attestation: nothing is attested yet, new units are not issued" in made.skipped
    assert observed(made, "ATTESTATION") == dict.fromkeys(NAMES, 0)
    issued(gold, contract, 400)
    made = run(gold)
    assert made.equations.get(name="reserve.attested").left == 400
    assert Break.objects.get(kind="RESERVE_SHORT").units == 400


def test_a_pledge_is_held_against_it_from_its_own_block(case: Examined, gold: Books, contract: Contract) -> None:
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    waits = run(gold)
    assert observed(waits, "ATTESTATION")["held against it"] == 0  # raised here, and not yet there
    assert waits.equations.get(name="attestation.encumbered").holds
    examined.final(EncumbranceRaise.objects.get().intent)
    late = run(gold)
    assert failed(late) == ["attestation.encumbered", "attestation.eligible"]
    eligible = (ALL - FIRST) * 99 // 100
    contract.shown = replace(contract.shown, encumbered=FIRST, eligible=eligible)
    made = run(gold)
    assert failed(made) == []
    assert (observed(made, "ATTESTATION")["held against it"], observed(made, "CHAIN")["eligible"]) == (FIRST, eligible)


def test_a_raise_that_the_chain_refused_is_a_break(case: Examined, gold: Books, contract: Contract) -> None:
    """The bar is pledged all the same: the contract would let units stand on it."""
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    raised = EncumbranceRaise.objects.get()
    Intent.objects.filter(pk=raised.intent_id).update(state="REJECTED", reason="no such role")
    made = run(gold)
    assert observed(made, "ATTESTATION")["held against it"] == FIRST
    assert failed(made) == ["attestation.encumbered", "attestation.eligible"]
    assert Break.objects.get(kind="ATTESTATION_MISMATCH").units == FIRST
    # Mended by a later raise, which holds the whole figure.
    reserves.decide("EncumberItems", case.bars[1:2], to="PLEDGED", holder="Bank of tests")
    examined.final(EncumbranceRaise.objects.get(sequence=2).intent)
    left = (ALL - FIRST - SECOND) * 99 // 100
    contract.shown = replace(contract.shown, encumbered=FIRST + SECOND, eligible=left)
    assert failed(run(gold)) == []


def test_what_was_replaced_long_ago_is_not_read_again(case: Examined, gold: Books) -> None:
    for _ in range(12):
        case.in_force()
    read = reading.Books(token=gold.token, block=Block.objects.order_by("-number")[0])
    with CaptureQueriesContext(connection) as queries:
        read_words(read)
    assert [one.row.number for one in read.words] == [13]
    assert len(queries) <= 6


def test_the_pack_holds_the_vaults_list_and_the_examiners_report(case: Examined, gold: Books) -> None:
    made = run(gold)
    held = {one.what: one for one in reserve_files(Scope(made, 0, ""))}
    told, word = VaultList.objects.get(), ReserveAttestation.objects.get()
    assert {what: one.file for what, one in held.items()} == {
        f"list 1 of the vault {told.vault.code}": told.file, "the examiner's report, attestation 1": word.report,
    }  # fmt: skip

    def faults(files: list[HeldFile]) -> list[str]:
        """As the verifier reads the run's observations beside these files."""
        pack = verify_evidence.Pack.__new__(verify_evidence.Pack)
        pack.members = {one.path: bytes(one.file.content) for one in files} | {
            "observations.jsonl": lines(observations(Scope(made, 0, ""))), "statements.jsonl": b"",
            "files.jsonl": lines(one.row for one in files),
        }  # fmt: skip
        return list(verify_evidence.check_held(pack))

    assert faults(list(held.values())) == []
    assert faults([]) == [
        f"The file behind VAULT/list of {told.vault} is not in the pack: its SHA-256 is {told.file.sha256}.",
        f"The file behind ATTESTATION/attestation is not in the pack: its SHA-256 is {word.report_hash}.",
    ]


def test_a_bond_asks_no_examiner(books: Books) -> None:
    made = run(books)
    assert not made.observations.filter(source="ATTESTATION").exists()
    assert not made.equations.filter(name__startswith="attestation.").exists()


# From observations alone ----------------------------------------------------------------------------------------------


def told(needed: int, eligible: int | None, set_aside: int = 0) -> list[Equation]:
    fields = dict.fromkeys(NAMES, 1) | ({} if eligible is None else {"eligible": eligible})
    rows = [
        Observed(source, name, value) for source in (Source.ATTESTATION, Source.CHAIN) for name, value in fields.items()
    ]
    rows.append(Observed(Source.ATTESTATION, "set aside for burns", set_aside))
    if eligible is None:
        rows = [row for row in rows if (row.source, row.name) != (Source.ATTESTATION, "eligible")]
    return list(attestation_equations(Observations([*rows, Observed(Source.REGISTER, "backing needed", needed)])))


@pytest.mark.parametrize(("needed", "eligible", "short"), [(700, 700, 0), (701, 700, 1), (5, None, 0)])
def test_only_more_than_is_eligible_is_short(needed: int, eligible: int | None, short: int) -> None:
    found = findings(told(needed, eligible), [], 0)
    assert [(one.kind, one.units, one.equations) for one in found] == (
        [("RESERVE_SHORT", 1, ["reserve.attested"])] if short else []
    )


@given(st.data())
def test_a_physical_redemption_never_makes_it_short(data: st.DataObject) -> None:
    """Held first, and set aside for the units that are burned next; then what the units need falls by the bars."""
    quantity, margin = data.draw(st.integers(1, 10**12)), data.draw(st.integers(0, 10_000))
    held = data.draw(st.integers(0, quantity))
    eligible = (quantity - held) * (10_000 - margin) // 10_000
    needed = data.draw(st.integers(0, eligible))
    bars = data.draw(st.integers(0, needed))
    after = max(quantity - held - bars, 0) * (10_000 - margin) // 10_000
    for needs, stands_on, aside in ((needed, eligible, 0), (needed, after, bars), (needed - bars, after, 0)):
        short = next(row for row in told(needs, stands_on, aside) if row.name == "reserve.attested")
        assert (short.left, short.holds) == (0, True)
