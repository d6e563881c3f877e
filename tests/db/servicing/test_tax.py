"""Tax: by the holder's status of the record day and the rule of the payment day, the highest where nobody knows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from custody.servicing.actions import TaxReverse, TaxRuleSet, TaxStatusSet
from custody.servicing.models import TaxReversal, TaxRule, TaxStatus
from custody.servicing.selectors import tax_certificate, tax_owed
from custody.servicing.services import tax_deposit
from custody.settlement.models import SuspenseItem
from custody.settlement.selectors import cash_balances
from tests.factories.identity import person
from tests.factories.ledger import address
from tests.factories.purchases import Purchases
from tests.factories.servicing import Bond, line
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
RULE = {
    "status": "FILER", "instrument": "PIB", "base": "COUPON", "rate_bp": 1_500, "source": "Test Act, section 1",
    "valid_from": "2026-07-01", "valid_until": "",
}  # fmt: skip


@pytest.fixture
def bond() -> Bond:
    return Bond()


def rates(bond: Bond) -> None:
    for status, rate in (("FILER", 1_500), ("NON_FILER", 3_000), ("EXEMPT", 0)):
        bond.rule(status, rate, "COUPON")


def decided(bond: Bond, action: str, payload: dict[str, object], maker: str, checker: str) -> Approval:
    """Proposed and approved by two persons of these roles."""
    proposal = approval_propose(action=action, payload=payload, actor=person(maker), now=bond.payday)
    return approval_approve(approval_id=proposal.pk, actor=person(checker), now=bond.payday)


def set_rule(bond: Bond, **terms: object) -> Approval:
    return decided(bond, TaxRuleSet.name, RULE | terms, "TREASURY_OFFICER", "TREASURY_CHECKER")


def test_each_status_has_its_rate_and_the_unknown_has_the_highest(bond: Bond) -> None:
    rates(bond)
    statuses = ("FILER", "NON_FILER", "EXEMPT", "", "TREATY")
    for number, status in enumerate(statuses, 0xA):
        party = bond.holder(number, 3)
        if status:
            bond.status(party, status)
    event = bond.recorded(bond.coupon(1))
    found = [line(event, number) for number in range(0xA, 0xA + len(statuses))]
    # 18,750 each; a status without a rule of its own is taxed like an unknown one.
    taxes = [2_813, 5_625, 0, 5_625, 5_625]
    assert [row.tax_minor for row in found] == taxes
    assert [row.net_minor for row in found] == [18_750 - tax for tax in taxes]
    assert [row.tax_rule.status if row.tax_rule else "" for row in found] == [
        "FILER", "NON_FILER", "EXEMPT", "NON_FILER", "NON_FILER",
    ]  # fmt: skip
    assert [row.tax_status for row in found] == list(statuses)
    assert (event.tax_minor, event.net_minor, event.total_minor) == (sum(taxes), 93_750 - sum(taxes), 93_750)
    bond.released(event)
    assert tax_owed("PKR") == sum(taxes) == -cash_balances("PKR")["TAX"]
    bond.pay_all(event)
    assert cash_balances("PKR")["BANK"] == sum(taxes)


def test_the_status_of_the_record_day_and_the_rule_of_the_payment_day_count(bond: Bond) -> None:
    """Record on Saturday 2 January 2027, payment on Monday the 4th: a status and a rate change on Sunday."""
    sunday = date(2027, 1, 3)
    bond.rule("FILER", 1_000, "COUPON", valid_until=sunday)
    bond.rule("FILER", 1_200, "COUPON", valid_from=sunday)
    bond.rule("NON_FILER", 3_000, "COUPON")
    early, late = bond.holder(0xA, 3), bond.holder(0xB, 3)
    bond.status(early, "FILER", valid_until=sunday)
    bond.status(early, "NON_FILER", valid_from=sunday)
    bond.status(late, "FILER", valid_from=sunday)
    event = bond.recorded(bond.coupon(1))
    assert [line(event, number).tax_minor for number in (0xA, 0xB)] == [2_250, 5_625]


@pytest.mark.parametrize("terms", [{"instrument": "MTB"}, {"base": "FACE_LESS_COST"}])
def test_a_rule_is_for_its_instrument_and_base_alone(terms: dict[str, str], bond: Bond) -> None:
    bond.rule("FILER", 1_500, **({"base": "COUPON"} | terms))
    bond.holder(0xA, 3)
    event = bond.recorded(bond.coupon(1))
    assert (event.tax_minor, line(event, 0xA).tax_rule) == (0, None)


def test_a_bill_is_taxed_on_what_it_gave_beyond_its_cost() -> None:
    """The buyer's own cost where all he holds was allotted to him, else the weighted average of the series."""
    bill = Purchases()
    bill.rule("FILER", 1_000)
    first, second, third = bill.owned(1), bill.owned(2), bill.owned(3)
    cheap, dear = bill.allotted((first, 600))[0], bill.allotted((second, 400), yield_pct=Decimal("9"))[0]
    for row, number in ((cheap, 1), (dear, 2)):
        bill.delivered(row, number)
    bill.transfer(address(1), address(3), 100)
    bill.transfer(address(1), address(2), 50)
    event = bill.recorded()
    own, more, bought = (line(event, number) for number in (1, 2, 3))
    average = cheap.proceeds_minor + dear.proceeds_minor

    def half_up(numerator: int, denominator: int) -> int:
        return (2 * numerator + denominator) // (2 * denominator)

    assert own.base_minor == 450 * 100_000 - half_up(450 * cheap.proceeds_minor, 600)
    assert more.base_minor == 450 * 100_000 - half_up(450 * average, 1_000)
    assert bought.base_minor == 100 * 100_000 - half_up(100 * average, 1_000)
    for row in (own, more, bought):
        assert row.tax_minor == half_up(row.base_minor, 10)
        assert row.net_minor == row.units * 100_000 - row.tax_minor
    assert third == bought.party


