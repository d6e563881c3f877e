"""Artifacts, and encoding and decoding by them: calls, events, errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson
from eth_utils.abi import abi_to_signature, collapse_if_tuple
from eth_utils.crypto import keccak

from contracts.gateway.codec import decode, encode

ARTIFACTS = Path(__file__).resolve().parent.parent / "artifacts"
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled contract: ABI and bytecode as committed."""

    name: str
    abi: list[Entry]
    bytecode: bytes
    deployed_bytecode: bytes
    source_hash: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """A call or an event read back: addresses in lower case, bytes32 as 0x text, integers as they are."""

    name: str
    args: dict[str, Any]


Event = Decoded


@cache
def artifact(name: str) -> Artifact:
    """The artifact of that name; FileNotFoundError if nobody compiled it."""
    body = orjson.loads((ARTIFACTS / f"{name}.json").read_bytes())
    return Artifact(
        name=name,
        abi=body["abi"],
        bytecode=_bytes(body["bytecode"]),
        deployed_bytecode=_bytes(body["deployed_bytecode"]),
        source_hash=str(body.get("source_hash", "")),
    )


@cache
def names() -> tuple[str, ...]:
    """Every artifact that exists."""
    return tuple(sorted(p.stem for p in ARTIFACTS.glob("*.json") if p.stem[:1].isupper()))


def _bytes(value: Any) -> bytes:
    text = value.get("object", "") if isinstance(value, dict) else value
    return bytes.fromhex(str(text).removeprefix("0x"))


def type_of(entry: Entry) -> str:
    """The canonical type of an ABI parameter; structs become tuples."""
    return collapse_if_tuple(cast(Any, entry))


def signature(entry: Entry) -> str:
    return abi_to_signature(cast(Any, entry))


def selector(entry: Entry) -> bytes:
    return bytes(keccak(text=signature(entry))[:4])


@cache
def _functions(name: str) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in artifact(name).abi:
        if entry["type"] == "function":
            found.setdefault(entry["name"], entry)
            found[signature(entry)] = entry
    return found


@cache
def by_selector(name: str) -> dict[bytes, Entry]:
    """Functions of an artifact by their four bytes."""
    return {selector(e): e for e in artifact(name).abi if e["type"] == "function"}


def function(name: str, function_name: str) -> Entry:
    """A function by name or, where names are overloaded, by signature."""
    try:
        return _functions(name)[function_name]
    except KeyError:
        raise LookupError(f"{name} has no function {function_name}") from None


def encode_call(name: str, function_name: str, args: Sequence[Any]) -> bytes:
    """Selector and encoded arguments; structs are given as tuples."""
    entry = function(name, function_name)
    return selector(entry) + encode([type_of(i) for i in entry["inputs"]], list(args))


def encode_creation(name: str, args: Sequence[Any] = ()) -> bytes:
    """Bytecode followed by the constructor's arguments."""
    entry: Entry = next((e for e in artifact(name).abi if e["type"] == "constructor"), {"inputs": []})
    return artifact(name).bytecode + encode([type_of(i) for i in entry["inputs"]], list(args))


def decode_arguments(entry: Entry, data: bytes) -> tuple[Any, ...]:
    return tuple(decode([type_of(i) for i in entry["inputs"]], data))


def decode_call(name: str, data: bytes) -> Decoded:
    """What the data asks for; LookupError if the artifact has no such function."""
    entry = by_selector(name).get(bytes(data[:4]))
    if entry is None:
        raise LookupError(f"{name} has no function with the selector 0x{bytes(data[:4]).hex()}")
    return Decoded(str(entry["name"]), named(entry["inputs"], decode_arguments(entry, bytes(data[4:]))))


def decode_output(name: str, function_name: str, data: bytes) -> Any:
    """The returned value; a tuple if there are several."""
    outputs = function(name, function_name)["outputs"]
    values = decode([type_of(o) for o in outputs], data)
    readable = tuple(_readable(o, v) for o, v in zip(outputs, values, strict=True))
    return readable[0] if len(readable) == 1 else readable


@cache
def _events(name: str) -> dict[str, Entry]:
    return {"0x" + keccak(text=signature(e)).hex(): e for e in artifact(name).abi if e["type"] == "event"}


def event_topic(name: str, event: str) -> str:
    """Topic 0 of an event."""
    for topic, entry in _events(name).items():
        if event in (entry["name"], signature(entry)):
            return topic
    raise LookupError(f"{name} has no event {event}")


def decode_log(name: str, log: dict[str, Any]) -> Event | None:
    """The event of a log with `topics` (0x text) and `data` (0x text or bytes); None if it is not of the artifact."""
    topics: Sequence[str] = log["topics"]
    entry = _events(name).get(topics[0]) if topics else None
    if entry is None:
        return None
    indexed = [i for i in entry["inputs"] if i["indexed"]]
    plain = [i for i in entry["inputs"] if not i["indexed"]]
    if len(indexed) != len(topics) - 1:
        return None
    data = log["data"]
    raw = bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else bytes(data)
    values: dict[str, Any] = {}
    for inp, topic in zip(indexed, topics[1:], strict=True):
        values[inp["name"]] = _readable(inp, _topic(inp, topic))
    for inp, value in zip(plain, decode([type_of(i) for i in plain], raw), strict=True):
        values[inp["name"]] = _readable(inp, value)
    return Event(str(entry["name"]), {i["name"]: values[i["name"]] for i in entry["inputs"]})


def _topic(entry: Entry, topic: str) -> Any:
    kind = type_of(entry)
    if kind in ("string", "bytes") or kind.endswith("]") or kind.startswith("("):
        return bytes.fromhex(topic[2:])
    return decode([kind], bytes.fromhex(topic[2:]))[0]


def named(entries: Sequence[Entry], values: Sequence[Any]) -> dict[str, Any]:
    return {e["name"]: _readable(e, v) for e, v in zip(entries, values, strict=True)}


def _readable(entry: Entry, value: Any) -> Any:
    kind = str(entry["type"])
    if kind.endswith("]"):
        inner = {**entry, "type": kind[: kind.rindex("[")]}
        return [_readable(inner, v) for v in value]
    if kind == "tuple":
        return named(entry["components"], value)
    if kind == "address":
        return str(value).lower()
    if kind.startswith("bytes") or isinstance(value, bytes):
        return "0x" + bytes(value).hex() if kind != "bytes" else bytes(value)
    return value


@cache
def custom_errors() -> dict[bytes, tuple[str, Entry]]:
    """Every custom error of every artifact by selector, with the name of one artifact that declares it."""
    found: dict[bytes, tuple[str, Entry]] = {}
    for name in names():
        for entry in artifact(name).abi:
            if entry["type"] == "error":
                found.setdefault(selector(entry), (name, entry))
    return found
