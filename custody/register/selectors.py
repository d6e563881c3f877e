"""Who holds what, now and at any posted block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, Sum

from contracts.indexer.models import Block, Log
from contracts.indexer.selectors import head_lag
from custody.register.events import TOPICS, closing_of, frozen_change_of
from custody.register.models import (
    ANNULLED,
    CONTRA_ACCOUNTS,
    ISSUED,
    REDEEMED,
    Dispute,
    DisputeEntry,
    Entry,
    Position,
    RegisterCursor,
)
from custody.tokenisation.models import TokenContract


@dataclass(frozen=True)
class Standing:
    """The block at which the register is true, and how many blocks the head is past it."""

    block: Block
    behind: int


@dataclass(frozen=True)
class Mismatch:
    """A position that is not the sum of its entries."""

    account: str
    position: int
    entries: int


def posted_block() -> Block | None:
    """The final block up to which every log is posted; None before the first."""
    cursor = RegisterCursor.objects.first()
    return Block.objects.filter(number=cursor.block_number).first() if cursor else None


def standing() -> Standing | None:
    block, lag = posted_block(), head_lag()
    return Standing(block, max(lag.head_number - block.number, 0)) if block and lag else None


def accounts_as_of(token: TokenContract, block_number: int) -> dict[str, int]:
    """Every account that ever had an entry, contra accounts too, with its units after the block. They sum to zero."""
    rows = Entry.objects.filter(token=token, block_number__lte=block_number).order_by("account")
    return {account: int(total) for account, total in rows.values_list("account").annotate(total=Sum("units"))}


def outstanding_as_of(tokens: Iterable[TokenContract], block_number: int) -> dict[int, int]:
    """Units by token, by its primary key, after the block: issued less redeemed less annulled by instructions. Only
    the contra accounts are read, whose entries are as many as the instructions, not the holders."""
    rows = Entry.objects.filter(
        token__in=tokens, account__in=(ISSUED, REDEEMED, ANNULLED), block_number__lte=block_number
    )
    summed = rows.order_by("token").values_list("token").annotate(total=Sum("units"))
    return {token: -int(total) for token, total in summed}


def positions_as_of(token: TokenContract, block_number: int) -> dict[str, int]:
    """Units by wallet after the block; wallets with none are left out."""
    accounts = accounts_as_of(token, block_number)
    return {account: units for account, units in accounts.items() if units and account not in CONTRA_ACCOUNTS}


def disputed_positions(token: TokenContract, block_number: int) -> dict[str, int]:
    """Undue units by wallet after the block."""
    rows = DisputeEntry.objects.filter(token=token, block_number__lte=block_number).order_by("wallet")
    return {wallet: int(total) for wallet, total in rows.values_list("wallet").annotate(total=Sum("units")) if total}


def undisputed_positions(token: TokenContract, block_number: int) -> dict[str, int]:
    """Units by wallet that earn for their holder after the block."""
    disputed = disputed_positions(token, block_number)
    due = {wallet: units - disputed.get(wallet, 0) for wallet, units in positions_as_of(token, block_number).items()}
    return {wallet: units for wallet, units in due.items() if units > 0}


def frozen_as_of(token: TokenContract, block_number: int) -> dict[str, int]:
    """Units by wallet that a partial freeze holds after the block, from final logs."""
    frozen: dict[str, int] = {}
    topics = [TOPICS["TokensFrozen"], TOPICS["TokensUnfrozen"]]
    logs = Log.objects.filter(address=token.address, block_id__lte=block_number, topics__0__in=topics).order_by("pk")
    for change in filter(None, map(frozen_change_of, logs)):
        frozen[change[0]] = frozen.get(change[0], 0) + change[1]
    return {wallet: units for wallet, units in frozen.items() if units}


def closed_as_of(tokens: Sequence[TokenContract], block_number: int) -> set[str]:
    """Wallets that are frozen whole in one of the tokens after the block, from final logs."""
    addresses, topic = [token.address for token in tokens], TOPICS["AddressFrozen"]
    logs = Log.objects.filter(address__in=addresses, block_id__lte=block_number, topics__0=topic).order_by("pk")
    closed: dict[tuple[str, str], bool] = {}
    for log in logs:
        wallet, is_closed = closing_of(log) or ("", False)
        closed[log.address, wallet] = is_closed
    return {wallet for (_, wallet), is_closed in closed.items() if is_closed}


def holders(token: TokenContract) -> list[Position]:
    """Wallets with units now, largest first."""
    return list(
        Position.objects.filter(token=token, units__gt=0)
        .exclude(account__in=CONTRA_ACCOUNTS)
        .order_by("-units", "account")
    )


def open_disputes(token: TokenContract) -> list[Dispute]:
    return list(Dispute.objects.filter(token=token, state=Dispute.State.OPEN))


def rebuild_check(token: TokenContract) -> list[Mismatch]:
    """Positions that differ from the sum of their entries, or whose disputed units exceed them. Empty is right."""
    summed = {
        account: int(total)
        for account, total in Entry.objects.filter(token=token)
        .order_by("account")
        .values_list("account")
        .annotate(t=Sum("units"))
    }
    kept = dict(Position.objects.filter(token=token).values_list("account", "units"))
    return [
        Mismatch(account, kept.get(account, 0), summed.get(account, 0))
        for account in sorted(summed.keys() | kept.keys())
        if kept.get(account, 0) != summed.get(account, 0)
    ]


def unexplained_entries(token: TokenContract, block_number: int) -> list[Entry]:
    """The first leg of every final log that no instruction explains, up to the block."""
    rows = Entry.objects.filter(token=token, cause="UNEXPLAINED", leg=0, block_number__lte=block_number)
    return list(rows.select_related("log").annotate(tx_hash=F("log__tx_hash")).order_by("id"))
