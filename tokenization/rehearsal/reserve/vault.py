"""The outside vault and terminal: the lists they send, and what the platform makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from custody.reserves.actions import AllocateItems
from custody.reserves.lists import ListLine
from custody.reserves.lists.line import Head, ParsedList, fine_of
from custody.reserves.lists.writing import csv_of, xlsx_of
from custody.reserves.models import Vault, VaultItem, VaultList
from custody.reserves.selectors import backing_minor
from custody.reserves.services import vault_list_import, vault_open
from tokenization.identity.models import Party
from tokenization.identity.services import party_create
from tokenization.kernel import clock
from tokenization.kernel.errors import Problems
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import person
from tokenization.rehearsal.reserve.figures import BARS, COMMODITIES, GOLD, OIL, Commodity
from tokenization.rehearsal.reserve.mandate import token

KEEPER = "registrar.officer"


def lists() -> Sequence[Check]:
    """The first list of each keeper: refused whole for one wrong figure, then taken; the vault's weights count."""
    for commodity in COMMODITIES:
        _opened(commodity)
    first = not VaultList.objects.exists()
    checks = _refused_lists() if first else []
    for commodity in COMMODITIES:
        if not VaultList.objects.filter(vault__code=commodity.vault).exists():
            send_list(commodity, lines_of(commodity))
    bars = VaultItem.objects.filter(vault__code=GOLD.vault)
    return [
        *checks,
        check("bars on the vault's list", BARS, bars.count()),
        check("weighed otherwise than by the refiner", 3, sum(bar.difference_minor != 0 for bar in bars)),
        check("tanks on the terminal's list", 3, VaultItem.objects.filter(vault__code=OIL.vault).count()),
    ]


def allocated() -> Sequence[Check]:
    """Two houses put the bars and tanks behind their tokens; one of each stays free."""
    for commodity in COMMODITIES:
        items = list(VaultItem.objects.filter(vault__code=commodity.vault, state="FREE").order_by("key"))
        if backing_minor(token(commodity)) == 0:
            payload = {"items": [item.pk for item in items[:-1]], "token": token(commodity).pk, "reason": "first issue"}
            approved(AllocateItems.name, payload, checker="registrar.checker")
    gold = VaultItem.objects.filter(vault__code=GOLD.vault)
    second = {"items": [gold.filter(state="ALLOCATED")[0].pk], "token": token(GOLD).pk, "reason": "again"}
    return [
        refused("a bar never backs two things", lambda: approved(AllocateItems.name, second), error=Exception),
        check("bars behind the token", BARS - 1, gold.filter(state="ALLOCATED").count()),
        check("bars left free", 1, gold.filter(state="FREE").count()),
        check("oil behind the other token", True, backing_minor(token(OIL)) > 0),
    ]


def send_list(commodity: Commodity, lines: Sequence[ListLine]) -> VaultList:
    """The keeper's next list as of a minute ago; odd numbers come as CSV, even ones as a spreadsheet."""
    found = _list(commodity, lines)
    content = csv_of(found) if found.head.number % 2 else xlsx_of(found)
    return _imported(commodity, content, found.head.number)


def present(commodity: Commodity) -> list[ListLine]:
    """What still lies there: what has been released is gone."""
    gone = set(VaultItem.objects.filter(vault__code=commodity.vault, state="RELEASED").values_list("key", flat=True))
    return [line for line in lines_of(commodity) if line.key not in gone]


def lines_of(commodity: Commodity) -> list[ListLine]:
    """What lies there, as its keeper would write it."""
    return _bars() if commodity is GOLD else _tanks()


def _bars() -> list[ListLine]:
    lines = []
    for index in range(1, BARS + 1):
        gross, assay = 395_000 + index * 625, Decimal("995.0") + Decimal(index % 40) / 10
        weighed = gross - 25 if index in (5, 12, 19) else gross
        brand, serial, year = f"TEST REFINER {'ABC'[index % 3]}", f"RH{index:05d}", 2015 + index % 9
        lines.append(
            ListLine(
                line=index,
                key=f"{brand}/{serial}/{year}",
                brand=brand,
                serial=serial,
                year=year,
                refiner_gross_minor=gross,
                assay=assay,
                refiner_fine_minor=fine_of(gross, assay),
                gross_minor=weighed,
                fine_minor=fine_of(weighed, assay),
            )
        )
    return lines


def _tanks() -> list[ListLine]:
    return [
        ListLine(
            line=index,
            key=f"T-{index}/B-{index}",
            fine_minor=4_000_000 + index * 125_050,
            tank=f"T-{index}",
            batch=f"B-{index}",
            certificate=f"C-{index:04d}",
            inspector="Rehearsal inspectors",
            api_gravity=Decimal("33.4"),
            sediment_water_pct=Decimal("0.20"),
        )
        for index in range(1, 4)
    ]


def _refused_lists() -> list[Check]:
    lines = _bars()
    wrong = [replace(lines[0], fine_minor=lines[0].fine_minor + 1), *lines[1:]]
    in_situ = csv_of(_list(OIL, _tanks())).replace(b"STORED", b"IN SITU", 1)
    before = VaultItem.objects.count()
    return [
        refused(
            "one wrong fine weight refuses the whole list",
            lambda: _imported(GOLD, csv_of(_list(GOLD, wrong)), 1),
            error=Problems,
        ),
        refused("a quantity in the ground backs nothing", lambda: _imported(OIL, in_situ, 1), error=Problems),
        refused(
            "barrels are not taken into a vault of gold",
            lambda: _imported(GOLD, csv_of(_list(OIL, _tanks())), 1),
            error=Problems,
        ),
        check("items taken in by refused lists", before, VaultItem.objects.count()),
    ]


def _list(commodity: Commodity, lines: Sequence[ListLine]) -> ParsedList:
    vault = Vault.objects.get(code=commodity.vault)
    number = VaultList.objects.filter(vault=vault).count() + 1
    head = Head(
        layout=vault.kind.layout,
        vault=vault.code,
        number=number,
        as_of=clock.now().replace(microsecond=0) - timedelta(minutes=1),
        measure=commodity.measure,
        base=vault.kind.base,
    )
    return ParsedList(head, tuple(lines))


def _imported(commodity: Commodity, content: bytes, number: int) -> VaultList:
    suffix = "csv" if number % 2 else "xlsx"
    return vault_list_import(
        vault=Vault.objects.get(code=commodity.vault),
        content=content,
        name=f"{commodity.vault}-{number}.{suffix}".lower(),
        actor=person(KEEPER),
        now=clock.now(),
    )


def _opened(commodity: Commodity) -> Vault:
    known = Vault.objects.filter(code=commodity.vault).first()
    return known or vault_open(
        code=commodity.vault,
        name=commodity.vault_name,
        party=_keeper(commodity),
        commodity=commodity.measure,
        location="Rehearsal city (synthetic)",
        actor=person(KEEPER),
        now=clock.now(),
    )


def _keeper(commodity: Commodity) -> Party:
    return Party.objects.filter(reference=commodity.vault).first() or party_create(
        reference=commodity.vault,
        name=commodity.vault_name,
        kind="COMPANY",
        country="PK",
        category="RESIDENT",
        actor=person("compliance.officer"),
        now=clock.now(),
    )
