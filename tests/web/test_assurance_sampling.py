"""Every figure of a run is taken apart into rows that add up to it, and a sample of them can be drawn again."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from custody.reconciliation.models import Observation, Run
from custody.registries.models import RegistryConfirmation
from custody.reserves.models import EncumbranceRaise, ReserveAttestation, VaultItem, VaultList, VaultListLine
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.test_attested import case, gold
from tests.db.reconciliation.test_statement_and_cash import FACE, paid, posted, statement
from tests.db.reconciliation.world import A, Contract, raised, run, sabotage
from tests.factories import examined, reserves
from tests.factories.examined import Examined
from tests.factories.ledger import NOW, Books, digest, wallet
from tests.support.people import person
from tokenization.assurance.models import Look
from tokenization.assurance.sampling.draw import drawn
from tokenization.assurance.sampling.made_of import made_of
from tokenization.assurance.sampling.terms import sides
from tokenization.files.services import file_store
from tokenization.identity.actors import system_user
from tokenization.identity.roles import Role

__all__ = ["books", "case", "contract", "gold", "paid"]
pytestmark = pytest.mark.django_db


def seen(made: Run, source: str, name: str) -> Observation:
    return made.observations.get(source=source, name=name)


def disagreeing(made: Run) -> dict[str, tuple[int, int]]:
    """Figures whose rows do not add up to them, and those that have no rows at all."""
    wrong = {}
    for one in made.observations.all():
        found = made_of(one)
        total = None if found is None else found.total
        listed = None if found is None else sum(line.amount for line in found)
        if (total, listed) != (int(one.value), int(one.value)):
            wrong[str(one)] = (total, listed)
    return wrong


def test_every_figure_of_a_security_and_its_cash_adds_up(books: Books, contract: Contract, paid: object) -> None:
    statement(books, FACE)
    made = run(books)
    assert disagreeing(made) == {}
    assert made.observations.count() > 40


def test_the_rows_are_those_of_the_run_when_the_books_have_gone_on(
    books: Books, contract: Contract, paid: object
) -> None:
    made = run(books)
    books.transfer(A, wallet(0xB).address, 4)
    late = books.issue(7, wallet(0xB))
    books.mint(wallet(0xB).address, 7, late.number)
    books.mine_and_post()
    posted(("BANK", 5), ("DEBT", -5))
    posted_after = made_of(seen(made, "CASH", "settlement account"))
    assert posted_after is not None
    assert posted_after.total == int(seen(made, "CASH", "settlement account").value)
    # The registrar's later word has the very instant of the block in this test, where the clock stands still.
    apart = {"registrar's confirmations: immobilised", "registrar's confirmations: confirmed"}
    assert {name.split(" = ")[0] for name in disagreeing(made)} <= apart


def test_units_that_nobody_instructed_are_among_the_rows(books: Books, contract: Contract) -> None:
    sabotage(books, contract)
    made = run(books)
    assert disagreeing(made) == {}
    (line,) = made_of(seen(made, "REGISTER", "undue units"))
    assert (line.amount, line.what, line.log.address) == (10, "undue creation", books.token.address)


@pytest.mark.parametrize("units", [10, 13])
def test_a_forced_burn_of_undue_units_is_among_the_annulled(books: Books, contract: Contract, units: int) -> None:
    """Ten of them are undue and leave where they came in; what is beyond is annulled in the register too."""
    sabotage(books, contract)
    annul = books.sent("ANNUL", units, wallet(0xA))
    books.burn(A, units, annul.number, "Annulled")
    books.burn(A, 2)
    books.mine_and_post()
    contract.balances[A] -= units + 2
    contract.annulled, contract.redeemed = units, 2
    contract.used.add(annul.number)
    made = run(books)
    assert disagreeing(made) == {}
    assert sum(line.amount for line in made_of(seen(made, "CHAIN", "annulled"))) == units
    (other,) = made_of(seen(made, "CHAIN", "redeemed"))
    assert (other.amount, other.instruction) == (2, None)


def ounce(gold: Books, contract: Contract) -> None:
    """One ounce in a thousand units, confirmed, issued, and the contract says the same."""
    issue = gold.issue(1_000, wallet(0xA))
    raised(gold, contract, issue)
    gold.mint(A, 1_000, issue.number)
    gold.mine_and_post()
    contract.balances, contract.issued = {A: 1_000}, 1_000
    contract.used.add(issue.number)


def test_every_figure_of_gold_adds_up(case: Examined, gold: Books, contract: Contract) -> None:
    ounce(gold, contract)
    made = run(gold)
    assert made.green
    assert disagreeing(made) == {}
    word = ReserveAttestation.objects.get()
    (line,) = made_of(seen(made, "CHAIN", "attested"))
    assert (line.key, line.amount, line.file) == ("attestation 1", word.quantity_minor, word.report)
    bars = {bar.key: bar for bar in VaultItem.objects.all()}
    for source in ("VAULT", "REGISTER"):
        rows = list(made_of(seen(made, source, "items behind it")))
        assert len(rows) == 3
        assert all(row.approval.action == "custody.reserves.AllocateItems" and row.file for row in rows)
    assert {row.key for row in rows} == set(bars)
    steps = [(row.key, row.amount) for row in made_of(seen(made, "ATTESTATION", "eligible"))]
    assert steps[0] == ("attested", word.quantity_minor)
    assert steps[2] == ("margin", -(word.quantity_minor - word.quantity_minor * 99 // 100))


def test_what_is_held_against_the_reserve_is_named_by_its_raise(
    case: Examined, gold: Books, contract: Contract
) -> None:
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    raised = EncumbranceRaise.objects.get()
    examined.final(raised.intent)
    held = raised.encumbered_minor
    eligible = (contract.shown.quantity - held) * 99 // 100
    contract.shown = replace(contract.shown, encumbered=held, eligible=eligible)
    made = run(gold)
    assert disagreeing(made) == {}
    for source in ("CHAIN", "ATTESTATION"):
        (line,) = made_of(seen(made, source, "held against it"))
        assert (line.key, line.amount) == ("raise 1", held)
        steps = [row.amount for row in made_of(seen(made, source, "eligible"))]
        assert (steps[1], sum(steps)) == (-held, eligible)
    assert len(made_of(seen(made, "ATTESTATION", "set aside for burns"))) == 0


def test_after_its_end_the_attestation_counts_for_nothing(case: Examined, gold: Books) -> None:
    theirs = seen(run(gold), "CHAIN", "eligible")
    theirs.value = 0
    assert made_of(theirs).total == 0


def test_the_terms_of_each_side_add_up_to_it(case: Examined, gold: Books, contract: Contract) -> None:
    made = run(gold)
    by = {f"/assurance/figures/{one.pk}/": one for one in made.observations.all()}
    for row in made.equations.all():
        found = sides(row, gold.token, by.values())
        assert any(found), row.name
        if row.name.startswith(("chain.each.", "reserve.")):
            continue
        told = [sum((-1 if term.less else 1) * int(by[term.href].value) for term in side) for side in found]
        assert told == [int(row.left), int(row.right)], row.name


# Pages ----------------------------------------------------------------------------------------------------------------


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def test_the_page_of_a_run_leads_to_each_figure_and_it_agrees(client: Client, books: Books, paid: object) -> None:
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    shown = page(client, f"/assurance/runs/{made.pk}/")
    for one in made.observations.all():
        assert f'href="/assurance/figures/{one.pk}/"' in shown, str(one)
        told = page(client, f"/assurance/figures/{one.pk}/")
        assert "<strong>Agrees.</strong>" in told, str(one)
    assert "These 0 rows add up to 0 units, the figure of the run." in page(
        client, f"/assurance/figures/{seen(made, 'CHAIN', 'redeemed').pk}/"
    )


def test_rows_lead_to_transaction_instruction_and_approval(client: Client, books: Books) -> None:
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    (line,) = made_of(seen(made, "REGISTER", "positions"))
    told = page(client, f"/assurance/figures/{seen(made, 'REGISTER', 'positions').pk}/")
    assert "This one row is 30 units, the figure of the run." in told
    for href in (
        f"/assurance/transactions/{line.log.tx_hash}/",
        f"/assurance/instructions/{line.instruction.pk}/",
        f"/assurance/approvals/{line.approved.pk}/?leaf={line.instruction.leaf}",
    ):
        assert f'href="{href}"' in told
        page(client, href)
    assert f"{line.log.block.hash}" in page(client, f"/assurance/instructions/{line.instruction.pk}/")
    listed = page(client, f"/assurance/approvals/{line.approved.pk}/")
    assert "the same root" in listed
    assert "the same hash" in listed
    assert "The text itself" in listed
    client.force_login(person(Role.DEBT_MAKER))
    assert "The text itself" not in page(client, f"/assurance/approvals/{line.approved.pk}/")


def test_what_no_longer_agrees_is_said(client: Client, books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    told = page(client, f"/assurance/figures/{seen(made, 'CHAIN', 'total supply').pk}/")
    assert "<strong>Does not agree.</strong> This one row is 30 units; the figure of the run is 33 units" in told
    assert "3 units apart" in told


def test_one_wallet_of_the_register_is_a_figure_of_its_own(client: Client, books: Books) -> None:
    books.transfer(A, wallet(0xB).address, 4)
    books.mine_and_post()
    made = Run.objects.get(pk=run(books).pk)
    client.force_login(person(Role.AUDITOR))
    address = f"/assurance/figures/{seen(made, 'REGISTER', 'positions').pk}/"
    told = page(client, f"{address}?account={A}")
    assert "These 2 rows add up to 26 units, the figure of the run." in told
    assert "<b>26 units</b>" in told
    assert "These 0 rows add up to 0 units" in page(client, f"{address}?account=0xnobody")


def test_long_figures_come_in_pages_and_whole_in_sheets(client: Client, books: Books) -> None:
    for _ in range(60):
        books.transfer(A, wallet(0xB).address, 0)
    books.mine_and_post()
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    one = seen(made, "REGISTER", "positions")
    first = page(client, f"/assurance/figures/{one.pk}/")
    assert "Rows 1 to 50 of 121" in first
    assert 'href="?page=2"' in first
    assert "data-enhance" not in first
    assert "Rows 101 to 121 of 121" in page(client, f"/assurance/figures/{one.pk}/?page=9")
    rows = list(csv.reader(io.StringIO(client.get(f"/assurance/figures/{one.pk}.csv").content.decode("utf-8-sig"))))
    assert (len(rows), sum(int(row[2]) for row in rows[1:])) == (122, 30)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/assurance/figures/{one.pk}.xlsx").content))
    assert len(list(book.active.iter_rows())) == 122


# Samples --------------------------------------------------------------------------------------------------------------


def test_a_draw_is_the_smallest_hashes_and_nothing_else() -> None:
    keys = [f"register entry {number}" for number in range(1, 200)]
    by_hand = sorted(keys, key=lambda key: hashlib.sha256(f"2026:{key}".encode()).hexdigest())[:5]
    assert drawn(keys, seed="2026", size=5) == by_hand
    assert drawn(reversed(keys), seed="2026", size=5) == by_hand
    assert drawn(keys, seed="2027", size=5) != by_hand
    assert sorted(drawn(keys, seed="x", size=999)) == sorted(keys)


def test_the_same_seed_draws_the_same_rows_on_page_and_sheet(client: Client, books: Books) -> None:
    for _ in range(20):
        books.transfer(A, wallet(0xB).address, 1)
    books.mine_and_post()
    made, auditor = run(books), person(Role.AUDITOR)
    client.force_login(auditor)
    one = seen(made, "REGISTER", "positions")
    address = f"/assurance/figures/{one.pk}/sample"
    told = page(client, f"{address}/?size=6&seed=quarter+3")
    keys = drawn(made_of(one).keys(), seed="quarter 3", size=6)
    assert [told.index(key + "<") for key in keys] == sorted(told.index(key + "<") for key in keys)
    sheet = list(
        csv.reader(io.StringIO(client.get(f"{address}.csv?size=6&seed=quarter+3").content.decode("utf-8-sig")))
    )
    assert [row[0] for row in sheet[1:]] == keys
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}.xlsx?size=6&seed=quarter+3").content))
    assert [row[0].value for row in list(book.active.iter_rows())[1:]] == keys
    looked = Look.objects.filter(what="SAMPLE", number=made.pk, who=auditor)
    assert set(looked.values_list("note", flat=True)) == {"6 rows of register, positions, seed quarter 3"}
    assert looked.count() == 3
    assert "sample drawn from the run: 6 rows of register, positions" in page(client, f"/assurance/runs/{made.pk}/")


@pytest.mark.parametrize("asked", ["", "?size=x", "?size=-5", "?size=999999999", "?size=٣", "?seed=" + "a" * 500])
def test_a_draw_is_bounded_and_says_its_seed(client: Client, books: Books, asked: str) -> None:
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    told = page(client, f"/assurance/figures/{seen(made, 'REGISTER', 'positions').pk}/sample/{asked}")
    assert "1 of 1 rows, together 30 units" in told
    (look,) = Look.objects.filter(what="SAMPLE")
    assert look.note.split("seed ")[1] in told


# Records -------------------------------------------------------------------------------------------------------------


def test_a_file_is_for_who_may_read_the_audit(client: Client, books: Books, contract: Contract) -> None:
    kept = statement(books, FACE).file
    client.force_login(person(Role.DEBT_MAKER))
    told = page(client, f"/assurance/files/{kept.pk}/")
    assert kept.sha256 in told
    assert "Download the file" not in told
    assert client.get(f"/assurance/files/{kept.pk}/download/").status_code == 403
    assert not Look.objects.filter(what="FILE").exists()
    auditor = person(Role.AUDITOR)
    client.force_login(auditor)
    answer = client.get(f"/assurance/files/{kept.pk}/download/")
    assert (answer.content, answer["Content-Disposition"]) == (
        bytes(kept.content),
        f'attachment; filename="{kept.name}"',
    )
    assert Look.objects.get(what="FILE").who == auditor
    assert auditor.get_full_name() in page(client, f"/assurance/files/{kept.pk}/")


def test_a_file_that_is_no_evidence_has_no_page(client: Client, books: Books) -> None:
    kept = file_store(name="bid.csv", content=b"sealed", media_type="text/csv", actor=books.people.maker, now=NOW)
    client.force_login(person(Role.AUDITOR))
    assert client.get(f"/assurance/files/{kept.pk}/").status_code == 404
    assert client.get(f"/assurance/files/{kept.pk}/download/").status_code == 404


def test_money_leads_to_its_entry_and_the_purchase_it_pays(client: Client, books: Books, paid: object) -> None:
    made = run(books)
    client.force_login(person(Role.AUDITOR))
    (line,) = made_of(seen(made, "CASH", "paid settlements"))
    told = page(client, line.href)
    assert "BANK-EXACT" in told
    assert "settlement account" in told
    delivers = page(client, f"/assurance/instructions/{line.instruction.pk}/")
    assert paid.payment_reference in delivers
    assert f'href="{line.href}"' in delivers


def test_a_bar_shows_its_moves_and_its_lists(client: Client, case: Examined) -> None:
    bar = case.bars[0]
    client.force_login(person(Role.AUDITOR))
    told = page(client, f"/assurance/items/{bar.pk}/")
    move = bar.history.get()
    assert f'href="/assurance/approvals/{move.approval_id}/"' in told
    line = bar.told.get()
    assert f'href="/assurance/files/{line.list.file_id}/"' in told


def test_a_bar_names_the_lists_that_left_it_out_while_it_was_behind_a_token(client: Client, case: Examined) -> None:
    bar, other = case.bars[:2]
    (first,) = VaultList.objects.all()
    there = [
        VaultList.objects.create(
            file=kept(number), vault=first.vault, number=number, as_of=NOW + timedelta(days=days),
            imported_at=NOW, imported_by=first.imported_by, items=1, total_minor=1,
        )
        for number, days in ((2, -400), (3, 2))
    ]  # fmt: skip
    for one in there:
        VaultListLine.objects.create(list=one, item=other, line=1, fine_minor=1)
    client.force_login(person(Role.AUDITOR))
    told = page(client, f"/assurance/items/{bar.pk}/")
    assert told.count("left out while behind a token") == 1
    assert f"list 3 of {first.vault}" in told
    assert f'href="/assurance/files/{there[1].file_id}/"' in told
    assert f"list 2 of {first.vault}" not in told
    assert "left out" not in page(client, f"/assurance/items/{other.pk}/")


def kept(number: int) -> Any:
    return file_store(name=f"list-{number}.csv", content=f"{number}".encode(), media_type="text/csv",
                      actor=system_user(), now=NOW)  # fmt: skip


def test_a_release_is_recorded_and_not_signed(client: Client, books: Books) -> None:
    burn = books.sent("REDEEM", 5, wallet(0xA))
    books.burn(A, 5, burn.number)
    books.mine_and_post()
    RegistryConfirmation.objects.create(
        token=books.token, kind="EXTINGUISH", instruction=burn, units=5, registry_reference="R-5",
        reference_hash=digest("R-5"), confirmed_at=NOW, recorded_by=person(Role.REGISTRAR_OFFICER),
    )  # fmt: skip
    client.force_login(person(Role.AUDITOR))
    told = page(client, f"/assurance/instructions/{burn.pk}/")
    assert "not signed: a release is recorded by the registrar&#x27;s officer" in told
    assert "What was released for it" not in told
    assert "recorded, not signed" in page(client, "/assurance/registry/?choice=EXTINGUISH")


def test_each_look_at_a_record_is_noted(client: Client, books: Books, contract: Contract) -> None:
    made, officer = run(books), person(Role.DEBT_MAKER)
    client.force_login(officer)
    one = seen(made, "REGISTER", "positions")
    (line,) = made_of(one)
    for address in (f"figures/{one.pk}/", f"instructions/{line.instruction.pk}/", f"approvals/{line.approved.pk}/"):
        page(client, f"/assurance/{address}")
    assert list(Look.objects.order_by("pk").values_list("what", "number", "note")) == [
        ("FIGURE", made.pk, "register, positions"),
        ("RECORD", line.instruction.pk, f"instruction No. {line.instruction.number} of {books.token.code}"),
        ("RECORD", line.approved.pk, f"approval {line.approved.pk}"),
    ]
