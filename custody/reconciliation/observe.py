"""Reading every record at one final block. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from contracts.gateway import views
from contracts.gateway.client import Node
from contracts.indexer.models import Block
from custody.instructions.models import Instruction
from custody.reconciliation.attested import read_attested, read_words
from custody.reconciliation.books import Books
from custody.reconciliation.callers import read_callers
from custody.reconciliation.cash import read_cash
from custody.reconciliation.causes import root_causes
from custody.reconciliation.models import InFlight, Source
from custody.reconciliation.reserve import read_reserve
from custody.register import selectors as register
from custody.register.models import ANNULLED, CONTRA_ACCOUNTS, ISSUED, REDEEMED, UNEXPLAINED
from custody.registries.models import RegistryConfirmation, StatementLine
from custody.settlement.selectors import told_by_the_bank
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import contract_address

Side = InFlight.Side
NAMES = {
    Side.NOT_YET_MINTED: "not yet minted",
    Side.NOT_YET_RELEASED: "not yet released",
    Side.WITHDRAWN: "withdrawn",
    Side.CAP_NOT_YET_RAISED: "cap not yet raised",
}
IMMOBILISE = RegistryConfirmation.Kind.IMMOBILISE


def read_books(token: TokenContract, block: Block) -> Books:
    """Everything that is read from the database; the chain is asked afterwards, outside any transaction."""
    books = Books(token, block)
    rows = Instruction.objects.filter(token=token).select_related("settled_log", "linked_to__settled_log")
    books.instructions = list(rows.order_by("number"))
    books.confirmations = list(
        RegistryConfirmation.objects.filter(token=token).select_related(
            "instruction__settled_log", "instruction__linked_to__settled_log"
        )
    )
    _read_register(books)
    _read_statement(books)
    read_cash(books)
    read_reserve(books)
    read_words(books)
    return books


def _read_register(books: Books) -> None:
    token, number = books.token, books.block.number
    accounts = register.accounts_as_of(token, number)
    positions = {name: units for name, units in accounts.items() if name not in CONTRA_ACCOUNTS}
    books.wallets = sorted(positions)
    held = {wallet: str(units) for wallet, units in positions.items() if units}
    books.add(Source.REGISTER, "positions", sum(positions.values()), **held)
    frozen = register.frozen_as_of(token, number)
    books.add(
        Source.REGISTER, "frozen", sum(frozen.values()), **{wallet: str(units) for wallet, units in frozen.items()}
    )
    explained = -sum(accounts.get(name, 0) for name in (ISSUED, REDEEMED, ANNULLED))
    books.add(Source.REGISTER, "explained supply", explained)
    books.add(Source.REGISTER, "issued", -accounts.get(ISSUED, 0))
    books.add(Source.REGISTER, "annulled", accounts.get(ANNULLED, 0))
    books.add(Source.REGISTER, "unexplained supply", -accounts.get(UNEXPLAINED, 0))
    books.causes = root_causes(token, number)
    undue = {cause.key: str(cause.units) for cause in books.causes if cause.active}
    books.add(Source.REGISTER, "undue units", sum(map(int, undue.values())), **undue)
    issued = sum(row.units for row in books.instructions if row.kind == "ISSUE" and books.settled(row))
    books.add(Source.INSTRUCTIONS, "issued", issued)


def counted(books: Books) -> list[RegistryConfirmation]:
    """The registrar's words up to the block; one whose effect is on chain already counts whatever its clock says.

    A word said again for a confirmation that the chain never took stands in its place: one blocking, counted once.
    """
    said = [
        word
        for word in books.confirmations
        if word.confirmed_at <= books.block.timestamp
        or books.settled(word.instruction)
        and (word.kind == IMMOBILISE)
        or word.kind == IMMOBILISE
        and books.settled(word.instruction.linked_to)
    ]
    replaced = {word.replaces_id for word in said}
    return [word for word in said if word.pk not in replaced]


def read_bridge(books: Books, used: set[int]) -> list[tuple[Instruction, Side, int]]:
    """Registry side and units in flight, each named by its instruction; ``used``: numbers consumed at the block."""
    words = counted(books)
    raised = [word for word in words if word.kind == IMMOBILISE]
    freed = {word.instruction_id for word in words if word.kind != IMMOBILISE}
    confirmed = sum(word.units for word in raised)
    released = sum(word.units for word in words if word.kind != IMMOBILISE)
    books.add(Source.REGISTRY, "confirmed", confirmed)
    books.add(Source.REGISTRY, "immobilised", confirmed - released)
    flying: list[tuple[Instruction, Side, int]] = []
    for word in raised:
        issue = word.instruction.linked_to
        if issue is not None and issue.number not in used:
            flying.append((issue, Side.NOT_YET_MINTED, word.units))
        if not books.settled(word.instruction):
            flying.append((word.instruction, Side.CAP_NOT_YET_RAISED, word.units))
    for row in books.instructions:
        if row.kind in ("REDEEM", "WITHDRAW") and books.settled(row) and row.pk not in freed:
            side = Side.NOT_YET_RELEASED if row.kind == "REDEEM" else Side.WITHDRAWN
            flying.append((row, side, row.units))
    for side, name in NAMES.items():
        parts = {str(row.number): str(units) for row, at, units in flying if at == side}
        books.add(Source.INSTRUCTIONS, name, sum(map(int, parts.values())), **parts)
    reduced = sum(row.units for row in books.instructions if row.kind == "WITHDRAW" and books.settled(row))
    books.add(Source.INSTRUCTIONS, "cap reduced", reduced)
    return flying


def read_chain(books: Books, node: Node) -> set[int]:
    """Contract state by the block's hash: the second path. Returns the instruction numbers consumed there."""
    token, at = books.token.address, books.block.hash
    shot = views.snapshot(node, at, token, books.wallets, engine=contract_address(books.token.engine))
    books.add(Source.CHAIN, "total supply", shot.total_supply)
    for name, amounts in (("balances", shot.balances), ("frozen", shot.frozen)):
        books.add(
            Source.CHAIN,
            name,
            sum(amounts.values()),
            **{wallet: str(units) for wallet, units in amounts.items() if units},
        )
    for name in ("confirmed", "withdrawn", "issued", "redeemed", "annulled"):
        books.add(Source.CHAIN, name, int(getattr(shot.cap, name)))
    numbers = [row.number for row in books.instructions]
    used = views.numbers_used(node, at, contract_address(books.token.controller), token, numbers) if numbers else set()
    books.add(Source.CHAIN, "numbers used", len(used), numbers=sorted(used))
    read_attested(books, node)
    read_callers(books, node)
    return used


