"""What anybody may know: what is outstanding, whether it was found right, and how old the examiners' words are.

Nothing here is of a person: no wallet, holder, officer or examiner is read.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timesince import timesince

from contracts.indexer.models import Block
from custody.reconciliation.models import Run
from custody.register.selectors import outstanding_as_of, posted_block
from custody.reserves.selectors import attestation_in_force
from custody.tokenisation.models import TokenContract
from tokenization.theme import figures
from tokenization.theme.redemptions import redemption_profiles
from tokenization.theme.tables import Cell, Table, code, table

EMPTY = "No security exists on the chain yet."


def securities() -> list[TokenContract]:
    rows = _tokens(TokenContract.Purpose.SECURITY)
    return list(rows.select_related("series").order_by("series__isin"))


def cash() -> list[TokenContract]:
    return list(_tokens(TokenContract.Purpose.CASH).order_by("currency"))


def _tokens(purpose: str) -> QuerySet[TokenContract]:
    return TokenContract.objects.filter(purpose=purpose, state__in=("LIVE", "CLOSED"))


def outstanding(rows: list[TokenContract], block: Block | None, now: datetime) -> Table:
    """Units that nobody instructed are a break, and not counted."""
    found, today = outstanding_as_of(rows, block.number) if block else {}, timezone.localdate(now)

    def line(token: TokenContract) -> tuple[object, ...]:
        units = found.get(token.pk, 0)
        return token.name, token.code, _matures(token, today), units, _amount(token, units)

    return table(
        "outstanding",
        ("Security", "ISIN", "Matures", "#Units", "#Face or quantity"),
        (line(token) for token in rows),
        empty=EMPTY,
    )


def in_cash(rows: list[TokenContract], block: Block | None) -> Table:
    """Cash tokens that exist; each is owed its full amount by the settlement account."""
    found = outstanding_as_of(rows, block.number) if block else {}
    lines = ((token.name, token.code, _amount(token, found.get(token.pk, 0))) for token in rows)
    return table(
        "cash", ("Settlement cash", "Code", "#In circulation"), lines, empty="There is no settlement cash yet."
    )


def _amount(token: TokenContract, units: int) -> Cell:
    minor = units * token.minor_per_unit
    return Cell(figures.money(minor, token.currency), sort=minor)


def _matures(token: TokenContract, today: date) -> Cell:
    on = token.series.maturity_date
    if on > today:
        return Cell(figures.day(on), sort=on.isoformat())
    return Cell(f"matured on {figures.day(on)}", sort=on.isoformat(), tone="warn")


def compared(rows: list[TokenContract], now: datetime) -> Table:
    """The last comparison of each security, and where that one found a difference, the last that found none."""
    titles = ("ISIN or code", "Result", "#Block", "Block hash", "Compared", "Last without difference")
    return table("compared", titles, (_compared(token, now) for token in rows), empty="Nothing was compared yet.")


def _compared(token: TokenContract, now: datetime) -> tuple[object, ...]:
    runs = Run.objects.filter(token=token).order_by("-pk")
    last, green = runs.first(), runs.filter(green=True).first()
    if last is None:
        return token.code, Cell("never compared", tone="warn"), "", "", "", ""
    verdict = Cell("every record agrees", tone="good") if last.green else Cell("the records differ", tone="bad")
    fine = f"block {figures.units(green.block_number)}, {since(green.at, now)} ago" if green else "never"
    return token.code, verdict, last.block_number, code(last.block_hash), f"{since(last.at, now)} ago", fine


def attested(rows: list[TokenContract], now: datetime) -> Table:
    """Of each security that a reserve backs: the examiner's last word, its age and its end."""
    titles = ("ISIN", "Result", "#Attested", "As of", "Age", "Ends")
    backed = (token for token in rows if token.series.is_reserve)
    return table(
        "attested", titles, (_attested(token, now) for token in backed), empty="No security is backed by a reserve."
    )


def _attested(token: TokenContract, now: datetime) -> tuple[object, ...]:
    word = attestation_in_force(token, now)
    if word is None:
        return token.code, Cell("nothing is attested", tone="warn"), "", "", "", ""
    ended = word.expiry <= now
    said = Cell("ended: no new units", tone="warn") if ended else Cell("in force", tone="good")
    quantity = Cell(figures.money(word.quantity_minor, token.currency), sort=word.quantity_minor)
    return token.code, said, quantity, word.as_of, since(word.as_of, now), word.expiry


def since(at: datetime, now: datetime) -> str:
    """The largest whole part of the time between: 3 minutes, 2 days."""
    return str(timesince(at, now, depth=1)).replace("\N{NO-BREAK SPACE}", " ")


def read(now: datetime) -> dict[str, object]:
    """Everything that the page shows, as of now; the amounts are true at the register's block."""
    rows, money, block = securities(), cash(), posted_block()
    return {
        "final": block,
        "read_at": now,
        "outstanding": outstanding(rows, block, now),
        "cash": in_cash(money, block),
        "compared": compared([*rows, *money], now),
        "attested": attested(rows, now),
        "profiles": redemption_profiles(now),
    }
