"""The legal basis of an order over somebody's units, as the chain numbers it: data, kept for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Basis:
    """`code` stands in events for ever: never renumber. `law` says what an order on this basis must name."""

    code: int
    name: str
    words: str
    law: str


BASES: tuple[Basis, ...] = (
    Basis(1, "COURT_ORDER", "Order of a court", "court, case number and date of the order"),
    Basis(2, "SUCCESSION", "Succession", "certificate of succession or letters of administration"),
    Basis(3, "SANCTION", "Sanction", "list, entry and the statutory order that gives it force here"),
    Basis(4, "ERROR", "Correction of an error", "the entry corrected and the decision of two houses"),
    Basis(5, "INSOLVENCY", "Insolvency", "order of the insolvency court and the office holder"),
    Basis(6, "LOST_KEY", "Recovery of a lost key", "the holder's sworn declaration and the proof of his new wallet"),
    Basis(7, "OPERATIONAL", "Operational", "the section of the rulebook and the incident"),
)
BY_NAME = {basis.name: basis for basis in BASES}
BY_CODE = {basis.code: basis for basis in BASES}


@dataclass(frozen=True, slots=True)
class Order:
    """What an order says on chain: basis code and reference (0x bytes32: a salted hash, never guessable)."""

    basis: int
    reference: str

    def as_tuple(self) -> tuple[int, bytes]:
        """In the order of IController.Order. ValueError for a basis that no law knows or an empty reference."""
        raw = bytes.fromhex(self.reference.removeprefix("0x"))
        if self.basis not in BY_CODE:
            raise ValueError(f"there is no legal basis {self.basis}")
        if len(raw) != 32 or not any(raw):
            raise ValueError("a reference has 32 bytes that are not all zero")
        return self.basis, raw
