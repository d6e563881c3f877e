"""Coupons and redemptions of the market: funded, taxed, released by two, paid on the day whatever else is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from custody.instructions.models import Instruction
from custody.servicing.actions import PaymentRelease, RedemptionApprove
from custody.servicing.chain.fallback import fallback_at_once
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.selectors import missing_in_tokens_minor, missing_minor, tax_owed
from custody.servicing.services import (
    coupon_open,
    event_fund,
    event_fund_in_tokens,
    payments_confirm,
    redemption_open,
    tax_deposit,
)
from custody.settlement.models import SuspenseItem
from custody.settlement.services import cash_balance
from custody.tokenisation.selectors import treasury_wallet
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.rehearsal import bank, chain, plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.market import figures, recovery
from tokenization.rehearsal.market.delivery import deposited
from tokenization.rehearsal.market.mandate import token
from tokenization.rehearsal.market.people import EVERYBODY, LAPSING, UNREACHABLE
from tokenization.rehearsal.market.undue import UNDUE, break_closed, undue_units
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.payees import account_verified, rates_set, status_told, taxed
from tokenization.rehearsal.phases.redemption import extinguish


def payees() -> Sequence[Check]:
    """Rates, statuses and bank accounts, each by two persons; one holder has no account."""
    rates_set()
    for member in EVERYBODY:
        status_told(member)
        if member != UNREACHABLE:
            account_verified(member)
    return []


def redeem_bill() -> Sequence[Check]:
    """To be paid in cash tokens; on the day the node is down, and bank rails pay. The burns follow when it is back."""
    event = redemption_open(token=token(figures.BILL), rail="TOKEN", actor=person("treasury.officer"), now=clock.now())
    checks = [*_recorded(event), *_released(event)]
    waiting = Payment.objects.filter(entitlement__event=event, channel="CHAIN", state="DUE")
    expected = waiting.count()
    day = plan.at(event.payment_date, 9)
    chain.move_to(day - timedelta(hours=10))
    with chain.node_down(day):
        by_bank = fallback_at_once(event=event, actor=person("fiscal.officer"), now=clock.now())
        checks += _paid_by_bank(event)
    checks.append(check("payments that bank rails made instead", expected, by_bank))
    return [*checks, *_burned(event), *recovery.burned_without_a_pay_out(event), *reconciled("bill redeemed")]


def first_coupon() -> Sequence[Check]:
    """A break is open on payment day: the undisputed are paid, what the undue units would earn waits in suspense."""
    undue_units()
    checks = coupon(1, open_breaks=1)
    event = ServicingEvent.objects.get(kind="COUPON", sequence=1, token=token(figures.BOND))
    held = sum(SuspenseItem.objects.filter(state="HELD").values_list("amount_minor", flat=True))
    return [
        *checks,
        check("disputed units", UNDUE, sum(event.entitlements.values_list("disputed_units", flat=True))),
        check("in suspense, PKR minor units", event.suspense_minor or 0, held),
        *break_closed(),
    ]


def second_coupon() -> Sequence[Check]:
    """Two holders' KYC has lapsed by now: one is paid at his bank, the other's money waits in his name."""
    checks = coupon(2, rail="TOKEN")
    payments = Payment.objects.filter(entitlement__event__kind="COUPON", entitlement__event__sequence=2)
    of = {
        member.reference: payments.get(entitlement__party__reference=member.reference)
        for member in (LAPSING, UNREACHABLE)
    }
    return [
        *checks,
        check("a lapsed holder is paid at his bank", ("BANK", "PAID"), _channel(of[LAPSING.reference])),
        check("without an account it waits for him", ("RESERVE", "RESERVED"), _channel(of[UNREACHABLE.reference])),
    ]


def further_coupons() -> Sequence[Check]:
    return [*coupon(3, rail="TOKEN"), *coupon(4), *coupon(5)]


def coupon(sequence: int, *, rail: str = "BANK", open_breaks: int = 0) -> list[Check]:
    """One coupon of the bond, from its record block to the last payment and the tax deposited."""
    event = coupon_open(
        token=token(figures.BOND), sequence=sequence, rail=rail, actor=person("treasury.officer"), now=clock.now()
    )
    checks = [*_recorded(event), *_released(event)]
    chain.move_to(plan.at(event.payment_date, 9))
    checks += _paid_by_bank(event)
    checks += _paid_on_chain(event)
    breaks = {figures.BOND: open_breaks}
    return [*checks, *reconciled(f"coupon {sequence} paid", open_breaks=breaks)]


def redeem_bond() -> Sequence[Check]:
    """The last coupon and the redemption have one record; when both are paid the series is closed."""
    officer = person("treasury.officer")
    last = coupon_open(token=token(figures.BOND), sequence=6, actor=officer, now=clock.now())
    event = redemption_open(token=token(figures.BOND), rail="TOKEN", actor=officer, now=clock.now())
    checks = [*_recorded(last), *_recorded(event), *_released(last), *_released(event)]
    chain.move_to(plan.at(event.payment_date, 9))
    for one in (last, event):
        checks += [*_paid_by_bank(one), *_paid_on_chain(one)]
    checks += _burned(event)
    chain.wait_for("the series closed", lambda: Series.objects.get(isin=figures.BOND).state == "CLOSED")
    return [
        *checks,
        check("tax owed to the authority", 0, tax_owed("PKR")),
        check("set aside for holders", 0, cash_balance("REDEMPTION", "PKR")),
        check("held for who cannot be reached", _unclaimed(), -cash_balance("UNCLAIMED", "PKR")),
        *recovery.backed_in_full(),
        *recovery.bank_and_journal_agree(),
        *reconciled("bond redeemed"),
    ]


def _paid_by_bank(event: ServicingEvent) -> list[Check]:
    """One run of the bank for all whose payment goes that way, and the tax deposited."""
    run = f"RUN-{event.pk}"
    due = Payment.objects.filter(entitlement__event=event, channel="BANK", state="DUE")
    amount = sum(due.values_list("amount_minor", flat=True))
    if amount:
        payments_confirm(event=event, bank_reference=run, actor=person("fiscal.officer"), now=clock.now())
        bank.paid_out(run, amount, f"payment run {run}")
    _tax_deposited(event)
    bank.statement_sent()
    return [check("payments by bank still due", 0, due.count())]


def _paid_on_chain(event: ServicingEvent) -> list[Check]:
    on_chain = Payment.objects.filter(entitlement__event=event, channel="CHAIN")
    chain.wait_for("payments on chain", lambda: not on_chain.filter(state="DUE").exists(), seconds=240)
    event.refresh_from_db()
    payments = Payment.objects.filter(entitlement__event=event)
    total = sum(payments.values_list("amount_minor", flat=True))
    return [
        check("nobody's payment is still due", 0, payments.filter(state="DUE").count()),
        check("payments are what is net due", event.net_minor or 0, total),
    ]


def _recorded(event: ServicingEvent) -> list[Check]:
    chain.move_to(event.record_at)
    chain.wait_for("the record block", lambda: ServicingEvent.objects.get(pk=event.pk).state != "OPEN")
    event.refresh_from_db()
    payments = Payment.objects.filter(entitlement__event=event)
    chain.wait_for("payments prepared", lambda: payments.count() == event.entitlements.filter(net_minor__gt=0).count())
    if event.kind == "REDEMPTION" and event.token.series.kind == "PIB":
        return [check("a bond's principal is not taxed", 0, event.tax_minor or 0)]
    return taxed(event, EVERYBODY)


def _released(event: ServicingEvent) -> list[Check]:
    if event.state != "RECORDED":
        return []
    payload, who = {"event": event.pk}, {"maker": "treasury.officer", "checker": "treasury.checker"}
    early = refused(
        "not released before it is funded", lambda: approved(PaymentRelease.name, payload, **who), error=Refused
    )
    _funded(event)
    approved(PaymentRelease.name, payload, **who)
    event.refresh_from_db()
    return [early]


def _funded(event: ServicingEvent) -> None:
    """What goes to wallets in tokens of the treasury's, minted on its deposit; the rest at the bank."""
    officer = person("fiscal.officer")
    tokens = missing_in_tokens_minor(event)
    if tokens:
        wallet = treasury_wallet()
        assert wallet is not None  # noqa: S101 enrolled in an earlier phase
        deposited(f"DEP-{event.pk}", wallet, tokens)
        event_fund_in_tokens(event=event, actor=officer, now=clock.now())
    if missing_minor(event):
        reference = f"FUND-{event.pk}"
        bank.paid_in(reference, missing_minor(event), f"treasury funds {reference}")
        event_fund(event=event, bank_reference=reference, actor=officer, now=clock.now())
    bank.statement_sent()