def test_a_rate_is_set_by_two_and_ends_the_one_before(bond: Bond) -> None:
    first = set_rule(bond)
    assert dict(row[::2] for row in first.preview["rows"])["Rate"] == "Filer, PIB: 15.00 % of the coupon"
    set_rule(bond, rate_bp=1_250, valid_from="2027-07-01")
    found = TaxRule.objects.order_by("valid_from").values_list("rate_bp", "valid_from", "valid_until")
    assert list(found) == [(1_500, date(2026, 7, 1), date(2027, 7, 1)), (1_250, date(2027, 7, 1), None)]
    for terms, words in (
        ({"valid_from": "2027-01-01"}, "Another one is in force"),
        ({"valid_from": "2026-01-01", "valid_until": "2026-07-02"}, "Another one is in force"),
        ({"valid_from": "2028-01-01", "valid_until": "2028-01-01"}, "ends after it begins"),
        ({"rate_bp": 10_001}, "basis points"),
        ({"status": "ANYBODY"}, "none of the known"),
        ({"source": " "}, "1 to 200"),
    ):
        with pytest.raises(Refused, match=words):
            set_rule(bond, **terms)
    for maker, checker in (("TREASURY_OFFICER", "COMPLIANCE_CHECKER"), ("COMPLIANCE_OFFICER", "TREASURY_CHECKER")):
        with pytest.raises(NotAllowed):
            decided(bond, TaxRuleSet.name, RULE | {"status": "EXEMPT"}, maker, checker)
    assert TaxRule.objects.count() == 2


def test_a_status_is_set_by_two_of_compliance(bond: Bond) -> None:
    party = bond.owned(0xA)
    payload = {"party": party.pk, "source": "list of 1 July", "valid_from": "2026-07-01", "valid_until": ""}
    compliance = ("COMPLIANCE_OFFICER", "COMPLIANCE_CHECKER")
    decided(bond, TaxStatusSet.name, payload | {"status": "FILER"}, *compliance)
    decided(bond, TaxStatusSet.name, payload | {"status": "EXEMPT", "valid_from": "2027-01-01"}, *compliance)
    with pytest.raises(Refused, match="Another one"):
        decided(bond, TaxStatusSet.name, payload | {"status": "FILER", "valid_from": "2026-08-01"}, *compliance)
    with pytest.raises(NotAllowed):
        decided(bond, TaxStatusSet.name, payload | {"status": "FILER"}, "TREASURY_OFFICER", "COMPLIANCE_CHECKER")
    found = TaxStatus.objects.filter(party=party).values_list("status", "valid_until")
    assert list(found) == [("FILER", date(2027, 1, 1)), ("EXEMPT", None)]


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("tax_rule_one_at_a_time", "INSERT INTO servicing_taxrule (status, instrument, base, rate_bp, source, "
         "valid_from, approval_id) SELECT status, instrument, base, 1, 'x', '2030-01-01', approval_id "
         "FROM servicing_taxrule"),
        ("tax_rule_is_fixed", "UPDATE servicing_taxrule SET rate_bp = 1"),
        ("tax_rule_period", "UPDATE servicing_taxrule SET valid_until = valid_from"),
        ("tax_status_one_at_a_time", "INSERT INTO servicing_taxstatus (party_id, status, source, valid_from, "
         "approval_id) SELECT party_id, 'EXEMPT', 'x', '2030-01-01', approval_id FROM servicing_taxstatus"),
        ("tax_status_is_fixed", "UPDATE servicing_taxstatus SET status = 'EXEMPT'"),
    ],
)  # fmt: skip
def test_round_the_orm_no_two_hold_at_once_and_none_changes(rule: str, statement: str, bond: Bond) -> None:
    bond.rule("FILER", 1_500, "COUPON")
    bond.status(bond.owned(0xA), "FILER")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    # An open end is set once.
    TaxRule.objects.update(valid_until=date(2030, 1, 1))
    with pytest.raises(IntegrityError, match="tax_rule_is_fixed"), transaction.atomic():
        TaxRule.objects.update(valid_until=date(2031, 1, 1))


