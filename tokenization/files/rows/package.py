"""A spreadsheet file before it is opened: a zip of XML parts that may be a bomb, a liar or a trap."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from tokenization.files.rows.cells import MOST_LINES, Faults, refuse

# Twenty thousand lines take some ten million bytes.
MOST_BYTES = 32 * 1024 * 1024
MOST_PARTS = 200
MOST_COLUMNS = 26
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OLE = b"\xd0\xcf\x11\xe0"
_TRAPS = {
    "vbaproject.bin": "macros",
    "externallinks/": "links to other files",
    "embeddings/": "embedded objects",
    "/connections.xml": "data connections",
    "querytables/": "queries",
}
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_TRUE = {"1", "true"}


def inspect(content: bytes, faults: Faults) -> None:
    """Every part is looked at; Problems at once for what must not be opened, faults for what a sheet must not hold."""
    if content.startswith(_OLE):
        raise refuse("xlsx.package", "an old or encrypted Excel file; save it as XLSX without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_parts(package.infolist())
            for part in package.infolist():
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _inspect_part(package, part, faults)
    except DefusedXmlException:
        raise refuse("xlsx.entities", "a part declares a document type or entities") from None
    except (zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise refuse("xlsx.package", f"this is not an XLSX file: {error}"[:200]) from None


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise refuse("xlsx.size", f"{len(parts):,} parts; a file here has at most {MOST_PARTS}")
    # zipfile never gives more bytes of a part than the size declared here.
    if (total := sum(part.file_size for part in parts)) > MOST_BYTES:
        raise refuse("xlsx.size", f"{total:,} bytes when unpacked; a file here has at most {MOST_BYTES:,}")
    names = [part.filename.lower() for part in parts]
    if len(set(names)) != len(names):
        raise refuse("xlsx.package", "two parts have one name")
    if any(part.flag_bits & 1 for part in parts):
        raise refuse("xlsx.package", "the file is encrypted; save it without a password")
    for trap, words in _TRAPS.items():
        if any(trap in f"/{name}" for name in names):
            raise refuse("xlsx.plain", f"the file holds {words}; copy the values into a new one")


def _inspect_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, faults: Faults) -> None:
    with package.open(part) as source:
        sheet = _Sheet(faults)
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                sheet.begin(element)
            else:
                sheet.end()
                element.clear()


class _Sheet:
    """What the reader would pass over in silence: formulas behind values, rows out of order, hidden or merged cells.

    The reader takes a row wherever it stands and whatever stands in it for a cell; so no part is exempt.
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.inside: list[str] = []
        self.row = self.column = 0

    def end(self) -> None:
        self.inside.pop()

    def begin(self, element: Element) -> None:
        space, _, name = element.tag.rpartition("}")
        parent = self.inside[-1] if self.inside else ""
        self.inside.append(name if space == MAIN else "")
        if parent == "row" and name != "c":
            raise refuse("xlsx.rows", f"{name!r:.20} stands between the cells", self.row)
        if space != MAIN:
            return
        match name:
            case "row":
                self._row(element, parent)
            case "c" if parent == "row":
                self._cell(element)
            case "f" if parent == "c":
                self.faults.add(self.row, "", "xlsx.values", "a formula; paste the values instead")
            case "mergeCell":
                self._merged(element.get("ref", ""))
            case "col" if element.get("hidden") in _TRUE:
                self.faults.add(0, "", "xlsx.visible", f"column {element.get('min')} is hidden")

    def _row(self, element: Element, parent: str) -> None:
        number = int(element.get("r", self.row + 1))
        if parent != "sheetData":
            raise refuse("xlsx.rows", f"row {number} stands outside the sheet's data")
        if not self.row < number <= MOST_LINES + 1:
            raise refuse("xlsx.rows", f"row {number} after row {self.row}; at most {MOST_LINES:,} lines, in order")
        self.row, self.column = number, 0
        if element.get("hidden") in _TRUE:
            self.faults.add(number, "", "xlsx.visible", "the row is hidden or filtered away")

    def _cell(self, element: Element) -> None:
        place = _PLACE.fullmatch(element.get("r", "") or f"{_letters(self.column + 1)}{self.row}")
        if place is None or int(place[2]) != self.row:
            raise refuse("xlsx.rows", f"a cell of row {self.row} says that it is {element.get('r')!r:.20}")
        column = _number_of(place[1])
        if not self.column < column <= MOST_COLUMNS:
            raise refuse("xlsx.rows", f"cell {place[0]}: columns go from A to Z, in order", self.row)
        self.column = column

    def _merged(self, where: str) -> None:
        first = _PLACE.match(where)
        line = int(first[2]) if first else 0
        self.faults.add(line, "", "xlsx.merged", f"cells {where[:20]} are merged; every cell stands for itself")


def _letters(column: int) -> str:
    return chr(64 + column) if column <= MOST_COLUMNS else "AA"


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
