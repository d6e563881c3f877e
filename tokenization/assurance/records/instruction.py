"""One instruction: what it was to do, who approved it, what the registrar said, and the log in which it happened."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.instructions.models import Instruction
from custody.reconciliation.words import figure
from custody.registries.models import RegistryConfirmation
from custody.reserves.models import ReleaseOrder
from custody.settlement.models import SettlementInstruction
from tokenization.assurance import stories
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.records.facts import Fact, fact, facts, of_approval, of_file, of_log, record_page
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, link, table

# What is blocked is signed, for it lets units exist; what is freed is told by the officer when the units are gone.
RECORDED = "not signed: a release is recorded by the registrar's officer"
LINKS = ("token__series", "wallet", "approval__maker", "approval__checker", "settled_log__block", "linked_to")


@face("assurance")
@require_safe
def instruction(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Instruction.objects.select_related(*LINKS), pk=pk)
    look(request, Look.What.RECORD, pk, f"instruction No. {found.number} of {found.token.code}")
    return record_page(
        request,
        f"Instruction No. {found.number}: {_kind(found)}",
        lead=f"{found.token.name}, {found.token.code}. One instruction has one effect on the chain, once.",
        parts=[
            ("What it is", facts(*_what(found)), None),
            ("Who approved it", facts(*of_approval(found.approval, found.leaf)), None),
            ("Where it happened", of_log(found.settled_log), None),
            ("What the register booked", [], _booked(found)),
            ("What the registrar said", [], _said(found)),
            *_released(found),
            ("What it delivers", _delivery(found), None),
        ],
        nothing="Nothing of it yet.",
    )


def _kind(row: Instruction) -> str:
    return row.get_kind_display().replace("_", " ").lower()


def _what(row: Instruction) -> list[Fact]:
    linked = row.linked_to
    return [
        fact("Kind", _kind(row)),
        fact("Quantity", figure(row.units, "units", row.token)),
        fact("Wallet", row.wallet.address if row.wallet else ""),
        fact("State", figures.words(row.state)),
        fact("For instruction", f"No. {linked.number}, {_kind(linked)}" if linked else "",
             reverse("assurance:instruction", args=[linked.pk]) if linked else ""),
        fact("Made", figures.when(row.created_at)),
        fact("Leaf that was approved", row.leaf),
        fact("Because", row.reason),
    ]  # fmt: skip


def _booked(row: Instruction) -> Table:
    return (
        stories.entries_of(row.settled_log.tx_hash) if row.settled_log else table("entries", (), (), empty="Nothing.")
    )


def _said(row: Instruction) -> Table:
    """The registrar's words about it, and about the issue that it confirms."""
    words = RegistryConfirmation.objects.filter(instruction=row) | RegistryConfirmation.objects.filter(
        instruction__linked_to=row
    )
    return table(
        "confirmations",
        ("What", "#Quantity", "Registry reference", "Signed by", "Recorded by", "At", "Instruction"),
        (
            (
                word.get_kind_display().lower(),
                figures.units(word.units),
                word.registry_reference,
                word.signer_address or RECORDED,
                word.recorded_by.username,
                word.confirmed_at,
                link(f"No. {word.instruction.number}", reverse("assurance:instruction", args=[word.instruction_id])),
            )
            for word in words.select_related("instruction", "recorded_by").order_by("pk")
        ),
        empty="The registrar said nothing about it.",
    )


def _released(row: Instruction) -> list[tuple[str, list[Fact], None]]:
    """Of a burn for items of a vault: the order that lets them go, as the vault got it."""
    order = ReleaseOrder.objects.filter(redemption__instruction=row).select_related("file", "redemption__vault").first()
    if order is None:
        return []
    told = facts(
        fact("To the vault", str(order.redemption.vault)),
        fact("Ordered", figures.when(order.ordered_at)),
        of_file(order.file, "Release order"),
    )
    return [("What was released for it", told, None)]


def _delivery(row: Instruction) -> list[Fact]:
    """The purchase that it delivers, and the money that paid it."""
    found = SettlementInstruction.objects.filter(issue_instruction=row).select_related("cash_entry").first()
    if found is None:
        return []
    entry = found.cash_entry
    return facts(
        fact("Payment reference", found.payment_reference),
        fact("Amount", figures.money(found.amount_minor, found.currency)),
        fact("State", figures.words(found.state)),
        fact("Paid", f"{entry.words}, {figures.when(entry.at)}" if entry else "",
             reverse("assurance:entry", args=[entry.pk]) if entry else ""),
    )  # fmt: skip
