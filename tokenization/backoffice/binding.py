"""What an approval binds, term by term, in the words of people: money, instants, days, categories, no code.

What is signed is the canonical text of the payload; this is how it is read. A term that nobody put into words here is
shown as it stands, never left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Model

from custody.registries.models import SettlementAccount
from custody.reserves.models import VaultItem
from custody.servicing.models import Entitlement, Payment, ServicingEvent
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import wallet_owners
from issuance.allotment.models import Offer
from issuance.auction.models import Auction
from issuance.authority.instruments import Instrument
from issuance.authority.models import Basis, BudgetEnvelope, LegalAuthority, Measure
from issuance.authority.models import Kind as AuthorityKind
from issuance.programme.models import Programme
from issuance.series.models import Claim, LegalRecord, Series
from issuance.series.models import Kind as SeriesKind
from tokenization.backoffice.wording import INSTRUCTION_KIND
from tokenization.identity.models import Party, User
from tokenization.kernel.sealed import is_sealed, opened
from tokenization.kernel.secrets import masked
from tokenization.theme import figures
from tokenization.theme.tables import Cell, code

_HASH = re.compile(r"(?:0x)?[0-9a-f]{40,}")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,28})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)")
_WORDS: dict[str, str] = {
    value: str(label)
    for choices in (AuthorityKind, Measure, Basis, Instrument, SeriesKind, LegalRecord, Claim, Party.Category)
    for value, label in choices.choices
} | INSTRUCTION_KIND
# Terms that name a row: which, and how it is said.
_ROWS: dict[str, type[Model]] = {
    "programme_id": Programme,
    "programme": Programme,
    "envelope_id": BudgetEnvelope,
    "authority_id": LegalAuthority,
    "series_id": Series,
    "series": Series,
    "auction": Auction,
    "offer_id": Offer,
    "token": TokenContract,
    "user": User,
    "party": Party,
    "supervisor": User,
}
_LABELS = {
    "id": "Number of the draft",
    "isin": "ISIN",
    "law": "Law and section",
    "face_per_unit_on_chain": "Face of one unit, in millionths of the smallest unit of money",
    "direct_categories": "Who bids directly",
    "legal_record": "Which record is the register in law",
    "tenor_days": "Tenor, days",
    "coupon_pct": "Coupon, percent of face a year",
    "margin_bps": "Margin, ten-thousandths",
    "bid": "Bid No.",
    "rate_bp": "Rate, basis points",
}
_PLAIN = {"id", "number", "budget_year", "reference", "iban", "isin", "line", "bid"}


def label(key: str) -> str:
    """ceiling_minor -> 'Ceiling', terms_sha256 -> 'Terms, SHA-256'."""
    if key in _LABELS:
        return _LABELS[key]
    name = key.removesuffix("_minor").removesuffix("_id")
    if name.endswith("_sha256"):
        return f"{figures.words(name.removesuffix('_sha256')).capitalize()}, SHA-256"
    return figures.words(name).capitalize()


@dataclass(frozen=True)
class Reader:
    """Reads terms with the currency (or measure) in which the approval's amounts are; empty when it has none.

    `names`: whose an address is, in words, for those that we know.
    """

    currency: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def terms(self, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Label and value of each term, nested ones too."""
        own = replace(self, currency=str(body["currency"])) if body.get("currency") else self
        for key, value in body.items():
            if isinstance(value, Mapping):
                yield from own.terms(value)
            else:
                yield label(key), own.value(key, value)

    def value(self, key: str, value: Any) -> Any:
        """One value as it is read."""
        if value is None or value == "" or value == []:
            return figures.EMPTY
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list | tuple):
            return ", ".join(str(getattr(said, "text", said)) for said in (self.value(key, one) for one in value))
        # Text under such a term is the row's own reference, which may be all digits.
        if key in _ROWS and isinstance(value, int):
            return _named(_ROWS[key], value)
        if key.endswith("_minor") and self.currency and _WHOLE.fullmatch(str(value)):
            return Cell(figures.money(int(value), self.currency), sort=int(value))
        if str(value) in self.names:
            return Cell(f"{self.names[str(value)]}, {figures.short(str(value))}", whole=str(value))
        return _text(key, str(value))

    def naming(self, bodies: Iterable[Mapping[str, Any]], at: datetime) -> Reader:
        """The same, which also says the holder of each wallet, and the code of each token, that the items are about."""
        found = {str(body[key]) for body in bodies for key in ("wallet", "token") if body.get(key)}
        tokens = TokenContract.objects.filter(address__in=found).select_related("series")
        names = {address: str(owner) for address, owner in wallet_owners(found, at).items()}
        return replace(self, names=names | {str(row.address): row.code for row in tokens})


def _text(key: str, text: str) -> Any:
    if is_sealed(text):
        return masked(opened(text))
    if key in _PLAIN:
        return text
    if _WHOLE.fullmatch(text):
        return Cell(figures.units(int(text)), sort=int(text))
    if _HASH.fullmatch(text):
        return code(text)
    if _INSTANT.fullmatch(text):
        return figures.when(datetime.fromisoformat(text))
    if _DAY.fullmatch(text):
        return figures.day(date.fromisoformat(text))
    return _WORDS.get(text, text)


def _named(model: type[Model], pk: int) -> str:
    found = model._default_manager.filter(pk=pk).first()
    return str(found) if found is not None else str(pk)


def reader_of(payload: Mapping[str, Any]) -> Reader:
    """The reader of an approval: its amounts are in the currency that it names, or that of the paper it is about."""
    named = payload.get("currency") or (payload.get("terms") or {}).get("currency")
    return Reader(str(named) if named else _currency_of(payload))


def _currency_of(payload: Mapping[str, Any]) -> str:
    terms = payload.get("terms") or (payload.get("offer") or {}).get("terms") or {}
    for model, pk, path in (
        (Series, terms.get("series_id") or payload.get("series"), "payment_currency"),
        (Auction, payload.get("auction"), "series__payment_currency"),
        (Programme, payload.get("programme"), "currency"),
        (TokenContract, payload.get("token"), "currency"),
        (ServicingEvent, payload.get("event"), "token__series__payment_currency"),
        (Payment, payload.get("payment"), "entitlement__event__token__series__payment_currency"),
        (Entitlement, payload.get("entitlement"), "event__token__series__payment_currency"),
        (SettlementInstruction, payload.get("settlement"), "currency"),
        (SuspenseItem, payload.get("suspense"), "currency"),
        (SettlementAccount, payload.get("account"), "currency"),
        (VaultItem, next(iter(payload.get("items") or []), None), "vault__commodity"),
    ):
        if isinstance(pk, int):
            found = model._default_manager.filter(pk=pk).values_list(path, flat=True).first()
            if found:
                return str(found)
    return ""


def readable(text: str) -> str:
    """A cell of a preview: hashes whole and untouched, instants in the zone of the pages, long numbers grouped."""
    parts, end = [], 0
    for found in _HASH.finditer(text):
        parts += [_said(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, _said(text[end:])])


def _said(text: str) -> str:
    return figures.plain(figures.instants(text)) if text.strip() else text
