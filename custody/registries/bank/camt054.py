"""camt.054, the bank's notification of single credits and debits during the day: no balances."""

from __future__ import annotations

from collections.abc import Sequence

from custody.registries.bank import camt
from custody.registries.bank.document import Notification, check_lines
from tokenization.files.rows.cells import Faults


def parse(content: bytes, *, versions: Sequence[str]) -> Notification:
    """Read a notification. Problems (line, path, rule; all that were found) if anything is not as it must be."""
    faults = Faults()
    report = camt.only(camt.document(content, "BkToCstmrDbtCdtNtfctn", versions), "Ntfctn")
    iban, currency = camt.account(report, faults)
    identification = camt.identification(report, faults)
    faults.stop()
    lines = camt.entries(report, faults, currency)
    if not lines:
        faults.add(report.line, f"{report.path}/Ntry", "required", "the notification tells of nothing")
    faults.stop()
    check_lines(lines, faults)
    faults.stop()
    return Notification(identification=identification, iban=iban, currency=currency, lines=lines)
