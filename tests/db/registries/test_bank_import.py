"""A file of the bank goes in whole or not at all; an entry told twice is one entry; nothing is half written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from custody.registries.bank import csvfile
from custody.registries.bank.document import Statement
from custody.registries.models import BankEntry, BankNotification, BankStatement, BankStatementLine, SettlementAccount
from custody.registries.services import Taken, bank_file_import
from tests.factories import bank
from tests.factories import ledgerless as world
from tokenization.files.models import StoredFile
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import NotAllowed, Problems, Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
MODELS = (BankStatement, BankNotification, BankEntry, BankStatementLine, StoredFile)


@pytest.fixture(autouse=True)
def account() -> SettlementAccount:
    found: SettlementAccount = bank.account(opening_minor=1_000)
    return found


def first(**more: Any) -> Statement:
    return bank.statement(bank.credit("B-1", 500), bank.debit("B-2", 200, "OUT-0001"), opening=1_000, **more)


def second(*lines: Any, **more: Any) -> Statement:
    return bank.statement(*(lines or (bank.credit("B-3", 7),)), **({"number": 2, "opening": 1_300} | more))


def bring(content: bytes, now: datetime = NOW, role: str = "FISCAL_AGENT_OFFICER") -> Taken:
    return bank_file_import(content=content, name="file", actor=world.officer(role), now=now)


def take(made: Statement) -> Taken:
    return bring(bank.camt053(made))


def written() -> tuple[int, ...]:
    told = AuditEntry.objects.filter(action="bank.import").count()
    return (*(model.objects.count() for model in MODELS), told)


def refused(call: Callable[[], object]) -> list[tuple[int, str, str]]:
    before = written()
    with pytest.raises(Problems) as refusal:
        call()
    assert written() == before
    return [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems]


def test_a_statement_is_kept_as_the_bank_said_it(account: SettlementAccount) -> None:
    before = StoredFile.objects.count()
    content = bank.camt053(first(legal_number=3))
    taken = bring(content)
    statement = BankStatement.objects.get()
    assert (taken.document, taken.new) == (statement, 2)
    assert bytes(statement.file.content) == content
    assert (statement.account, statement.format, statement.identification) == (account, "camt.053.001.08", "STMT-1")
    assert (statement.electronic_number, statement.legal_number, statement.line_count) == (1, 3, 2)
    assert (statement.opening_minor, statement.closing_minor) == (1_000, 1_300)
    lines = [(line.position, line.entry.reference, line.entry.signed) for line in statement.lines.order_by("position")]
    assert lines == [(1, "B-1", 500), (2, "B-2", -200)]
    out = BankEntry.objects.get(reference="B-2")
    assert (out.end_to_end_id, out.quoted, out.booking_date) == ("OUT-0001", [], date(2026, 7, 1))
    assert written() == (1, 0, 2, 2, before + 1, 1)


@pytest.mark.parametrize("printed", [bank.camt053, csvfile.render])
def test_the_next_statement_follows(printed: Callable[[Statement], bytes]) -> None:
    take(first())
    bring(printed(second()))
    assert list(BankStatement.objects.order_by("pk").values_list("electronic_number", "closing_minor")) == [
        (1, 1_300),
        (2, 1_307),
    ]


def test_a_file_sent_twice_is_taken_once() -> None:
    content = bank.camt053(first())
    bring(content)
    before = written()
    with pytest.raises(Refused, match="taken in already"):
        bring(content)
    assert written() == before


def test_the_same_statement_with_other_bytes_is_refused() -> None:
    take(first())
    assert (0, "identification", "once") in refused(lambda: take(first(closing_on=bank.DAY, legal_number=9)))
    told = refused(lambda: take(second(identification="STMT-1")))
    assert told == [(0, "identification", "once")]


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"number": 3}, "electronic number", "no gap, no repeat"),
        ({"number": 1, "identification": "X"}, "electronic number", "no gap, no repeat"),
        ({"opening": 1_301}, "opening balance", "the last closing balance"),
        ({"legal_number": 9}, "legal number", "no gap, no repeat"),
        ({"closing_on": date(2026, 7, 2)}, "closing date", "not in the future"),
    ],
)
def test_gaps_repeats_and_other_balances_are_refused(change: dict[str, Any], field: str, rule: str) -> None:
    take(first(legal_number=7))
    assert refused(lambda: take(second(**change))) == [(0, field, rule)]
    take(second(legal_number=8))


def test_the_first_statement_opens_with_the_accounts_opening_balance() -> None:
    wrong = bank.statement(bank.credit("B-1", 5), opening=999)
    assert refused(lambda: take(wrong)) == [(0, "opening balance", "the last closing balance")]


def test_the_legal_number_begins_again_with_a_year() -> None:
    take(first(legal_number=7))
    later = second(legal_number=1, closing_on=date(2027, 1, 4))
    bring(bank.camt053(later), now=NOW.replace(year=2027, month=2))
    assert BankStatement.objects.get(electronic_number=2).legal_number == 1


def test_another_account_or_currency_is_refused() -> None:
    assert refused(lambda: take(first(iban=bank.OTHER_IBAN))) == [(0, "IBAN", "our settlement account")]
    assert refused(lambda: take(first(currency="USD"))) == [(0, "currency", "the account's currency")]


def test_an_entry_of_an_earlier_statement_is_refused_with_its_path() -> None:
    take(first())
    again = second(bank.credit("B-9", 1), bank.credit("B-1", 500))
    path = "Document/BkToCstmrStmt/Stmt/Ntry[2]/NtryDtls/TxDtls"
    assert refused(lambda: take(again)) == [(14, path, "booked once")]
    assert refused(lambda: bring(csvfile.render(again))) == [(4, "line 4", "booked once")]


def test_an_entry_booked_after_its_statement_closes_is_refused() -> None:
    late = first()
    late = replace(late, lines=(late.lines[0], replace(late.lines[1], booking_date=date(2026, 7, 2))))
    assert [rule for _, _, rule in refused(lambda: take(late))] == ["booked by the closing date"]


def test_a_notification_and_its_statement_are_one_entry_in_either_order() -> None:
    line = bank.credit("B-1", 500)
    told = bring(bank.camt054(bank.notification(line)))
    assert (told.new, BankEntry.objects.get().notification) == (1, told.document)
    assert take(first()).new == 1, "B-1 is known, B-2 is new"
    assert BankEntry.objects.get(reference="B-1").statement_line.statement.identification == "STMT-1"
    after = bring(bank.camt054(bank.notification(line, bank.credit("B-8", 3), identification="N-2")))
    assert (after.new, BankEntry.objects.count()) == (1, 3)


def test_a_notified_entry_with_other_figures_is_refused() -> None:
    bring(bank.camt054(bank.notification(bank.credit("B-1", 501))))
    assert [rule for _, _, rule in refused(lambda: take(first()))] == ["the same entry, the same figures"]
    other = bank.notification(bank.credit("B-1", 501, reversal=True), identification="N-2")
    assert [rule for _, _, rule in refused(lambda: bring(bank.camt054(other)))] == ["the same entry, the same figures"]
    again = bank.notification(bank.credit("B-7", 5))
    assert refused(lambda: bring(bank.camt054(again))) == [(0, "identification", "once")]


def test_every_bad_sample_writes_nothing() -> None:
    for name, content in bank.samples().items():
        if "good" not in name:
            assert refused(lambda content=content: bring(content)), name  # type: ignore[misc]


def test_a_version_is_read_only_when_the_settings_name_it(settings: Any) -> None:
    settings.BANK_MESSAGES = ["camt.053.001.02"]
    assert refused(lambda: take(first())) == [(2, "Document", "one of camt.053.001.02")]
    bring(bank.camt053(first(), "camt.053.001.02"))
    assert BankStatement.objects.get().format == "camt.053.001.02"


@pytest.mark.parametrize("role", ["DEBT_MAKER", "REGISTRAR_OFFICER", "FISCAL_AGENT_CHECKER", "OPERATOR"])
def test_only_the_fiscal_agents_officer_imports(role: str) -> None:
    before = written()
    with pytest.raises(NotAllowed):
        bring(bank.camt053(first()), role=role)
    assert written() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"iban": "XX00NO"}, "not an IBAN"),
        ({"iban": bank.OTHER_IBAN}, "There is a settlement account in PKR"),
        ({"currency": "USD"}, "named already"),
        ({"iban": bank.OTHER_IBAN, "currency": "XXX"}, "not a currency"),
        ({"iban": bank.OTHER_IBAN, "currency": "USD", "bank": " "}, "Name the bank"),
    ],
)
def test_an_account_is_named_once_by_two(change: dict[str, Any], words: str) -> None:
    payload = {"iban": bank.IBAN, "currency": "PKR", "bank": "Synthetic Bank", "opening_minor": 0} | change
    action = "custody.registries.SettlementAccountOpen"
    with pytest.raises(Refused, match=words):
        world.approve(action, payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    assert SettlementAccount.objects.count() == 1
    with pytest.raises(NotAllowed):
        world.approve(action, payload, "FISCAL_AGENT_CHECKER", "FISCAL_AGENT_OFFICER")
