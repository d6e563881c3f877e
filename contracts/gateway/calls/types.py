"""What a call to the chain is, before anybody signed it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered line of a batch. `number` 0 has no number; `follows` names the item that must happen first."""

    number: int
    wallet: str
    units: int
    follows: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """Destination (None creates a contract) and encoded data, with the names needed to read it back.

    `numbered_by` is the contract whose counter gave the items their numbers (the token), empty without items.
    """

    to: str | None
    data: bytes
    artifact: str
    function: str
    description: str
    numbered_by: str = ""
    value: int = 0
    items: tuple[Item, ...] = field(default=())
