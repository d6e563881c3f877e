"""Taking in a bid file: every bid of it or none, with a few queries however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from issuance.auction.models import Auction
from issuance.bid.admission import Admission, require_side
from issuance.bid.entry import FILE_KEY, Word, auction_locked, bid_made, check_open
from issuance.bid.files.lines import BidLine
from issuance.bid.files.reading import media_type, read
from issuance.bid.models import Bid
from issuance.bid.receipts import warnings_of
from issuance.bid.rules import BidRules, Broken, Quote
from tokenization.files.models import StoredFile
from tokenization.files.rows.cells import MOST_PROBLEMS, Faults
from tokenization.files.services import file_store
from tokenization.identity import audit
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import LineProblem, Problems, Refused
from tokenization.kernel.merkle import tree_hash

# What the file calls the fields of a bid.
COLUMNS = {"face_minor": "face", "yield_pct": "yield"}
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The stored file, its bids in the order of its lines, and by line what the clearing will void."""

    file: StoredFile
    bids: tuple[Bid, ...]
    warnings: tuple[LineProblem, ...]


@transaction.atomic
def bids_import(
    *, auction: Auction, content: bytes, name: str, dealer: Party | None = None, actor: User, now: datetime
) -> ImportReport:
    """Take every bid of a file. Problems by line, field and rule, and nothing written, when one of them cannot stand.

    With `dealer`, somebody who acts for it sends its own bids; without, the fiscal agent takes in what the file says of
    whom. The same file twice is Refused.
    """
    if dealer is None:
        require_power(actor, Power.BID_IMPORT)
    else:
        require_side(actor, dealer)
    auction = Auction.objects.select_related("series").get(pk=auction.pk)
    check_open(auction, now)
    rules = BidRules(auction)
    faults = Faults()
    lines = read(content, rules.ticks, faults)
    # Locked only once the file is read: others bid meanwhile.
    check_open(auction_locked(auction), now)
    _check_new(content)
    parties = {row.reference: row for row in Party.objects.filter(reference__in=_references(lines))}
    problems = faults.found + _problems(lines, rules, parties, dealer, now)
    if problems:
        raise Problems(sorted(problems, key=lambda problem: problem.line)[:MOST_PROBLEMS])
    stored = file_store(name=name, content=content, media_type=media_type(content), actor=actor, now=now)
    rows = (_row(line, auction, rules, parties, stored, actor, now) for line in lines)
    bids = Bid.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    _record(bids, auction, stored, actor, now)
    return ImportReport(stored, tuple(bids), _warnings(bids, rules))


def _record(bids: Sequence[Bid], auction: Auction, stored: StoredFile, actor: User, now: datetime) -> None:
    """One audit entry; with the root of the bids' hashes in it, each receipt can be shown to belong to the import."""
    root = "0x" + tree_hash([bytes.fromhex(bid.body_hash[2:]) for bid in bids]).hex()
    body = {"auction": str(auction), "file": stored.sha256, "bids": len(bids), "root": root}
    audit.record(actor=actor, action="bids.import", subject=f"files.storedfile:{stored.pk}", body=body, now=now)


def _check_new(content: bytes) -> None:
    if Bid.objects.filter(file__sha256=sha256_hex(content)).exists():
        raise Refused(
            "This file was taken in already.",
            field="file",
            rule="bid.file_once",
            next_step="Amend single bids, or send a file with the new ones only.",
        )


def _references(lines: Sequence[BidLine]) -> set[str]:
    return {reference for line in lines for reference in (line.dealer, line.bidder)}


def _problems(
    lines: Sequence[BidLine], rules: BidRules, parties: dict[str, Party], dealer: Party | None, now: datetime
) -> list[LineProblem]:
    admission = Admission(rules.auction, parties.values(), now)
    used = Bid.objects.filter(auction=rules.auction, dealer__in=parties.values(), kind=Bid.Kind.BID)
    taken = set(used.exclude(reference="").values_list("dealer__reference", "reference"))
    admitted: dict[tuple[str, str], list[Broken]] = {}
    found: list[LineProblem] = []
    for line in lines:
        pair = (line.dealer, line.bidder)
        if pair not in admitted:
            admitted[pair] = _pair(parties, admission, dealer, *pair)
        broken = admitted[pair] + rules.broken(_quote(line, rules))
        if (line.dealer, line.reference) in taken:
            words = f"{line.reference} stands on an earlier bid of {line.dealer}"
            broken.append(Broken("reference", "bid.reference_once", words))
        if line.isin and line.isin != rules.auction.series.isin:
            words = f"{line.isin} is not the paper of this auction, {rules.auction.series.isin}"
            broken.append(Broken("isin", "bid.isin", words))
        found += [LineProblem(line.line, COLUMNS.get(row.field, row.field), row.rule, row.message) for row in broken]
    return found


def _pair(parties: dict[str, Party], admission: Admission, own: Party | None, dealer: str, bidder: str) -> list[Broken]:
    named = {"dealer": dealer, "bidder": bidder}
    broken = [
        Broken(field, "party.exists", f"there is no party {reference}")
        for field, reference in named.items()
        if reference not in parties
    ]
    if own is not None and dealer != own.reference:
        broken.append(Broken("dealer", "bid.own_dealer", f"the file is sent by {own.reference}"))
    return broken or admission.broken(parties[dealer], parties[bidder])


def _quote(line: BidLine, rules: BidRules) -> Quote:
    return Quote(line.face * rules.per_unit, line.competitive, line.price, line.yield_pct)


def _row(
    line: BidLine, auction: Auction, rules: BidRules, parties: dict[str, Party], stored: StoredFile, actor: User,
    now: datetime,
) -> Bid:  # fmt: skip
    word = Word(auction, parties[line.dealer], parties[line.bidder], _quote(line, rules), line.reference)
    key = f"{FILE_KEY}{stored.sha256[2:]}:{line.line}"
    return bid_made(word, key=key, source=Bid.Source.FILE.value, actor=actor, now=now, file=stored, line=line.line)


def _warnings(bids: Sequence[Bid], rules: BidRules) -> tuple[LineProblem, ...]:
    by_bid = warnings_of(list(bids), rules)
    return tuple(LineProblem(bid.line or 0, "face", "bid.void", words) for bid in bids for words in by_bid[bid.pk])
