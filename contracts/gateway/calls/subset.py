"""The same call for some of its items: how a batch is split without asking whoever made it."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.gateway import abi
from contracts.gateway.codec import encode


def subset(artifact: str, data: bytes, *, total: int, keep: Sequence[int]) -> bytes:
    """Encode the call again with only the items at the positions `keep`.

    A batch has `total` items; every top-level list of that length is a list of items (or of something parallel, such
    as signatures) and is thinned; other arguments stay. ValueError if no argument is such a list.
    """
    entry = abi.by_selector(artifact)[bytes(data[:4])]
    types = [abi.type_of(i) for i in entry["inputs"]]
    values = list(abi.decode_arguments(entry, bytes(data[4:])))
    found = False
    for n, (kind, value) in enumerate(zip(types, values, strict=True)):
        if kind.endswith("[]") and len(value) == total:
            values[n] = [value[k] for k in keep]
            found = True
    if not found:
        raise ValueError(f"{artifact}.{entry['name']} has no list of {total} items")
    return bytes(data[:4]) + encode(types, values)


def splittable(artifact: str, data: bytes, *, total: int) -> bool:
    """Whether `subset` can thin this call."""
    try:
        subset(artifact, data, total=total, keep=range(total))
    except (ValueError, KeyError, FileNotFoundError):
        return False
    return total > 1
