"""What the outside world does when a visitor of the demo asks for it: buyers, depository, and the moving clock.

These run in a process of their own (`manage.py outside_world`): the web server holds no key and no secret of outsiders.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from custody.reconciliation.models import Run
from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import settlements_to_confirm, told_by_the_bank
from custody.settlement.services import cash_confirm
from issuance.auction.models import Auction
from issuance.maths.calendars import PAKISTAN
from tokenization.kernel import clock
from tokenization.rehearsal import bank, chain, plan
from tokenization.rehearsal.models import Errand
from tokenization.rehearsal.people import person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.settlement import hand_in, registrar_signs


@transaction.atomic
def errand_ask(kind: str) -> Errand:
    """Ask once: while the same errand waits, asking again changes nothing."""
    waiting = Errand.objects.filter(kind=kind, done_at=None).first()
    return waiting or Errand.objects.create(kind=kind, asked_at=clock.now())


def errands_run() -> None:
    """Do what was asked, oldest first; one that fails says why and holds nobody up."""
    for errand in Errand.objects.filter(done_at=None).order_by("pk"):
        try:
            errand.words, errand.went_well = DOINGS[Errand.Kind(errand.kind)](), True
        except Exception as error:
            traceback.print_exc()
            errand.words, errand.went_well = f"{type(error).__name__}: {error}"[:400], False
        errand.done_at = clock.now()
        errand.save()


def _pay() -> str:
    """Each buyer to the last minor unit: through the bank where its files are taken in, else told by the agent."""
    rows = SettlementInstruction.objects.filter(state="AWAITING_CASH", rail="BANK").order_by("pk")
    by_bank = False
    for row in rows:
        if told_by_the_bank(row.currency):
            by_bank = True
            bank.paid_in(f"PAID-{row.payment_reference}", row.amount_minor, row.payment_reference)
            continue
        cash_confirm(
            settlement=row,
            amount_minor=row.amount_minor,
            bank_reference=f"BANK-{row.payment_reference}",
            actor=person("fiscal.officer"),
            now=clock.now(),
        )
    if by_bank:
        bank.statement_sent()
    return f"{len(rows)} purchases paid." if rows else "Nobody owes anything."


def _sign() -> str:
    """The depository blocks the units in its own book, signs with its own key, and its officer hands that in."""
    rows = settlements_to_confirm()
    for row in rows:
        hand_in(row, *registrar_signs(row))
    return f"{len(rows)} confirmations signed and handed in." if rows else "No approved issue waits for it."


def _books() -> str:
    reconciled("visitor")
    newest = Run.objects.order_by("-pk")[:20]
    block = max(run.block_number for run in newest)
    runs = [run for run in newest if run.block_number == block]
    green = sum(run.green for run in runs)
    return f"{len(runs)} lines reconciled at block {block:,}; {green} of them without a difference."


def _close() -> str:
    auction = Auction.objects.filter(state="ANNOUNCED").order_by("closes_at").first()
    if auction is None:
        return "No auction is open."
    chain.move_to(auction.closes_at)
    chain.wait_for("the bell to close it", lambda: Auction.objects.get(pk=auction.pk).state != "ANNOUNCED")
    return f"Bidding for {auction.series.isin} closed; the book can be read now."


def _day() -> str:
    day = PAKISTAN.following(plan.today() + timedelta(days=1))
    chain.move_to(plan.at(day, 9, 30))
    return f"It is {day:%A %d %B %Y}."


DOINGS: dict[Errand.Kind, Callable[[], str]] = {
    Errand.Kind.PAY: _pay,
    Errand.Kind.SIGN: _sign,
    Errand.Kind.BOOKS: _books,
    Errand.Kind.CLOSE: _close,
    Errand.Kind.DAY: _day,
}
