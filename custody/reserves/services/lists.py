"""Taking in a vault's list: every item of it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from custody.reserves.kinds import Form
from custody.reserves.lists import ListLine, ParsedList, parse
from custody.reserves.models import ItemState, Vault, VaultItem, VaultItemMove, VaultList, VaultListLine
from tokenization.files.models import StoredFile
from tokenization.files.rows import media_type
from tokenization.files.services import file_store
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import LineProblem, Problems, Refused
from tokenization.kernel.locks import lock_rows

IDENTITY = ("key", "brand", "serial", "year", "tank", "batch")
FIGURES = ("gross_minor", "assay", "refiner_fine_minor", "fine_minor", "certificate")
TOLD = (*FIGURES, "refiner_gross_minor", "inspector", "api_gravity", "sediment_water_pct")
ROWS = 1_000


@transaction.atomic
def vault_list_import(*, vault: Vault, content: bytes, name: str, actor: User, now: datetime) -> VaultList:
    """Store a list with its items. Problems with line, field and rule, and nothing written, if anything is wrong.

    New items come in as FREE; the figures of known ones become the list's. An item that the list no longer names stays
    as it is: reconciliation says so. The same file again is Refused.
    """
    require_power(actor, Power.VAULT_LIST_IMPORT)
    lock_rows(Vault.objects.filter(pk=vault.pk))
    if StoredFile.objects.filter(sha256=sha256_hex(content)).exists():
        raise Refused("This file was taken in already.", field="file", rule="once", next_step="Send the next list.")
    parsed = parse(content, vault.kind)
    known = _known(vault, parsed)
    problems = _sequence(vault, parsed, now) + _foreign(vault, parsed, known)
    if problems:
        raise Problems(problems)
    stored = file_store(name=name, content=content, media_type=media_type(content), actor=actor, now=now)
    row = VaultList.objects.create(
        vault=vault,
        file=stored,
        layout=parsed.head.layout,
        number=parsed.head.number,
        as_of=parsed.head.as_of,
        items=len(parsed.lines),
        total_minor=parsed.total_minor,
        imported_by=actor,
        imported_at=now,
    )
    items = _items(vault, parsed.lines, known)
    told = (_told(row, line, items[line.identity]) for line in parsed.lines)
    VaultListLine.objects.bulk_create(told, batch_size=ROWS)
    body = {"vault": vault.code, "list": row.number, "file": stored.sha256, "items": row.items}
    audit.record(
        actor=actor,
        action="vault.list",
        subject=f"vault-list:{row.pk}",
        body={**body, "total_minor": row.total_minor},
        now=now,
    )
    return row


def _known(vault: Vault, parsed: ParsedList) -> dict[str, VaultItem]:
    """By identity, the items of the list that are here already: a batch in this vault, a bar anywhere."""
    named = {line.identity for line in parsed.lines}
    rows = VaultItem.objects.filter(form=vault.kind.form).select_related("vault")
    if vault.kind.form == Form.TANK:
        rows = rows.filter(vault=vault)
    return {row.identity: row for row in rows.annotate(named=Lower("key")).filter(named__in=named)}


def _sequence(vault: Vault, parsed: ParsedList, now: datetime) -> list[LineProblem]:
    """It is this vault's next list, as of a later instant that has come."""
    head, found = parsed.head, []
    last = VaultList.objects.filter(vault=vault).order_by("-number").first()
    if head.vault != vault.code:
        found.append(LineProblem(0, "vault", "vault.own", f"the list is of {head.vault}, not of {vault.code}"))
    wanted = last.number + 1 if last else 1
    if head.number != wanted:
        found.append(LineProblem(0, "list", "list.no_gap", f"list {head.number} came, list {wanted} is the next"))
    if head.as_of > now:
        found.append(LineProblem(0, "as of", "as_of.past", f"{_when(head.as_of)} has not come yet"))
    if last and head.as_of <= last.as_of:
        found.append(LineProblem(0, "as of", "as_of.later", f"list {last.number} is as of {_when(last.as_of)}"))
    return found


def _foreign(vault: Vault, parsed: ParsedList, known: dict[str, VaultItem]) -> list[LineProblem]:
    """An item lies in one vault, and no more after its release."""
    found = []
    gone = VaultItemMove.objects.filter(item__in=known.values(), new_state=ItemState.RELEASED)
    released = dict(gone.values_list("item_id", "moved_at"))
    for line in parsed.lines:
        item = known.get(line.identity)
        if item is None:
            continue
        if item.vault_id != vault.pk:
            told = f"{line.key} lies in vault {item.vault.code}"
            found.append(LineProblem(line.line, "item", "item.one_vault", told))
        elif item.pk in released and released[item.pk] < parsed.head.as_of:
            told = f"{line.key} was released on {_when(released[item.pk])}"
            found.append(LineProblem(line.line, "item", "item.released", told))
    return found


def _items(vault: Vault, lines: Sequence[ListLine], known: dict[str, VaultItem]) -> dict[str, VaultItem]:
    """Every item of the list as a row: known ones with their new figures, the others made."""
    changed = []
    for line in lines:
        row = known.get(line.identity)
        if row is not None and _values(row, FIGURES) != _values(line, FIGURES):
            for field, value in _values(line, FIGURES).items():
                setattr(row, field, value)
            changed.append(row)
    VaultItem.objects.bulk_update(changed, FIGURES, batch_size=ROWS)
    fresh = (
        VaultItem(vault=vault, form=vault.kind.form, **_values(line, (*IDENTITY, *FIGURES)))
        for line in lines
        if line.identity not in known
    )
    return known | {row.identity: row for row in VaultItem.objects.bulk_create(fresh, batch_size=ROWS)}


def _told(of: VaultList, line: ListLine, item: VaultItem) -> VaultListLine:
    return VaultListLine(list=of, item=item, line=line.line, **_values(line, TOLD))


def _values(of: object, fields: Sequence[str]) -> dict[str, Any]:
    return {field: getattr(of, field) for field in fields}


def _when(instant: datetime) -> str:
    return f"{timezone.localtime(instant):%d %B %Y %H:%M %Z}"
