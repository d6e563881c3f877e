from __future__ import annotations

from django.urls import path

from tokenization.assurance import conclusions, evidence, exports, transactions, views

app_name = "assurance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("runs.csv", exports.runs_csv, name="runs-csv"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>.csv", exports.run_csv, name="run-csv"),
    path("runs/<int:pk>.xlsx", exports.run_xlsx, name="run-xlsx"),
    path("runs/<int:pk>.pdf", exports.run_pdf, name="run-pdf"),
    path("runs/<int:pk>/conclude/", conclusions.conclude, name="conclude"),
    path("runs/<int:pk>/evidence/", evidence.evidence_ask, name="evidence"),
    path("runs/<int:pk>/evidence.zip", evidence.evidence_zip, name="evidence-zip"),
    path("breaks/", views.breaks, name="breaks"),
    path("breaks.csv", exports.breaks_csv, name="breaks-csv"),
    path("breaks/<int:pk>/", views.break_, name="break"),
    path("breaks/<int:pk>/evidence/", evidence.break_file, name="break-file"),
    path("transactions/<str:tx_hash>/", transactions.transaction, name="transaction"),
    path("securities/<int:pk>/reconcile/", views.reconcile_now, name="reconcile"),
]
