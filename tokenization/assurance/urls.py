from __future__ import annotations

from django.urls import path

from tokenization.assurance import exports, views

app_name = "assurance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("runs.csv", exports.runs_csv, name="runs-csv"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>.csv", exports.run_csv, name="run-csv"),
    path("breaks/", views.breaks, name="breaks"),
    path("breaks.csv", exports.breaks_csv, name="breaks-csv"),
    path("breaks/<int:pk>/", views.break_, name="break"),
    path("transactions/<str:tx_hash>/", views.transaction, name="transaction"),
    path("securities/<int:pk>/reconcile/", views.reconcile_now, name="reconcile"),
]
