"""When the state has to pay back what: face outstanding by the month or year in which it falls due, by kind."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from django.utils import timezone

from custody.register.selectors import outstanding_as_of, posted_block
from custody.tokenisation.models import TokenContract
from tokenization.kernel.money import minor_digits
from tokenization.theme import figures
from tokenization.theme.charts import Chart, compact, stacked

MONTHS = 18
OVERDUE = "overdue"


def redemption_profiles(now: datetime) -> list[Chart]:
    """One chart for each currency, true at the register's block; units backed by a commodity do not fall due."""
    rows = TokenContract.objects.filter(purpose="SECURITY", state__in=("LIVE", "CLOSED")).select_related("series")
    debt = [token for token in rows.order_by("series__maturity_date") if not token.series.is_reserve]
    block = posted_block()
    found = outstanding_as_of(debt, block.number) if block else {}
    due: dict[str, list[tuple[date, str, int]]] = defaultdict(list)
    for token in debt:
        minor = found.get(token.pk, 0) * token.minor_per_unit
        if minor:
            due[token.currency].append((token.series.maturity_date, token.series.get_kind_display(), minor))
    today = timezone.localdate(now)
    made = (_profile(currency, lines, today) for currency, lines in sorted(due.items()))
    return [chart for chart in made if chart is not None]


def _profile(currency: str, lines: list[tuple[date, str, int]], today: date) -> Chart | None:
    """By month while the last payment is near, else by year; every month or year between is there, empty or not."""
    last = max(on for on, _, _ in lines)
    monthly = _months(today, last) <= MONTHS
    columns: dict[str, dict[str, int]] = {}
    if any(on < today for on, _, _ in lines):
        columns[OVERDUE] = {}
    for number in range(_months(today, last) + 1):
        month = date(today.year + (today.month - 1 + number) // 12, (today.month - 1 + number) % 12 + 1, 1)
        columns.setdefault(_label(month, monthly), {})
    for on, kind, minor in lines:
        column = columns[OVERDUE if on < today else _label(on, monthly)]
        column[kind] = column.get(kind, 0) + minor
    total, digits = sum(minor for _, _, minor in lines), minor_digits(currency)
    first = min((on for on, _, _ in lines if on >= today), default=None)
    soon = f", the next on {figures.day(first)}" if first else ""
    return stacked(
        f"redemptions-{currency}",
        f"Face falling due, {currency}",
        list(columns.items()),
        head="Month" if monthly else "Year",
        exact=lambda minor: figures.money(minor, currency),
        short=lambda minor: compact(minor, digits),
        words=f"{figures.money(total, currency)} of face is outstanding{soon}, the last on {figures.day(last)}.",
    )


def _months(first: date, last: date) -> int:
    return max((last.year - first.year) * 12 + last.month - first.month, 0)


def _label(on: date, monthly: bool) -> str:
    return f"{on:%b %y}" if monthly else f"{on:%Y}"