def _burned(event: ServicingEvent) -> list[Check]:
    """The burns follow under their own numbers; the registry extinguishes after the final burn."""
    event.refresh_from_db()
    if event.burn_approval_id is None:
        approved(RedemptionApprove.name, {"event": event.pk}, maker="treasury.officer", checker="debt.checker")
    burns = Instruction.objects.filter(entitlement__event=event).select_related("token__series")
    chain.wait_for("the burns", lambda: not burns.exclude(state="DONE").exists(), seconds=240)
    for burn in burns:
        extinguish(burn)
    chain.wait_for("the redemption closed", lambda: ServicingEvent.objects.get(pk=event.pk).state == "CLOSED")
    return [check("burns not done", 0, burns.exclude(state="DONE").count())]


def _tax_deposited(event: ServicingEvent) -> None:
    owed, reference = tax_owed("PKR"), f"TAX-{event.pk}"
    if owed > 0:
        tax_deposit(
            currency="PKR", amount_minor=owed, bank_reference=reference, actor=person("fiscal.officer"), now=clock.now()
        )
        bank.paid_out(reference, owed, f"tax deposited {reference}")


def _channel(payment: Payment) -> tuple[str, str]:
    return payment.channel, payment.state


def _unclaimed() -> int:
    return sum(Payment.objects.filter(state="RESERVED").values_list("amount_minor", flat=True))