def _read_statement(books: Books) -> None:
    if books.token.is_cash:
        banked = "; the bank's is compared in the journal" if told_by_the_bank(books.token.paid_in) else ""
        books.skipped.append(f"statement: the depository keeps no cash{banked}")
        return
    if books.token.series.is_reserve:
        books.skipped.append("statement: the vault's list is compared in its place")
        return
    lines = StatementLine.objects.filter(series=books.token.series).select_related("statement")
    line = lines.order_by("-statement__as_of").first()
    if line is None:
        books.skipped.append("statement: no statement yet")
        return
    told = {"statement": line.statement.statement_id, "as_of": line.statement.as_of.isoformat()}
    for name in ("outstanding", "conventional", "immobilised"):
        books.add(Source.STATEMENT, name, int(getattr(line, f"{name}_minor")), "minor", **told)
    units = _immobilised_at(books.confirmations, line.statement.as_of)
    amount = units * books.token.minor_per_unit
    books.add(Source.REGISTRY, "immobilised at statement", amount, "minor", units=str(units), **told)


def _immobilised_at(words: Iterable[RegistryConfirmation], instant: datetime) -> int:
    said = [word for word in words if word.confirmed_at <= instant and word.replaces_id is None]
    return sum(word.units if word.kind == IMMOBILISE else -word.units for word in said)
