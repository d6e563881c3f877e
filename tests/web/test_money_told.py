"""Money that waits is said where it waits: open lines of the bank, unclaimed money, tokens without money."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from custody.cash.services import cash_advance
from custody.reconciliation.models import EquationResult, Observation, Run
from custody.servicing.models import ServicingEvent
from custody.settlement.models import BankBooking, CashEntry, SettlementInstruction
from custody.settlement.services import journal_post
from custody.tokenisation.models import TokenContract
from tests.factories import bank
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.factories.ledger import digest
from tests.factories.servicing import Bond
from tests.support.people import person
from tokenization.backoffice.pages import duties as matters
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]
NOW = world.NOW


def text(client: Client, role: Role, path: str) -> str:
    client.force_login(person(role))
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())))


def out(key: str, minor: int, reference: str) -> None:
    legs = [("TAX", minor), ("BANK", -minor)]
    journal_post(key=key, kind="TAX", words=f"tax {key}", currency="PKR", legs=legs, now=NOW, bank_reference=reference)


def test_the_bank_page_begins_with_the_difference_and_what_makes_it(client: Client) -> None:
    bank.account()
    page = text(client, Role.FISCAL_AGENT_OFFICER, "/office/bank/")
    assert "No statement has been taken in yet. The journal says PKR 0.00" in page
    bank.take(bank.statement(bank.credit("B-0", 1_000_000)))
    page = text(client, Role.FISCAL_AGENT_OFFICER, "/office/bank/")
    assert "Difference PKR 0.00: journal and bank agree. The journal says PKR 10,000.00;" in page
    assert "No line is open: bank and journal know the same payments." in page
    assert "No money waits for you." in text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    out("tax:1", 400_000, "TAX-1")
    bank.take(bank.statement(bank.debit("B-1", 400_000, "ANOTHER"), number=2, opening=1_000_000))
    out_later = NOW + timedelta(days=40)
    journal_post(key="later", kind="TAX", words="l", currency="PKR", legs=[("TAX", 5), ("BANK", -5)], now=out_later)
    page = text(client, Role.FISCAL_AGENT_OFFICER, "/office/bank/")
    said = (
        "Difference PKR 0.00: -PKR 4,000.00 of the journal is in no statement, and -PKR 4,000.00 of the statements is "
        "not in the journal. The journal says PKR 6,000.00; the last closing balance is PKR 6,000.00 and PKR 0.00 is "
        "booked after it."
    )
    assert said in page
    assert page.index(said) < page.index("Open lines") < page.index("Statements")
    assert page.count("two persons link the two lines") == 2


def test_what_no_statement_shows_yet_is_not_called_agreed(client: Client) -> None:
    """As a receipt typed by hand: the journal has it, the bank has not said a word."""
    bank.account()
    bank.take(bank.statement(bank.credit("B-0", 1_000_000)))
    later = NOW + timedelta(days=1)
    legs = [("BANK", 700), ("SUSPENSE", -700)]
    journal_post(key="hand", kind="RECEIPT", words="typed", currency="PKR", legs=legs, now=later, bank_reference="H-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        page = text(client, Role.FISCAL_AGENT_OFFICER, "/office/bank/")
    assert "PKR 7.00 has been booked since on our own word: no statement of the bank shows it yet." in page
    assert "Difference PKR 0.00" not in page


def test_open_lines_are_work_of_the_fiscal_agent_and_two_persons_link_them(client: Client) -> None:
    bank.account()
    out("tax:1", 400_000, "TAX-1")
    done = bank.take(bank.statement(bank.debit("B-1", 400_000, "ANOTHER")))
    duty = "Settle 2 open lines with the bank PKR 4,000.00"
    assert duty in text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    assert duty not in text(client, Role.DEBT_MAKER, "/office/")
    line = done.taken.document.account.entries.get()
    form = text(client, Role.FISCAL_AGENT_OFFICER, "/office/propose/bank-link/")
    assert "B-1, -PKR 4,000.00, 1 Jul 2026" in form
    assert "-PKR 4,000.00, tax tax:1" in form
    entry = CashEntry.objects.get(key="tax:1")
    client.post("/office/propose/bank-link/", {"line": line.pk, "entry": entry.pk})
    asked = Approval.objects.get(action="custody.settlement.BankLineLink")
    assert (asked.state, BankBooking.objects.count()) == ("PENDING", 0)
    approval_approve(approval_id=asked.pk, actor=person(Role.FISCAL_AGENT_CHECKER), now=NOW)
    booking = BankBooking.objects.get()
    assert (booking.entry, booking.cash_entry, booking.verdict) == (line, entry, "SEEN")
    assert duty not in text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    assert "Difference PKR 0.00: journal and bank agree." in text(client, Role.FISCAL_AGENT_OFFICER, "/office/bank/")


def test_two_lines_of_different_amounts_are_not_one_payment_and_none_is_linked_twice() -> None:
    bank.account()
    for key, minor in (("tax:1", 400_000), ("tax:2", 400_000), ("tax:3", 7)):
        out(key, minor, key)
    line = bank.take(bank.statement(bank.debit("B-1", 400_000, "ANOTHER"))).taken.document.account.entries.get()
    first, second, third = CashEntry.objects.order_by("pk")
    roles = ("FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    name = "custody.settlement.BankLineLink"
    with pytest.raises(Refused, match=r"The bank says -PKR 4,000.00, the journal -PKR 0.07"):
        world.approve(name, {"line": line.pk, "entry": third.pk}, *roles)
    with pytest.raises(Refused, match="Name a line"):
        world.approve(name, {"line": line.pk, "entry": 0}, *roles)
    assert BankBooking.objects.count() == 0
    world.approve(name, {"line": line.pk, "entry": first.pk}, *roles)
    with pytest.raises(Refused, match="linked already"):
        world.approve(name, {"line": line.pk, "entry": second.pk}, *roles)
    assert BankBooking.objects.get().cash_entry == first


@pytest.fixture
def waiting() -> tuple[Bond, list[ServicingEvent]]:
    """A holder without an account, whom two coupons could not reach."""
    bond, events = Bond(), []
    bond.holder(1, 3, account=False)
    for sequence in (1, 2):
        event = bond.coupon(sequence)
        bond.released(bond.recorded(event))
        events.append(event)
    return bond, events


def test_unclaimed_money_is_listed_by_holder_and_event_and_is_work_of_who_must_act(
    client: Client, waiting: tuple[Bond, list[ServicingEvent]]
) -> None:
    bond, (first, second) = waiting
    party = first.entitlements.get().party
    assert party is not None
    page = text(client, Role.FISCAL_AGENT_OFFICER, "/office/events/")
    assert "Nothing is due to a holder" not in page
    # The fiscal agent's officer is told who acts, and is not sent to a page that he may not open.
    assert "/propose/bank-account/" not in client.get("/office/events/").content.decode()
    for event in (first, second):
        day = f"{event.payment_date:%-d %b %Y}"
        assert f"{party} {bond.series.isin} {event.title} {day} PKR 187.50 Compliance verifies" in page
    today = text(client, Role.COMPLIANCE_OFFICER, "/office/")
    assert client.get("/office/events/").content.decode().count("/propose/bank-account/") == 2
    assert today.count("Verify a bank account, so that it can be paid") == 2
    assert f"{first.title.lower()} of {bond.series.isin} PKR 187.50" in today
    agent = text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    assert agent.count("Unclaimed, waits for compliance to verify an account: ") == 2
    assert f"{first.title.lower()} of {bond.series.isin} PKR 187.50" in agent
    assert "/propose/" not in client.get("/office/").content.decode().split('id="todo"')[1].split("</table>")[0]
    bond.account(party)
    today = text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    assert today.count(f"Pay {party}, ") == 2
    assert "No money waits for you." in text(client, Role.COMPLIANCE_OFFICER, "/office/")
    form = text(client, Role.FISCAL_AGENT_OFFICER, "/office/propose/unclaimed/")
    choices = re.findall(rf"{re.escape(str(party))}, {bond.series.isin}, [^P]*PKR 187\.50", form)
    assert len(set(choices)) == 2
    assert f"{first.title.lower()} of {first.payment_date:%-d %b %Y}, PKR 187.50" in form


def test_of_a_long_list_the_oldest_are_read_and_the_rest_is_counted(
    client: Client, waiting: tuple[Bond, list[ServicingEvent]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matters, "SHOWN", 1)
    agent = text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    assert agent.count("Unclaimed, waits for compliance") == 1
    assert "1 more payments are unclaimed" in agent
    assert "The oldest 1 are shown; 1 more are unclaimed." in text(client, Role.DEBT_MAKER, "/office/events/")


def ran(token: TokenContract, **cash: int) -> Run:
    run = Run.objects.create(
        token=token, block_number=7, block_hash=digest("7"), block_time=NOW, head_number=9, at=NOW, green=True
    )
    names = {name.replace("_", " "): minor for name, minor in cash.items()}
    for name, minor in names.items():
        detail = {"Redemption of XXTEST000115, since 19 Feb 2027": str(-minor)} if name == "recoverable" else {}
        Observation.objects.create(run=run, source="CASH", name=name, value=minor, unit="minor", detail=detail)
    return run


def test_cash_without_money_behind_it_is_never_a_plain_yes(client: Client) -> None:
    token = world.cash_token()
    ran(token, cash_tokens=1_000, recoverable=0)
    page = text(client, Role.AUDITOR, "/assurance/")
    assert "Yes. Every equation holds." in page
    assert "PKR 10.00 of PKR 10.00 in cash tokens (100.00 %) have money behind them" in page
    run = ran(token, cash_tokens=1_000, recoverable=-600)
    page = text(client, Role.AUDITOR, "/assurance/")
    assert "Yes. Every equation holds." not in page
    assert "Every equation holds, but not every token has money behind it." in page
    assert "PKR 4.00 of PKR 10.00 in cash tokens (40.00 %) have money behind them on the settlement account." in page
    assert "PKR 6.00: Redemption of XXTEST000115, since 19 Feb 2027, paid by bank in place of tokens" in page
    assert "What to do: The paying agent gives back what it did not pay" in page
    assert "every equation holds, not every token has money behind it" in text(
        client, Role.AUDITOR, f"/assurance/runs/{run.pk}/"
    )
    back = Run.objects.create(
        token=token, block_number=8, block_hash=digest("8"), block_time=NOW, head_number=9, at=NOW, green=True
    )
    for name, minor in (("cash tokens", 1_000), ("returned, to be burned", -1)):
        Observation.objects.create(run=back, source="CASH", name=name, value=minor, unit="minor")
    page = text(client, Role.AUDITOR, "/assurance/")
    assert "(99.90 %)" in page
    assert "PKR 0.01: back in the treasury's wallet, not yet burned" in page
    assert "Two persons approve the burn of what came back" in page


def test_the_auditor_reads_cash_as_money_and_a_count_of_differences_as_one(client: Client) -> None:
    run = ran(world.cash_token(), cash_tokens=1_605_448_188_300)
    for name, left in (("chain.each.balances", 0), ("chain.register", 1_605_448_188_300)):
        right = 0 if left == 0 else left
        EquationResult.objects.create(
            run=run, name=name, words=name, left=left, right=right, difference=left - right, holds=True
        )
    Observation.objects.create(run=run, source="CHAIN", name="total supply", value=1_605_448_188_300)
    Observation.objects.create(run=run, source="CHAIN", name="numbers used", value=12)
    page = text(client, Role.AUDITOR, f"/assurance/runs/{run.pk}/")
    assert "differences of PKR 0.00 = none" in page
    assert "PKR 16,054,481,883.00 = PKR 16,054,481,883.00" in page
    assert "total supply PKR 16,054,481,883.00" in page
    assert "numbers used 12 numbers" in page
    assert "1,605,448,188,300 units" not in page


def test_today_says_which_day_it_is_and_leaves_out_what_ended_on_another(client: Client) -> None:
    row = world.settlements(world.token(), 3)[0]
    SettlementInstruction.objects.filter(pk=row.pk).update(state="LAPSED")
    page = text(client, Role.DEBT_MAKER, "/office/")
    assert f"Day of business: {NOW:%A}, " in page
    assert "Not paid in time" in page
    SettlementInstruction.objects.filter(pk=row.pk).update(deliver_by=NOW - timedelta(days=400))
    page = text(client, Role.DEBT_MAKER, "/office/")
    assert "Not paid in time" not in page
    assert "Nothing is being settled." in page
    SettlementInstruction.objects.filter(pk=row.pk).update(state="AWAITING_CASH")
    client.force_login(person(Role.DEBT_MAKER))
    assert "settlementinstruction/?state=AWAITING_CASH" in client.get("/office/").content.decode()


@pytest.mark.parametrize(("role", "sees"), [(Role.OPERATOR, True), (Role.AUDITOR, True), (Role.DEBT_MAKER, False)])
def test_blocks_are_shown_to_those_who_run_or_check_the_machinery(client: Client, role: Role, sees: bool) -> None:
    client.force_login(person(role))
    answer = client.get("/office/")
    if answer.status_code == 200:
        assert ("has not answered yet" in answer.content.decode()) == sees
    else:
        assert (role, answer.status_code) == (Role.AUDITOR, 403)


def test_what_came_back_is_work_until_two_persons_have_burned_it(client: Client) -> None:
    token, key = world.cash_token(), desk.fiscal_agent()
    desk.minted(desk.treasury(), key, 900)
    desk.paid_by_bank_instead(400)
    cash_advance(now=NOW)
    words = "Have the cash tokens burned that came back: the bank has paid in their place PKR 4.00"
    assert words in text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    burn = token.burns.get()
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    assert words not in text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
    desk.gone(burn)
    cash_advance(now=NOW)
    words = "Name the bank's run that paid in place of the tokens burned now PKR 4.00"
    assert words in text(client, Role.FISCAL_AGENT_OFFICER, "/office/")
