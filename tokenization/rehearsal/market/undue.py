"""Sabotage: a role granted by mistake lets an outside key mint bond units; they earn nothing to anybody."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.gateway import abi
from custody.instructions.actions import AnnulApprove
from custody.reconciliation.models import Break
from custody.register.annulment import annulment_draft
from custody.register.models import Dispute
from custody.settlement.actions import RefundApprove
from custody.settlement.models import SuspenseItem
from tokenization.kernel import clock
from tokenization.rehearsal import bank, chain
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.market import figures
from tokenization.rehearsal.market.mandate import token
from tokenization.rehearsal.market.people import BUYER
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import OUTSIDER, person
from tokenization.rehearsal.phases import sabotage as phases
from tokenization.rehearsal.phases.books import reconciled, settled_down
from tokenization.rehearsal.phases.powers import mistake_done

UNDUE = 7


def undue_units() -> None:
    """Seven units appear past the platform in a holder's wallet, before the record."""
    mistake_done()
    if not chain.sent_count(OUTSIDER.address):
        chain.fund(OUTSIDER.address)
        data = abi.encode_call("SecurityToken", "mint", (BUYER.key.address, UNDUE))
        chain.send(OUTSIDER, to=token(figures.BOND).address, data=data)
    disputes = Dispute.objects.filter(token=token(figures.BOND))
    chain.wait_for("the undue units in the register", lambda: disputes.exists())
    reconciled("units created outside the platform", open_breaks={figures.BOND: 1})


def break_closed() -> Sequence[Check]:
    """Annulled by a numbered burn, the break closed by two, and what they would have earned returned by two."""
    dispute = Dispute.objects.get(token=token(figures.BOND))
    if dispute.state == "OPEN":
        drafts = annulment_draft(dispute=dispute, actor=person("debt.maker"), now=clock.now())
        approved(AnnulApprove.name, {"instructions": [row.pk for row in drafts]}, checker="registrar.checker")
    chain.wait_for("the undue units burned", lambda: Dispute.objects.get(pk=dispute.pk).state == "ANNULLED")
    found = Break.objects.get(token=token(figures.BOND))
    if found.state == "OPEN":
        settled_down()
        reconciled("annulled", open_breaks={figures.BOND: 1})
        phases.break_closed(found, "The undue units are annulled; the role was granted by mistake.")
    for item in SuspenseItem.objects.filter(state="HELD").order_by("pk"):
        approved(RefundApprove.name, {"suspense": item.pk}, maker="fiscal.officer", checker="fiscal.checker")
        bank.returned(item.bank_reference, item.amount_minor)
    bank.statement_sent()
    found.refresh_from_db()
    return [
        check("the break is closed by two", "CLOSED", found.state),
        check("left in suspense", 0, SuspenseItem.objects.filter(state="HELD").count()),
        *reconciled("break closed"),
    ]
