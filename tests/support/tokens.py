"""A token with units in wallets, written straight into the tables: the faces read, whoever wrote.

No instruction explains these units, so the register books them as unexplained: the simplest honest row.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from contracts.indexer.models import Block, Log, Tip
from custody.register.models import UNEXPLAINED, Entry, Position, RegisterCursor
from custody.tokenisation.models import TokenContract, Wallet, WalletHolder
from issuance.series.models import Series
from tests.support.people import person
from tokenization.identity.models import Approval, Party
from tokenization.identity.roles import Role
from tokenization.kernel.canonical import sha256_hex

AT = datetime(2026, 7, 2, 5, tzinfo=UTC)
_number = itertools.count(1)


def _hash() -> str:
    return sha256_hex(f"faces {next(_number)}")


def token_of(row: Series) -> TokenContract:
    maker, payload = person(Role.DEBT_MAKER), f'{{"series":{row.pk}}}'
    approval = Approval.objects.create(
        action="test",
        title="Tokenise",
        subject=row.isin,
        payload=payload,
        payload_hash=sha256_hex(payload),
        items_root=_hash(),
        item_count=0,
        preview={"rows": [], "warnings": []},
        two_houses=False,
        maker=maker,
        maker_house=maker.house,
        made_at=AT,
    )
    return TokenContract.objects.create(
        series=row,
        currency=row.currency,
        chain_id=31337,
        address="0x" + _hash()[2:42],
        salt=_hash(),
        terms_hash=_hash(),
        approval=approval,
    )


def minted(token: TokenContract, units: dict[str, int], *, number: int = 7, head: int = 10) -> Block:
    """Entries for each wallet in final block `number`, up to which the register has read; the head is at `head`."""
    block = Block.objects.create(number=number, hash=_hash(), parent_hash=_hash(), timestamp=AT, final=True)
    tip = {"number": number, "hash": block.hash, "final_number": number, "final_hash": block.hash, "head_number": head}
    first = {"first_number": number, "head_seen_at": AT}
    Tip.objects.update_or_create(only=True, defaults=tip, create_defaults=tip | first)
    for index, (wallet, amount) in enumerate(units.items()):
        log = Log.objects.create(
            block=block,
            log_index=index,
            tx_hash=_hash(),
            tx_index=index,
            address=token.address,
            topics=[_hash()],
            data=b"",
        )
        Entry.objects.bulk_create(
            Entry(
                token=token,
                log=log,
                leg=leg,
                account=account,
                units=signed,
                cause="UNEXPLAINED",
                block_number=number,
                block_hash=block.hash,
                posted_at=AT,
            )
            for leg, (account, signed) in enumerate(((UNEXPLAINED, -amount), (wallet, amount)))
        )
        Position.objects.create(token=token, account=wallet, units=amount)
    RegisterCursor.objects.update_or_create(only=True, defaults={"block_number": number, "block_hash": block.hash})
    return block


def wallet_of(party: Party, address: str) -> Wallet:
    wallet = Wallet.objects.create(address=address, chain_state="NONE")
    WalletHolder.objects.create(wallet=wallet, party=party, valid_from=AT)
    return wallet
