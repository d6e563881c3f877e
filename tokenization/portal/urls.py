from __future__ import annotations

from django.urls import path

from tokenization.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.portfolio, name="portfolio"),
    path("purchases/<int:pk>/", views.settlement, name="settlement"),
    path("payments/<int:pk>/", views.payment, name="payment"),
]
