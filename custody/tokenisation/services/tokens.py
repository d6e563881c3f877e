"""A series' token: its terms, its address before it exists, and how it comes to life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from contracts.gateway import abi, calls, views
from contracts.gateway.addresses import create2_address
from contracts.gateway.client import Node
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.indexer.services import watch
from contracts.outbox.services import intent_enqueue
from custody.tokenisation import verify
from custody.tokenisation.models import ProgrammeCode, TokenContract, token_machine
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.outcome import Outcome, intent_result
from custody.tokenisation.services.programme import MICRO, programme_add
from custody.tokenisation.services.reserves import reserve_open
from custody.tokenisation.services.wallets import chain_id
from issuance.authority import fx
from issuance.series.models import Series
from issuance.series.services import series_mark_live
from tokenization.identity.actors import system_user
from tokenization.identity.models import Approval
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused

# Rules of the holders (IEngine.Rules): country set, categories, units per investor, holders, reserve-backed.
Rules = tuple[bytes, int, int, int, bool]
NO_RULES: Rules = (bytes(32), 0, 0, 0, False)
RESERVE_BACKED: Rules = (bytes(32), 0, 0, 0, True)


@dataclass(frozen=True)
class TokenTerms:
    """What the factory is called with; `maturity` is the record instant, unix seconds."""

    name: str
    symbol: str
    terms_hash: str
    programme: str
    ceiling_units: int
    face_per_unit: int
    maturity: int
    identity_registry: str
    engine: str
    controller: str
    decimals: int = 0
    rules: Rules = NO_RULES

    def as_tuple(self) -> tuple[Any, ...]:
        """In the order of TokenFactory.TokenTerms; debt tokens have no decimals, cash those of its currency."""
        return (
            self.name,
            self.symbol,
            self.decimals,
            self.identity_registry,
            self.engine,
            self.controller,
            bytes.fromhex(self.terms_hash[2:]),
            bytes.fromhex(self.programme[2:]),
            self.ceiling_units,
            self.face_per_unit,
            self.maturity,
            self.rules,
        )


def record_instant(series: Series) -> datetime:
    """The beginning of the maturity day in the series' zone: transfers close then, on chain and for the record."""
    return datetime.combine(series.maturity_date, time(0), tzinfo=ZoneInfo(series.record_zone))


def token_terms(series: Series) -> TokenTerms:
    """The terms as they go on chain: ceiling in units, face per unit in millionths of the programme's minor unit."""
    sheet = series.term_sheets.order_by("-version").first()
    if sheet is None:
        raise Refused(f"{series.isin} has no approved term sheet.", field="series", rule="term sheet approved")
    code, _ = ProgrammeCode.objects.get_or_create(programme=series.programme)
    return TokenTerms(
        name=series.name,
        symbol=series.short_name,
        terms_hash=sheet.sha256,
        programme=code.code,
        ceiling_units=series.ceiling_units,
        face_per_unit=_face_per_unit(series),
        maturity=int(record_instant(series).timestamp()),
        identity_registry=contract_address("IDENTITY_REGISTRY"),
        engine=contract_address("ENGINE"),
        controller=contract_address("CONTROLLER"),
        rules=RESERVE_BACKED if series.is_reserve else NO_RULES,
    )


def _face_per_unit(series: Series) -> int:
    # Fixed for the life of the series at the rate of its issue date; the database keeps dated rates and tests again.
    own, other = series.currency, series.programme.currency
    row = fx.rate_between(own, other, series.issue_date)
    return fx.convert(series.denomination_minor * MICRO, row, source=own, target=other)


def token_salt(series: Series, terms: TokenTerms) -> str:
    """One salt per series: the same terms give the same address, always."""
    return sha256_hex(canonical_json({"isin": series.isin, "terms": terms.terms_hash}))


def predicted_address(salt: str, terms: TokenTerms) -> str:
    """Where the factory will create the token (CREATE2), computed without asking the node."""
    data = abi.encode_call(
        "SecurityToken",
        "initialize",
        (
            terms.name,
            terms.symbol,
            terms.decimals,
            contract_address("ACCESS_MANAGER"),
            terms.identity_registry,
            terms.engine,
            terms.controller,
            bytes.fromhex(terms.terms_hash[2:]),
        ),
    )
    code = abi.encode_creation("ERC1967Proxy", (contract_address("TOKEN_IMPLEMENTATION"), data))
    return create2_address(contract_address("FACTORY"), bytes.fromhex(salt[2:]), code)


@transaction.atomic
def token_plan(*, series: Series, approval: Approval, now: datetime) -> TokenContract:
    """Name the token's address, let the indexer watch it from now, and send ceiling and creation.

    A reserve-backed token is created once its reserve is open: from its first block on nothing unattested is issued.
    """
    terms = token_terms(series)
    salt = token_salt(series, terms)
    address = predicted_address(salt, terms)
    token = TokenContract.objects.create(
        series=series,
        currency=series.currency,
        chain_id=chain_id(),
        address=address,
        salt=salt,
        terms_hash=terms.terms_hash,
        approval=approval,
    )
    watch(address=address, artifact="SecurityToken", name=series.isin, now=now)
    first = [programme_add(programme=series.programme, now=now).intent]
    if series.is_reserve:
        first.append(reserve_open(token=token, now=now).intent)
    intent = intent_enqueue(
        key=f"token:{series.isin}",
        signer=ROLE_KEYS[ChainRole.DEPLOYER],
        call=calls.create_token(contract_address("FACTORY"), salt, terms.as_tuple(), series.isin),
        after=first,
        now=now,
    )
    token_machine.move(token, "SENT", intent=intent)
    return token


def tokens_advance(*, now: datetime) -> int:
    """Call tokens LIVE whose creation is final and whose code is the proxy's. Returns how many."""
    moved = 0
    for token in TokenContract.objects.filter(state=TokenContract.State.SENT).select_related("intent"):
        if token.intent is None or intent_result(token.intent).outcome is not Outcome.DONE:
            continue
        with Node(settings.CHAIN_RPC_URL) as node:
            head = views.final_head(node, settings.CHAIN_FINALITY)
            if not verify.code_matches(node, head.hash, "ERC1967Proxy", token.address):
                raise Refused(f"No token stands at {token.address}.", rule="code as compiled")
        _live(token, now)
        moved += 1
    return moved


@transaction.atomic
def _live(token: TokenContract, now: datetime) -> None:
    token_machine.move(token, "LIVE")
    if not token.is_cash and token.series.state == "APPROVED":
        series_mark_live(series=token.series, actor=system_user(), now=now)
