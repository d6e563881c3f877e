"""Rows of a CSV file: UTF-8, commas, quotes where needed."""

from __future__ import annotations

import csv
import io

from tokenization.files.rows.cells import MOST_LINES, Row, refuse, text_cell

MOST_BYTES = 5 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def csv_rows(content: bytes) -> list[Row]:
    """Every row with its line; Problems when it is not CSV in UTF-8. A byte-order mark of UTF-8 is skipped."""
    if len(content) > MOST_BYTES:
        raise refuse("file.size", f"{len(content):,} bytes; a file here has at most {MOST_BYTES:,}")
    text = _decoded(content.removeprefix(_MARK))
    if text and not text.endswith(("\n", "\r")):
        raise refuse("file.whole", "the last line has no end: the file may be cut short", text.count("\n") + 1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    begins = 1
    try:
        for cells in reader:
            rows.append(Row(begins, tuple(map(text_cell, cells))))
            begins = reader.line_num + 1
            if len(rows) > MOST_LINES + 1:
                raise refuse("file.lines", f"more than {MOST_LINES:,} lines")
    except csv.Error as error:
        raise refuse("file.csv", f"this is not CSV: {error}", begins) from None
    if rows and len(rows[0].cells) == 1 and any(mark in text.partition("\n")[0] for mark in ";\t|"):
        raise refuse("file.commas", "the cells are separated by something else than commas", 1)
    return rows


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF_16) or b"\x00" in content[:2_000]:
        raise refuse("file.utf8", "the file is not UTF-8 text (UTF-16?); save it as CSV UTF-8", 1)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refuse("file.utf8", "a character is not UTF-8; save the file as CSV UTF-8", line) from None
