"""The office's own pages; the records' addresses are made by the admin site."""

from __future__ import annotations

from django.urls import URLPattern, path

from tokenization.backoffice.pages import (
    auction_results,
    auctions,
    bank,
    by_hand,
    conditions,
    decisions,
    events,
    fallback,
    programmes,
    proposals,
    reserves,
    selling,
    settlement,
    signatures,
    statements,
)


def pages() -> list[URLPattern]:
    return [
        path("decisions/", decisions.decisions, name="decisions"),
        path("decisions/<int:pk>/", decisions.decision, name="decision"),
        path("decisions/<int:pk>/term-sheet/", decisions.term_sheet, name="term-sheet"),
        path("decisions/<int:pk>/approve/", decisions.approve, name="decision-approve"),
        path("decisions/<int:pk>/reject/", decisions.reject, name="decision-reject"),
        path("decisions/<int:pk>/withdraw/", decisions.withdraw, name="decision-withdraw"),
        path("auctions/", auctions.auctions, name="auctions"),
        path("auctions/<int:pk>/", auctions.room, name="auction"),
        path("auctions/<int:pk>/close/", auctions.close, name="auction-close"),
        path("auctions/<int:pk>/propose/", auctions.propose, name="auction-propose"),
        path("auctions/<int:pk>/result/", auction_results.result, name="auction-result"),
        path("auctions/<int:pk>/result/csv/", auction_results.result_csv, name="auction-result-csv"),
        path("auctions/<int:pk>/result/pdf/", auction_results.result_pdf, name="auction-result-pdf"),
        path("conditions/", conditions.conditions, name="conditions"),
        path("reserves/", reserves.reserves, name="reserves"),
        path("reserves/items/", reserves.items, name="reserve-items"),
        path("reserves/orders/<int:pk>/", reserves.order, name="release-order"),
        path("reserves/orders/<int:pk>/order.pdf", reserves.order_pdf, name="release-order-pdf"),
        path("programmes/", programmes.programmes, name="programmes"),
        path("payments/<int:pk>/paid/", by_hand.payment, name="payment-paid"),
        path("settlement/<int:pk>/receipt/", by_hand.receipt, name="settlement-receipt"),
        path("events/", events.events, name="events"),
        path("events/<int:pk>/", events.event, name="event"),
        path("events/<int:pk>/fallback/", fallback.fallback, name="fallback"),
        path("events/<int:pk>/fallback/at-once/", fallback.at_once, name="fallback-at-once"),
        path("events/<int:pk>/fallback/on-proof/", fallback.on_proof, name="fallback-on-proof"),
        path("events/<int:pk>/fallback/by-two/", fallback.by_two, name="fallback-by-two"),
        path("settlement/", settlement.board, name="settlement"),
        path("settlement/apply/", settlement.apply, name="settlement-apply"),
        path("settlement/<int:pk>/withdraw/", settlement.withdraw, name="settlement-withdraw"),
        path("settlement/<int:pk>/refund/", settlement.refund, name="settlement-refund"),
        path("settlement/suspense/<int:pk>/return/", settlement.pay_back, name="settlement-return"),
        path("bank/", bank.files, name="bank"),
        path("bank/statements/<int:pk>/", bank.statement, name="bank-statement"),
        path("bank/notifications/<int:pk>/", bank.notification, name="bank-notification"),
        path("signatures/", signatures.signatures, name="signatures"),
        path("signatures/documents/", signatures.documents, name="signature-documents"),
        path("statements/", statements.statements, name="statements"),
        path("sell/", selling.selling, name="selling"),
        path("propose/", proposals.proposals, name="proposals"),
        path("propose/<slug:name>/", proposals.propose, name="propose"),
    ]
