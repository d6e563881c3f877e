"""What lies behind a reserve token: items by the vaults' lists, and the examiner's attestation with what is held
against it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q
from django.urls import reverse

from contracts.outbox.models import Inclusion
from custody.reconciliation.models import Observation, Run
from custody.reserves.models import (
    EncumbranceRaise,
    PhysicalRedemption,
    ReserveAttestation,
    VaultItem,
    VaultItemMove,
    VaultList,
)
from custody.reserves.models import VaultListLine as ListLine
from tokenization.assurance.sampling.population import Line, Listed, Population, Stored, parts
from tokenization.identity.models import Approval
from tokenization.kernel.writing import money, units, when

LISTED = "The items behind the token that the vaults' latest lists name, with the weight that the lists give."
OURS = "The items that two persons put behind the token, with the decision that put each there."


def lists_read(run: Run) -> list[VaultList]:
    """The vaults' lists that the run says it read."""
    found: list[VaultList] = []
    for seen in run.observations.filter(source="VAULT", name__startswith="list of "):
        found += VaultList.objects.filter(vault__code=seen.name.removeprefix("list of "), number=int(seen.value))
    return found


def listed(seen: Observation) -> Population:
    rows = ListLine.objects.filter(list__in=lists_read(seen.run), item__key__in=list(seen.detail))
    linked = rows.select_related("item__vault", "list__file", "list__vault")
    return Stored(linked, "list line", _listed, how=LISTED, field="fine_minor")


def _listed(row: ListLine, key: str, amount: int) -> Line:
    of = f"{row.item.key}: line {row.line} of list {row.list.number} of {row.list.vault}, as of {when(row.list.as_of)}"
    href = reverse("assurance:item", args=[row.item_id])
    return Line(key, of, amount, href, approval=_put_there(row.item), file=row.list.file)


def allocated(seen: Observation) -> Population:
    """By the weights that the run kept; the items carry their latest."""
    items = {item.key: item for item in VaultItem.objects.filter(key__in=list(seen.detail)).select_related("vault")}
    lists = {line.item_id: line for line in _lines(seen.run)}

    def line(key: str, value: int) -> Line:
        item = items.get(key)
        if item is None:
            return Line(key, "no longer in the records", value)
        told = lists.get(item.pk)
        words = f"in {item.vault}, {item.vault.location}"
        href = reverse("assurance:item", args=[item.pk])
        return Line(key, words, value, href, approval=_put_there(item), file=told.list.file if told else None)

    return Listed((line(key, value) for key, value in parts(seen.detail)), how=OURS)


def _lines(run: Run) -> list[ListLine]:
    return list(ListLine.objects.filter(list__in=lists_read(run)).select_related("list__file"))


def _put_there(item: VaultItem) -> Approval | None:
    """The decision that last put it behind a token."""
    move = VaultItemMove.objects.filter(item=item, new_state="ALLOCATED").select_related("approval")
    last = move.order_by("-sequence").first()
    return last.approval if last else None


def vault_list(seen: Observation) -> Population:
    rows = VaultList.objects.filter(vault__code=seen.name.removeprefix("list of "), number=int(seen.value))
    return Stored(rows.select_related("file", "vault", "imported_by"), "vault list", _list, how="The vault's own file.",
                  field="number")  # fmt: skip


def _list(row: VaultList, key: str, amount: int) -> Line:
    held = money(row.total_minor, row.vault.commodity)
    words = f"{row.vault}, as of {when(row.as_of)}: {units(row.items)} items, {held}; taken in by "
    return Line(key, f"{words}{row.imported_by.username} on {when(row.imported_at)}", amount, file=row.file)


def needed(seen: Observation) -> Population:
    """Units by what backs each of them: one row, leading to the units."""
    token = seen.run.token
    held = seen.run.observations.get(source="REGISTER", name="positions")
    words = (
        f"{units(int(held.value))} units in the register x {money(token.minor_per_unit, token.currency)} behind each"
    )
    line = Line("units x backing per unit", words, int(held.value) * token.minor_per_unit,
                reverse("assurance:figure", args=[held.pk]))  # fmt: skip
    return Listed([line], how="Computed from the units in the register and from the terms of the series.")


def word_of(seen: Observation) -> ReserveAttestation | None:
    """The attestation that this side showed: each says its number."""
    told = seen.run.observations.filter(source=seen.source, name="attestation").first()
    if told is None or not told.value:
        return None
    rows = ReserveAttestation.objects.filter(token=seen.run.token, number=int(told.value))
    return rows.select_related("examiner", "report", "intent").first()


