from __future__ import annotations

from django.urls import path

from tokenization.assurance import conclusions, evidence, exports, transactions, views
from tokenization.assurance.records import approval, entry, file, instruction, item, lists
from tokenization.assurance.sampling import views as sampling

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
    path("figures/<int:pk>/", sampling.figure, name="figure"),
    path("figures/<int:pk>.csv", sampling.figure_csv, name="figure-csv"),
    path("figures/<int:pk>.xlsx", sampling.figure_xlsx, name="figure-xlsx"),
    path("figures/<int:pk>/sample/", sampling.sample, name="sample"),
    path("figures/<int:pk>/sample.csv", sampling.sample_csv, name="sample-csv"),
    path("figures/<int:pk>/sample.xlsx", sampling.sample_xlsx, name="sample-xlsx"),
    path("instructions/<int:pk>/", instruction.instruction, name="instruction"),
    path("approvals/", lists.approvals, name="approvals"),
    path("audit/", lists.audit, name="audit"),
    path("audit/check/", lists.audit_check, name="audit-check"),
    path("bank/", lists.bank, name="bank"),
    path("registry/", lists.registry, name="registry"),
    path("files/", lists.kept_files, name="files"),
    path("approvals/<int:pk>/", approval.approval, name="approval"),
    path("files/<int:pk>/", file.file, name="file"),
    path("files/<int:pk>/download/", file.file_download, name="file-download"),
    path("entries/<int:pk>/", entry.entry, name="entry"),
    path("items/<int:pk>/", item.item, name="item"),
    path("securities/<int:pk>/reconcile/", views.reconcile_now, name="reconcile"),
]
