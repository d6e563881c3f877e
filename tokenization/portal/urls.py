from __future__ import annotations

from django.urls import path

from tokenization.portal.views import payments, portfolio, purchases, statements

app_name = "portal"
urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("holdings/<int:pk>/", portfolio.holding, name="holding"),
    path("purchases/<int:pk>/", purchases.purchase, name="purchase"),
    path("purchases/<int:pk>/allotment-letter.pdf", purchases.letter, name="letter"),
    path("purchases/<int:pk>/contract-note.pdf", purchases.note, name="note"),
    path("payments/<int:pk>/", payments.payment, name="payment"),
    path("payments/<int:pk>/advice.pdf", payments.advice, name="advice"),
    path("statement/", statements.statement, name="statement"),
]
