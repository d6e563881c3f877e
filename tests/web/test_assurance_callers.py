"""Whose key made units that nobody ordered: told once by the node to a run, read from what is stored by the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from contracts.gateway import abi, views
from contracts.gateway.errors import NodeErrorKind, NodeRefused, NodeUnavailable
from contracts.gateway.views import Call
from contracts.indexer.models import Block, Log
from contracts.outbox.models import Signer
from custody.reconciliation.callers import CALLERS, caller_of
from custody.reconciliation.models import Break, Observation
from custody.registries.models import RegistrarKey
from custody.reserves.models import ExaminerKey
from custody.tokenisation.models import ChainContract, OutsideKey, WalletHolder
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.world import Contract, run, sabotage
from tests.factories import issuance as made
from tests.factories.ledger import NOW, Books, address, approved, digest, wallet
from tests.support.people import person
from tests.web.test_assurance_sampling import page
from tokenization.assurance.callers import NOT_STORED, UNKNOWN, caller_facts, whose
from tokenization.identity.roles import Role

__all__ = ["books", "contract"]
pytestmark = pytest.mark.django_db
OUTSIDER, MANAGER, DEPLOYED = address(0xBAD), address(0xACC), digest("deployed")
MINT = "0x" + abi.selector(abi.function("SecurityToken", "mint")).hex()


def facts(found: Break) -> dict[str, str]:
    return {label: words for label, words, _ in caller_facts(found)}


def undue(books: Books, contract: Contract, call: Call | None) -> Break:
    log = sabotage(books, contract)
    if call is not None:
        contract.calls[log.tx_hash] = call
    run(books)
    return Break.objects.get()


def minted(books: Books, sender: str = OUTSIDER) -> Call:
    return Call(sender, books.token.address, MINT)


def manager() -> ChainContract:
    return ChainContract.objects.create(
        name="ACCESS_MANAGER", artifact="AccessManager", artifact_hash=digest("a"), address=MANAGER, state="LIVE",
        verified_at=NOW,
    )  # fmt: skip


def granted(books: Books, event: str, role: int, to: str, block: Block) -> Log:
    """A final log of the access manager, in a block of its own before the units appear."""
    topics = [abi.event_topic("AccessManager", event), f"0x{role:064x}", "0x" + "0" * 24 + to[2:]]
    return Log.objects.create(
        block=block, log_index=50 + role, tx_hash=digest((event, role, to)), tx_index=0, address=MANAGER,
        topics=topics, data=b"",
    )  # fmt: skip


def test_an_unknown_key_is_named_with_what_it_called_and_the_role_that_let_it(
    client: Client, books: Books, contract: Contract
) -> None:
    manager()
    block = books.mine(final=False)
    granted(books, "RoleGranted", 8, OUTSIDER, block)
    granted(books, "RoleGranted", 1, OUTSIDER, block)
    granted(books, "RoleGranted", 2, address(0x5), block)
    granted(books, "RoleRevoked", 1, OUTSIDER, books.mine(final=False))
    books.finalise()
    found = undue(books, contract, minted(books))
    seen = Observation.objects.get(name=CALLERS)
    assert (seen.run, seen.source, int(seen.value), seen.unit) == (found.opened_by, "CHAIN", 1, "transactions")
    assert facts(found) == {
        "Sent by": OUTSIDER,
        "Whose key it is": UNKNOWN,
        "Roles it held then": f"agent, given in block {block.number}",
        "Called": f"{books.token.address}, the token {books.token.code}",
        "Function": f"mint(address,uint256) ({MINT}); the platform never calls it",
        "Told by the node to": f"run {found.opened_by_id}",
    }
    client.force_login(person(Role.AUDITOR))
    text = page(client, f"/assurance/breaks/{found.pk}/")
    assert UNKNOWN.replace("'", "&#x27;") in text
    assert f'<a href="/assurance/figures/{seen.pk}/">run {found.opened_by_id}</a>' in text
    assert "1 transaction" in page(client, f"/assurance/runs/{found.opened_by_id}/")
    rows = page(client, f"/assurance/figures/{seen.pk}/")
    assert "sent by" in rows
    assert f"/assurance/transactions/{found.tx_hash}/" in rows


def test_what_no_run_was_told_is_said_to_be_not_stored_and_asked_again(books: Books, contract: Contract) -> None:
    found = undue(books, contract, None)
    assert facts(found) == {"Sent by": NOT_STORED, "Called": NOT_STORED}
    assert not Observation.objects.filter(name=CALLERS).exists()
    contract.calls[str(found.tx_hash)] = minted(books)
    later = run(books)
    told = caller_of(Break.objects.get())
    assert told is not None
    assert (told[0].run, told[1]) == (later, minted(books))
    contract.calls[str(found.tx_hash)] = minted(books, address(0x99))
    run(books)
    assert Observation.objects.filter(name=CALLERS).count() == 1
    assert caller_of(found) == told


def test_where_nothing_is_amiss_nobody_is_asked(books: Books, contract: Contract, monkeypatch: Any) -> None:
    monkeypatch.setattr(views, "calls_made", lambda *asked: pytest.fail("the node was asked"))
    assert run(books).green


def test_a_node_that_does_not_say_costs_no_comparison(
    books: Books, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*asked: Any) -> Any:
        raise NodeUnavailable("The node is away.")

    monkeypatch.setattr(views, "calls_made", away)
    found = undue(books, contract, None)
    assert (found.kind, facts(found)["Sent by"]) == ("UNDUE_CREATION", NOT_STORED)
    assert not Observation.objects.filter(name=CALLERS).exists()


def test_a_break_of_another_kind_has_no_sender(books: Books, contract: Contract) -> None:
    contract.supply_lie = 1
    run(books)
    found = Break.objects.get()
    assert (found.kind, caller_facts(found)) == ("CHAIN_REGISTER_MISMATCH", [])


def test_each_known_key_is_named_by_its_house(books: Books, contract: Contract) -> None:
    Signer.objects.create(name="issuer", key="issuer", address=address(0x11))
    RegistrarKey.objects.create(address=address(0x12), valid_from=NOW)
    OutsideKey.objects.create(role=26, address=address(0x13), in_wiring=True, enrolled_at=NOW)
    OutsideKey.objects.create(role=17, address=address(0x14), in_wiring=True, enrolled_at=NOW)
    examiner = made.party(books.people)
    ExaminerKey.objects.create(
        examiner=examiner, address=address(0x15), approval=approved(books.people, [digest("x")]), enrolled_at=NOW
    )
    holder = wallet(0x16)
    WalletHolder.objects.create(wallet=holder, party=examiner, valid_from=NOW - timedelta(days=1))
    assert [whose(address(number), NOW) for number in (0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17)] == [
        "the issuer's signer, key “issuer”",
        "the registrar's",
        "the fiscal agent's",
        "enrolled from outside for the role examiner",
        f"the examiner's, {examiner}",
        f"a wallet of {examiner.reference}",
        UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("call", "called", "function"),
    [
        (Call(OUTSIDER, "", "0x60806040"), "nothing: it created a contract", "0x60806040, unknown"),
        (Call(OUTSIDER, address(0x77), MINT), f"{address(0x77)}, a contract that is none of ours", f"{MINT}, unknown"),
        (Call(OUTSIDER, MANAGER, "0x12345678"), f"{MANAGER}, access manager", "0x12345678, unknown"),
        (Call(OUTSIDER, MANAGER, ""), f"{MANAGER}, access manager", "none: no function was named"),
    ],
)
def test_what_was_called_is_named_where_it_is_ours(
    books: Books, contract: Contract, call: Call, called: str, function: str
) -> None:
    manager()
    told = facts(undue(books, contract, call))
    assert (told["Called"], told["Function"]) == (called, function)
    assert told["Roles it held then"] == "none by the stored logs"


class Answering:
    """A node that answers a batch with what the test says."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def batch(self, requests: Any) -> list[Any]:
        self.asked += requests
        return self.answers


