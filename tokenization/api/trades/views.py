"""Trades between two investors: proposed, signed by each with his own key, declined; read by the two alone."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from custody.settlement.trades.models import Trade
from custody.settlement.trades.services import trade_decline, trade_propose, trade_sign
from custody.tokenisation.models import TokenContract, Wallet
from tokenization.api.base import PAGE, Api, listed, reads, told, writes
from tokenization.api.bids.selectors import own_party
from tokenization.api.idempotency import Answer, once
from tokenization.api.inputs import minor_of, renamed
from tokenization.api.market.selectors import series_named
from tokenization.api.paging import page
from tokenization.api.permissions import Investor
from tokenization.api.problems import Missing
from tokenization.api.trades.shapes import DeclineInput, ProposeInput, SignInput, TradeSerializer, trade_body
from tokenization.identity.models import User
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.portal.selectors import parties_of

TAG = "trades"
NAMES = {"amount_minor": "amount.minor", "token": "isin", "seller": "seller_wallet", "buyer": "buyer_wallet"}


def trades_of(user: User) -> QuerySet[Trade]:
    rows = Trade.objects.filter(sides__party__in=parties_of(user)).distinct()
    return rows.select_related("token__series", "cash", "intent")


def trade_named(user: User, pk: int) -> Trade:
    row = trades_of(user).filter(pk=pk).first()
    if row is None:
        raise Missing(f"There is no trade {pk} of yours.", field="trade", rule="own trades")
    return row


def _told(user: User, row: Trade) -> dict[str, object]:
    mine = set(parties_of(user).values_list("pk", flat=True))
    return dict(TradeSerializer(trade_body(row, mine, clock.now())).data)


def _wallet(address: str, field: str) -> Wallet:
    row = Wallet.objects.filter(address=address).first()
    if row is None:
        raise Refused(
            f"The {field.removesuffix('_wallet')}'s wallet is not registered to a holder with a valid KYC.",
            field=field,
            rule="registered wallet, valid KYC",
        )
    return row


class Trades(Api):
    permission_classes = (Investor,)

    @reads("trade_list", "Own trades, the newest first", listed(TradeSerializer), tag=TAG, parameters=PAGE)
    def get(self, request: Request) -> Response:
        return page(request, trades_of(self.user), lambda row: _told(self.user, row))

    @writes(
        "trade_propose",
        "Propose a trade for both sides to sign",
        ProposeInput,
        TradeSerializer,
        tag=TAG,
        text="Units of a security against settlement cash, by one transaction or not at all.",
    )
    def post(self, request: Request) -> Response:
        def effect(key: str) -> Answer:
            body = told(ProposeInput, request)
            party = own_party(self.user, body["party"], "party")
            token = TokenContract.objects.filter(series=series_named(body["isin"])).first()
            if token is None:
                raise Missing(f"{body['isin']} is not on chain.", field="isin", rule="the series has been tokenised")
            with renamed(NAMES):
                row = trade_propose(
                    token=token,
                    seller=_wallet(body["seller_wallet"], "seller_wallet"),
                    buyer=_wallet(body["buyer_wallet"], "buyer_wallet"),
                    units=body["units"],
                    amount_minor=minor_of(body["amount"], token.paid_in, "amount"),
                    valid_until=body["valid_until"],
                    party=party,
                    actor=self.user,
                    now=clock.now(),
                )
            return Answer(201, _told(self.user, trade_named(self.user, row.pk)))

        return once(request, self.user, effect)


class TradeOne(Api):
    permission_classes = (Investor,)

    @reads("trade", "One of the own trades, and what to sign", TradeSerializer, tag=TAG)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_told(self.user, trade_named(self.user, pk)))


class TradeSign(Api):
    permission_classes = (Investor,)

    @writes("trade_sign", "Hand over one side's signature", SignInput, TradeSerializer, tag=TAG)
    def post(self, request: Request, pk: int) -> Response:
        def effect(key: str) -> Answer:
            trade, body = trade_named(self.user, pk), told(SignInput, request)
            party = own_party(self.user, body["party"], "party")
            trade_sign(trade=trade, signature=body["signature"], party=party, actor=self.user, now=clock.now())
            return Answer(201, _told(self.user, trade_named(self.user, pk)))

        return once(request, self.user, effect)


class TradeDecline(Api):
    permission_classes = (Investor,)

    @writes("trade_decline", "Give up a trade that is not signed by both", DeclineInput, TradeSerializer, tag=TAG)
    def post(self, request: Request, pk: int) -> Response:
        def effect(key: str) -> Answer:
            trade, body = trade_named(self.user, pk), told(DeclineInput, request)
            party = own_party(self.user, body["party"], "party")
            trade_decline(trade=trade, reason=body["reason"], party=party, actor=self.user, now=clock.now())
            return Answer(201, _told(self.user, trade_named(self.user, pk)))

        return once(request, self.user, effect)
