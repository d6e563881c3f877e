"""After settlement: a holder's own transfer, a KYC that lapses while he holds, and the end of the bill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from contracts.gateway import abi
from contracts.gateway.roles import ChainRole
from custody.instructions.models import Instruction
from custody.register.models import Entry
from custody.register.selectors import holders
from custody.registries.models import RegistryConfirmation
from custody.registries.services import release_receive
from custody.servicing.actions import PaymentRelease, RedemptionApprove
from custody.servicing.models import Entitlement, Payment, ServicingEvent
from custody.servicing.selectors import tax_owed
from custody.servicing.services import event_fund, payment_confirm, redemption_open, tax_deposit
from custody.settlement.services import cash_balance
from custody.tokenisation.services.tokens import record_instant
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.rehearsal import chain, depository, plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import BUYERS, KEEPER, OUTSIDER, Investor, person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.contracts import holds, token
from tokenization.rehearsal.phases.payees import by_bank, taxed
from tokenization.rehearsal.phases.powers import revocation_done
from tokenization.rehearsal.phases.settlement import verified_on_chain

SELLER, BUYER = BUYERS[0], BUYERS[2]
SOLD = 250


def transfer() -> Sequence[Check]:
    """An investor sends units from his own wallet, past the platform; a lapsed holder keeps his."""
    if not chain.sent_count(SELLER.key.address):
        chain.fund(SELLER.key.address)
        _transfer(SELLER, BUYER, SOLD)
    chain.wait_for("the transfer in the register", lambda: _held(BUYER) == plan.units_of(BUYER) + SOLD)
    entry = Entry.objects.get(token=token(), account=BUYER.key.address, units=SOLD)
    # Within the week in which what was announced may be executed.
    chain.move_to(plan.at(plan.issue_date() + timedelta(days=4), 12))
    revocation_done()
    chain.move_to(plan.at(plan.issue_date() + timedelta(days=30), 12, 1))
    to_lapsed = _to_lapsed()
    return [
        check("the outside key may mint", False, holds(ChainRole.AGENT, OUTSIDER.address)),
        check("seller holds", plan.units_of(SELLER) - SOLD, _held(SELLER)),
        check("the register calls it the holder's own transfer", "OWN_TRANSFER", entry.cause),
        check("a lapsed holder is not verified", False, verified_on_chain(KEEPER)),
        check("nothing can be sent to him", False, to_lapsed),
        check("he keeps what he has", plan.units_of(KEEPER), _held(KEEPER)),
        *reconciled("secondary transfer"),
    ]


def record() -> Sequence[Check]:
    """Eighty-four days later: transfers close on chain at the record instant; the record block is named once final."""
    event = redemption_open(token=token(), actor=person("treasury.officer"), now=clock.now())
    instant = record_instant(token().series)
    chain.move_to(instant)
    closed = _transfer(SELLER, BUYER, 1) if chain.sent_count(SELLER.key.address) == 2 else ""
    chain.wait_for("the record block", lambda: ServicingEvent.objects.get(pk=event.pk).state != "OPEN")
    payments = Payment.objects.filter(entitlement__event=event)
    chain.wait_for("the payments prepared", lambda: payments.count() == len(BUYERS) - 1)
    event.refresh_from_db()
    lines = Entitlement.objects.filter(event=event)
    return [
        check("transfers are closed on chain", False, chain.succeeded(closed) if closed else False),
        check("holders entitled", len(BUYERS) - 1, lines.count()),
        check("due, PKR minor units", _outstanding() * plan.DENOMINATION_MINOR, event.total_minor or 0),
        check("disputed units", 0, sum(lines.values_list("disputed_units", flat=True))),
        *taxed(event),
        *by_bank(event),
        *reconciled("record block"),
    ]


def redeem() -> Sequence[Check]:
    """Burn and payment as independent legs; the registry extinguishes only after the burn is final."""
    event = ServicingEvent.objects.get(token=token())
    chain.move_to(plan.at(event.payment_date, 9))
    checks = []
    if event.burn_approval is None:
        first = Instruction.objects.filter(entitlement__event=event).order_by("number").first()
        assert first is not None  # noqa: S101
        early = refused("no extinguishing before the final burn", lambda: extinguish(first), error=Refused)
        approved(RedemptionApprove.name, {"event": event.pk}, maker="treasury.officer", checker="debt.checker")
        checks = [early]
    checks += _released(event)
    for payment in Payment.objects.filter(entitlement__event=event, state="DUE").select_related("entitlement"):
        payment_confirm(
            entitlement=payment.entitlement,
            bank_reference=f"PAY-{payment.pk}",
            actor=person("fiscal.officer"),
            now=clock.now(),
        )
    _deposit()
    burns = Instruction.objects.filter(entitlement__event=event)
    chain.wait_for("the burns", lambda: not burns.exclude(state="DONE").exists(), seconds=180)
    checks += reconciled("paid and burned, not yet extinguished")
    for burn in burns:
        extinguish(burn)
    chain.wait_for("the redemption closed", lambda: ServicingEvent.objects.get(pk=event.pk).state == "CLOSED")
    return [*checks, *_ended(event), *reconciled("redeemed")]


def _released(event: ServicingEvent) -> list[Check]:
    """Nothing is released before the treasury's money is there; then two persons do it."""
    event.refresh_from_db()
    if event.state != "RECORDED":
        return []
    payload = {"event": event.pk}
    early = refused(
        "nothing is released before it is funded",
        lambda: approved(PaymentRelease.name, payload, maker="treasury.officer", checker="treasury.checker"),
        error=Refused,
    )
    event_fund(event=event, bank_reference="BANK-REDEMPTION", actor=person("fiscal.officer"), now=clock.now())
    approved(PaymentRelease.name, payload, maker="treasury.officer", checker="treasury.checker")
    return [early]


