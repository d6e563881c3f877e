"""Settlement cash into money from the portal: read back, asked for once, seen to its end, and nobody else's."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.test import Client

from custody.cash.models import CashBurn
from custody.cash.services import cash_advance, cash_burn_paid
from custody.instructions.models import Instruction
from custody.servicing.models import BankAccount
from tests.factories import cashless
from tests.factories import ledgerless as world
from tests.factories.ledger import NOW
from tests.factories.trades import Floor
from tests.support.people import person
from tokenization.identity.models import AuditEntry
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.secrets import masked

pytestmark = pytest.mark.django_db
PAGE = "/portal/cash/"
IBAN = "PK36SCBL0000001123456702"


@dataclass
class Purse:
    """A buyer with PKR 5,000.00 in his wallet."""

    floor: Floor

    @property
    def value(self) -> str:
        return f"{self.floor.buyer.wallet.pk}:{self.floor.cash.pk}"

    def typed(self, **changes: str) -> dict[str, str]:
        return {"purse": self.value, "amount": "4,000", "payee": IBAN} | changes


@pytest.fixture
def purse(monkeypatch: pytest.MonkeyPatch) -> Purse:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = Purse(Floor())
    cashless.hold(made.floor.cash, made.floor.buyer.wallet, 500_000)
    return made


def kept() -> tuple[int, int, int]:
    return CashBurn.objects.count(), Instruction.objects.count(), AuditEntry.objects.count()


def read_back(client: Client, typed: dict[str, str]) -> dict[str, str]:
    """What the page that reads it back would send."""
    page = client.post(PAGE, typed).content.decode()
    (nth,) = re.findall(r'name="nth" value="(\d+)"', page)
    (seal,) = re.findall(r'name="checked" value="([^"]+)"', page)
    return typed | {"nth": nth, "checked": seal, "send": "yes"}


def test_it_is_read_back_then_asked_for_once_and_seen_to_its_end(client: Client, purse: Purse) -> None:
    client.force_login(purse.floor.buyer.user)
    first = client.get(PAGE).content.decode()
    assert "PKR 5,000.00" in first
    assert "You have asked for nothing yet." in first
    before = kept()
    page = client.post(PAGE, purse.typed()).content.decode()
    for words in (
        "Please check", f"PKR 4,000.00 is paid to {IBAN}.", "PKR 1,000.00", purse.floor.buyer.wallet.address,
        "You have no verified account.", 'value="4,000"',
    ):  # fmt: skip
        assert words in page, words
    assert kept() == before
    sent = read_back(client, purse.typed())
    answer = client.post(PAGE, sent)
    burn = CashBurn.objects.get()
    assert (burn.amount_minor, burn.payee, burn.wallet, burn.party, burn.requested_by, burn.state) == (
        400_000, IBAN, purse.floor.buyer.wallet, purse.floor.buyer.party, purse.floor.buyer.user, "REQUESTED",
    )  # fmt: skip
    assert answer["Location"] == f"/portal/cash/{burn.pk}/"
    assert client.post(PAGE, sent)["Location"] == answer["Location"]
    assert CashBurn.objects.count() == 1

    def said() -> str:
        return client.get(answer["Location"]).content.decode()

    assert "Asked for: two persons approve it" in said()
    assert "Take it back" in said()
    cashless.approve_burn(burn)
    cash_advance(now=NOW)
    assert "being taken out of your wallet" in said()
    assert "Take it back" not in said()
    cashless.gone(burn)
    cash_advance(now=NOW)
    assert "your bank is paid next" in said()
    cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)
    assert "Paid to your account" in said()
    assert "OUT-1" in said()
    (row,) = client.get(PAGE).context["asked"].rows
    assert [cell.text for cell in row[2:]] == ["PKR 4,000.00", masked(IBAN), "Paid to your account"]


def test_all_of_it_may_be_asked_for_and_a_repeat_still_finds_it(client: Client, purse: Purse) -> None:
    """The wallet is empty then: the page sent again leads to the pay-out that it made."""
    client.force_login(purse.floor.buyer.user)
    sent = read_back(client, purse.typed(amount="5000.00"))
    first = client.post(PAGE, sent)["Location"]
    assert client.post(PAGE, sent)["Location"] == first
    assert CashBurn.objects.count() == 1
    assert "You have no settlement cash" in client.get(PAGE).content.decode()
    assert "You have no settlement cash" not in client.get("/portal/").content.decode()


def test_what_was_read_back_and_changed_meanwhile_is_refused(client: Client, purse: Purse) -> None:
    client.force_login(purse.floor.buyer.user)
    sent = read_back(client, purse.typed())
    client.post(PAGE, read_back(client, purse.typed(amount="1,000")))
    before = kept()
    page = client.post(PAGE, sent).content.decode()
    assert "Another pay-out of this wallet was asked for meanwhile." in page
    assert kept() == before


@pytest.mark.parametrize(
    "change",
    [
        {"payee": "PK36SCBL0000009999999999"}, {"amount": "400"}, {"nth": "2"}, {"nth": ""}, {"checked": ""},
        {"checked": "forged"},
    ],
)  # fmt: skip
def test_what_nobody_read_back_is_read_back_and_not_sent(client: Client, purse: Purse, change: dict[str, str]) -> None:
    client.force_login(purse.floor.buyer.user)
    sent, before = read_back(client, purse.typed()), kept()
    page = client.post(PAGE, sent | change).content.decode()
    assert "Nothing was sent: this is not the pay-out that you checked last." in page
    assert f"PKR {'400.00' if 'amount' in change else '4,000.00'} is paid to {change.get('payee', IBAN)}." in page
    assert kept() == before
    # What is read back now is a check of its own.
    client.post(PAGE, read_back(client, purse.typed() | {key: change[key] for key in change if key in purse.typed()}))
    assert CashBurn.objects.get().payee == change.get("payee", IBAN)


def test_a_read_back_with_another_purse_or_user_is_not_ones_own(client: Client, purse: Purse) -> None:
    """Both wallets hold the same: only who asks and where it comes from differ."""
    cashless.hold(purse.floor.cash, purse.floor.seller.wallet, 500_000)
    client.force_login(purse.floor.seller.user)
    mine = {"purse": f"{purse.floor.seller.wallet.pk}:{purse.floor.cash.pk}"}
    others = read_back(client, purse.typed(**mine))
    client.force_login(purse.floor.buyer.user)
    before = kept()
    page = client.post(PAGE, others | {"purse": purse.value}).content.decode()
    assert "this is not the pay-out that you checked last" in page
    assert kept() == before


def test_the_verified_account_is_offered_and_another_one_is_pointed_out(client: Client, purse: Purse) -> None:
    proof = world.approve_issue(world.issue_pair(purse.floor.token)[0])
    BankAccount.objects.create(
        party=purse.floor.buyer.party, iban=IBAN, title="T", currency="PKR", source="letter", valid_from=NOW,
        approval=proof,
    )  # fmt: skip
    client.force_login(purse.floor.buyer.user)
    assert f'value="{IBAN}"' in client.get(PAGE).content.decode()
    assert "Whoever approves this" not in client.post(PAGE, purse.typed()).content.decode()
    page = client.post(PAGE, purse.typed(payee="XX24TEST")).content.decode()
    assert f"Your verified account is {IBAN}. Whoever approves this will look closely at another one." in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "5,000.01"}, "This wallet has PKR 5,000.00 to give."),
        ({"amount": "0"}, "This wallet has PKR 5,000.00 to give."),
        ({"amount": "many"}, "is not an amount in PKR"),
        ({"amount": "1.001"}, "more decimals than PKR allows"),
        ({"amount": ""}, "This field is required."),
        ({"payee": " "}, "This field is required."),
        ({"payee": "X" * 65}, "at most 64 characters"),
        ({"purse": "1:1000000"}, "is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    client: Client, purse: Purse, changes: dict[str, str], words: str
) -> None:
    client.force_login(purse.floor.buyer.user)
    before = kept()
    for more in ({}, {"send": "yes", "nth": "1"}):
        page = client.post(PAGE, purse.typed(**changes) | more).content.decode()
        assert words in page, page
        assert "Nothing was sent. Please mend:" in page
    assert kept() == before


def test_sent_without_having_been_read_back_it_is_only_checked(client: Client, purse: Purse) -> None:
    client.force_login(purse.floor.buyer.user)
    before = kept()
    assert "Please check" in client.post(PAGE, purse.typed() | {"send": "yes"}).content.decode()
    assert kept() == before


def test_taken_back_before_anybody_approved_it(client: Client, purse: Purse) -> None:
    client.force_login(purse.floor.buyer.user)
    where = client.post(PAGE, read_back(client, purse.typed()))["Location"]
    burn = CashBurn.objects.get()
    client.post(f"{where}take-back/")
    burn.refresh_from_db()
    assert (burn.state, burn.reason, burn.instruction.state) == ("CANCELLED", "taken back by the holder", "CANCELLED")
    assert "Taken back: the tokens are in your wallet as before" in client.get(where).content.decode()
    again = client.post(PAGE, read_back(client, purse.typed()))["Location"]
    cashless.approve_burn(CashBurn.objects.get(state="REQUESTED"))
    cash_advance(now=NOW)
    before = kept()
    client.post(f"{again}take-back/")
    assert kept() == before
    assert CashBurn.objects.get(pk=int(again.split("/")[-2])).state == "BURNING"


def test_nobody_else_sees_or_moves_it(client: Client, purse: Purse) -> None:
    client.force_login(purse.floor.buyer.user)
    where = client.post(PAGE, read_back(client, purse.typed()))["Location"]
    before = kept()
    client.force_login(purse.floor.seller.user)
    sent = purse.typed() | {"send": "yes", "nth": "2"}
    assert "You have no settlement cash" in client.post(PAGE, sent).content.decode()
    assert client.get(where).status_code == 404
    assert client.post(f"{where}take-back/").status_code == 404
    assert client.get(PAGE).context["asked"].rows == []
    for role in (Role.FISCAL_AGENT_OFFICER, Role.AUDITOR, Role.TREASURY_OFFICER):
        client.force_login(person(role))
        assert (client.get(PAGE).status_code, client.post(PAGE, purse.typed()).status_code) == (403, 403)
    assert kept() == before
    assert CashBurn.objects.get().state == "REQUESTED"
