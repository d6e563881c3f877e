"""What was deployed and who holds which wallet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from custody.tokenisation.models import ChainContract, ChainSetting, TokenContract, WalletHolder
from tokenization.identity.models import Party
from tokenization.kernel.errors import Unavailable


@dataclass(frozen=True)
class ManifestLine:
    """One line of what stands on chain: `name` is a contract's, a setting's or a series' ISIN."""

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
    live = ChainContract.objects.filter(state="LIVE").count() == len(ChainContract.Name.values)
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
        ManifestLine(t.series.isin, t.address, t.state, t.terms_hash, t.intent.key if t.intent else "")
        for t in TokenContract.objects.select_related("series", "intent").order_by("pk")
    ]
    return lines


def wallet_owner(address: str, at: datetime) -> Party | None:
    """Whose wallet it was at an instant."""
    period = Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    holder = WalletHolder.objects.filter(period, wallet__address=address.lower()).select_related("party").first()
    return holder.party if holder else None