def _deposit() -> None:
    owed = tax_owed("PKR")
    if owed > 0:
        tax_deposit(
            currency="PKR", amount_minor=owed, bank_reference="TAX-1", actor=person("fiscal.officer"), now=clock.now()
        )


def _ended(event: ServicingEvent) -> list[Check]:
    paid = Payment.objects.filter(entitlement__event=event, state="PAID")
    conventional, immobilised = depository.balance(plan.BILL, at=clock.now())
    return [
        check("holders paid", len(BUYERS) - 1, paid.count()),
        check(
            "paid after tax, PKR minor units", event.net_minor or 0, sum(paid.values_list("amount_minor", flat=True))
        ),
        check("tax owed to the authority", 0, tax_owed("PKR")),
        check("units outstanding in the register", 0, _outstanding()),
        check("units at the depository", 0, conventional + immobilised),
        check("settlement account", 0, cash_balance("BANK", "PKR")),
        check("set aside for holders", 0, cash_balance("REDEMPTION", "PKR")),
        check("series closed", "CLOSED", Series.objects.get(isin=plan.BILL).state),
    ]


def extinguish(burn: Instruction) -> None:
    """The registrar extinguishes what was burned, in its book and towards the platform; once."""
    if RegistryConfirmation.objects.filter(instruction=burn).exists():
        return
    now, isin = clock.now(), burn.token.series.isin
    reference = f"CSD-X-{isin}-{burn.number}"
    release_receive(
        instruction=burn, kind="EXTINGUISH", registry_reference=reference, actor=person("registrar.officer"), now=now
    )
    depository.book(key=reference, isin=isin, at=now, immobilised=-burn.units)


def _transfer(sender: Investor, receiver: Investor, units: int) -> str:
    data = abi.encode_call("SecurityToken", "transfer", (receiver.key.address, units))
    return chain.send(sender.key, to=token().address, data=data)


def _to_lapsed() -> bool:
    return chain.succeeded(_transfer(SELLER, KEEPER, 1)) if chain.sent_count(SELLER.key.address) == 1 else False


def _held(investor: Investor) -> int:
    return {row.account: int(row.units) for row in holders(token())}.get(investor.key.address, 0)


def _outstanding() -> int:
    return sum(int(row.units) for row in holders(token()))
