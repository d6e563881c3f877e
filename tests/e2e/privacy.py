"""Run inside a finished life cycle's stack: is anything personal on the chain, as text or as an unsalted hash?"""

from __future__ import annotations

import sys

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import models  # noqa: E402

from contracts.gateway.client import Node  # noqa: E402
from custody.tokenisation.models import Wallet  # noqa: E402
from issuance.series.models import Series  # noqa: E402
from tests.support.privacy import betrayed, everything  # noqa: E402
from tokenization.identity.models import Party  # noqa: E402

# Text of these apps is somebody's business unless it is listed as public or is no datum at all.
PRIVATE_APPS = ("identity", "settlement", "registries", "servicing", "files", "allotment")
# Hashes, addresses and signatures are what the chain is about; choices and public identifiers name nobody.
PUBLIC_TYPES = ("AddressField", "HashField", "CurrencyField")
PUBLIC_NAMES = {
    "action", "artifact_hash", "country", "currency", "field", "isin", "items_root", "kind", "leaf", "maker_house",
    "payload_hash", "prev_hash", "hash", "sha256", "signature", "state", "status", "role", "house", "title", "password",
    "media_type", "rule", "checker_house", "previous_hash", "body_hash",
}  # fmt: skip
CONTROL = "privacy control: this text is on the chain"


def personal() -> set[str]:
    """Every short text in the private apps' tables: names, references, numbers of accounts, user names, reasons."""
    found: set[str] = set()
    for label in PRIVATE_APPS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.get_fields():
                if isinstance(field, (models.CharField, models.TextField)) and _counts(field):
                    values = model._base_manager.values_list(field.name, flat=True).distinct()
                    found |= {str(value) for value in values if value and 4 < len(str(value)) <= 120}
    return found


def _counts(field: models.Field[object, object]) -> bool:
    return not field.choices and field.name not in PUBLIC_NAMES and type(field).__name__ not in PUBLIC_TYPES


def findings(node: Node) -> list[str]:
    chain = list(everything(node))
    data = personal()
    words = [f"{datum!r} is on the chain: {where}" for datum, where in betrayed(data, chain)]
    missing = {party.name for party in Party.objects.all()} - data
    words += [f"{name!r} was not looked for" for name in missing]
    if len(data) < 200 or len(chain) < 200:
        words.append(f"too little was looked at: {len(data)} data, {len(chain)} places")
    # Control 1: what is on chain on purpose is found by the same search.
    isin, wallet = Series.objects.order_by("pk").values_list("name", flat=True)[0], Wallet.objects.all()[0].address
    if not betrayed([isin], chain):
        words.append("control: the public name of the series was not found")
    if not any(bytes.fromhex(wallet[2:]) in content for _, content in chain):
        words.append("control: a wallet was not found")
    print(f"{len(data):,} data in {len(chain):,} places, {sum(len(c) for _, c in chain):,} bytes")
    return words + _control(node)


def _control(node: Node) -> list[str]:
    """Control 2: the hash of a text, sent in a transaction, is found where it stands."""
    from eth_utils.crypto import keccak

    account = node.call("eth_accounts")[0]
    call = {"from": account, "to": account, "data": "0x" + (bytes(5) + keccak(CONTROL.upper().encode())).hex()}
    sent = node.call("eth_sendTransaction", call)
    node.call("evm_mine")
    found = betrayed([CONTROL], everything(node))
    return [] if found == [(CONTROL, f"input of transaction {sent}")] else [f"control: found {found}"]


def main() -> int:
    with Node(settings.CHAIN_RPC_URL, timeout=120) as node:
        words = findings(node)
    print("\n".join(words))
    return 1 if words else 0


if __name__ == "__main__":
    sys.exit(main())
