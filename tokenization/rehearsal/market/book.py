"""The bids of the rehearsed auctions, as dealers would send them; every figure is made up and follows a plain rule."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

from tokenization.rehearsal.market.figures import BILLION, MILLION
from tokenization.rehearsal.market.people import DEALERS, INVESTORS, LAPSING, UNREACHABLE
from tokenization.rehearsal.people import Investor

# Two bids for one tenor void both; one above PKR 500 million is void: the clearing says so, the entry does not refuse.
TWICE, OVER_CAP = INVESTORS[7], INVESTORS[8]


@dataclass(frozen=True)
class Line:
    dealer: Investor
    bidder: Investor
    reference: str
    face: int
    price: Decimal | None = None

    def cells(self) -> list[str]:
        kind = "N" if self.price is None else "C"
        price = "" if self.price is None else f"{self.price:.4f}"
        return [self.dealer.reference, self.bidder.reference, self.reference, kind, str(self.face), price]


def dealer_of(investor: Investor) -> Investor:
    """Through whom an investor bids."""
    return DEALERS[INVESTORS.index(investor) % 6]


def bill_lines() -> list[Line]:
    """Forty-eight competitive bids of eight dealers around 97.48, and seven non-competitive ones of their clients."""
    lines = [
        Line(dealer, dealer, f"B-{step}", (2 + (number + step) % 4) * BILLION, _price("97.5300", 6 * step + number))
        for number, dealer in enumerate(DEALERS)
        for step in range(6)
    ]
    clients = [INVESTORS[4], INVESTORS[6], INVESTORS[9], INVESTORS[10]]
    lines += [Line(dealer_of(one), one, f"N-{one.index}", 300 * MILLION) for one in clients]
    lines += [Line(dealer_of(TWICE), TWICE, f"N-{TWICE.index}-{turn}", 100 * MILLION) for turn in (1, 2)]
    return [*lines, Line(dealer_of(OVER_CAP), OVER_CAP, f"N-{OVER_CAP.index}", 600 * MILLION)]


def bond_lines() -> list[Line]:
    """Bids around par; four at the price where PKR 50 billion ends, so that they share what is left."""
    lines = [
        Line(dealer, dealer, "P-1", (3 + number % 3) * BILLION, _price("100.4000", number))
        for number, dealer in enumerate(DEALERS)
    ]
    lines += [Line(DEALERS[number], DEALERS[number], "TIE", 5 * BILLION, Decimal("99.9000")) for number in range(4)]
    lines += [
        Line(dealer_of(one), one, f"P-{one.index}", 200 * MILLION, Decimal("100.5000"))
        for one in (LAPSING, UNREACHABLE, INVESTORS[1])
    ]
    return [*lines, Line(dealer_of(INVESTORS[2]), INVESTORS[2], "N-1", 200 * MILLION)]


def poor_lines() -> list[Line]:
    """Bids far below the market: the committee takes none."""
    return [Line(dealer, dealer, "LOW", BILLION, _price("91.0000", number)) for number, dealer in enumerate(DEALERS)]


def as_csv(lines: list[Line]) -> bytes:
    """The layout of issuance/bid/files/README.md."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["dealer", "bidder", "reference", "competitive", "face", "price"])
    writer.writerows(line.cells() for line in lines)
    return out.getvalue().encode()


def as_xlsx(lines: list[Line]) -> bytes:
    """The same as a workbook, prices as numbers, as a dealer's desk would send it."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 a new workbook has one
    sheet.append(["dealer", "bidder", "reference", "competitive", "face", "price"])
    for line in lines:
        *words, face, _ = line.cells()
        sheet.append([*words, int(face), None if line.price is None else float(line.price)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _price(top: str, steps: int) -> Decimal:
    return Decimal(top) - Decimal("0.0030") * steps
