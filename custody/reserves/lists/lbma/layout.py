"""A bar: the refiner's weights and assay, and the vault's own weights, which override them. See ../README.md."""

from __future__ import annotations

from decimal import Decimal

from custody.reserves.kinds import ReserveKind
from custody.reserves.lists.cells import LineReader
from custody.reserves.lists.line import ListLine, fine_of

COLUMNS = ("brand", "serial", "year", "refiner gross oz", "assay", "refiner fine oz", "gross oz", "fine oz")
SUMMED = {
    "refiner gross oz": "refiner_gross_minor",
    "refiner fine oz": "refiner_fine_minor",
    "gross oz": "gross_minor",
    "fine oz": "fine_minor",
}
_WHOLE = Decimal(1000)


def read(reader: LineReader, kind: ReserveKind) -> ListLine | None:
    brand, serial = reader.name("brand"), reader.name("serial")
    year = reader.integer("year", 1900, 2100)
    assay = _assay(reader, kind)
    refiner_gross, refiner_fine = reader.quantity("refiner gross oz"), reader.quantity("refiner fine oz")
    gross, fine = reader.quantity("gross oz"), reader.quantity("fine oz")
    if reader.faulty or assay is None:
        return None
    _check_fine(reader, "refiner fine oz", refiner_gross, assay, refiner_fine)
    _check_fine(reader, "fine oz", gross, assay, fine)
    return ListLine(
        reader.line,
        f"{brand}/{serial}/{year}",
        fine,
        brand=brand,
        serial=serial,
        year=year,
        refiner_gross_minor=refiner_gross,
        assay=assay,
        refiner_fine_minor=refiner_fine,
        gross_minor=gross,
    )


def _assay(reader: LineReader, kind: ReserveKind) -> Decimal | None:
    """Parts per thousand in four significant figures: 995.8."""
    assay = reader.decimal("assay", whole=3, places=1, rule="assay.four_figures")
    if assay is None:
        return None
    if assay >= _WHOLE or (kind.least_assay is not None and assay < kind.least_assay):
        reader.fault("assay", "assay.good_delivery", f"{assay} is not from {kind.least_assay} to 999.9")
        return None
    return assay


def _check_fine(reader: LineReader, field: str, gross: int, assay: Decimal, fine: int) -> None:
    made = fine_of(gross, assay)
    if fine != made:
        told = f"{_ounces(gross)} x {assay}/1000 = {_ounces(made)}, and the list says {_ounces(fine)}"
        reader.fault(field, "fine.arithmetic", told)


def _ounces(minor: int) -> str:
    return f"{minor // 1000}.{minor % 1000:03d}"
