"""Where holders are paid: verified accounts by two, what waits for its owner, and how it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custody.servicing.actions import BankAccountVerify, UnclaimedPay
from custody.servicing.models import BankAccount, Payment
from custody.servicing.selectors import unclaimed
from custody.servicing.services import payments_prepare
from custody.settlement.selectors import cash_balances
from tests.factories.identity import person
from tests.factories.servicing import Bond, line, synthetic_iban
from tests.support.journal import balances
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
COMPLIANCE = ("COMPLIANCE_OFFICER", "COMPLIANCE_CHECKER")
FISCAL = ("FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")


@pytest.fixture
def bond() -> Bond:
    return Bond()


def decided(bond: Bond, action: str, payload: dict[str, object], maker: str, checker: str) -> None:
    proposal = approval_propose(action=action, payload=payload, actor=person(maker), now=bond.payday)
    approval_approve(approval_id=proposal.pk, actor=person(checker), now=bond.payday)


def account(bond: Bond, party: int, **terms: object) -> dict[str, object]:
    named = {"iban": synthetic_iban(7), "title": "Test fund", "currency": "PKR", "source": "letter of the bank"}
    return {"party": party, **named} | terms


def test_an_account_is_verified_by_two_and_ends_the_one_before(bond: Bond) -> None:
    party = bond.owned(0xA)
    decided(bond, BankAccountVerify.name, account(bond, party.pk), *COMPLIANCE)
    bond.payday += timedelta(days=1)
    decided(bond, BankAccountVerify.name, account(bond, party.pk, iban=synthetic_iban(8)), *COMPLIANCE)
    found = BankAccount.objects.order_by("pk").values_list("iban", "valid_until")
    assert list(found) == [(synthetic_iban(7), bond.payday), (synthetic_iban(8), None)]
    for terms, words in (
        ({"iban": synthetic_iban(7)[:-1] + "8"}, "not an IBAN"),
        ({"iban": "PK36 SCBL 0000 0011 2345 6702"}, "without spaces"),
        ({"iban": synthetic_iban(8)}, "verified already"),
        ({"currency": "XXX"}, "not a currency"),
        ({"title": ""}, "1 to 140"),
        ({"party": 999_999}, "no such party"),
    ):
        with pytest.raises(Refused, match=words):
            decided(bond, BankAccountVerify.name, account(bond, party.pk) | terms, *COMPLIANCE)
    with pytest.raises(NotAllowed):
        decided(bond, BankAccountVerify.name, account(bond, party.pk), "FISCAL_AGENT_OFFICER", "COMPLIANCE_CHECKER")
    assert BankAccount.objects.count() == 2


@pytest.mark.parametrize("late", [False, True])
def test_who_has_no_account_waits_under_his_name_and_is_paid_by_two(late: bool, bond: Bond) -> None:
    party = bond.holder(0xA, 3, account=False)
    bond.holder(0xB, 1)
    event = bond.recorded(bond.coupon(1))
    assert set(Payment.objects.values_list("amount_minor", "channel")) == {(18_750, "RESERVE"), (6_250, "BANK")}
    if not late:
        bond.account(party)
        assert payments_prepare(event=event, actor=bond.treasury, now=bond.payday) == 1
        assert payments_prepare(event=event, actor=bond.treasury, now=bond.payday) == 0
        assert set(Payment.objects.values_list("channel", flat=True)) == {"BANK"}
        return
    bond.released(event)
    with pytest.raises(Refused, match="The event is RELEASED"):
        decided(bond, "custody.servicing.PaymentRelease", {"event": event.pk}, "TREASURY_OFFICER", "TREASURY_CHECKER")
    bond.pay_all(event)
    waiting = unclaimed().get()
    assert (waiting.entitlement.party, waiting.amount_minor, waiting.state) == (party, 18_750, "RESERVED")
    assert cash_balances("PKR") == balances(TREASURY=-25_000, INTEREST=25_000, BANK=18_750, UNCLAIMED=-18_750)
    with pytest.raises(Refused, match="goes by unclaimed"):
        bond.pay(line(event, 0xA))
    payload = {"payment": waiting.pk}
    with pytest.raises(Refused, match="no verified bank account"):
        decided(bond, UnclaimedPay.name, payload, *FISCAL)
    to = bond.account(party)
    decided(bond, UnclaimedPay.name, payload, *FISCAL)
    paid = Payment.objects.get(pk=waiting.pk)
    assert (paid.state, paid.account, paid.bank_reference) == ("PAID", to, f"unclaimed:{paid.pk}")
    assert cash_balances("PKR") == balances(TREASURY=-25_000, INTEREST=25_000)
    with pytest.raises(Refused, match="PAID"):
        decided(bond, UnclaimedPay.name, payload, *FISCAL)


def test_a_lapsed_holder_is_paid_by_bank_all_the_same(bond: Bond) -> None:
    bond.holder(0xA, 3, kyc_until=bond.record_at - timedelta(days=700))
    event = bond.released(bond.recorded(bond.coupon(1)))
    assert bond.pay(line(event, 0xA)).state == "PAID"
