"""The bank's word beside the journal's: what differs, what nobody ordered, and what could leave suspense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from custody.registries.models import BankEntry, BankStatement, SettlementAccount
from custody.settlement.models import (
    BankBooking,
    BankCorrection,
    CashEntry,
    CashLeg,
    SettlementInstruction,
    SuspenseItem,
)
from custody.settlement.services.journal import moved

# From a leg to the line of the bank that it is: its own, the one it was typed for, the one it puts it right by.
LINES = (
    "entry__bank_booking__entry",
    "entry__corrected_by__booking__entry",
    "entry__corrects__booking__entry",
)


@dataclass(frozen=True)
class StatementDifference:
    """Settlement account in the journal = closing balance of the last statement + what is booked after it.

    Minor units. `journal` holds what stood on the account before the journal began. `after` was booked after the last
    closing balance, and is in no statement yet. `missing` was booked before it and no statement shows it; `unbooked`
    is what the statements show and the journal does not have. `difference` = `missing` - `unbooked`.
    """

    statement: BankStatement | None
    journal: int
    closing: int
    after: int
    missing: int
    unbooked: int

    @property
    def difference(self) -> int:
        return self.journal - self.closing - self.after


@dataclass(frozen=True)
class OpenLine:
    """A line that one of the two has and the other has not. `minor`: into the account positive, out of it negative."""

    at_the_bank: BankEntry | None
    in_the_journal: CashEntry | None
    minor: int
    on: date
    next_step: str
    linkable: bool
    # The entry typed under the reference of a line that differs: two persons put it right.
    typed: CashEntry | None = None


def statement_difference(account: SettlementAccount, at: datetime) -> StatementDifference:
    """The equation above, with the last statement that was here at `at` and the journal's entries until then."""
    last, legs = _last(account, at), _legs(account, at)
    journal, shown = _sum(legs), _sum(_shown(account, last))
    missing = _sum(_missing(account, last, at))
    unbooked = sum(entry.signed for entry in _told(unexplained(account), last))
    return StatementDifference(
        statement=last,
        journal=account.opening_minor + journal,
        closing=last.closing_minor if last else account.opening_minor,
        after=journal - shown - missing,
        missing=missing,
        unbooked=unbooked,
    )


def open_lines(account: SettlementAccount, at: datetime) -> list[OpenLine]:
    """What makes the difference, line by line: the bank's first, then the journal's, each with what to do."""
    last = _last(account, at)
    ours = [(leg, int(leg.amount_minor)) for leg in _missing(account, last, at).select_related("entry").order_by("pk")]
    theirs = list(_told(unexplained(account).select_related("booking"), last))
    amounts = {minor for _, minor in ours}
    typed = {entry.pk: list(typed_beside(entry)) if hasattr(entry, "booking") else [] for entry in theirs}
    lines = [_line_of_bank(entry, entry.signed in amounts, typed[entry.pk]) for entry in theirs]
    told, wrong = {line.minor for line in lines if line.linkable}, set(chain.from_iterable(typed.values()))
    return lines + [_line_of_journal(leg.entry, minor, minor in told, leg.entry in wrong) for leg, minor in ours]


def typed_beside(entry: BankEntry) -> QuerySet[CashEntry]:
    """What was typed as received under the reference of a line of the bank, is in no line, and was not put right."""
    rows = typed_receipts().filter(bank_reference=entry.reference)
    return rows.filter(legs__account__currency=entry.account.currency).distinct().order_by("pk")


def typed_receipts() -> QuerySet[CashEntry]:
    """Entries by which money came in, that are in no line of the bank, and that were not put right."""
    rows = CashEntry.objects.filter(bank_booking=None, corrected_by=None).exclude(bank_reference="")
    return rows.filter(legs__account__kind="BANK", legs__amount_minor__gt=0)


def several_typed(entry: BankEntry, typed: Sequence[CashEntry]) -> str:
    """What to do where several entries stand under one line's reference: which of them is wrong, no rule says."""
    currency = entry.account.currency
    if sum(moved(one, currency) for one in typed) == entry.signed:
        return "The entries under this reference add up to the bank's line: nothing is to be put right."
    return "Several entries stand under this reference: ask the bank which payment its line is, and what is missing."


