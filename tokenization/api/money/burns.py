"""Settlement cash back into money at a bank: asked for by the holder, burned by two houses, then paid out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from custody.cash.models import CashBurn
from custody.cash.services import cash_burn_request
from custody.tokenisation.models import WalletHolder
from tokenization.api.base import PAGE, Api, listed, reads, told, writes
from tokenization.api.idempotency import Answer, once
from tokenization.api.inputs import Body, Hex, MoneyInput, Text, renamed
from tokenization.api.paging import page
from tokenization.api.permissions import Investor
from tokenization.api.problems import Missing
from tokenization.api.serializers import AmountSerializer, amount, instant
from tokenization.identity.models import User
from tokenization.kernel import clock
from tokenization.kernel.secrets import masked
from tokenization.portal.selectors import pay_outs_of, wallets_of

TAG = "money"


class PayOutInput(Body):
    wallet = Hex(20, help_text="One of the own wallets.")
    amount = MoneyInput(help_text="At most what the wallet holds undisputed and has not asked for already.")
    payee = Text(max_length=64, help_text="The account that is to be paid.")


class PayOutSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    party = serializers.CharField()
    wallet = serializers.CharField()
    amount = AmountSerializer()
    payee = serializers.CharField(help_text="The last four characters of the account.")
    state = serializers.CharField(help_text="REQUESTED, BURNING, BURNED, PAID, FAILED or CANCELLED.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it failed or was cancelled.")
    requested_at = instant("When it was asked for.")
    bank_reference = serializers.CharField(allow_blank=True, help_text="Of the payment.")


def pay_out_body(row: CashBurn) -> dict[str, Any]:
    return {
        "id": row.pk,
        "party": row.party.reference,
        "wallet": row.wallet.address,
        "amount": amount(row.amount_minor, row.token.currency),
        "payee": masked(row.payee),
        "state": row.state,
        "reason": row.reason,
        "requested_at": row.requested_at,
        "bank_reference": row.bank_reference,
    }


def own_wallet(user: User, address: str) -> WalletHolder:
    row = wallets_of(user).filter(wallet__address=address).first()
    if row is None:
        raise Missing(f"You have no wallet {address}.", field="wallet", rule="own wallets")
    return row


class PayOuts(Api):
    permission_classes = (Investor,)

    @reads("pay_out_list", "Settlement cash asked back, the newest first", listed(PayOutSerializer), tag=TAG,
           parameters=PAGE)  # fmt: skip
    def get(self, request: Request) -> Response:
        return page(request, pay_outs_of(self.user), lambda row: dict(PayOutSerializer(pay_out_body(row)).data))

    @writes(
        "pay_out_request",
        "Ask for money at a bank in place of settlement cash",
        PayOutInput,
        PayOutSerializer,
        tag=TAG,
        text="The tokens are burned first, once two persons have approved; then the fiscal agent pays.",
    )
    def post(self, request: Request) -> Response:
        def effect(key: str) -> Answer:
            body = told(PayOutInput, request)
            held, money = own_wallet(self.user, body["wallet"]), body["amount"]
            with renamed({"amount_minor": "amount.minor", "currency": "amount.currency"}):
                row = cash_burn_request(
                    wallet=held.wallet,
                    currency=money["currency"],
                    amount_minor=money["minor"],
                    payee=body["payee"],
                    actor=self.user,
                    now=clock.now(),
                )
            return Answer(201, PayOutSerializer(pay_out_body(row)).data)

        return once(request, self.user, effect)
