"""Files of a bank that does not exist: IBANs of the user-assigned country XX, printed as a bank would."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from custody.registries.bank.csvfile import render
from custody.registries.bank.document import Line, Notification, Statement
from custody.registries.models import SettlementAccount
from custody.settlement.services import bank_file_take
from custody.settlement.services.matching import FileTaken
from tests.factories import ledgerless as world
from tokenization.kernel.money import Money

IBAN, OTHER_IBAN = "XX24TEST0000000000000001", "XX94TEST0000000000000002"
VERSIONS = ("camt.053.001.08", "camt.053.001.02", "camt.054.001.08", "camt.054.001.02")
DAY = date(2026, 7, 1)


def credit(reference: str, minor: int, quotes: str = "", **more: Any) -> Line:
    """A credit whose remittance text quotes something."""
    line = Line(0, "", reference, True, minor, False, DAY, DAY, "", quotes)
    return replace(line, **more)


def debit(reference: str, minor: int, end_to_end_id: str = "", **more: Any) -> Line:
    line = Line(0, "", reference, False, minor, False, DAY, DAY, end_to_end_id, "")
    return replace(line, **more)


def statement(*lines: Line, number: int = 1, opening: int = 0, **more: Any) -> Statement:
    """A statement that adds up, unless `more` says otherwise."""
    made = Statement(
        identification=f"STMT-{number}",
        iban=IBAN,
        currency="PKR",
        electronic_number=number,
        legal_number=None,
        opening_on=DAY,
        opening_minor=opening,
        closing_on=DAY,
        closing_minor=opening + sum(line.signed for line in lines),
        lines=tuple(lines),
    )
    return replace(made, **more)


def notification(*lines: Line, identification: str = "NTFCN-1", **more: Any) -> Notification:
    return replace(Notification(identification, IBAN, "PKR", tuple(lines)), **more)


def camt053(made: Statement, version: str = "camt.053.001.08") -> bytes:
    balances = _balance("OPBD", made.opening_on, made.opening_minor, made.currency)
    balances += _balance("CLBD", made.closing_on, made.closing_minor, made.currency)
    numbers = f"<ElctrncSeqNb>{made.electronic_number}</ElctrncSeqNb>\n"
    if made.legal_number:
        numbers += f"<LglSeqNb>{made.legal_number}</LglSeqNb>\n"
    entries = "".join(_entry(line, made.currency, version) for line in made.lines)
    body = f"<Stmt>\n<Id>{made.identification}</Id>\n{numbers}{_account(made)}{balances}{entries}</Stmt>\n"
    return _document("BkToCstmrStmt", body, version)


def camt054(made: Notification, version: str = "camt.054.001.08") -> bytes:
    entries = "".join(_entry(line, made.currency, version) for line in made.lines)
    body = f"<Ntfctn>\n<Id>{made.identification}</Id>\n{_account(made)}{entries}</Ntfctn>\n"
    return _document("BkToCstmrDbtCdtNtfctn", body, version)


def _document(root: str, body: str, version: str) -> bytes:
    head = "<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-07-01T18:00:00+05:00</CreDtTm></GrpHdr>\n"
    space = f"urn:iso:std:iso:20022:tech:xsd:{version}"
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}">\n<{root}>\n'
    return f"{opening}{head}{body}</{root}>\n</Document>\n".encode()


def _account(made: Statement | Notification) -> str:
    return f"<Acct><Id><IBAN>{made.iban}</IBAN></Id><Ccy>{made.currency}</Ccy></Acct>\n"


def _amount(minor: int, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{Money(abs(minor), currency).amount():f}</Amt>'


def _balance(code: str, on: date, minor: int, currency: str) -> str:
    side = "DBIT" if minor < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(minor, currency)}"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>\n"
    )


def _entry(line: Line, currency: str, version: str) -> str:
    status = "<Sts>BOOK</Sts>" if version.endswith(".02") else "<Sts><Cd>BOOK</Cd></Sts>"
    reversal = "<RvslInd>true</RvslInd>" if line.reversal else ""
    remittance = f"<RmtInf><Ustrd>{escape(line.remittance)}</Ustrd></RmtInf>" if line.remittance else ""
    return (
        f"<Ntry>{_amount(line.amount_minor, currency)}<CdtDbtInd>{'CRDT' if line.credit else 'DBIT'}</CdtDbtInd>"
        f"{reversal}{status}<BookgDt><Dt>{line.booking_date}</Dt></BookgDt><ValDt><Dt>{line.value_date}</Dt></ValDt>"
        f"<AcctSvcrRef>{escape(line.reference)}</AcctSvcrRef>\n"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{escape(line.end_to_end_id or 'NOTPROVIDED')}</EndToEndId></Refs>"
        f"{remittance}</TxDtls></NtryDtls></Ntry>\n"
    )


def samples() -> dict[str, bytes]:
    """Every file under custody/registries/bank/samples, by its path there: the good ones, and what is made of them."""
    lines = (
        credit("SYN-0001", 98_765_432, "T-bill XXTEST000016-00000001", end_to_end_id="BUYER-1"),
        credit("SYN-0002", 1_250_000, "xx test 000016 0000 0002, second buyer & son"),
        debit("SYN-0003", 500_000, "XXTEST000016-00000003", value_date=date(2026, 7, 2)),
        credit("SYN-0004", 7, reversal=True),
    )
    good = statement(*lines, number=7, opening=1_000_000, legal_number=4, identification="SYN-2026-07-01")
    eight, two = camt053(good), camt053(good, "camt.053.001.02")
    told = camt054(notification(lines[1], identification="SYN-NTF-1"))
    bomb = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n'
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&b;</Document>\n'
    )
    closing = b'<Amt Ccy="PKR">1005154.39</Amt>'
    assert closing in eight, "the closing balance of the good sample"
    csv = render(good)
    return {
        "camt053/good_v08.xml": eight,
        "camt053/good_v02.xml": two,
        "camt053/adds_up_wrongly.xml": eight.replace(closing, b'<Amt Ccy="PKR">1005154.40</Amt>'),
        "camt053/three_decimals.xml": eight.replace(b">12500.00<", b">12500.001<"),
        "camt053/other_currency.xml": eight.replace(b'<Amt Ccy="PKR">12500.00', b'<Amt Ccy="USD">12500.00'),
        "camt053/reference_twice.xml": eight.replace(b"SYN-0002", b"SYN-0001"),
        "camt053/no_closing.xml": eight.replace(b"<Cd>CLBD</Cd>", b"<Cd>CLAV</Cd>"),
        "camt053/pending_entry.xml": eight.replace(b"BOOK", b"PDNG", 1),
        "camt053/wrong_iban.xml": eight.replace(IBAN.encode(), b"XX25TEST0000000000000001"),
        "camt053/version_09.xml": eight.replace(b"camt.053.001.08", b"camt.053.001.09"),
        "camt053/entities.xml": bomb,
        "camt053/truncated.xml": eight[:-40],
        "camt054/good_v08.xml": told,
        "camt054/good_v02.xml": camt054(notification(lines[1], identification="SYN-NTF-1"), "camt.054.001.02"),
        "camt054/nothing.xml": camt054(notification()),
        "csv/good.csv": csv,
        "csv/wrong_checksum.csv": csv.replace(b"second", b"secund"),
        "csv/truncated.csv": csv[:-9],
    }


def account(iban: str = IBAN, currency: str = "PKR", opening_minor: int = 0) -> Any:
    """The settlement account, named by two persons."""
    payload = {"iban": iban, "currency": currency, "bank": "Synthetic Bank", "opening_minor": opening_minor}
    action = "custody.registries.SettlementAccountOpen"
    world.approve(action, payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    return SettlementAccount.objects.get(iban=iban)


def officer() -> Any:
    return world.officer("FISCAL_AGENT_OFFICER")


def take(made: Statement | Notification, *, now: datetime = world.NOW) -> FileTaken:
    """Printed as camt and brought in by the fiscal agent's officer."""
    content = camt053(made) if isinstance(made, Statement) else camt054(made)
    return bank_file_take(content=content, name="file.xml", actor=officer(), now=now)
