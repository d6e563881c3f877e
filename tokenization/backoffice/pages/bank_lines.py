"""One line of the bank, or of the journal, as a row: what became of it, why, and what to do about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from custody.registries.models import BankEntry, SettlementAccount
from custody.settlement.statements import OpenLine, open_lines
from tokenization.backoffice.records.base import record_url
from tokenization.backoffice.wording import in_money
from tokenization.kernel import clock
from tokenization.theme.tables import Cell, Table, amount, link, table

SHOWN = 500
LINE = ("Bank reference", "#Amount", "What became of it", "Why", "Purchase", "Value", "Text")
TONES = {"PAID": "good", "SEEN": "good", "KNOWN": "good", "SUSPENSE": "warn", "DIFFERS": "bad"}


def open_line_table() -> Table:
    rows = [
        _open_line(line, account.currency)
        for account in SettlementAccount.objects.order_by("currency")
        for line in open_lines(account, clock.now())[:SHOWN]
    ]
    titles = ("Line", "Known to", "#Amount", "Booked", "What to do")
    return table("unexplained", titles, rows, empty="No line is open: bank and journal know the same payments.")


def _open_line(line: OpenLine, currency: str) -> tuple[Any, ...]:
    told, booked = line.at_the_bank, line.in_the_journal
    step = link(line.next_step, _where(line)) if line.linkable or line.typed else line.next_step
    if told is not None:
        name = link(" ".join(filter(None, (told.reference, told.end_to_end_id))), record_url(told))
    else:
        assert booked is not None  # noqa: S101 a line is one or the other
        name = link(booked.bank_reference or booked.key, record_url(booked))
    where = Cell("bank only" if told else "journal only", tone="warn")
    return name, where, amount(line.minor, currency), line.on, step


def _where(line: OpenLine) -> str:
    """The form that settles an open line; the one that puts an entry right has both chosen."""
    if line.typed is None or line.at_the_bank is None:
        return reverse("office:propose", args=["bank-link"])
    chosen = urlencode({"line": line.at_the_bank.pk, "entry": line.typed.pk})
    return f"{reverse('office:propose', args=['bank-correct'])}?{chosen}"


def line_cells(entry: BankEntry) -> tuple[Any, ...]:
    booking = getattr(entry, "booking", None)
    settlement, currency = booking.settlement if booking else None, entry.account.currency
    return (
        link(entry.reference, record_url(entry)),
        amount(entry.signed, currency),
        Cell(_fate(booking), tone=_tone(booking)),
        _why(booking, currency),
        link(settlement.payment_reference, record_url(settlement)) if settlement else "",
        entry.value_date,
        " ".join(text for text in (entry.end_to_end_id, entry.remittance) if text),
    )


def _fate(booking: Any) -> str:
    """What became of a line of the bank, in words."""
    if booking is None:
        return "not in the journal"
    return "typed wrong, put right by two persons" if hasattr(booking, "correction") else booking.get_verdict_display()


def _why(booking: Any, currency: str) -> Any:
    if booking is None:
        return ""
    put_right = getattr(booking, "correction", None)
    if put_right is not None:
        return link(put_right.reason, reverse("office:decision", args=[put_right.approval_id]))
    if booking.verdict == "DIFFERS":
        return link(booking.reason, reverse("office:propose", args=["bank-correct"]) + f"?line={booking.entry_id}")
    return in_money(booking.reason, currency)


def _tone(booking: Any) -> str:
    return "bad" if booking is None else "good" if hasattr(booking, "correction") else TONES[booking.verdict]
