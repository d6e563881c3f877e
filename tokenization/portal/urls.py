from __future__ import annotations

from django.urls import path

from tokenization.portal.views import (
    bid_entry,
    bid_files,
    bids,
    deliveries,
    offerings,
    pay_outs,
    payments,
    portfolio,
    purchases,
    statements,
    trades,
)

app_name = "portal"
urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("holdings/<int:pk>/", portfolio.holding, name="holding"),
    path("purchases/<int:pk>/", purchases.purchase, name="purchase"),
    path("purchases/<int:pk>/allotment-letter.pdf", purchases.letter, name="letter"),
    path("purchases/<int:pk>/contract-note.pdf", purchases.note, name="note"),
    path("payments/<int:pk>/", payments.payment, name="payment"),
    path("payments/<int:pk>/advice.pdf", payments.advice, name="advice"),
    path("cash/", pay_outs.cash, name="cash"),
    path("cash/<int:pk>/", pay_outs.pay_out, name="pay-out"),
    path("cash/<int:pk>/take-back/", pay_outs.take_back, name="take-back"),
    path("holdings/<int:pk>/deliver/", deliveries.deliver, name="deliver"),
    path("deliveries/<int:pk>/", deliveries.delivery, name="delivery"),
    path("deliveries/<int:pk>/take-back/", deliveries.take_back, name="delivery-take-back"),
    path("deliveries/<int:pk>/release-order.pdf", deliveries.order_pdf, name="release-order"),
    path("offerings/", offerings.offerings, name="offerings"),
    path("offerings/<int:pk>/", offerings.offering, name="offering"),
    path("offerings/<int:pk>/result.pdf", offerings.result_pdf, name="result-pdf"),
    path("offerings/<int:pk>/result.csv", offerings.result_csv, name="result-csv"),
    path("offerings/<int:pk>/bid/", bid_entry.place, name="place"),
    path("offerings/<int:pk>/bid-file/", bid_files.bid_file, name="bid-file"),
    path("offerings/<int:pk>/bid-file/example.<slug:name>", bid_files.example, name="bid-file-example"),
    path("trades/<int:pk>/contract-note.pdf", trades.note, name="trade-note"),
    path("bids/", bids.bids, name="bids"),
    path("bids/<int:pk>/", bids.bid, name="bid"),
    path("bids/<int:pk>/amend/", bid_entry.amend, name="amend"),
    path("bids/<int:pk>/withdraw/", bids.withdraw, name="withdraw"),
    path("bids/<int:pk>/receipt.pdf", bids.receipt_pdf, name="receipt"),
    path("bids/<int:pk>/received.json", bids.receipt_text, name="received"),
    path("statement/", statements.statement, name="statement"),
]