FIELDS = {"attestation": "number", "attested": "quantity_minor", "attestation ends": "expiry"}


def attested(seen: Observation) -> Population:
    word = word_of(seen)
    if word is None:
        return Listed([], how="Nothing is attested.")
    value = getattr(word, FIELDS[seen.name])
    amount = int(value.timestamp()) if isinstance(value, datetime) else int(value)
    return Listed([_word(word, amount)], how=_asked(seen))


def _asked(seen: Observation) -> str:
    if seen.source == "CHAIN":
        return "The reserve contract answered this figure at the block; the row is the attestation it names."
    return "The examiner's signed attestation, as we keep it."


def _word(word: ReserveAttestation, amount: int) -> Line:
    words = (
        f"{word.examiner.name}, as of {when(word.as_of)}, ends {when(word.expiry)}; {word.standard}; "
        f"signed by {word.signer}"
    )
    return Line(f"attestation {word.number}", words, amount, file=word.report, tx_hash=_transaction(word.intent_id))


def _transaction(intent: int | None) -> str:
    """The transaction that brought it on chain; empty while none is in a block."""
    found = Inclusion.objects.filter(slot__intent=intent).values_list("attempt__hash", flat=True).first()
    return found or ""


def held(seen: Observation) -> Population:
    """The examiner's figure, or the higher one that was raised since."""
    word, value = word_of(seen), int(seen.value)
    how = "What is held against the reserve: the examiner's figure, or a higher one raised since."
    raised = EncumbranceRaise.objects.filter(token=seen.run.token, encumbered_minor=value).order_by("-sequence").first()
    if value and raised is not None and (word is None or word.encumbered_minor != value):
        words = f"raised on {when(raised.raised_at.astimezone(UTC))}: {raised.reason}"
        return Listed([Line(f"raise {raised.sequence}", words, value, tx_hash=_transaction(raised.intent_id))], how=how)
    return Listed([_word(word, word.encumbered_minor)] if word else [], how=how)


def set_aside(seen: Observation) -> Population:
    """The redemptions whose burn was on its way at the block (reconciliation.attested says which and why)."""
    run, word = seen.run, word_of(seen)
    burning = Q(state__in=("BURNING", "BURNED", "RELEASE_ORDERED", "RELEASED"))
    in_vain = Q(state="FAILED", encumbrance__raised_at__gte=word.as_of if word else run.at)
    there = Q(instruction__settled_log=None) | Q(instruction__settled_log__block_id__gt=run.block_number)
    rows = PhysicalRedemption.objects.filter(burning | in_vain, there, token=run.token)
    found = rows.filter(encumbrance__raised_at__lte=run.at) if word else rows.none()
    how = "Items held for units whose burn is on its way: they back those units until they are burned."
    linked = found.select_related("instruction__approval", "instruction__settled_log", "vault")
    return Stored(linked, "redemption", _asked_for, how=how, times=run.token.minor_per_unit)


def _asked_for(row: PhysicalRedemption, key: str, amount: int) -> Line:
    words = f"{units(row.units)} units for items of {row.vault}, {row.get_state_display()}"
    return Line(key, words, amount, log=row.instruction.settled_log, instruction=row.instruction)


def eligible(seen: Observation) -> Population:
    """What units may stand on, step by step: attested, less what is held against it, less the margin."""
    run, token = seen.run, seen.run.token
    side = {row.name: row for row in run.observations.filter(source=seen.source)}
    steps = [(name, side[name]) for name in ("attested", "held against it") if name in side]
    lines = [
        Line(name, "less what is held against it" if sign < 0 else "attested by the examiner", sign * int(row.value),
             reverse("assurance:figure", args=[row.pk]))
        for (name, row), sign in zip(steps, (1, -1), strict=False)
    ]  # fmt: skip
    free = max(sum(line.amount for line in lines), 0)
    margin = free - free * (10_000 - token.series.margin_bps) // 10_000
    words = f"margin of {token.series.margin_bps / 100:g} % that never backs a unit, by the terms of the series"
    lines.append(Line("margin", words, -margin))
    if not seen.value:
        lines.append(Line("end", "the attestation has ended: nothing counts", margin - free))
    return Listed(lines, how="Computed from the figures below.")
