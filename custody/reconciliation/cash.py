"""The cash side of a run: the journal of the currency, and for the cash token itself what stands behind each unit.

The journal is read when the run is made; it is never said to be "as of the block".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Sum
from django.utils import timezone

from custody.cash.models import CashBurn, CashMint
from custody.cash.selectors import OPEN_MINTS
from custody.reconciliation.books import Books
from custody.reconciliation.equations import Equation, Observations
from custody.reconciliation.models import Break, Source
from custody.servicing.selectors import recoverables
from custody.settlement.models import CashEntry, CashLeg, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import told_by_the_bank
from tokenization.kernel.secrets import masked

# What the settlement account owes, by account of the journal.
OWED = {
    "BANK_LEG": "unswept",
    "SUSPENSE": "suspense",
    "REDEMPTION": "set aside for holders",
    "CASH_TOKEN": "cash tokens",
    "PAYOUT": "burned, not yet paid",
    "TAX": "tax withheld",
    "UNCLAIMED": "unclaimed",
    # Below zero: bank money that was paid in place of tokens, until those come back.
    "RECOVERABLE": "recoverable",
    # Below zero: such tokens that are back, until they are burned.
    "RETURNED": "returned, to be burned",
}


# The journal is then compared with itself and with the tokens, and with nothing that the bank wrote.
NO_FILES = "not compared, no account's files are taken in"


def read_cash(books: Books) -> None:
    """The journal of the token's currency, all tokens together: the settlement account is one."""
    currency = books.token.paid_in
    rows = CashLeg.objects.filter(account__currency=currency).order_by("account__kind")
    sums = {kind: int(total) for kind, total in rows.values_list("account__kind").annotate(total=Sum("amount_minor"))}
    if not sums:
        books.skipped.append(f"cash: no money in {currency} yet")
        return
    if not told_by_the_bank(currency):
        books.skipped.append(f"bank statement: {NO_FILES}")
    # Up to which entry it was read: what a figure is made of can be shown again when the journal has gone on.
    last = CashEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
    books.add(Source.CASH, "settlement account", sums.get("BANK", 0), "minor", last=f"entry {last}")
    for kind, name in OWED.items():
        parts = _recoverable(currency) if kind == "RECOVERABLE" else {}
        books.add(Source.CASH, name, -sums.get(kind, 0), "minor", **parts)
    paid = SettlementInstruction.objects.filter(
        currency=currency,
        cash_entry__isnull=False,
        sweep_entry__isnull=True,
        refund_entry__isnull=True,
        cash_mint__isnull=True,
    )
    _named(books, "paid settlements", ((row.payment_reference, row.amount_minor) for row in paid.order_by("pk")))
    held = SuspenseItem.objects.filter(currency=currency, state=SuspenseItem.State.HELD).order_by("pk")
    _named(books, "items in suspense", ((f"{row.pk} {row.bank_reference}", row.amount_minor) for row in held))
    mints = CashMint.objects.filter(token__currency=currency, state__in=OPEN_MINTS).order_by("pk")
    _named(books, "credited, not yet minted", ((row.bank_reference, row.amount_minor) for row in mints))
    burns = CashBurn.objects.filter(token__currency=currency, state=CashBurn.State.BURNED).order_by("pk")
    _named(books, "pay-outs owed", ((f"no. {row.pk} to {masked(row.payee)}", row.amount_minor) for row in burns))
    if books.token.is_cash:
        _between(books)


def _recoverable(currency: str) -> dict[str, str]:
    """Why it is recoverable and since when, event by event."""
    return {
        f"{row.event.title} of {row.event.token.series.isin}, since {timezone.localdate(row.since):%d %b %Y}": str(
            row.amount_minor
        )
        for row in recoverables(currency)
    }


def _between(books: Books) -> None:
    """Units that the chain shows at the block and the journal does not yet, less those it shows already."""
    ahead: dict[str, int] = {}
    mints = CashMint.objects.filter(token=books.token).select_related("issue_instruction__settled_log")
    for mint in mints.exclude(state=CashMint.State.RELEASED):
        on_chain = books.settled(mint.issue_instruction)
        if on_chain != (mint.state == CashMint.State.DONE):
            ahead[str(mint.issue_instruction.number)] = mint.amount_minor if on_chain else -mint.amount_minor
    booked = (CashBurn.State.BURNED, CashBurn.State.PAID)
    for burn in CashBurn.objects.filter(token=books.token).select_related("instruction__settled_log"):
        on_chain = books.settled(burn.instruction)
        if on_chain != (burn.state in booked):
            ahead[str(burn.instruction.number)] = -burn.amount_minor if on_chain else burn.amount_minor
    parts = {number: str(units) for number, units in ahead.items()}
    books.add(Source.CASH, "on chain, not yet booked", sum(ahead.values()), "minor", **parts)


def _named(books: Books, name: str, parts: Iterable[tuple[str, int]]) -> None:
    found = {label: str(minor) for label, minor in parts}
    books.add(Source.CASH, name, sum(map(int, found.values())), "minor", **found)


def cash_equations(seen: Observations) -> Iterator[Equation]:
    """Runs of before know fewer names: what they did not see counts as nothing."""

    def of(name: str) -> int:
        return seen[Source.CASH, name] if seen.has(Source.CASH, name) else 0

    def equal(name: str, words: str, left: int, right: int, undue: int = 0, drift: int = 0) -> Equation:
        return Equation(name, words, left, right, Break.Kind.CASH_MISMATCH, undue=undue, drift=drift, unit="minor")

    words = (
        "settlement account = paid by buyers, not yet passed on or minted + suspense + set aside for holders"
        " + cash tokens + burned, not yet paid + tax withheld + unclaimed - paid by bank in place of tokens"
    )
    yield equal("cash.account", words, of("settlement account"), sum(map(of, OWED.values())))
    words = (
        "paid by buyers and not yet passed on, in the journal = settlements paid and neither delivered nor refunded"
        " + credited, not yet minted"
    )
    yield equal("cash.unswept", words, of("unswept"), of("paid settlements") + of("credited, not yet minted"))
    if seen.has(Source.CASH, "items in suspense"):
        words = "suspense in the journal = items held, each with its reason"
        yield equal("cash.suspense", words, of("suspense"), of("items in suspense"))
    if seen.has(Source.CASH, "pay-outs owed"):
        words = "owed for burned tokens in the journal = pay-outs burned and not yet paid"
        yield equal("cash.payout", words, of("burned, not yet paid"), of("pay-outs owed"))
    if seen.has(Source.CASH, "on chain, not yet booked"):
        words = "total supply = cash tokens in the journal + on chain and not yet booked"
        supply = seen[Source.CHAIN, "total supply"]
        yield equal("cash.tokens", words, supply, of("cash tokens") + of("on chain, not yet booked"), undue=1, drift=1)
