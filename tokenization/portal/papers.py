"""From the investor's rows to the documents that he takes away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from contracts.indexer.models import Block
from contracts.indexer.selectors import block_at
from custody.register.models import Entry
from custody.register.selectors import posted_block
from custody.registries.models import SettlementAccount
from custody.servicing.models import Entitlement
from custody.settlement.models import SettlementInstruction
from custody.settlement.trades.models import Trade, TradeSide
from issuance.allotment.models import Allotment
from issuance.bid.models import Bid
from tokenization.documents.advice import Advice, payment_advice
from tokenization.documents.notes import Delivery, HowToPay, allotment_letter, contract_note
from tokenization.documents.paper import Document, TrueAt
from tokenization.documents.receipt import BidReceived
from tokenization.documents.statement import CashLine, Held, PaymentLine, StatementLine, statement
from tokenization.documents.trade_note import Traded, trade_note
from tokenization.identity.models import Party
from tokenization.kernel.writing import price
from tokenization.portal.positions import Holding, cash, holdings
from tokenization.portal.wording import price_words, source_words
from tokenization.portal.working import paid_at, rate_words, way, working
from tokenization.portal.worth import end_of, traded_accrued, worth
from tokenization.theme.language import on_paper


def settlement_of(allotment: Allotment) -> SettlementInstruction | None:
    return getattr(allotment, "settlement", None)


def how_to_pay(allotment: Allotment) -> HowToPay | None:
    """None before the settlement is opened."""
    row = settlement_of(allotment)
    if row is None:
        return None
    account = SettlementAccount.objects.filter(currency=row.currency).first()
    return HowToPay(
        amount_minor=row.amount_minor,
        currency=row.currency,
        reference=row.payment_reference,
        account=f"IBAN {account.iban} at {account.bank}" if account else "Settlement account at the fiscal agent",
        until=row.deliver_by,
        iban=account.iban if account else "",
        bank=account.bank if account else "",
    )


@on_paper()
def letter_of(allotment: Allotment) -> Document:
    decided = allotment.approval.decided_at
    assert decided is not None  # noqa: S101 an allotment is made by an approval that was decided
    return allotment_letter(allotment, decided, source_words(allotment), how_to_pay(allotment))


@on_paper()
def note_of(allotment: Allotment) -> Document | None:
    """None until the units have arrived in a final block."""
    row = settlement_of(allotment)
    if row is None or row.state != "DELIVERED" or row.cash_entry is None:
        return None
    arrived = Entry.objects.filter(instruction=row.issue_instruction_id, account=row.wallet.address)
    entry = arrived.select_related("log__block").first()
    if entry is None:
        return None
    block = entry.log.block
    done = Delivery(
        wallet=row.wallet.address,
        transaction=entry.log.tx_hash,
        paid_at=row.cash_entry.at,
        payment_reference=row.payment_reference,
        true_at=_true_at(block),
    )
    return contract_note(allotment, source_words(allotment), done)


@on_paper()
def trade_note_of(trade: Trade, own: Iterable[Party]) -> Document | None:
    """None until both legs are in the register."""
    if trade.units_log is None:
        return None
    mine = {party.pk for party in own}
    sides = {side.role: side for side in trade.sides.select_related("party", "wallet")}
    buyer, seller = sides[TradeSide.Role.BUYER], sides[TradeSide.Role.SELLER]
    bought = buyer.party_id in mine
    me, other = (buyer, seller) if bought else (seller, buyer)
    return trade_note(
        Traded(
            number=trade.pk,
            party=me.party,
            bought=bought,
            series=trade.token.series,
            units=trade.units,
            amount_minor=trade.amount_minor,
            currency=trade.cash.currency,
            wallet=me.wallet.address,
            other_wallet=other.wallet.address,
            transaction=trade.units_log.tx_hash,
            digest=trade.digest,
            true_at=_true_at(trade.units_log.block),
            accrued_minor=traded_accrued(trade),
        )
    )


@on_paper()
def advice_of(line: Entitlement) -> Document | None:
    """None until it is paid."""
    payment = getattr(line, "payment", None)
    if line.party is None or payment is None or (arrived := paid_at(payment, line)) is None:
        return None
    event, series = line.event, line.event.token.series
    number, block_hash = event.record_block_number, event.record_block_hash
    assert number is not None and block_hash is not None  # noqa: S101, PT018 what is paid was recorded
    return payment_advice(
        Advice(
            number=payment.pk,
            party=line.party,
            what="Repayment at maturity" if event.kind == "REDEMPTION" else event.title,
            security=f"{series.name}, {series.isin}",
            currency=series.payment_currency,
            units=line.units,
            gross_minor=line.gross_minor,
            tax_minor=line.tax_minor,
            net_minor=line.net_minor,
            disputed_minor=line.suspense_minor,
            rate=rate_words(line),
            payment_date=event.payment_date,
            record_at=event.record_at,
            paid_at=arrived,
            paid_by=way(payment, line),
            working=tuple(working(line)),
            wallet=line.wallet.address,
            true_at=TrueAt(number, block_hash, event.record_at),
        )
    )


def received(bid: Bid) -> BidReceived:
    """The receipt of a bid, from the stored row."""
    series = bid.auction.series
    said = [("Kind", "with a price (competitive)" if bid.competitive else "without a price (non-competitive)")]
    said += [("Price per 100 of face", price(bid.price))] if bid.price is not None else []
    said += [("Yield", f"{price(bid.yield_pct)} % a year")] if bid.yield_pct is not None else []
    withdrawn = bid.kind == Bid.Kind.WITHDRAW
    return BidReceived(
        number=bid.pk,
        kind=bid.kind,
        auction=f"{series.isin}, auction {bid.auction.number}",
        security=f"{series.name}, {series.isin}",
        dealer=f"{bid.dealer.name} ({bid.dealer.reference})",
        bidder=f"{bid.bidder.name} ({bid.bidder.reference})",
        currency=series.currency,
        face_minor=bid.face_minor,
        terms=() if withdrawn else tuple(said),
        reference=bid.reference,
        placed_by=bid.placed_by.get_full_name() or bid.placed_by.username,
        received_at=bid.received_at,
        replaces=bid.replaces_id,
        body_hash=bid.body_hash,
    )


def statement_block(on: date) -> Block | None:
    """The last final block of that day that the register has read; None when it has read none so early."""
    posted, found = posted_block(), block_at(end_of(on))
    if posted is None or found is None:
        return None
    return min(posted, found, key=lambda block: block.number)


@on_paper()
def statement_held(party: Party, on: date, block: Block) -> Held:
    lines = [_line(row, on) for row in holdings([party], block.number, at=block.timestamp)]
    held = cash([party], block.number, at=block.timestamp)
    return Held(lines, [CashLine(row.wallet, row.token.currency, row.minor) for row in held], paid_lines(party, on))


@on_paper()
def statement_of(party: Party, on: date, block: Block, *, now: datetime) -> Document:
    held = statement_held(party, on, block)
    return statement(party, on, _true_at(block), held, made_at=now, whole_day=now > end_of(on))


def paid_lines(party: Party, on: date) -> list[PaymentLine]:
    rows = Entitlement.objects.filter(party=party, payment__state="PAID", payment__cash_entry__at__lte=end_of(on))
    rows = rows.select_related("event__token__series", "payment__cash_entry").order_by("payment__cash_entry__at", "pk")
    return [
        PaymentLine(
            on=row.event.payment_date,
            what="Repayment" if row.event.kind == "REDEMPTION" else row.event.title,
            isin=row.event.token.series.isin,
            currency=row.event.token.series.payment_currency,
            gross_minor=row.net_minor + row.tax_minor,
            tax_minor=row.tax_minor,
            net_minor=row.net_minor,
        )
        for row in rows
    ]


def _line(row: Holding, on: date) -> StatementLine:
    series, known = row.series, worth(row, on=on)
    return StatementLine(
        name=series.name,
        isin=series.isin,
        matures=series.maturity_date,
        units=row.units,
        currency=series.currency,
        face_minor=row.face_minor,
        cost_minor=known.cost.minor if known.cost else None,
        accrued_minor=known.accrued_minor,
        value_minor=known.value_minor,
        price=price_words(known.price),
        wallets=row.wallets,
        paid_in=series.payment_currency,
    )


def _true_at(block: Block) -> TrueAt:
    return TrueAt(block.number, block.hash, block.timestamp)
