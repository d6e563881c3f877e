"""What camt.053 and camt.054 share (ISO 20022, versions 2 and 8): the account, and its entries with their details."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from custody.registries.bank.document import (
    ID_LENGTH,
    REFERENCE_LENGTH,
    TEXT_LENGTH,
    Line,
    day_of,
    iban_valid,
    minor_of,
    refuse,
)
from custody.registries.bank.xml import Element, read
from tokenization.files.rows.cells import Faults

PREFIX = "urn:iso:std:iso:20022:tech:xsd:"
NO_ID = "NOTPROVIDED"
DIRECTIONS = {"CRDT": True, "DBIT": False}
YES_NO = {"true": True, "1": True, "false": False, "0": False}


def document(content: bytes, root: str, versions: Sequence[str]) -> Element:
    """The message under Document. Problems unless its namespace is one of `versions` and its body is `root`."""
    top = read(content)
    version = top.namespace.removeprefix(PREFIX)
    if top.name != "Document" or not top.namespace.startswith(PREFIX) or version not in versions:
        told = f"{top.name} of {top.namespace or 'no namespace'} is not read here"
        raise refuse(top.line, top.path, f"one of {', '.join(versions)}", told)
    faults = Faults()
    body = top.one(faults, root)
    faults.stop()
    if body is None:
        raise refuse(top.line, top.path, root, "missing")
    return body


def only(body: Element, name: str) -> Element:
    """The single report of the message: one account, one file, one page."""
    found = list(body.all(name))
    if len(found) != 1:
        raise refuse(body.line, f"{body.path}/{name}", "one to a file", f"the file holds {len(found)}")
    faults = Faults()
    last = body.maybe(faults, "GrpHdr", "MsgPgntn", "LastPgInd") or found[0].maybe(faults, "StmtPgntn", "LastPgInd")
    page = body.maybe(faults, "GrpHdr", "MsgPgntn", "PgNb") or found[0].maybe(faults, "StmtPgntn", "PgNb")
    if (last and YES_NO.get(last.text.strip()) is not True) or (page and page.text.strip() != "1"):
        faults.add((last or page or body).line, (last or page or body).path, "one page", "this is a part of a report")
    faults.stop()
    return found[0]


def account(report: Element, faults: Faults) -> tuple[str, str]:
    """IBAN and currency."""
    iban = report.one(faults, "Acct", "Id", "IBAN")
    text = iban.text.strip() if iban else ""
    if iban and not iban_valid(text):
        faults.add(iban.line, iban.path, "ISO 13616", f"{text!r} is not an IBAN")
    currency = report.one(faults, "Acct", "Ccy")
    return text, currency.text.strip() if currency else ""


def identification(report: Element, faults: Faults) -> str:
    found = report.word(faults, "Id", length=ID_LENGTH)
    if not found:
        faults.add(report.line, f"{report.path}/Id", "required", "Id is missing")
    return found


def amount(of: Element, faults: Faults, currency: str, *names: str) -> int:
    """Minor units at the end of the road; 0 and a fault when they are not there or not of the account's currency."""
    found = of.one(faults, *names)
    if found is None:
        return 0
    said = found.attributes.get("Ccy", "")
    if said != currency:
        faults.add(
            found.line, f"{found.path}/@Ccy", "the account's currency", f"{said!r}, the account is in {currency}"
        )
        return 0
    minor = minor_of(found.text.strip(), currency)
    if isinstance(minor, str):
        faults.add(found.line, found.path, "exact amount", minor)
        return 0
    return minor


def sign(of: Element, faults: Faults) -> bool:
    found = of.one(faults, "CdtDbtInd")
    text = found.text.strip() if found else "CRDT"
    if found and text not in DIRECTIONS:
        faults.add(found.line, found.path, "CRDT or DBIT", f"{text!r}")
    return DIRECTIONS.get(text, True)


