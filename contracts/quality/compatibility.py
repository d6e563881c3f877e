"""What may change between two storage layouts: things are added at the end, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """One sentence for each stored thing that would be read at another place or as another type. Empty: only growth."""
    return [*_contracts(old, new), *_namespaces(old, new), *_structs(old, new)]


def _contracts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, was in old.get("contracts", {}).items():
        now = new["contracts"].get(name)
        if now is None:
            yield f"{name}: the contract is gone"
            continue
        yield from _grown(name, was["slots"], now["slots"])
        for space in sorted(set(was["namespaces"]) - set(now["namespaces"])):
            yield f"{name}: the namespace {space} is gone"


def _namespaces(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, was in old.get("namespaces", {}).items():
        now = new["namespaces"].get(name)
        if now is None:
            yield f"{name}: the namespace is gone"
        elif now["slot"] != was["slot"]:
            yield f"{name}: begins at {now['slot']}, was at {was['slot']}"
        else:
            yield from _grown(name, was["members"], now["members"])


def _structs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, was in old.get("structs", {}).items():
        now = new["structs"].get(name)
        if now is None:
            continue  # Whatever held it says so: its type has changed or is gone.
        yield from _grown(name, was["members"], now["members"])
        if now["bytes"] != was["bytes"] and (was["repeated"] or now["repeated"]):
            yield f"{name}: {now['bytes']} bytes, were {was['bytes']}: the array that holds it would be read askew"


def _grown(where: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The first place where the new list is not the old one: what follows is a consequence."""
    for was, now in zip(old, new, strict=False):
        if was != now:
            yield f"{where}: '{now}' stands where '{was}' was"
            return
    for gone in old[len(new) :]:
        yield f"{where}: '{gone}' is gone"
