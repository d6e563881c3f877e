"""A QR code as one SVG path: drawn by us, so that the page needs no inline style and no data address."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode

QUIET = 4


@dataclass(frozen=True)
class Drawing:
    size: int
    path: str


def qr(text: str) -> Drawing:
    """Each dark module is a unit square; `size` is the side with the quiet zone."""
    code = qrcode.QRCode(border=QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        f"M{column} {line}h1v1h-1z" for line, row in enumerate(rows) for column, dark in enumerate(row) if dark
    )
    return Drawing(len(rows), path)
