"""The examiner's side of a run: what our own record says is attested at the block, and what the contract says there.

An attestation or a raised encumbrance counts from its own block on. One that the outbox has not seen in a block yet,
but the contract already names, is on chain: the two look at the chain at different instants. A raise that the chain
never took counts on our side alone: what it was for has left, and the contract does not know.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from contracts.gateway import views
from contracts.gateway.client import Node
from contracts.indexer.models import Block
from contracts.outbox.models import Intent
from custody.reconciliation.books import Books, Raised, Word
from custody.reconciliation.equations import Equation, Observations
from custody.reconciliation.models import Break, Source
from custody.reconciliation.standing import attestation_named
from custody.reserves.models import EncumbranceRaise, PhysicalRedemption, ReserveAttestation
from custody.reserves.selectors import raised_at
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.outcome import Outcome, intent_result
from tokenization.kernel.writing import when

ATTESTATION, ELIGIBLE, SET_ASIDE = "attestation", "eligible", "set aside for burns"
ON_ITS_WAY = (ReserveAttestation.State.RELAYED, ReserveAttestation.State.IN_FORCE)
# Nearly always one of each is read: the newest.
AT_ONCE = 10
MISMATCH = Break.Kind.ATTESTATION_MISMATCH


def read_words(books: Books) -> None:
    """Our attestations and raises, newest first, as far as the first that is surely on chain: older ones are replaced.

    Nothing for a token that no reserve backs.
    """
    token = books.token
    if token.is_cash or not token.series.is_reserve:
        return
    rows = ReserveAttestation.objects.filter(token=token, state__in=ON_ITS_WAY).order_by("-number")
    for row in rows.select_related("examiner", "intent").iterator(chunk_size=AT_ONCE):
        reached = _reached(row.intent, books.block)
        if reached is not None:
            books.words.append(Word(row, sure=reached))
        if reached:
            break
    raises = EncumbranceRaise.objects.filter(token=token).select_related("intent").order_by("-sequence")
    for raised in raises.iterator(chunk_size=AT_ONCE):
        sure = _refused(raised) or _reached(raised.intent, books.block)
        if sure is not None:
            books.raises.append(Raised(raised.sequence, raised.encumbered_minor, raised_at(raised), sure=sure))
        if sure:
            break


def _refused(raised: EncumbranceRaise) -> bool:
    return intent_result(raised.intent).outcome is Outcome.FAILED


def _reached(intent: Intent | None, block: Block) -> bool | None:
    """Whether it is on chain by the block; None where it never will be, or only later."""
    found = intent_result(intent) if intent is not None else None
    if found is None or found.outcome is Outcome.FAILED or found.block > block.number:
        return None
    return found.outcome is Outcome.DONE


def read_attested(books: Books, node: Node) -> None:
    """The contract's own attestation by the block's hash, and ours beside it."""
    token, block = books.token, books.block
    if token.is_cash or not token.series.is_reserve:
        return
    shown = views.reserve(node, block.hash, contract_address("RESERVE_BOOK"), token.address)
    words = (one.row for one in books.words if one.sure or one.row.number == shown.number)
    raises = (one for one in books.raises if one.sure or one.encumbered_minor == shown.encumbered)
    word, raised = next(words, None), next(raises, None)
    _add(books, Source.CHAIN, shown.number, shown.quantity, shown.encumbered, shown.expiry)
    books.add(Source.CHAIN, ELIGIBLE, shown.eligible, "minor")
    aside = _set_aside(books, word, raised)
    books.add(Source.ATTESTATION, SET_ASIDE, sum(map(int, aside.values())), "minor", **aside)
    if word is None:
        _add(books, Source.ATTESTATION, 0, 0, raised.encumbered_minor if raised else 0, 0, raised=raised)
        books.add(Source.ATTESTATION, ELIGIBLE, 0, "minor")
        books.skipped.append("attestation: nothing is attested yet, new units are not issued")
        return
    held = _held(word, raised)
    told = {"examiner": str(word.examiner), "as_of": word.as_of.isoformat(), "report": word.report_hash}
    ends = int(word.expiry.timestamp())
    _add(books, Source.ATTESTATION, word.number, word.quantity_minor, held, ends, raised=raised, **told)
    _tell_eligible(books, word, held)


def _add(
    books: Books,
    source: Source,
    number: int,
    quantity: int,
    held: int,
    ends: int,
    *,
    raised: Raised | None = None,
    **told: str,
) -> None:
    counted = {"raised": f"{raised.encumbered_minor} at {raised.at.isoformat()}"} if raised else {}
    books.add(source, ATTESTATION, number, "number", **told)
    books.add(source, "attested", quantity, "minor")
    books.add(source, "held against it", held, "minor", **counted)
    books.add(source, "attestation ends", ends, "seconds")


def _held(word: ReserveAttestation, raised: Raised | None) -> int:
    """The examiner's figure; of an instant not after a raise he cannot have known of it, and the higher one stays."""
    if raised is None or word.as_of > raised.at:
        return word.encumbered_minor
    return max(word.encumbered_minor, raised.encumbered_minor)