def test_tax_is_deposited_up_to_what_is_owed(bond: Bond) -> None:
    rates(bond)
    bond.holder(0xA, 3)
    bond.released(bond.recorded(bond.coupon(1)))
    values = {"currency": "PKR", "actor": bond.fiscal, "now": bond.payday}
    for amount in (5_626, 0, -1):
        with pytest.raises(Refused, match=r"PKR 56.25 is owed"):
            tax_deposit(amount_minor=amount, bank_reference="TAX-1", **values)
    entry = tax_deposit(amount_minor=5_000, bank_reference="TAX-1", **values)
    assert tax_deposit(amount_minor=5_000, bank_reference="TAX-1", **values) == entry
    with pytest.raises(Conflict):
        tax_deposit(amount_minor=5_001, bank_reference="TAX-1", **values)
    with pytest.raises(NotAllowed):
        tax_deposit(amount_minor=1, bank_reference="TAX-2", **(values | {"actor": bond.treasury}))
    assert (tax_owed("PKR"), cash_balances("PKR")["BANK"]) == (625, 18_750 - 5_000)


def test_tax_goes_back_into_suspense_when_the_status_was_another(bond: Bond) -> None:
    rates(bond)
    party = bond.holder(0xA, 3)
    event = bond.released(bond.recorded(bond.coupon(1)))
    row = line(event, 0xA)
    payload = {"entitlement": row.pk, "status": "FILER", "reason": "the list of the record day came late"}
    treasury = ("TREASURY_OFFICER", "TREASURY_CHECKER")
    with pytest.raises(Refused, match="no less is due"):
        decided(bond, TaxReverse.name, payload | {"status": "NON_FILER"}, *treasury)
    decided(bond, TaxReverse.name, payload, *treasury)
    back = TaxReversal.objects.get()
    assert (back.amount_minor, back.status, back.rate_bp) == (5_625 - 2_813, "FILER", 1_500)
    item = SuspenseItem.objects.get()
    assert (item.amount_minor, item.state) == (2_812, "HELD")
    assert f"taken back for {party}" in item.reason
    assert (tax_owed("PKR"), cash_balances("PKR")["SUSPENSE"]) == (2_813, -2_812)
    with pytest.raises(Refused, match="no less is due"):
        decided(bond, TaxReverse.name, payload | {"reason": "again"}, *treasury)
    decided(bond, TaxReverse.name, payload | {"status": "EXEMPT"}, *treasury)
    assert tax_owed("PKR") == 0


def test_the_certificate_says_what_was_withheld_in_a_year_and_given_back(bond: Bond) -> None:
    rates(bond)
    party, other = bond.holder(0xA, 3), bond.holder(0xB, 5)
    bond.status(party, "FILER")
    first = bond.released(bond.recorded(bond.coupon(1)))
    second = bond.coupon(2)
    bond.recorded(second)
    year = {"currency": "PKR", "first": date(2026, 7, 1), "last": date(2027, 6, 30)}
    paper = tax_certificate(party=party, **year)
    assert [(row.title, row.gross_minor, row.rate_bp, row.tax_minor, row.source) for row in paper.lines] == [
        ("Coupon 1", 18_750, 1_500, 2_813, "Test Act")
    ]
    payload = {"entitlement": line(first, 0xA).pk, "status": "EXEMPT", "reason": "exempt since June"}
    decided(bond, TaxReverse.name, payload, "TREASURY_OFFICER", "TREASURY_CHECKER")
    paper = tax_certificate(party=party, **year)
    assert (paper.gross_minor, paper.tax_minor, paper.lines[0].reversed_minor) == (18_750, 0, 2_813)
    assert tax_certificate(party=other, **year).tax_minor == 9_375
    later = tax_certificate(party=party, currency="PKR", first=date(2027, 7, 1), last=date(2028, 6, 30))
    assert (later.lines, second.state) == ((), "RECORDED")
    assert bond.payday > first.record_at + timedelta(days=100)
