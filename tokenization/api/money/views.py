"""Money that comes and goes: the bank's files for the fiscal agent, payments for the holders."""

from __future__ import annotations

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from custody.settlement.services import bank_file_take
from tokenization.api.base import PAGE, Api, listed, reads, told, writes
from tokenization.api.idempotency import Answer, once
from tokenization.api.inputs import file_bytes
from tokenization.api.money.shapes import (
    BankFileInput,
    BankFileSerializer,
    PaymentSerializer,
    bank_file_body,
    payment_body,
)
from tokenization.api.paging import page
from tokenization.api.permissions import ConfirmsCash, Investor
from tokenization.api.problems import Missing
from tokenization.kernel import clock
from tokenization.portal.selectors import entitlements

TAG = "money"


class BankFiles(Api):
    permission_classes = (ConfirmsCash,)
    parser_classes = (MultiPartParser,)

    @writes(
        "bank_file",
        "Take in a statement or notification of the bank: all of it, or nothing",
        {"multipart/form-data": BankFileInput},
        BankFileSerializer,
        tag=TAG,
        text="Exact credits pay what is awaited, everything else waits in suspense. Faults come by line and path.",
    )
    def post(self, request: Request) -> Response:
        def effect(key: str) -> Answer:
            name, content = file_bytes(told(BankFileInput, request)["file"])
            found = bank_file_take(content=content, name=name, actor=self.user, now=clock.now())
            return Answer(201, BankFileSerializer(bank_file_body(found)).data)

        return once(request, self.user, effect)


class Payments(Api):
    permission_classes = (Investor,)

    @reads("payment_list", "Own payments, due and paid, the newest first", listed(PaymentSerializer), tag=TAG,
           parameters=PAGE)  # fmt: skip
    def get(self, request: Request) -> Response:
        return page(request, entitlements(self.user), lambda row: dict(PaymentSerializer(payment_body(row)).data))


class PaymentOne(Api):
    permission_classes = (Investor,)

    @reads("payment", "One of the own payments", PaymentSerializer, tag=TAG)
    def get(self, request: Request, pk: int) -> Response:
        row = entitlements(self.user).filter(pk=pk).first()
        if row is None:
            raise Missing(f"There is no payment {pk} of yours.", field="payment", rule="own payments")
        return Response(PaymentSerializer(payment_body(row)).data)