def _set_aside(books: Books, word: ReserveAttestation | None, raised: Raised | None) -> dict[str, str]:
    """Of what is held, or left out of the word: the items for units whose burn is on its way, and still outstanding.

    By the number of the burn's instruction.
    After a burn that failed its items are held in vain until the examiner's next word; they back their units meanwhile.
    """
    if word is None or raised is None:
        return {}
    burning = Q(state__in=("BURNING", "BURNED", "RELEASE_ORDERED", "RELEASED"))
    in_vain = Q(state="FAILED", encumbrance__raised_at__gte=word.as_of)
    still_there = Q(instruction__settled_log=None) | Q(instruction__settled_log__block_id__gt=books.block.number)
    rows = PhysicalRedemption.objects.filter(token=books.token, encumbrance__sequence__lte=raised.sequence)
    found = rows.filter(burning | in_vain, still_there).order_by("instruction__number")
    burns = found.values_list("instruction__number", "units")
    return {str(number): str(units * books.token.minor_per_unit) for number, units in burns}


def _tell_eligible(books: Books, word: ReserveAttestation, held: int) -> None:
    if books.block.timestamp >= word.expiry:
        name = attestation_named(word.number, books.token.currency)
        books.skipped.append(f"attestation: {name} ended on {when(word.expiry)}, new units are not issued")
        return
    margin = books.token.series.margin_bps
    eligible = max(word.quantity_minor - held, 0) * (10_000 - margin) // 10_000
    books.add(Source.ATTESTATION, ELIGIBLE, eligible, "minor", margin=f"{margin} bp held back")


def attestation_equations(seen: Observations) -> Iterator[Equation]:
    """Ours is the contract's, field by field; and while it is in force it carries the units."""
    for name, what, words, unit in (
        ("number", ATTESTATION, "number of the attestation in force = the contract's", "number"),
        ("quantity", "attested", "quantity attested = the contract's", "minor"),
        ("encumbered", "held against it", "encumbrance in force = the contract's", "minor"),
        ("ends", "attestation ends", "end of the attestation = the contract's", "seconds"),
        (ELIGIBLE, ELIGIBLE, "attested - encumbrance - margin = what the contract lets units stand on", "minor"),
    ):
        if seen.has(Source.ATTESTATION, what):
            ours, theirs = seen[Source.ATTESTATION, what], seen[Source.CHAIN, what]
            yield Equation(f"attestation.{name}", words, ours, theirs, MISMATCH, unit=unit)
    if seen.has(Source.ATTESTATION, ELIGIBLE):
        needed = seen[Source.REGISTER, "backing needed"]
        eligible = seen[Source.ATTESTATION, ELIGIBLE] + seen[Source.ATTESTATION, SET_ASIDE]
        yield Equation(
            "reserve.attested",
            "what the units need <= attested - encumbrance - margin + set aside for burns",
            max(needed - eligible, 0),
            0,
            Break.Kind.RESERVE_SHORT,
            unit="minor",
            detail={"needed": str(needed), "eligible": str(eligible), "room": str(eligible - needed)},
        )
