"""Vaults, their first lists and a token in their measure, as rows: for rules that the database keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from custody.reserves.lists import ParsedList, csv_of
from custody.reserves.models import Vault, VaultItem, VaultList
from custody.reserves.services import vault_list_import, vault_open
from custody.tokenisation.models import TokenContract
from tests.factories import commodities, issuance, vault_lists
from tests.factories import ledgerless as world
from tests.factories.identity import party
from tokenization.identity.models import Approval

NOW = world.NOW
_codes = count(1)


def vault(code: str = vault_lists.VAULT, commodity: str = "XAU") -> Vault:
    keeper = party(
        reference=f"KEEPER-{next(_codes)}",
        name="A keeper for tests",
        kind="COMPANY",
        actor=world.officer("COMPLIANCE_OFFICER"),
    )
    return vault_open(
        code=code,
        name="A vault for tests",
        party=keeper,
        commodity=commodity,
        location="Testville",
        actor=world.officer("REGISTRAR_OFFICER"),
        now=NOW,
    )


def take(of: Vault, content: bytes | ParsedList, role: str = "REGISTRAR_OFFICER", now: datetime = NOW) -> VaultList:
    made = content if isinstance(content, bytes) else csv_of(content)
    return vault_list_import(vault=of, content=made, name="list.csv", actor=world.officer(role), now=now)


def bars(number: int = 3) -> list[VaultItem]:
    """That many free bars of a new vault."""
    found = take(vault(), vault_lists.weight_list(number))
    return list(VaultItem.objects.filter(vault=found.vault).order_by("pk"))


def token(measure: str = "XAU", **terms: Any) -> TokenContract:
    """Live, of a reserve-backed series: a unit is the measure's smallest."""
    office = issuance.office()
    parent = commodities.programme(office, measure, ceiling=100_000_000)
    return world.token(office, commodities.series(office, parent, **terms))


def decide(action: str, items: Sequence[VaultItem], **more: Any) -> Approval:
    """Proposed by the debt office, approved by the registrar; the items are loaded again."""
    payload = {"items": [row.pk for row in items], "reason": "for a test", **more}
    found = world.approve(f"custody.reserves.{action}", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")
    for row in items:
        row.refresh_from_db()
    return found


def allocate(items: Sequence[VaultItem], to: TokenContract) -> Approval:
    return decide("AllocateItems", items, token=to.pk)
