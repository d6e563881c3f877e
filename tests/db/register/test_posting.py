"""Posting: every final log once, balanced, tied to its instruction or disputed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.indexer.faults import IndexerHalted, fault_record
from contracts.indexer.models import Log, NodeFault, WatchedContract
from custody.register import selectors
from custody.register.models import CapEntry, Dispute, Entry, Position, RegisterCursor
from tests.factories.ledger import CONTROLLER, NOW, Books, address, wallet
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
A, B, C = address(0xA), address(0xB), address(0xC)


@pytest.fixture
def books() -> Books:
    return Books()


def legs(log: Log) -> list[tuple[str, int, str]]:
    return list(Entry.objects.filter(log=log).order_by("leg").values_list("account", "units", "cause"))


def accounts(books: Books) -> dict[str, int]:
    return dict(Position.objects.filter(token=books.token).values_list("account", "units"))


def test_an_issue_is_posted_against_issued_and_ends_its_instruction(books: Books) -> None:
    row = books.issue(30, wallet(0xA))
    log = books.mint(A, 30, row.number)
    posted = books.mine_and_post()

    assert legs(log) == [("ISSUED", -30, "ISSUE"), (A, 30, "ISSUE")]
    assert accounts(books) == {"ISSUED": -30, A: 30}
    row.refresh_from_db()
    assert (row.state, row.settled_log) == ("DONE", log)
    assert (posted.logs, posted.entries, posted.disputes, posted.block_number) == (2, 2, 0, 101)
    entry = Entry.objects.filter(log=log).first()
    assert entry is not None
    assert (entry.instruction, entry.block_number, entry.block_hash) == (row, 101, log.block.hash)
    assert Dispute.objects.count() == 0


def test_a_holders_own_transfer_needs_no_instruction(books: Books) -> None:
    books.issued(30, wallet(0xA))
    log = books.transfer(A, B, 12)
    books.mine_and_post()
    assert legs(log) == [(A, -12, "OWN_TRANSFER"), (B, 12, "OWN_TRANSFER")]
    assert accounts(books) == {"ISSUED": -30, A: 18, B: 12}
    assert [(p.account, p.units) for p in selectors.holders(books.token)] == [(A, 18), (B, 12)]


@pytest.mark.parametrize("units", [0, 5])
def test_a_transfer_to_oneself_changes_nothing_but_is_posted(units: int, books: Books) -> None:
    books.issued(30, wallet(0xA))
    log = books.transfer(A, A, units)
    books.mine_and_post()
    assert legs(log) == [(A, -units, "OWN_TRANSFER"), (A, units, "OWN_TRANSFER")]
    assert accounts(books) == {"ISSUED": -30, A: 30}


def test_a_redemption_and_an_annulment_have_accounts_of_their_own(books: Books) -> None:
    books.issued(30, wallet(0xA))
    redeem, annul = books.sent("REDEEM", 20, wallet(0xA)), books.sent("ANNUL", 10, wallet(0xA))
    first = books.burn(A, 20, redeem.number)
    second = books.burn(A, 10, annul.number, "Annulled")
    books.mine_and_post()
    assert legs(first) == [(A, -20, "REDEEM"), ("REDEEMED", 20, "REDEEM")]
    assert legs(second) == [(A, -10, "ANNUL"), ("ANNULLED", 10, "ANNUL")]
    assert accounts(books) == {"ISSUED": -30, "REDEEMED": 20, "ANNULLED": 10, A: 0}
    assert selectors.holders(books.token) == []


@pytest.mark.parametrize(
    ("number", "units", "to"),
    [(0, 30, A), (77, 30, A), (None, 29, A), (None, 30, B)],
    ids=["number 0", "unknown number", "other units", "other wallet"],
)
def test_an_issue_that_no_instruction_says_is_unexplained_and_disputed(
    number: int | None, units: int, to: str, books: Books
) -> None:
    row = books.issue(30, wallet(0xA))
    log = books.mint(to, units, row.number if number is None else number)
    posted = books.mine_and_post()
    assert legs(log) == [("UNEXPLAINED", -units, "UNEXPLAINED"), (to, units, "UNEXPLAINED")]
    assert posted.disputes == 1
    dispute = Dispute.objects.get()
    assert (dispute.wallet, dispute.units, dispute.remaining, dispute.state) == (to, units, units, "OPEN")
    assert (dispute.tx_hash, dispute.log) == (log.tx_hash, log)
    row.refresh_from_db()
    assert (row.state, row.settled_log) == ("SENT", None)
    assert selectors.undisputed_positions(books.token, 101) == {}
    assert selectors.disputed_positions(books.token, 101) == {to: units}


def test_a_mint_without_any_typed_event_is_disputed_too(books: Books) -> None:
    log = books.transfer("0x" + "0" * 40, A, 5)
    books.mine_and_post()
    assert legs(log) == [("UNEXPLAINED", -5, "UNEXPLAINED"), (A, 5, "UNEXPLAINED")]
    assert Dispute.objects.get().units == 5


def test_the_event_of_another_transaction_explains_nothing(books: Books) -> None:
    row = books.issue(30, wallet(0xA))
    log = books.transfer("0x" + "0" * 40, A, 30)
    books.log("Issued", [row.number, A], [30], tx="0x" + "ee" * 32)
    books.mine_and_post()
    assert legs(log)[0] == ("UNEXPLAINED", -30, "UNEXPLAINED")


def test_one_number_explains_one_log(books: Books) -> None:
    row = books.issued(30, wallet(0xA))
    again = books.mint(A, 30, row.number)
    books.mine_and_post()
    assert legs(again)[0] == ("UNEXPLAINED", -30, "UNEXPLAINED")


def test_an_unexplained_burn_is_posted_against_unexplained_supply(books: Books) -> None:
    books.issued(30, wallet(0xA))
    log = books.burn(A, 4)
    books.mine_and_post()
    assert legs(log) == [(A, -4, "UNEXPLAINED"), ("UNEXPLAINED", 4, "UNEXPLAINED")]
    assert accounts(books) == {"ISSUED": -30, A: 26, "UNEXPLAINED": 4}
    assert Dispute.objects.count() == 0


def test_an_unexplained_forced_transfer_moves_the_units_and_says_so(books: Books) -> None:
    books.issued(30, wallet(0xA))
    log = books.caused("TransferForced", 5, A, B, 3)
    books.mine_and_post()
    assert legs(log) == [(A, -3, "UNEXPLAINED"), (B, 3, "UNEXPLAINED")]


def test_undue_units_leave_first_follow_and_are_annulled(books: Books) -> None:
    books.issued(30, wallet(0xA))
    books.mint(A, 10)
    books.transfer(A, B, 6)
    block = books.mine()
    books.post()
    assert selectors.disputed_positions(books.token, block.number) == {A: 4, B: 6}
    assert selectors.undisputed_positions(books.token, block.number) == {A: 30}

    first = books.sent("ANNUL", 6, wallet(0xB))
    log = books.burn(B, 6, first.number, "Annulled")
    books.mine_and_post()
    assert legs(log) == [(B, -6, "ANNUL"), ("UNEXPLAINED", 6, "ANNUL")]
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.remaining) == ("OPEN", 4)

    last = books.sent("ANNUL", 4, wallet(0xA))
    books.burn(A, 4, last.number, "Annulled")
    books.mine_and_post()
    dispute.refresh_from_db()
    assert (dispute.state, dispute.remaining, dispute.annul_instruction) == ("ANNULLED", 0, last)
    assert accounts(books) == {"ISSUED": -30, A: 30, B: 0, "UNEXPLAINED": 0}
    # As of the earlier block nothing has changed.
    assert selectors.disputed_positions(books.token, block.number) == {A: 4, B: 6}


def test_an_annulment_beyond_the_undue_units_is_split(books: Books) -> None:
    books.issued(30, wallet(0xA))
    books.mint(A, 10)
    annul = books.sent("ANNUL", 15, wallet(0xA))
    log = books.burn(A, 15, annul.number, "Annulled")
    books.mine_and_post()
    assert legs(log) == [(A, -15, "ANNUL"), ("UNEXPLAINED", 10, "ANNUL"), ("ANNULLED", 5, "ANNUL")]


def test_a_redemption_takes_due_units_first(books: Books) -> None:
    books.issued(30, wallet(0xA))
    books.mint(A, 10)
    redeem = books.sent("REDEEM", 30, wallet(0xA))
    log = books.burn(A, 30, redeem.number)
    books.mine_and_post()
    assert legs(log) == [(A, -30, "REDEEM"), ("REDEEMED", 30, "REDEEM")]
    assert selectors.disputed_positions(books.token, books.number) == {A: 10}


def test_a_raised_cap_ends_its_confirmation_and_a_reduced_one_its_withdrawal(books: Books) -> None:
    issue = books.instruct("ISSUE", 30, wallet(0xA))
    confirm = books.immobilise(30, issue)
    withdraw = books.sent("WITHDRAW", 30, wallet(0xA), issue)
    token = books.token.address
    books.log("CapRaised", [token, confirm.number], [issue.number, 30, 0xABC, 1], where=CONTROLLER)
    books.log("CapReduced", [token, withdraw.number], [issue.number, 30], where=CONTROLLER)
    books.mine_and_post()
    confirm.refresh_from_db()
    withdraw.refresh_from_db()
    assert (confirm.state, withdraw.state) == ("DONE", "DONE")
    assert list(
        CapEntry.objects.order_by("id").values_list("kind", "number", "issue_number", "units", "instruction")
    ) == [
        ("RAISED", confirm.number, issue.number, 30, confirm.pk),
        ("REDUCED", withdraw.number, issue.number, 30, withdraw.pk),
    ]
    assert CapEntry.objects.get(kind="RAISED").registry_reference == f"0x{0xABC:064x}"
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_small_portions_post_the_same(limit: int, books: Books) -> None:
    row = books.issue(30, wallet(0xA))
    books.mint(A, 30, row.number)
    books.mint(B, 7)
    books.transfer(B, C, 3)
    books.mine()
    while books.post(limit).logs:
        pass
    assert accounts(books) == {"ISSUED": -30, A: 30, "UNEXPLAINED": -7, B: 4, C: 3}
    assert selectors.disputed_positions(books.token, 101) == {B: 4, C: 3}
    assert RegisterCursor.objects.get().block_number == 101
    assert selectors.rebuild_check(books.token) == []


def test_only_final_logs_are_posted(books: Books) -> None:
    books.mint(A, 5)
    books.mine(final=False)
    assert books.post().logs == 0
    assert Entry.objects.count() == 0
    assert RegisterCursor.objects.get().block_number == 100
    books.finalise()
    assert books.post().logs == 2
    block = selectors.posted_block()
    assert block is not None
    assert block.number == 101


def test_posting_again_changes_nothing(books: Books) -> None:
    books.issued(30, wallet(0xA))
    before = list(Entry.objects.values_list()), accounts(books)
    assert books.post().logs == 0
    assert (list(Entry.objects.values_list()), accounts(books)) == before


def test_positions_as_of_an_older_block(books: Books) -> None:
    books.issued(30, wallet(0xA))
    books.transfer(A, B, 12)
    books.mine_and_post()
    assert selectors.positions_as_of(books.token, 100) == {}
    assert selectors.positions_as_of(books.token, 101) == {A: 30}
    assert selectors.positions_as_of(books.token, 102) == {A: 18, B: 12}
    assert selectors.accounts_as_of(books.token, 102) == {"ISSUED": -30, A: 18, B: 12}
    assert [selectors.outstanding_as_of([books.token], block) for block in (100, 101, 102)] == [
        {}, {books.token.pk: 30}, {books.token.pk: 30},
    ]  # fmt: skip


def test_nothing_is_posted_while_the_chain_contradicts_final_rows(books: Books) -> None:
    books.mint(A, 5)
    books.mine()
    fault_record(
        kind=NodeFault.Kind.BELOW_FINALITY, detail="block 101", now=NOW, halts=True, what_to_do="Point it elsewhere."
    )
    with pytest.raises(IndexerHalted, match="Point it elsewhere"):
        books.post()
    assert Entry.objects.count() == 0
    NodeFault.objects.update(cleared_at=NOW)
    assert books.post().logs == 2


def test_a_token_that_no_series_owns_stops_posting(books: Books) -> None:
    WatchedContract.objects.create(
        address=address(0xDEAD), artifact="SecurityToken", name="?", from_block=100, filled_to=100, watched_at=NOW
    )
    books.mint(A, 5)
    books.log("Transfer", [address(0), A], [5], where=address(0xDEAD))
    books.mine()
    with pytest.raises(Refused, match="belongs to no series"), transaction.atomic():
        books.post()
    assert Entry.objects.count() == 0
    assert RegisterCursor.objects.filter(log_id__gt=0).count() == 0


def test_a_wallet_below_zero_stops_everything(books: Books) -> None:
    books.transfer(A, B, 1)
    books.mine()
    with pytest.raises(IntegrityError, match="register_wallet_not_negative"), transaction.atomic():
        books.post()
    assert Entry.objects.count() == 0


def test_frozen_units_are_summed_from_logs(books: Books) -> None:
    books.log("TokensFrozen", [A], [9])
    books.log("TokensUnfrozen", [A], [4])
    books.log("TokensFrozen", [B], [1])
    books.log("TokensUnfrozen", [B], [1])
    books.mine()
    assert selectors.frozen_as_of(books.token, 101) == {A: 5}
    assert selectors.frozen_as_of(books.token, 100) == {}


def test_rebuild_check_names_a_wrong_position(books: Books) -> None:
    books.issued(30, wallet(0xA))
    assert selectors.rebuild_check(books.token) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE register_position SET units = 31 WHERE account = %s", [A])
    assert selectors.rebuild_check(books.token) == [selectors.Mismatch(A, 31, 30)]
