"""What must be true before a sender sends: our chain, nothing lost of what we saw, our keys ours alone."""

from __future__ import annotations

from django.db.models import Max

from contracts.gateway.client import Node
from contracts.gateway.errors import NodeErrorKind, NodeRefused
from contracts.outbox.models import Chain, Inclusion, Signer, Slot
from contracts.outbox.models.intent import IntentState
from contracts.outbox.services.context import Pass
from contracts.outbox.services.halt import halt_open, halted

_RESET = (
    "Do not send anything again by hand. If the node was reset or restored from an old copy, restore its newer data or "
    "point CHAIN_RPC_URL at a node of the same chain that is up to date. Then clear this halt."
)
_AHEAD = (
    "If the database was restored from a backup, restore a newer one. If the key was used elsewhere, stop that use; "
    "the key must be retired and a new one given its roles. Nonces are never adjusted by hand. Then clear this halt."
)


def identity_of(node: Node) -> tuple[int, str]:
    """Chain id and genesis hash."""
    chain_id = int(node.call("eth_chainId"), 16)
    return chain_id, str(node.call("eth_getBlockByNumber", "0x0", False)["hash"])


def safe_to_send(work: Pass) -> bool:
    """False, with a halt written, if anything is wrong; nothing may be sent then."""
    if halted() is not None:
        return False
    found = _wrong_chain(work) or _final_moved(work) or _nonce(work)
    if found is None:
        return True
    reason, signer, message, what = found
    halt_open(reason=reason, signer=signer, message=message, what_to_do=what, now=work.clock())
    return False


Finding = tuple[str, Signer | None, str, str]


def _wrong_chain(work: Pass) -> Finding | None:
    chain_id, genesis = identity_of(work.node)
    row, _ = Chain.objects.get_or_create(pk=1, defaults={"chain_id": chain_id, "genesis_hash": genesis})
    if (row.chain_id, row.genesis_hash) == (chain_id, genesis):
        return None
    message = (
        f"This database belongs to chain {row.chain_id} with genesis {row.genesis_hash}; the node answers for chain "
        f"{chain_id} with genesis {genesis}."
    )
    return "WRONG_CHAIN", None, message, _RESET


def _final_moved(work: Pass) -> Finding | None:
    newest = Inclusion.objects.filter(final=True).order_by("-block_number").first()
    if newest is None:
        return None
    try:
        block = work.node.call("eth_getBlockByNumber", hex(newest.block_number), False)
    except NodeRefused as refused:
        if refused.kind is not NodeErrorKind.NO_SUCH_BLOCK:
            raise  # a busy node is not a reset one
        block = None
    if block is None:
        message = (
            f"Block {newest.block_number}, final for us, is not on the node: its head is block {work.head.number}. "
            "The node was reset or restored behind the database."
        )
        return "CHAIN_BEHIND", None, message, _RESET
    if block["hash"] != newest.block_hash:
        message = f"Block {newest.block_number} was final as {newest.block_hash}; the node now says {block['hash']}."
        return "FINAL_MOVED", None, message, _RESET
    return None


def _counts(work: Pass) -> dict[int, int]:
    """How many transactions the chain has of each of our keys, by signer."""
    keys = list(Signer.objects.exclude(address=None).order_by("name"))
    told = work.node.batch([("eth_getTransactionCount", (row.address, "latest")) for row in keys])
    counts = {}
    for row, count in zip(keys, told, strict=True):
        if isinstance(count, NodeRefused):
            raise count
        counts[row.pk] = int(count, 16)
    return counts


def _nonce(work: Pass) -> Finding | None:
    """The chain's count of a key's transactions must lie between what is final for us and what we have numbered.

    Ahead: of every key, whichever has work. A restored database is stale for all of them, and what one of them would
    do is decided by rows that the others' transactions have made untrue.
    """
    # The counts first: a nonce is committed here before its bytes leave.
    counts = _counts(work)
    for row in Signer.objects.filter(pk__in=counts).order_by("name"):
        if counts[row.pk] > row.next_nonce:
            message = (
                f"The chain has {counts[row.pk]} transactions of the key {row.name} ({row.address}); this database has "
                f"given out {row.next_nonce} nonces. The database was restored from a backup, or the key is used "
                "elsewhere."
            )
            return "NONCE_AHEAD", row, message, _AHEAD
    count = counts[work.signer.pk]
    done = Slot.objects.filter(signer=work.signer, inclusion__final=True).aggregate(last=Max("nonce"))["last"]
    if done is not None and count <= done:
        message = (
            f"Nonce {done} of the key {work.signer.name} is final for us; the chain counts only {count} of its "
            "transactions. The node was reset or restored behind the database."
        )
        return "CHAIN_BEHIND", work.signer, message, _RESET
    return None


def nonce_used(work: Pass, slot: Slot) -> bool:
    """Whether some transaction has used up the slot's nonce at a final block."""
    return int(work.node.call("eth_getTransactionCount", work.address, hex(work.final.number)), 16) > slot.nonce


def nonce_taken(work: Pass, slot: Slot) -> bool:
    """Whether a foreign transaction has used up the slot's nonce at a final block; halts if so."""
    if not nonce_used(work, slot):
        return False
    halt_open(
        reason="NONCE_TAKEN",
        signer=work.signer,
        message=(
            f"Nonce {slot.nonce} of the key {work.signer.name} was used by a transaction that is not ours; "
            f"{slot.intent.key} can never happen there ({IntentState.STUCK.label})."
        ),
        what_to_do=_AHEAD,
        now=work.clock(),
    )
    return True
