"""What was deployed and who holds which wallet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from contracts.gateway.roles import TREASURY_KEY
from contracts.outbox.models import Signer
from custody.tokenisation.models import (
    ChainCode,
    ChainContract,
    ChainSetting,
    PartyCode,
    TokenContract,
    Wallet,
    WalletHolder,
)
from custody.tokenisation.plan import STEPS
from tokenization.identity.models import Party
from tokenization.kernel.errors import Unavailable


@dataclass(frozen=True)
class ManifestLine:
    """One line of what stands on chain: `name` is a contract's, a setting's or a token's code."""

    name: str
    address: str
    state: str
    artifact_hash: str
    intent_key: str


def contract_address(name: str) -> str:
    """The address of a live bootstrap contract; Unavailable (retryable) until the deployment is verified."""
    address = ChainContract.objects.filter(name=name, state="LIVE").values_list("address", flat=True).first()
    if not address:
        raise Unavailable(f"The contract {name} is not deployed yet.", next_step="It is tried again by itself.")
    return address


def deployment_is_live() -> bool:
    """Every bootstrap contract verified and the wiring final."""
    live = ChainContract.objects.filter(state="LIVE").count() == len(STEPS)
    return live and ChainSetting.objects.filter(key="wiring", state="LIVE").exists()


def manifest() -> list[ManifestLine]:
    """Everything deployed or set on chain by us, in the order in which it was planned."""
    lines = [
        ManifestLine(c.name, c.address or "", c.state, c.artifact_hash, c.intent.key if c.intent else "")
        for c in ChainContract.objects.select_related("intent").order_by("pk")
    ]
    lines += [
        ManifestLine(s.key, s.intent.to or "", s.state, s.intent.body_hash, s.intent.key)
        for s in ChainSetting.objects.select_related("intent").order_by("pk")
    ]
    lines += [
        ManifestLine(t.code, t.address, t.state, t.terms_hash, t.intent.key if t.intent else "")
        for t in TokenContract.objects.select_related("series", "intent").order_by("pk")
    ]
    return lines


def cash_token(currency: str) -> TokenContract | None:
    """The settlement cash of a currency, in whatever state; None before it was approved."""
    return TokenContract.objects.filter(purpose=TokenContract.Purpose.CASH, currency=currency).first()


def treasury_wallet() -> Wallet | None:
    """The wallet of the treasury's key once it is enrolled."""
    held = Signer.objects.filter(name=TREASURY_KEY, address__isnull=False).values_list("address", flat=True)
    return Wallet.objects.filter(address__in=list(held), proved_at__isnull=False).first()


_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}(?![0-9a-fA-F])")


_CODE = re.compile(r"(country|category) code (\d+)")


def _meaning(match: re.Match[str]) -> str:
    row = ChainCode.objects.filter(kind=match.group(1), code=int(match.group(2))).first()
    return row.value.replace("_", " ") if row else match.group()


def in_names(text: str, *, now: datetime) -> str:
    """The text with names in place of the addresses we know: a token's code, whose wallet it is, our contracts."""
    text = _CODE.sub(_meaning, text)
    found = {word.lower() for word in _ADDRESS.findall(text)}
    if not found:
        return text
    tokens = TokenContract.objects.filter(address__in=found).select_related("series")
    names = {token.address: token.code for token in tokens}
    for name, address in ChainContract.objects.filter(address__in=found).values_list("name", "address"):
        names[address or ""] = name.replace("_", " ").lower()
    for code, reference in PartyCode.objects.filter(code__in=found).values_list("code", "party__reference"):
        names[code] = reference
    for address, owner in wallet_owners(found - names.keys(), now).items():
        names[address] = f"the wallet {address[:6]}…{address[-4:]} of {owner.reference}"
    return _ADDRESS.sub(lambda match: names.get(match.group().lower(), match.group()), text)


def wallet_owner(address: str, at: datetime) -> Party | None:
    """Whose wallet it was at an instant."""
    return wallet_owners([address], at).get(address.lower())


def wallet_owners(addresses: Iterable[str], at: datetime) -> dict[str, Party]:
    """Whose wallets they were at an instant, by address; those of nobody are left out."""
    period = Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    rows = WalletHolder.objects.filter(period, wallet__address__in={address.lower() for address in addresses})
    return {row.wallet.address: row.party for row in rows.select_related("wallet", "party")}
