from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from tokenization.api.permissions import HoldsARole
from tokenization.api.views import SeriesSupply

app_name = "api"
urlpatterns = [
    path("series/<str:isin>/supply", SeriesSupply.as_view(), name="series-supply"),
    path("schema", SpectacularAPIView.as_view(permission_classes=[HoldsARole]), name="schema"),
]
