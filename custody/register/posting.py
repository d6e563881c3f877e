"""One portion of final logs turned into entries, positions, disputes and settled instructions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.indexer.models import Log, WatchedContract
from custody.instructions.models import Instruction
from custody.instructions.services import instruction_settled_by_log
from custody.register.disputes import DisputeBook
from custody.register.events import CapChange, Transfer, TypedCause, cap_change_of, cause_of, transfer_of
from custody.register.models import ANNULLED, ISSUED, REDEEMED, UNEXPLAINED, CapEntry, Cause, Entry, Position
from custody.tokenisation.models import TokenContract
from tokenization.kernel.errors import Refused

CONTRA = {Cause.ISSUE: ISSUED, Cause.REDEEM: REDEEMED, Cause.ANNUL: ANNULLED}
TOKEN_ARTIFACT = "SecurityToken"  # noqa: S105 a contract's name
CONTROLLER_ARTIFACT = "Controller"


@dataclass
class Posted:
    """What one call posted: logs read, entries written, disputes opened, and the block up to which all is posted."""

    logs: int = 0
    entries: int = 0
    disputes: int = 0
    block_number: int = -1


class Posting:
    """Logs in order, one after the other with ``post``; then ``write`` once, inside the same transaction."""

    def __init__(self, logs: Sequence[Log], now: datetime) -> None:
        self.now = now
        self.done = Posted()
        self.tokens = {token.address: token for token in TokenContract.objects.all()} if logs else {}
        self.artifacts = dict(WatchedContract.objects.values_list("address", "artifact")) if logs else {}
        self.following = {(log.block_id, log.log_index): log for log in logs}
        self.last = logs[-1] if logs else None
        self.books: dict[int, DisputeBook] = {}
        self.positions: dict[tuple[int, str], int] = self._held(logs)
        self.changed: set[tuple[int, str]] = set()
        self.entries: list[Entry] = []

    def post(self, log: Log) -> None:
        self.done.logs += 1
        artifact = self.artifacts.get(log.address)
        if artifact == TOKEN_ARTIFACT:
            transfer = transfer_of(log)
            if transfer is not None:
                self._post_transfer(self._token(log.address), log, transfer)
        elif artifact == CONTROLLER_ARTIFACT:
            change = cap_change_of(log)
            if change is not None:
                self._post_cap(self._token(change.token), log, change)

    def write(self) -> None:
        """Entries, the positions they change, and where disputed units went."""
        for book in self.books.values():
            book.write()
        Entry.objects.bulk_create(self.entries)
        self.done.entries = len(self.entries)
        if self.changed:
            rows = [
                Position(token_id=key[0], account=key[1], units=self.positions[key]) for key in sorted(self.changed)
            ]
            Position.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["token", "account"], update_fields=["units"]
            )

    def _token(self, address: str) -> TokenContract:
        if address not in self.tokens:
            raise Refused(
                f"The token {address} is watched, but belongs to no series.",
                field="address",
                rule="every final log of a token is posted",
                next_step="Record the series' token contract; posting goes on from here.",
            )
        return self.tokens[address]

    def _book(self, token: TokenContract) -> DisputeBook:
        if token.pk not in self.books:
            self.books[token.pk] = DisputeBook(token)
        return self.books[token.pk]

    def _next(self, log: Log) -> Log | None:
        """The log at the next index, if the same contract wrote it in the same transaction."""
        place = (log.block_id, log.log_index + 1)
        following = self.following.get(place)
        if following is None and log is self.last:
            following = Log.objects.filter(block_id=place[0], log_index=place[1]).first()
        same = following is not None and (following.tx_hash, following.address) == (log.tx_hash, log.address)
        return following if same else None

    def _post_transfer(self, token: TokenContract, log: Log, transfer: Transfer) -> None:
        cause = cause_of(self._next(log))
        cause = cause if cause is not None and cause.explains(transfer) else None
        instruction = self._instruction(token, log, cause)
        if instruction is not None:
            reason = Cause(instruction.kind)
        elif cause is None and not transfer.mints and not transfer.burns:
            reason = Cause.OWN_TRANSFER
        else:
            reason = Cause.UNEXPLAINED
        self._add(token, log, self._legs(token, log, transfer, reason, instruction), reason, instruction)
        if reason == Cause.UNEXPLAINED and transfer.mints and transfer.units:
            self._book(token).open(wallet=transfer.receiver, units=transfer.units, log=log, now=self.now)
            self.done.disputes += 1

    def _instruction(self, token: TokenContract, log: Log, cause: TypedCause | None) -> Instruction | None:
        if cause is None or cause.number == 0:
            return None
        return instruction_settled_by_log(
            token=token,
            number=cause.number,
            kind=cause.kind,
            wallet=cause.wallet,
            units=cause.units,
            log=log,
            now=self.now,
        )

    def _legs(
        self, token: TokenContract, log: Log, transfer: Transfer, cause: Cause, instruction: Instruction | None
    ) -> list[tuple[str, int]]:
        """Accounts and signed units of a Transfer, its disputed units moved on the way. They sum to zero."""
        contra = CONTRA.get(cause, UNEXPLAINED)
        if transfer.mints and transfer.burns:
            return [(UNEXPLAINED, -transfer.units), (UNEXPLAINED, transfer.units)]
        if transfer.mints:
            return [(contra, -transfer.units), (transfer.receiver, transfer.units)]
        book = self._book(token)
        if not transfer.burns:
            book.transfer(sender=transfer.sender, receiver=transfer.receiver, units=transfer.units, log=log)
            return [(transfer.sender, -transfer.units), (transfer.receiver, transfer.units)]
        held = self._position(token, transfer.sender)
        due = held - book.held(transfer.sender) if cause == Cause.REDEEM else 0
        annul = instruction if cause == Cause.ANNUL else None
        undue = book.burn(wallet=transfer.sender, units=max(transfer.units - due, 0), log=log, annul=annul)
        legs = [(transfer.sender, -transfer.units), (UNEXPLAINED, undue), (contra, transfer.units - undue)]
        return [leg for leg in legs if leg[1]] or legs[:1]

    def _held(self, logs: Sequence[Log]) -> dict[tuple[int, str], int]:
        """Positions of every account that these logs can touch, with one query."""
        accounts = {ISSUED, REDEEMED, ANNULLED, UNEXPLAINED}
        for log in logs:
            transfer = transfer_of(log) if self.artifacts.get(log.address) == TOKEN_ARTIFACT else None
            accounts |= {transfer.sender, transfer.receiver} if transfer else set()
        rows = Position.objects.filter(account__in=accounts) if logs else Position.objects.none()
        return {(token, name): int(units) for token, name, units in rows.values_list("token_id", "account", "units")}

    def _position(self, token: TokenContract, account: str) -> int:
        return self.positions.get((token.pk, account), 0)

    def _add(
        self, token: TokenContract, log: Log, legs: list[tuple[str, int]], cause: Cause, instruction: Instruction | None
    ) -> None:
        for leg, (account, units) in enumerate(legs):
            self.positions[token.pk, account] = self._position(token, account) + units
            self.changed.add((token.pk, account))
            entry = Entry(
                token=token, log=log, leg=leg, account=account, units=units, instruction=instruction, cause=cause
            )
            entry.block_number, entry.block_hash, entry.posted_at = log.block_id, log.block.hash, self.now
            self.entries.append(entry)

    def _post_cap(self, token: TokenContract, log: Log, change: CapChange) -> None:
        instruction = instruction_settled_by_log(
            token=token,
            number=change.number,
            kind="CONFIRM" if change.raised else "WITHDRAW",
            wallet=None,
            units=change.units,
            log=log,
            now=self.now,
        )
        CapEntry.objects.create(
            token=token,
            log=log,
            kind=CapEntry.Kind.RAISED if change.raised else CapEntry.Kind.REDUCED,
            number=change.number,
            issue_number=change.issue_number,
            units=change.units,
            registry_reference=change.registry_reference,
            instruction=instruction,
            block_number=log.block_id,
            posted_at=self.now,
        )