def test_many_are_asked_for_in_parts() -> None:
    class Counting(Answering):
        def batch(self, requests: Any) -> list[Any]:
            self.asked.append(len(requests))
            return [None] * len(requests)

    node = Counting()
    assert views.calls_made(node, {digest(one): digest("block") for one in range(450)}) == {}  # type: ignore[arg-type]
    assert node.asked == [200, 200, 50]


def test_a_transaction_counts_only_in_the_block_of_its_log() -> None:
    mined = {digest(number): digest(("block", number)) for number in range(6)}
    body = [{"hash": one, "blockHash": block, "from": "0xABC0", "to": "0xDEF0", "input": "0x40c10f19" + "00" * 64}
            for one, block in mined.items()]  # fmt: skip
    answers: list[Any] = [
        body[0], body[1] | {"blockHash": digest("fork")}, body[2] | {"hash": body[0]["hash"]}, None,
        NodeRefused(NodeErrorKind.OTHER, "pruned"), body[5] | {"to": None, "input": "0x"},
    ]  # fmt: skip
    node = Answering(*answers)
    assert views.calls_made(node, mined) == {  # type: ignore[arg-type]
        digest(0): Call("0xabc0", "0xdef0", "0x40c10f19"),
        digest(5): Call("0xabc0", "", ""),
    }
    assert node.asked == [("eth_getTransactionByHash", (one,)) for one in mined]
