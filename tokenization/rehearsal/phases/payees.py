"""Tax rates, the holders' tax statuses and their bank accounts, each by two persons. Rates and accounts are samples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Sum
from stdnum import iban

from custody.servicing.actions import BankAccountVerify, TaxRuleSet, TaxStatusSet
from custody.servicing.models import BankAccount, Entitlement, Payment, ServicingEvent, TaxRule, TaxStatus
from custody.servicing.selectors import tax_base
from tokenization.identity.approvals import approval_propose
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.rehearsal import plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import BUYERS, Investor, person
from tokenization.rehearsal.phases.investors import party_of

SOURCE = "Sample rate of this rehearsal, not the law of any country"
# Holder status, basis points.
SAMPLE_RATES = (("FILER", 1500), ("NON_FILER", 3000), ("NON_RESIDENT", 1000), ("EXEMPT", 0), ("TREATY", 750))
# The third has told nobody: the highest rate is withheld from him.
_STATUSES = ("FILER", "NON_FILER", "", "EXEMPT", "NON_RESIDENT")


def enrol() -> Sequence[Check]:
    """Five rates for bills and bonds, statuses for most of the holders, an account for each, none by one person."""
    rates_set()
    for investor in BUYERS:
        status_told(investor)
        account_verified(investor)
    wrong = _account_of(BUYERS[0]) | {"iban": "PK00TEST0000000000000001"}
    return [
        refused(
            "an account with a wrong check digit is nobody's",
            lambda: approval_propose(
                action=BankAccountVerify.name, payload=wrong, actor=person("compliance.officer"), now=clock.now()
            ),
            error=Refused,
        ),
        check("tax rates in force", 2 * len(SAMPLE_RATES), TaxRule.objects.filter(source=SOURCE).count()),
        check("statuses known", len([b for b in BUYERS if status_of(b)]), TaxStatus.objects.count()),
        check("verified accounts", len(BUYERS), BankAccount.objects.filter(valid_until=None).count()),
    ]


def rates_set() -> None:
    for instrument, base in (("MTB", "FACE_LESS_COST"), ("PIB", "COUPON")):
        for status, rate in SAMPLE_RATES:
            _rule(instrument, base, status, rate)


def status_of(investor: Investor) -> str:
    return _STATUSES[investor.index % len(_STATUSES)]


def taxed(event: ServicingEvent, people: Sequence[Investor] = BUYERS) -> list[Check]:
    """What was withheld from each holder is his base at the rate of his status, or at the highest one."""
    rates = dict(SAMPLE_RATES) | {"": max(rate for _, rate in SAMPLE_RATES)}
    due = {investor.reference: rates[status_of(investor)] for investor in people}
    lines = Entitlement.objects.filter(event=event).select_related("party")
    wrong = [
        line.party.reference
        for line in lines
        if line.party and line.tax_minor != (2 * line.base_minor * due[line.party.reference] + 10_000) // 20_000
    ]
    sums = lines.aggregate(net=Sum("net_minor"), tax=Sum("tax_minor"), suspense=Sum("suspense_minor"))
    whole = sum(int(total or 0) for total in sums.values()) + (event.residual_minor or 0)
    return [
        check("holders taxed otherwise than by their status", [], wrong),
        check("withheld on", [str(tax_base(event))], sorted(set(lines.values_list("tax_rule__base", flat=True)))),
        check("net, tax, suspense and residual together", event.total_minor or 0, whole),
    ]


def by_bank(event: ServicingEvent) -> list[Check]:
    """Everybody has an account: nobody's payment waits for him."""
    others = Payment.objects.filter(entitlement__event=event).exclude(channel="BANK")
    return [check("payments that take no bank account", 0, others.count())]


def _rule(instrument: str, base: str, status: str, rate: int) -> None:
    if TaxRule.objects.filter(instrument=instrument, base=base, status=status).exists():
        return
    payload = {"status": status, "instrument": instrument, "base": base, "rate_bp": rate, "source": SOURCE}
    day = (plan.issue_date() - timedelta(days=30)).isoformat()
    approved(
        TaxRuleSet.name,
        payload | {"valid_from": day, "valid_until": ""},
        maker="treasury.officer",
        checker="treasury.checker",
    )


def status_told(investor: Investor) -> None:
    """His tax status, by two persons; nothing for him who has told nobody."""
    party, status = party_of(investor), status_of(investor)
    if not status or TaxStatus.objects.filter(party=party).exists():
        return
    day = (plan.issue_date() - timedelta(days=30)).isoformat()
    payload = {"party": party.pk, "status": status, "source": "synthetic rehearsal file", "valid_from": day}
    approved(
        TaxStatusSet.name,
        payload | {"valid_until": ""},
        maker="compliance.officer",
        checker="compliance.checker",
    )


def _account_of(investor: Investor) -> dict[str, object]:
    """Of a bank TEST, which is none."""
    bban = f"TEST{investor.index:016d}"
    number = f"PK{iban.calc_check_digits(f'PK00{bban}')}{bban}"
    named = {"title": investor.name, "currency": "PKR", "source": "synthetic rehearsal file"}
    return {"party": party_of(investor).pk, "iban": number} | named


def account_verified(investor: Investor) -> None:
    """Where he is paid by bank, by two persons; once."""
    if not BankAccount.objects.filter(party__reference=investor.reference).exists():
        approved(
            BankAccountVerify.name,
            _account_of(investor),
            maker="compliance.officer",
            checker="compliance.checker",
        )