def _line_of_bank(entry: BankEntry, same: bool, typed: Sequence[CashEntry]) -> OpenLine:
    decided = hasattr(entry, "booking")
    if len(typed) > 1:
        step = several_typed(entry, typed)
    elif decided:
        step = "The journal has this reference with other figures: two persons put the entry right by the bank's line."
    elif same:
        step = "The journal has this amount under another reference: two persons link the two lines."
    elif entry.credit:
        step = "It is matched with the next file that is taken in."
    else:
        step = "Record the payment that it is under this reference. If nobody ordered it, the bank takes it back."
    one = typed[0] if len(typed) == 1 else None
    return OpenLine(entry, None, entry.signed, entry.booking_date, step, same and not decided, one)


def _line_of_journal(entry: CashEntry, minor: int, same: bool, wrong: bool) -> OpenLine:
    if wrong:
        step = "The bank has this reference with other figures: see its line."
    elif same:
        step = "The bank has this amount under another reference: two persons link the two lines."
    elif minor > 0:
        step = "Ask the bank why its statement does not show it."
    else:
        step = "Ask the bank whether it was carried out."
    return OpenLine(None, entry, minor, _day(entry.at), step, same and not wrong)


def _last(account: SettlementAccount, at: datetime) -> BankStatement | None:
    return account.statements.filter(imported_at__lte=at).order_by("-electronic_number").first()


def _legs(account: SettlementAccount, at: datetime) -> QuerySet[CashLeg]:
    return CashLeg.objects.filter(account__kind="BANK", account__currency=account.currency, entry__at__lte=at)


def _shown(account: SettlementAccount, last: BankStatement | None) -> QuerySet[CashLeg]:
    """The journal's legs that a statement up to the last one shows: by themselves, or a wrong entry and what puts it
    right together."""
    number, shown = last.electronic_number if last else 0, Q()
    for path in LINES:
        line = {f"{path}__account": account, f"{path}__statement_line__statement__electronic_number__lte": number}
        shown |= Q(**line)
    return CashLeg.objects.filter(shown, account__kind="BANK", account__currency=account.currency)


def _missing(account: SettlementAccount, last: BankStatement | None, at: datetime) -> QuerySet[CashLeg]:
    """Booked before the last closing balance, and in no statement. What a notification dates later is not due yet."""
    if last is None:
        return CashLeg.objects.none()
    legs = _legs(account, at).filter(entry__at__lte=_closed(last)).exclude(pk__in=_shown(account, last))
    for path in LINES:
        legs = legs.exclude(**{f"{path}__booking_date__gt": last.closing_on})
    return legs


def _told(entries: QuerySet[BankEntry], last: BankStatement | None) -> QuerySet[BankEntry]:
    number = last.electronic_number if last else 0
    return entries.filter(statement_line__statement__electronic_number__lte=number)


def _sum(legs: QuerySet[CashLeg]) -> int:
    return int(legs.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _closed(statement: BankStatement) -> datetime:
    """The last instant of the closing day where the bank is; of a statement that was here before, when it came."""
    end = datetime.combine(statement.closing_on + timedelta(days=1), time(0), tzinfo=ZoneInfo(settings.TIME_ZONE))
    return min(end - timedelta(microseconds=1), statement.imported_at)


def _day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def unexplained(account: SettlementAccount) -> QuerySet[BankEntry]:
    """Entries of the bank that the journal does not have: payments nobody ordered, receipts with other figures."""
    rows = account.entries.filter(booking__cash_entry=None, booking__correction=None)
    return rows.order_by("booking_date", "pk")


def booking_of(entry: CashEntry) -> BankBooking | None:
    """The bank's line of an entry: its own, or the one beside which it was put right or puts right."""
    for name in ("corrected_by", "corrects"):
        correction: BankCorrection | None = getattr(entry, name, None)
        if correction is not None:
            return correction.booking
    own: BankBooking | None = getattr(entry, "bank_booking", None)
    return own


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
