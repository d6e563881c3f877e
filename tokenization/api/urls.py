from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from tokenization.api.bids import views as bids
from tokenization.api.market import views as market
from tokenization.api.market.results import AuctionResult
from tokenization.api.money import views as money
from tokenization.api.money.burns import PayOuts
from tokenization.api.own import views as own
from tokenization.api.permissions import HoldsARole
from tokenization.api.trades import views as trades
from tokenization.api.views import SeriesSupply

app_name = "api"
urlpatterns = [
    path("series", market.SeriesList.as_view(), name="series-list"),
    path("series/<str:isin>", market.SeriesOne.as_view(), name="series"),
    path("series/<str:isin>/schedule", market.SeriesSchedule.as_view(), name="series-schedule"),
    path("series/<str:isin>/supply", SeriesSupply.as_view(), name="series-supply"),
    path("auctions", market.AuctionList.as_view(), name="auction-list"),
    path("auctions/<int:pk>", market.AuctionOne.as_view(), name="auction"),
    path("auctions/<int:pk>/result", AuctionResult.as_view(), name="auction-result"),
    path("auctions/<int:pk>/bids", bids.AuctionBids.as_view(), name="auction-bids"),
    path("auctions/<int:pk>/bid-files", bids.BidFiles.as_view(), name="bid-files"),
    path("bids", bids.OwnBids.as_view(), name="bid-list"),
    path("bids/<int:pk>", bids.OwnBid.as_view(), name="bid"),
    path("bids/<int:pk>/amend", bids.BidAmend.as_view(), name="bid-amend"),
    path("bids/<int:pk>/withdraw", bids.BidWithdraw.as_view(), name="bid-withdraw"),
    path("allotments", own.Allotments.as_view(), name="allotment-list"),
    path("allotments/<int:pk>", own.AllotmentOne.as_view(), name="allotment"),
    path("portfolio", own.Portfolio.as_view(), name="portfolio"),
    path("payments", money.Payments.as_view(), name="payment-list"),
    path("payments/<int:pk>", money.PaymentOne.as_view(), name="payment"),
    path("payments/expected", own.PaymentsExpected.as_view(), name="payment-expected"),
    path("statement", own.Statements.as_view(), name="statement"),
    path("trades", trades.Trades.as_view(), name="trade-list"),
    path("trades/<int:pk>", trades.TradeOne.as_view(), name="trade"),
    path("trades/<int:pk>/sign", trades.TradeSign.as_view(), name="trade-sign"),
    path("trades/<int:pk>/decline", trades.TradeDecline.as_view(), name="trade-decline"),
    path("cash/pay-outs", PayOuts.as_view(), name="pay-outs"),
    path("bank-files", money.BankFiles.as_view(), name="bank-files"),
    path("offers", market.OfferList.as_view(), name="offer-list"),
    path("schema", SpectacularAPIView.as_view(permission_classes=[HoldsARole]), name="schema"),
]
