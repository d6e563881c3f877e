"""Looking for personal data in what a chain keeps: inputs, logs, storage writes; as text and as unsalted hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from eth_utils.crypto import keccak

from contracts.gateway.client import Node

_NAMED = ("sha256", "sha1", "md5", "sha3_256")
_HASHES = (keccak, *(lambda raw, n=name: hashlib.new(n, raw).digest() for name in _NAMED))


def spellings(datum: str) -> set[str]:
    """How the same datum may be written before it is hashed or stored."""
    bare = "".join(character for character in datum if character.isalnum())
    plain = {datum, datum.strip(), bare, " ".join(datum.split())}
    return {word for text in plain for word in (text, text.lower(), text.upper()) if word}


def forms(datum: str) -> set[bytes]:
    """What would betray the datum: its text in two encodings and in hexadecimal, its hashes whole or cut to 20."""
    found: set[bytes] = set()
    for text in spellings(datum):
        raw = text.encode()
        padded = raw[:32].ljust(32, b"\0")
        found |= {raw, text.encode("utf-16-le"), raw.hex().encode()}
        for source in (raw, padded):
            for digest in (function(source) for function in _HASHES):
                found |= {digest, digest[:20], digest[-20:], digest.hex().encode()}
    return {form for form in found if len(form) >= 6}


def everything(node: Node) -> Iterator[tuple[str, bytes]]:
    """(where, bytes) of every transaction's input and storage writes and of every log, from the first block on."""
    head = int(node.call("eth_blockNumber"), 16)
    for number in range(head + 1):
        block = node.call("eth_getBlockByNumber", hex(number), True)
        for transaction in block["transactions"]:
            name = f"transaction {transaction['hash']}"
            yield f"input of {name}", _bytes(transaction["input"])
            yield f"storage written by {name}", written(node, transaction["hash"])
    for log in node.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(head)}):
        yield f"log {log['logIndex']} of {log['transactionHash']}", b"".join(map(_bytes, [*log["topics"], log["data"]]))


def written(node: Node, transaction: str) -> bytes:
    """Slots and values of every SSTORE, one after another, also those that a later one overwrote."""
    options = {"disableMemory": True, "disableStorage": True, "enableMemory": False, "enableReturnData": False}
    trace = node.call("debug_traceTransaction", transaction, options)
    return b"".join(_words(step) for step in trace["structLogs"] if step["op"] == "SSTORE")


def _words(step: dict[str, Any]) -> bytes:
    return b"".join(int(word, 16).to_bytes(32, "big") for word in reversed(step["stack"][-2:]))


def betrayed(data: Iterable[str], chain: Iterable[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """(datum, where) of everything found. Text that only ends a word of zeros is found too: no alignment is assumed."""
    places = list(chain)
    whole = b"\xff\xfe\xfd".join(content for _, content in places)
    found = []
    for datum in sorted(set(data)):
        for form in forms(datum):
            if form in whole:
                found += [(datum, where) for where, content in places if form in content]
    return sorted(set(found))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
