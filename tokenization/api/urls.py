from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from tokenization.api.market import views as market
from tokenization.api.permissions import HoldsARole
from tokenization.api.views import SeriesSupply

app_name = "api"
urlpatterns = [
    path("series", market.SeriesList.as_view(), name="series-list"),
    path("series/<str:isin>", market.SeriesOne.as_view(), name="series"),
    path("series/<str:isin>/schedule", market.SeriesSchedule.as_view(), name="series-schedule"),
    path("series/<str:isin>/supply", SeriesSupply.as_view(), name="series-supply"),
    path("auctions", market.AuctionList.as_view(), name="auction-list"),
    path("auctions/<int:pk>", market.AuctionOne.as_view(), name="auction"),
    path("offers", market.OfferList.as_view(), name="offer-list"),
    path("schema", SpectacularAPIView.as_view(permission_classes=[HoldsARole]), name="schema"),
]
