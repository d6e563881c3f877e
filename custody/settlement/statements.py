"""The bank's word beside the journal's: what differs, what nobody ordered, and what could leave suspense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet, Sum

from custody.registries.models import BankEntry, BankStatement, SettlementAccount
from custody.settlement.models import CashLeg, SettlementInstruction, SuspenseItem


@dataclass(frozen=True)
class StatementDifference:
    """Settlement account in the journal = closing balance of the last statement + what is booked after it.

    Minor units. `journal` holds what stood on the account before the journal began. `after` is in the journal and in no
    statement yet; `missing` is the part of it that the last statement should have shown. `difference` is 0 when every
    line of the statements is in the journal with the same figures.
    """

    statement: BankStatement | None
    journal: int
    closing: int
    after: int
    missing: int

    @property
    def difference(self) -> int:
        return self.journal - self.closing - self.after


def statement_difference(account: SettlementAccount, at: datetime) -> StatementDifference:
    """The equation above, with the last statement that was here at `at` and the journal's entries until then."""
    last = account.statements.filter(imported_at__lte=at).order_by("-electronic_number").first()
    legs = CashLeg.objects.filter(account__kind="BANK", account__currency=account.currency, entry__at__lte=at)
    number = last.electronic_number if last else 0
    shown = legs.filter(
        entry__bank_booking__entry__account=account,
        entry__bank_booking__entry__statement_line__statement__electronic_number__lte=number,
    )
    journal, seen = _sum(legs), _sum(shown)
    due = journal if last is None else _sum(legs.filter(entry__at__lt=_end(last)))
    shown_by_then = seen if last is None else _sum(shown.filter(entry__at__lt=_end(last)))
    return StatementDifference(
        statement=last,
        journal=account.opening_minor + journal,
        closing=last.closing_minor if last else account.opening_minor,
        after=journal - seen,
        missing=due - shown_by_then if last else 0,
    )


def _sum(legs: QuerySet[CashLeg]) -> int:
    return int(legs.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _end(statement: BankStatement) -> datetime:
    """The end of the closing day where the bank is."""
    return datetime.combine(statement.closing_on + timedelta(days=1), time(0), tzinfo=ZoneInfo(settings.TIME_ZONE))


def unexplained(account: SettlementAccount) -> QuerySet[BankEntry]:
    """Entries of the bank that the journal does not have: payments nobody ordered, receipts with other figures."""
    return account.entries.filter(booking__cash_entry=None).order_by("booking_date", "pk")


@dataclass(frozen=True)
class Suggestion:
    """Held items that would exactly pay `settlement`, or cancel each other out when it is None."""

    settlement: SettlementInstruction | None
    items: list[SuspenseItem]


def suggestions(now: datetime) -> list[Suggestion]:
    """What two persons could decide without a remainder. Nothing is applied by itself."""
    held = SuspenseItem.objects.filter(state="HELD", settlement__isnull=False).exclude(kind="DISPUTE")
    found: list[Suggestion] = []
    by_settlement: dict[int, list[SuspenseItem]] = {}
    for item in held.select_related("settlement").order_by("pk"):
        by_settlement.setdefault(item.settlement_id or 0, []).append(item)
    for items in by_settlement.values():
        settlement = items[0].settlement
        if settlement and _pays(settlement, items, now):
            found.append(Suggestion(settlement, items))
        else:
            found += [Suggestion(None, pair) for pair in _offsets(items)]
    return found


def _pays(settlement: SettlementInstruction, items: list[SuspenseItem], now: datetime) -> bool:
    return (
        settlement.state == SettlementInstruction.State.AWAITING_CASH
        and now < settlement.deliver_by
        and {item.currency for item in items} == {settlement.currency}
        and sum(item.amount_minor for item in items) == settlement.amount_minor
    )


def _offsets(items: list[SuspenseItem]) -> list[list[SuspenseItem]]:
    """Each reversal with the first credit of the same amount that no other reversal took."""
    pairs, free = [], [item for item in items if item.amount_minor > 0]
    for back in (item for item in items if item.amount_minor < 0):
        match = next((c for c in free if (c.amount_minor, c.currency) == (-back.amount_minor, back.currency)), None)
        if match:
            free.remove(match)
            pairs.append([match, back])
    return pairs
