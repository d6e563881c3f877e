"""The story of a break and of a transaction, told from stored rows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.timesince import timesince

from contracts.indexer.models import Log
from custody.reconciliation import words
from custody.reconciliation.models import Break, EquationResult
from custody.reconciliation.selectors import business_age
from custody.register.models import Dispute, Entry
from custody.tokenisation.models import TokenContract
from tokenization.assurance.callers import caller_facts
from tokenization.assurance.repairs import repairs_of
from tokenization.identity.models import User
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, code, link, table


def quantity(value: Decimal | int, unit: str, token: TokenContract, *, cash: bool = False) -> Cell:
    return Cell(words.figure(value, unit, token, cash=cash), sort=int(value))


def sides(row: EquationResult, token: TokenContract) -> tuple[Cell, Cell, Cell]:
    """Left, right and difference, sorted by what they are and not by what they read."""
    told = words.sides(row, token)
    exact = (row.left, row.right, row.difference)
    return tuple(Cell(text, sort=int(value)) for text, value in zip(told, exact, strict=True))  # type: ignore[return-value]


def parts(row: EquationResult, token: TokenContract) -> list[tuple[str, str]]:
    """The numbers an equation was made of, readable; anything nested is left to the export."""

    def said(value: Any) -> str:
        if not str(value).lstrip("-").isdigit():
            return str(value)
        return words.figure(int(value), row.unit, token, cash=row.name.startswith("cash."))

    return [
        (key.replace("_", " "), said(value)) for key, value in row.detail.items() if not isinstance(value, dict | list)
    ]


def transaction_url(tx_hash: str | None) -> str:
    return reverse("assurance:transaction", args=[tx_hash]) if tx_hash else ""


def _person(user: User | None) -> str:
    return "" if user is None else f"{user.get_full_name() or user.username} ({user.get_house_display()})"


def break_facts(found: Break, now: datetime) -> list[dict[str, Any]]:
    facts: list[tuple[str, str, str]] = [
        ("State", found.get_state_display(), ""),
        ("Age" if found.state == Break.State.OPEN else "Was open for", age(found, now), ""),
        ("Security", f"{found.token.name}, {found.token.code}", ""),
        ("Amount", quantity(found.units, found.unit, found.token, cash=found.is_cash).text, ""),
        (
            "First seen",
            f"run {found.opened_by_id}, {figures.when(found.opened_by.at)}",
            reverse("assurance:run", args=[found.opened_by_id]),
        ),
        (
            "Last seen",
            f"run {found.last_seen_id}, {figures.when(found.last_seen.at)}",
            reverse("assurance:run", args=[found.last_seen_id]),
        ),
    ]
    if found.log:
        facts.append(("Block", f"{figures.units(found.log.block_id)}, {figures.when(found.log.block.timestamp)}", ""))
    if found.tx_hash:
        facts.append(("Transaction", found.tx_hash, transaction_url(found.tx_hash)))
    facts += caller_facts(found)
    facts += repairs_of(found)
    if found.closed_by:
        decision = found.closed_by
        facts += [
            ("Closed at", figures.when(found.closed_at), ""),
            ("Closing asked by", _person(decision.maker), ""),
            ("Closing approved by", _person(decision.checker), ""),
        ]
        facts.append(("Reason", found.closing_reason, ""))
        if found.closing_file:
            facts.append(("Evidence", found.closing_file.name, reverse("assurance:break-file", args=[found.pk])))
    return [{"label": label, "value": value, "href": href} for label, value, href in facts]


def age(found: Break, now: datetime) -> str:
    """Of a closed one how long it was open; less than a business day in hours or minutes."""
    days = business_age(found, now)
    if not days and found.closed_at is not None:
        return str(timesince(found.opened_by.at, found.closed_at, depth=1)).replace("\N{NO-BREAK SPACE}", " ")
    return f"{figures.units(days)} business {'day' if days == 1 else 'days'}"


def sightings_of(found: Break) -> Table:
    """The break run by run, newest first: what each of them saw of it."""
    rows = found.sightings.select_related("run").order_by("-run_id")
    return table(
        "sightings",
        ("Run", "Made at", "#Block", "#Amount", "What it found"),
        (
            (
                Cell(f"Run {row.run_id}", href=reverse("assurance:run", args=[row.run_id])),
                row.run.at,
                row.run.block_number,
                quantity(row.units, row.unit, found.token, cash=found.is_cash),
                figures.prose(row.story),
            )
            for row in rows
        ),
    )


def since(found: Break) -> str:
    """What became of the units since the break was told; empty when it is not about units in dispute."""
    dispute = Dispute.objects.filter(log=found.log_id).select_related("annul_instruction__settled_log").first()
    if found.log_id is None or dispute is None:
        return ""
    if dispute.state == Dispute.State.OPEN:
        return f"Today {figures.units(dispute.remaining)} of {figures.units(dispute.units)} units are still in dispute."
    burn = dispute.annul_instruction
    if burn is None or burn.settled_log is None:
        return f"Today none of them exists any more: {dispute.get_state_display()}."
    return (
        f"Today none of them exists any more: annulled by instruction No. {burn.number} "
        f"in block {figures.units(burn.settled_log.block_id)}."
    )


def entries_of(tx_hash: str) -> Table:
    """What the register booked for a transaction, leg by leg."""
    entries = Entry.objects.filter(log__tx_hash=tx_hash).select_related("token__series", "instruction", "log")
    return table(
        "entries",
        ("#Log", "Security", "Account", "#Units", "Cause", "Instruction"),
        (
            (
                row.log.log_index,
                row.token.code,
                code(row.account) if row.account.startswith("0x") else figures.words(row.account),
                int(row.units),
                row.get_cause_display(),
                link(f"No. {row.instruction.number}", reverse("assurance:instruction", args=[row.instruction_id]))
                if row.instruction
                else "none",
            )
            for row in entries.order_by("log__log_index", "leg")
        ),
        empty="The register booked nothing for it.",
    )


def breaks_of(tx_hash: str) -> Table:
    found = Break.objects.filter(tx_hash=tx_hash).order_by("pk")
    return table(
        "breaks",
        ("Break", "Kind", "State"),
        (
            (
                Cell(f"Break {row.pk}", href=reverse("assurance:break", args=[row.pk])),
                row.get_kind_display(),
                Cell(row.get_state_display(), tone="bad" if row.state == "OPEN" else "good"),
            )
            for row in found
        ),
        empty="No break names it.",
    )


def logs_of(tx_hash: str) -> list[Log]:
    return list(Log.objects.filter(tx_hash=tx_hash).select_related("block").order_by("log_index"))
