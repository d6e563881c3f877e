"""Who buys, at the fixed price of the offer, and pays; nothing is minted yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from custody.instructions.actions import IssueApprove
from custody.instructions.models import Instruction
from custody.settlement.models import SettlementInstruction
from custody.settlement.services import cash_confirm, settlement_open
from issuance.allotment.actions import AllotmentApprove
from issuance.allotment.lines import AllotmentLine
from issuance.allotment.models import Allotment, Offer
from issuance.allotment.services import allotments_payload, offer_draft
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.rehearsal import chain, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.office import MAKER, approve, approved, proposed
from tokenization.rehearsal.people import Investor, person
from tokenization.rehearsal.phases.allotment import closed
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.investors import party_made, registered, wallet_made, wallet_of
from tokenization.rehearsal.reserve import figures
from tokenization.rehearsal.reserve.figures import BUYERS, COMMODITIES, GOLD, OIL, OIL_BUYERS, Commodity
from tokenization.rehearsal.reserve.mandate import token


def onboard() -> Sequence[Check]:
    """Eight savers with their KYC and wallets proved with their own keys."""
    until = plan.at(figures.issue_date() + timedelta(days=365), 12)
    period: tuple[datetime, datetime] = (clock.now(), until)
    for member in BUYERS:
        party_made(member, period)
    addresses = registered([wallet_made(member) for member in BUYERS])
    for address in addresses:
        chain.fund(address)
    return [check("wallets registered on chain", len(BUYERS), len(addresses))]


def sold() -> Sequence[Check]:
    """Offered at a price per unit, subscribed, allotted as approved; headroom is counted in ounces and barrels."""
    for commodity in COMMODITIES:
        offer = _closed_offer(commodity)
        lines = [
            AllotmentLine(line=number, party=member.reference, units=str(figures.units_of(commodity, member)))
            for number, member in enumerate(buyers_of(commodity), start=1)
        ]
        if offer.state == "CLOSED":
            approved(AllotmentApprove.name, allotments_payload(offer, lines))
    gold = Allotment.objects.filter(series__isin=GOLD.isin)
    units = sum(figures.units_of(GOLD, member) for member in BUYERS)
    return [
        check("gold allotted, units of 0.001 oz", units, sum(gold.values_list("units", flat=True))),
        check(
            "to be paid for it, PKR minor units", units * 1450_00, sum(gold.values_list("proceeds_minor", flat=True))
        ),
        check("oil allotments", len(OIL_BUYERS), Allotment.objects.filter(series__isin=OIL.isin).count()),
    ]


def paid() -> Sequence[Check]:
    """On settlement day the fiscal agent confirms the exact payments, and two houses approve the issues."""
    chain.move_to(plan.at(figures.issue_date(), 9, 30))
    for commodity in COMMODITIES:
        for member in buyers_of(commodity):
            row = _opened(commodity, member)
            cash_confirm(
                settlement=row,
                amount_minor=row.amount_minor,
                bank_reference=f"BANK-{row.payment_reference}",
                actor=person("fiscal.officer"),
                now=clock.now(),
            )
        _issues_approved(commodity)
    waiting = SettlementInstruction.objects.filter(token__series__isin__in=figures.ISINS, state="CASH_CONFIRMED")
    return [
        check("paid", len(BUYERS) + len(OIL_BUYERS), waiting.count()),
        *reconciled("paid"),
    ]


def buyers_of(commodity: Commodity) -> list[Investor]:
    return BUYERS if commodity is GOLD else OIL_BUYERS


def settlement_of(commodity: Commodity, member: Investor) -> SettlementInstruction:
    return SettlementInstruction.objects.select_related(
        "token__series", "issue_instruction", "confirm_instruction", "wallet"
    ).get(allotment__party__reference=member.reference, token=token(commodity))


def _closed_offer(commodity: Commodity) -> Offer:
    series = Series.objects.get(isin=commodity.isin)
    offer = Offer.objects.filter(series=series).first() or offer_draft(
        series=series,
        price=commodity.price,
        settlement_date=series.issue_date,
        target_units=sum(figures.units_of(commodity, member) for member in buyers_of(commodity)),
        actor=person(MAKER),
        now=clock.now(),
    )
    return closed(offer)


def _opened(commodity: Commodity, member: Investor) -> SettlementInstruction:
    allotment = Allotment.objects.get(party__reference=member.reference, series__isin=commodity.isin)
    return settlement_open(allotment=allotment, wallet=wallet_of(member), actor=person(MAKER), now=clock.now())


def _issues_approved(commodity: Commodity) -> None:
    rows = Instruction.objects.filter(token=token(commodity), kind="ISSUE").order_by("number")
    if rows.filter(state="DRAFT").exists():
        approve(
            proposed(IssueApprove.name, {"instructions": list(rows.values_list("pk", flat=True))}),
            checker="registrar.checker",
        )
