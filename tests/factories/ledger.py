"""A chain written straight into the indexer's tables, and instructions brought to SENT, for tests of the books.

The node is replaced here, not claimed: tests/chain speaks to a real one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.test import override_settings

from contracts.indexer.models import Block, Log, Tip, WatchedContract
from custody.instructions.models import Instruction, instruction_machine
from custody.instructions.services import instruction_create
from custody.register.events import TOPICS, ZERO
from custody.register.posting import Posted
from custody.register.services import post_final_logs
from custody.registries.models import RegistryConfirmation
from custody.tokenisation.models import TokenContract, Wallet
from tests.factories import issuance
from tokenization.identity.actors import system_user
from tokenization.identity.approvals import root
from tokenization.identity.models import Approval, ApprovalItem
from tokenization.kernel.canonical import canonical_json, sha256_hex

NOW = issuance.NOW
CONTROLLER = "0x" + "c0" * 20
_numbers = count(1)


def digest(word: object) -> str:
    return sha256_hex(str(word))


def address(number: int) -> str:
    return f"0x{number:040x}"


def wallet(number: int) -> Wallet:
    return Wallet.objects.get_or_create(address=address(number))[0]


def approved(people: issuance.Office, leaves: list[str]) -> Approval:
    """An approved approval whose items are these leaves, as approval_approve would leave it."""
    payload = canonical_json({"test": next(_numbers)})
    made = Approval.objects.create(
        action="test", title="Test", subject="test", payload=payload, payload_hash=sha256_hex(payload),
        items_root=root(leaves), item_count=len(leaves), preview={}, two_houses=False, maker=people.maker,
        maker_house=people.maker.house, made_at=NOW,
    )  # fmt: skip
    ApprovalItem.objects.bulk_create(
        ApprovalItem(approval=made, position=at, leaf=leaf, body={}) for at, leaf in enumerate(leaves)
    )
    changes = {"checker": people.checker, "checker_house": people.checker.house, "decided_at": NOW, "state": "APPROVED"}
    Approval.objects.filter(pk=made.pk).update(**changes)
    made.refresh_from_db()
    return made


class Books:
    """One token, its people, and a chain that says what the test tells it to say."""

    def __init__(self, **terms: Any) -> None:
        # Their passwords are not what is tested here: an honest hash costs a second each.
        with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
            self.people = issuance.office()
        self.series = terms.pop("series", None) or issuance.series(self.people, **terms)
        self.number = 100
        self.log_index = 0
        self.logs: list[Log] = []
        self.token = TokenContract.objects.create(
            series=self.series, currency=self.series.currency, chain_id=31337, address=address(0x7000 + next(_numbers)),
            salt=digest(("salt", self.series.pk)),
            terms_hash=digest("terms"), approval=approved(self.people, [digest("token")]),
        )  # fmt: skip
        Block.objects.create(number=100, hash=digest(100), parent_hash=digest(99), timestamp=NOW, final=True)
        Tip.objects.create(
            first_number=100, number=100, hash=digest(100), final_number=100, final_hash=digest(100), head_number=100,
            head_seen_at=NOW,
        )  # fmt: skip
        for where, artifact in ((self.token.address, "SecurityToken"), (CONTROLLER, "Controller")):
            WatchedContract.objects.create(
                address=where, artifact=artifact, name=artifact, from_block=100, filled_to=100, watched_at=NOW
            )

    # What the chain says -------------------------------------------------------------------------------------------

    def log(
        self, name: str, indexed: Iterable[str | int], words: Iterable[int], *, where: str = "", tx: str = ""
    ) -> Log:
        topics = [TOPICS[name]]
        topics += [f"0x{i:064x}" if isinstance(i, int) else "0x" + "0" * 24 + i[2:] for i in indexed]
        data = b"".join(word.to_bytes(32, "big") for word in words)
        made = Log(
            log_index=self.log_index, tx_hash=tx or digest(("tx", self.number, self.log_index)), tx_index=0,
            address=where or self.token.address, topics=topics, data=data,
        )  # fmt: skip
        self.log_index += 1
        self.logs.append(made)
        return made

    def transfer(self, sender: str, receiver: str, units: int) -> Log:
        return self.log("Transfer", [sender, receiver], [units])

    def caused(self, event: str, number: int, sender: str, receiver: str, units: int) -> Log:
        """A Transfer and, right after it, the event that says why."""
        moved = self.transfer(sender, receiver, units)
        ends = {"Issued": [receiver], "Redeemed": [sender], "Annulled": [sender]}.get(event, [sender, receiver])
        self.log(event, [number, *ends], [units, 0], tx=moved.tx_hash)
        return moved

    def mint(self, to: str, units: int, number: int = 0) -> Log:
        return self.caused("Issued", number, ZERO, to, units)

    def burn(self, sender: str, units: int, number: int = 0, event: str = "Redeemed") -> Log:
        return self.caused(event, number, sender, ZERO, units)

    def mine(self, *, final: bool = True, at: datetime | None = None) -> Block:
        """The next block with the logs told since the last one, stamped `at` or a second later than it."""
        self.number += 1
        instant = at or NOW + timedelta(seconds=self.number - 100)
        block = Block.objects.create(
            number=self.number,
            hash=digest(self.number),
            parent_hash=digest(self.number - 1),
            timestamp=instant,
            final=final,
        )
        for log in self.logs:
            log.block = block
            log.save()
        self.logs, self.log_index = [], 0
        Tip.objects.update(number=block.number, hash=block.hash, head_number=block.number)
        WatchedContract.objects.update(filled_to=block.number)
        if final:
            Tip.objects.update(final_number=block.number, final_hash=block.hash)
        return block

    def finalise(self) -> None:
        Block.objects.filter(final=False).update(final=True)
        Tip.objects.update(final_number=self.number, final_hash=digest(self.number))

    def post(self, limit: int = 500) -> Posted:
        return post_final_logs(now=NOW, limit=limit)

    def mine_and_post(self) -> Posted:
        self.mine()
        return self.post()

    # What was instructed -------------------------------------------------------------------------------------------

    def instruct(self, kind: str, units: int, at: Wallet | None, linked_to: Instruction | None = None) -> Instruction:
        """An instruction in DRAFT."""
        return instruction_create(
            token=self.token, kind=kind, wallet=at, units=units, source_key=f"test:{next(_numbers)}",
            linked_to=linked_to, actor=system_user(), now=NOW,
        )  # fmt: skip

    def sent(self, kind: str, units: int, at: Wallet, linked_to: Instruction | None = None) -> Instruction:
        """An approved instruction that the outbox has taken."""
        row = self.instruct(kind, units, at, linked_to)
        instruction_machine.move(row, "APPROVED", approval=approved(self.people, [row.leaf]))
        instruction_machine.move(row, "SENT")
        return row

    def immobilise(self, units: int, issue: Instruction, *, at: datetime = NOW) -> Instruction:
        """The registrar's word for an issue: its CONFIRM, sent, with the confirmation that raises the cap."""
        row = self.instruct("CONFIRM", units, None, issue)
        RegistryConfirmation.objects.create(
            token=self.token, kind="IMMOBILISE", instruction=row, units=units, registry_reference=f"REG-{row.number}",
            reference_hash=digest(row.number), signature="0x" + "11" * 65, signer_address=address(9), confirmed_at=at,
            recorded_by=system_user(),
        )  # fmt: skip
        instruction_machine.move(row, "SENT")
        return row

    def issue(self, units: int, at: Wallet) -> Instruction:
        """An issue with its units immobilised, on its way to the chain."""
        row = self.instruct("ISSUE", units, at)
        self.immobilise(units, row)
        instruction_machine.move(row, "APPROVED", approval=approved(self.people, [row.leaf]))
        instruction_machine.move(row, "SENT")
        return row

    def issued(self, units: int, at: Wallet) -> Instruction:
        """An issue that is on chain and posted."""
        row = self.issue(units, at)
        self.mint(at.address, units, row.number)
        self.mine_and_post()
        row.refresh_from_db()
        return row


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)
