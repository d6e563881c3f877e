"""camt.053, the bank's statement: one account between an opening and a closing booked balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from custody.registries.bank import camt
from custody.registries.bank.document import Statement, check_lines, check_sum
from custody.registries.bank.xml import Element
from tokenization.files.rows.cells import Faults

OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def parse(content: bytes, *, versions: Sequence[str]) -> Statement:
    """Read a statement. Problems (line, path, rule; all that were found) if anything is not as it must be."""
    faults = Faults()
    report = camt.only(camt.document(content, "BkToCstmrStmt", versions), "Stmt")
    iban, currency = camt.account(report, faults)
    identification = camt.identification(report, faults)
    faults.stop()
    opening_on, opening = _balance(report, OPENING, currency, faults)
    closing_on, closing = _balance(report, CLOSING, currency, faults)
    statement = Statement(
        identification=identification,
        iban=iban,
        currency=currency,
        electronic_number=_number(report, "ElctrncSeqNb", faults) or 0,
        legal_number=_number(report, "LglSeqNb", faults) if "LglSeqNb" in report.children else None,
        opening_on=opening_on,
        opening_minor=opening,
        closing_on=closing_on,
        closing_minor=closing,
        lines=camt.entries(report, faults, currency),
    )
    faults.stop()
    check_lines(statement.lines, faults)
    check_sum(statement, report.line, f"{report.path}/Bal", faults)
    _count(report, faults)
    faults.stop()
    return statement


def _number(report: Element, name: str, faults: Faults) -> int | None:
    found = report.one(faults, name)
    text = found.text.strip() if found else ""
    if found and not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        faults.add(found.line, found.path, "positive whole number", f"{text!r}")
        return None
    return int(text) if text else None


def _balance(report: Element, codes: Sequence[str], currency: str, faults: Faults) -> tuple[date, int]:
    """Date and signed minor units; given under both codes, they must agree."""
    found = [
        (camt.day(box, faults, "Dt"), camt.amount(box, faults, currency, "Amt") * (1 if camt.sign(box, faults) else -1))
        for box in report.all("Bal")
        if any(code.text.strip() in codes for code in box.all("Tp", "CdOrPrtry", "Cd"))
    ]
    field = f"{report.path}/Bal/{codes[0]}"
    if not found:
        faults.add(report.line, field, "required", f"there is no balance {' or '.join(codes)}")
        return date.min, 0
    if len({minor for _, minor in found}) > 1:
        faults.add(report.line, field, "one balance", f"{len(found)} balances of this kind disagree")
    return found[0]


def _count(report: Element, faults: Faults) -> None:
    said = report.maybe(faults, "TxsSummry", "TtlNtries", "NbOfNtries")
    counted = len(report.children.get("Ntry", ()))
    if said and said.text.strip() != str(counted):
        faults.add(said.line, said.path, "entry count", f"the summary counts {said.text.strip()}, there are {counted}")
