"""Two investors agree: one proposes, each signs the same message with his own key, either may decline before that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from contracts.gateway.messages import Trade as Order
from contracts.gateway.messages import trade_typed_data
from contracts.gateway.typed_data import digest, recover
from custody.settlement.trades.models import Trade, TradeSide, TradeSignature
from custody.settlement.trades.services.moves import locked, move
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import contract_address, wallet_owner
from tokenization.identity import audit, kyc
from tokenization.identity.models import Party, PartyMember, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import NotAllowed, Refused
from tokenization.kernel.locks import lock_rows

LONGEST = timedelta(days=31)
SELLER, BUYER = TradeSide.Role.SELLER, TradeSide.Role.BUYER


@dataclass(frozen=True)
class _Terms:
    token: TokenContract
    cash: TokenContract
    seller: Wallet
    buyer: Wallet
    units: int
    amount_minor: int
    valid_until: datetime


@transaction.atomic
def trade_propose(
    *,
    token: TokenContract,
    seller: Wallet,
    buyer: Wallet,
    units: int,
    amount_minor: int,
    valid_until: datetime,
    party: Party,
    actor: User,
    now: datetime,
) -> Trade:
    """Write down a trade for both to sign: `units` of a live series against `amount_minor` of the currency's cash.

    `party` is one of the two and `actor` acts for it. The same terms again make another trade: nonces differ.
    """
    require_member(party, actor)
    cash = _cash(token)
    # Rivals for a wallet's next nonce wait here for each other.
    (wallets,) = lock_rows(Wallet.objects.filter(pk__in=[seller.pk, buyer.pk]))
    found = {wallet.pk: wallet for wallet in wallets}
    end = valid_until.astimezone(UTC).replace(microsecond=0)
    terms = _Terms(token, cash, found[seller.pk], found[buyer.pk], units, amount_minor, end)
    owners = _owners(terms, party, now)
    _check(terms, now)
    trade, sides = _made(terms, owners, party, now)
    trade.save()
    for side in sides:
        side.trade = trade
        side.save()
    body = {"token": token.code, "units": units, "amount_minor": amount_minor, "digest": trade.digest}
    audit.record(actor=actor, action="trade.propose", subject=f"trade:{trade.pk}", body=body, now=now)
    return trade


def trade_message(trade: Trade) -> dict[str, Any]:
    """The EIP-712 message that both sides sign, as their wallets show it."""
    return trade_typed_data(trade.chain_id, trade.contract, order_of(trade))


@transaction.atomic
def trade_sign(*, trade: Trade, signature: str, party: Party, actor: User, now: datetime) -> Trade:
    """Keep a side's signature; with both the trade is SIGNED and leaves with the next bell.

    Refused unless the key of that side's own wallet signed exactly this trade. Signing again changes nothing.
    """
    require_member(party, actor)
    row = locked(trade.pk)
    side = _side(row, party)
    _check_open(row, now)
    try:
        signer = recover(trade_message(row), signature)
    except ValueError as error:
        raise Refused(f"The signature cannot be read: {error}.", field="signature", rule="EIP-712") from error
    if signer != side.wallet.address:
        raise Refused(
            "The signature is not that of your wallet over this trade.",
            field="signature",
            rule="signed by the wallet's own key",
            next_step="Sign the message of this trade unchanged with the key of the wallet that it names.",
        )
    defaults = {"signature": _canonical(signature), "signed_by": actor, "signed_at": now}
    _, fresh = TradeSignature.objects.get_or_create(side=side, defaults=defaults)
    if fresh:
        body = {"role": side.role, "wallet": side.wallet.address, "digest": row.digest}
        audit.record(actor=actor, action="trade.sign", subject=f"trade:{row.pk}", body=body, now=now)
    if row.state == Trade.State.PROPOSED and TradeSignature.objects.filter(side__trade=row).count() == 2:
        move(row, "SIGNED", actor=actor, now=now)
    return row


@transaction.atomic
def trade_decline(*, trade: Trade, reason: str, party: Party, actor: User, now: datetime) -> Trade:
    """Give up a trade that is not signed by both yet. A signature given before is never shown to anybody."""
    require_member(party, actor)
    row = locked(trade.pk)
    _side(row, party)
    if row.state != Trade.State.PROPOSED:
        raise Refused(
            f"The trade is {row.get_state_display()}.",
            field="trade",
            rule="declined before both have signed",
            next_step="Your key can still withdraw its nonce on chain (cancelNonces).",
        )
    words = f"Declined by {party.reference}: {reason.strip() or 'no reason given'}"
    move(row, "FAILED", actor=actor, now=now, reason=words)
    return row


def order_of(trade: Trade) -> Order:
    """The trade as the contract reads it."""
    sides = {side.role: side for side in trade.sides.select_related("wallet")}
    return _order(trade, sides[SELLER], sides[BUYER])


def require_member(party: Party, actor: User) -> None:
    """NotAllowed unless the user acts for the party in the portal."""
    require_power(actor, Power.PORTAL)
    if not PartyMember.objects.filter(party=party, user=actor).exists():
        raise NotAllowed(f"{actor.username} does not act for {party.reference}.", rule="own party only")


def _side(trade: Trade, party: Party) -> TradeSide:
    found = trade.sides.filter(party=party).select_related("wallet").first()
    if found is None:
        raise NotAllowed("This trade is between others.", rule="own trades only")
    return found


def _check_open(trade: Trade, now: datetime) -> None:
    if trade.state not in (Trade.State.PROPOSED, Trade.State.SIGNED):
        raise Refused(f"The trade is {trade.get_state_display()}.", field="trade", rule="signed before it is sent")
    if now > trade.valid_until:
        raise Refused(
            "The trade's time has passed.", field="trade", rule="signed in time", next_step="Propose it anew."
        )


def _canonical(signature: str) -> str:
    return "0x" + signature.lower().removeprefix("0x")


def _cash(token: TokenContract) -> TokenContract:
    cash = TokenContract.objects.filter(purpose="CASH", currency=token.paid_in, state="LIVE").first()
    if token.is_cash or token.state != "LIVE":
        raise Refused(f"{token.code} is not dealt in.", field="token", rule="live series")
    if cash is None:
        raise Refused(f"There is no cash token in {token.paid_in}.", field="token", rule="paid in the cash token")
    return cash


def _owners(terms: _Terms, party: Party, now: datetime) -> dict[str, Party]:
    """The parties of both wallets, each with a valid KYC; one of them proposes."""
    found: dict[str, Party] = {}
    for role, wallet in ((SELLER, terms.seller), (BUYER, terms.buyer)):
        owner = wallet_owner(wallet.address, now)
        if owner is None or not _registered(wallet) or not kyc.is_valid(owner, now):
            raise Refused(
                f"The {role.lower()}'s wallet is not registered to a holder with a valid KYC.",
                field=role.lower(),
                rule="registered wallet, valid KYC",
            )
        found[role] = owner
    if found[SELLER].pk == found[BUYER].pk:
        raise Refused("Both wallets belong to the same party.", field="buyer", rule="two parties")
    if party.pk not in (found[SELLER].pk, found[BUYER].pk):
        raise NotAllowed("You propose trades of your own wallets only.", rule="own wallet on one side")
    return found


def _registered(wallet: Wallet) -> bool:
    # One that is being renewed was recorded before.
    return wallet.chain_state == Wallet.ChainState.REGISTERED or wallet.recorded_expiry is not None


def _check(terms: _Terms, now: datetime) -> None:
    if terms.units < 1 or terms.amount_minor < 1:
        raise Refused("Units and amount are positive.", field="units", rule="positive")
    if not now < terms.valid_until <= now + LONGEST:
        raise Refused(f"A trade ends in the future, within {LONGEST.days} days.", field="valid_until", rule="dated end")


def _made(terms: _Terms, owners: dict[str, Party], party: Party, now: datetime) -> tuple[Trade, list[TradeSide]]:
    """Not saved yet: the digest covers the nonces, which are the next of each wallet."""
    sides = [
        TradeSide(role=role, party=owners[role], wallet=wallet, nonce=_next_nonce(wallet))
        for role, wallet in ((SELLER, terms.seller), (BUYER, terms.buyer))
    ]
    trade = Trade(
        token=terms.token,
        cash=terms.cash,
        units=terms.units,
        amount_minor=terms.amount_minor,
        chain_id=terms.token.chain_id,
        contract=contract_address("DELIVERY_VERSUS_PAYMENT"),
        valid_until=terms.valid_until,
        proposed_by=party,
        proposed_at=now,
    )
    trade.digest = digest(trade_typed_data(trade.chain_id, trade.contract, _order(trade, *sides)))
    return trade, sides


def _next_nonce(wallet: Wallet) -> int:
    # In order, so that 256 of them share a word of the contract.
    last = TradeSide.objects.filter(wallet=wallet).aggregate(last=Max("nonce"))["last"]
    return int(last or 0) + 1


def _order(trade: Trade, seller: TradeSide, buyer: TradeSide) -> Order:
    return Order(
        token=trade.token.address,
        seller=seller.wallet.address,
        buyer=buyer.wallet.address,
        units=trade.units,
        cash=trade.cash.address,
        amount=trade.amount_minor,
        seller_nonce=int(seller.nonce),
        buyer_nonce=int(buyer.nonce),
        valid_until=int(trade.valid_until.timestamp()),
    )
