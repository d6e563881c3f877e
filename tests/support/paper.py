"""What a made file says, read back by other people's readers."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

from pypdf import PdfReader

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def pages(content: bytes) -> list[str]:
    """The text of each page, a space for every break of a line."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def text(content: bytes) -> str:
    return " ".join(pages(content))


def facts(content: bytes) -> dict[str, str]:
    """The file's own metadata: /Title, /Author, /CreationDate."""
    return {key: str(value) for key, value in (PdfReader(io.BytesIO(content)).metadata or {}).items()}


def cells(content: bytes) -> list[list[tuple[str, str]]]:
    """Each cell of the first sheet as (kind, value): 's' text, 'n' number; a formula would be 'f'."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        strings = ["".join(node.itertext()) for node in ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))]
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    return [[_cell(cell, strings) for cell in row] for row in sheet.iter(f"{_MAIN}row")]


def _cell(cell: ElementTree.Element, strings: list[str]) -> tuple[str, str]:
    if cell.find(f"{_MAIN}f") is not None:
        return "f", cell.findtext(f"{_MAIN}f") or ""
    value = cell.findtext(f"{_MAIN}v") or ""
    return ("s", strings[int(value)]) if cell.get("t") == "s" else ("n", value)