def day(of: Element, faults: Faults, name: str) -> date:
    """The date under `name`/Dt or `name`/DtTm."""
    box = of.one(faults, name)
    found = None if box is None else box.maybe(faults, "Dt") or box.maybe(faults, "DtTm")
    read_as = day_of(found.text.strip()) if found else None
    if box and read_as is None:
        faults.add((found or box).line, (found or box).path, "ISO 8601 date", f"{found.text if found else ''!r}")
    return read_as or date.min


def entries(report: Element, faults: Faults, currency: str) -> tuple[Line, ...]:
    """Every booked movement; an entry of several transactions becomes one line for each of them."""
    found: list[Line] = []
    for entry in report.all("Ntry"):
        details = list(entry.all("NtryDtls", "TxDtls"))
        _booked(entry, faults)
        total = amount(entry, faults, currency, "Amt")
        if total <= 0 and not faults.found:
            faults.add(entry.line, f"{entry.path}/Amt", "positive", "an entry moves something")
        if len(details) <= 1:
            found.append(_line(entry, details[0] if details else entry, faults, total, 0))
        else:
            found += _batch(entry, details, faults, currency, total)
    return tuple(found)


def _booked(entry: Element, faults: Faults) -> None:
    status = entry.maybe(faults, "Sts", "Cd") or entry.one(faults, "Sts")
    if status and status.text.strip() != "BOOK":
        faults.add(status.line, status.path, "booked entries only", f"{status.text.strip()!r} is not BOOK")


def _batch(entry: Element, details: list[Element], faults: Faults, currency: str, total: int) -> list[Line]:
    lines = []
    for number, detail in enumerate(details, 1):
        road = ("Amt",) if "Amt" in detail.children else ("AmtDtls", "TxAmt", "Amt")
        lines.append(_line(entry, detail, faults, amount(detail, faults, currency, *road), number))
    parts = sum(line.amount_minor for line in lines)
    if parts != total:
        faults.add(entry.line, f"{entry.path}/Amt", "a batch adds up", f"its parts make {parts}, the entry {total}")
    return lines


def _line(entry: Element, detail: Element, faults: Faults, minor: int, number: int) -> Line:
    identity = detail.word(faults, "Refs", "EndToEndId", length=REFERENCE_LENGTH)
    told = [text.text for text in detail.all("RmtInf", "Ustrd")]
    told += [text.text for text in detail.all("RmtInf", "Strd", "CdtrRefInf", "Ref")]
    remittance = " ".join(" ".join(told).split())
    if len(remittance) > TEXT_LENGTH:
        faults.add(detail.line, f"{detail.path}/RmtInf", f"at most {TEXT_LENGTH} characters", f"{len(remittance)}")
    return Line(
        line=detail.line,
        path=detail.path,
        reference=_reference(entry, detail, faults, number),
        credit=sign(entry, faults),
        amount_minor=minor,
        reversal=_reversal(entry, faults),
        booking_date=day(entry, faults, "BookgDt"),
        value_date=day(entry, faults, "ValDt"),
        end_to_end_id="" if identity == NO_ID else identity,
        remittance=remittance,
    )


def _reference(entry: Element, detail: Element, faults: Faults, number: int) -> str:
    """The bank's own: of the transaction in a batch, else of the entry (AcctSvcrRef before NtryRef)."""
    own = detail.word(faults, "Refs", "AcctSvcrRef", length=REFERENCE_LENGTH) if number else ""
    whole = entry.word(faults, "AcctSvcrRef", length=REFERENCE_LENGTH)
    whole = whole or entry.word(faults, "NtryRef", length=REFERENCE_LENGTH)
    if not own and not whole:
        faults.add(entry.line, f"{entry.path}/AcctSvcrRef", "required", "the bank's own reference is missing")
    return own or (f"{whole}/{number}" if number else whole)


def _reversal(entry: Element, faults: Faults) -> bool:
    found = entry.maybe(faults, "RvslInd")
    text = found.text.strip() if found else "false"
    if found and text not in YES_NO:
        faults.add(found.line, found.path, "true or false", f"{text!r}")
    return YES_NO.get(text, False)
