"""The outside bank that keeps the settlement account: its own book, and its statements (ISO 20022, camt.053).

The platform reads nothing of it but the files.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from django.db import transaction
from django.db.models import Sum

from custody.registries.models import BankStatement
from custody.settlement.services import bank_file_take
from custody.settlement.services.matching import FileTaken
from tokenization.kernel import clock
from tokenization.rehearsal import plan
from tokenization.rehearsal.models import BankBookEntry
from tokenization.rehearsal.people import person

IBAN = "XX24TEST0000000000000001"
VERSION = "camt.053.001.08"


def paid_in(key: str, amount_minor: int, words: str) -> None:
    """Somebody pays into the settlement account, with what he writes on the order; once per key."""
    _book(key, amount_minor, words)


def paid_out(key: str, amount_minor: int, words: str, *, end_to_end_id: str = "") -> None:
    """The fiscal agent pays out of it; the bank carries its reference on the order back into the statement."""
    _book(key, -amount_minor, words, end_to_end_id)


def returned(bank_reference: str, amount_minor: int) -> None:
    """What two persons sent back out of suspense, under the reference that the journal has for it."""
    paid_out(f"BACK-{bank_reference}"[:60], amount_minor, f"returned {bank_reference}", end_to_end_id=bank_reference)


def statement_sent() -> FileTaken | None:
    """What was booked since the last statement, as the bank's next file, handed in by the fiscal agent.

    A file that was made and not taken in, because somebody was killed in between, is handed in again.
    """
    number = _next_number()
    if number is None:
        return None
    return bank_file_take(
        content=_camt053(number), name=f"bank-{number:05d}.xml", actor=person("fiscal.officer"), now=clock.now()
    )


def _book(key: str, amount_minor: int, words: str, end_to_end_id: str = "") -> None:
    facts = {"day": plan.today(), "amount_minor": amount_minor, "words": words, "end_to_end_id": end_to_end_id}
    BankBookEntry.objects.get_or_create(key=key, defaults=facts)


@transaction.atomic
def _next_number() -> int | None:
    """The number of the file to hand in; None when there is nothing new and the last was taken."""
    last = BankBookEntry.objects.exclude(statement=None).order_by("-statement").values_list("statement", flat=True)
    number = last.first() or 0
    if number and not BankStatement.objects.filter(account__iban=IBAN, electronic_number=number).exists():
        return number
    fresh = BankBookEntry.objects.filter(statement=None).update(statement=number + 1)
    return number + 1 if fresh else None


def _camt053(number: int) -> bytes:
    rows = list(BankBookEntry.objects.filter(statement=number).order_by("pk"))
    before = BankBookEntry.objects.filter(statement__lt=number).aggregate(sum=Sum("amount_minor"))["sum"]
    opening = int(before or 0)
    closing = opening + sum(row.amount_minor for row in rows)
    body = (
        f"<Stmt><Id>SYN-STMT-{number:05d}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>PKR</Ccy></Acct>"
        f"{_balance('OPBD', rows[0].day, opening)}{_balance('CLBD', plan.today(), closing)}"
        f"{''.join(map(_entry, rows))}</Stmt>"
    )
    head = f"<GrpHdr><MsgId>SYN-{number:05d}</MsgId><CreDtTm>{clock.now().isoformat()}</CreDtTm></GrpHdr>"
    space = f"urn:iso:std:iso:20022:tech:xsd:{VERSION}"
    document = f'<Document xmlns="{space}"><BkToCstmrStmt>{head}{body}</BkToCstmrStmt></Document>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'.encode()


def _balance(code: str, day: date, minor: int) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(minor)}"
        f"<CdtDbtInd>{_side(minor)}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(row: BankBookEntry) -> str:
    return (
        f"<Ntry>{_amount(row.amount_minor)}<CdtDbtInd>{_side(row.amount_minor)}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{row.day}</Dt></BookgDt><ValDt><Dt>{row.day}</Dt></ValDt>"
        f"<AcctSvcrRef>{escape(row.key)}</AcctSvcrRef><NtryDtls><TxDtls><Refs>"
        f"<EndToEndId>{escape(row.end_to_end_id or 'NOTPROVIDED')}</EndToEndId>"
        f"</Refs><RmtInf><Ustrd>{escape(row.words)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _amount(minor: int) -> str:
    return f'<Amt Ccy="PKR">{Decimal(abs(minor)).scaleb(-2):.2f}</Amt>'


def _side(minor: int) -> str:
    return "DBIT" if minor < 0 else "CRDT"
