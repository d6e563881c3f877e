from __future__ import annotations

from tokenization.assurance import conclusions, evidence, exports, progress, transactions, views
from tokenization.assurance.reach import page
from tokenization.assurance.records import approval, entry, file, instruction, item, lists
from tokenization.assurance.sampling import views as sampling

app_name = "assurance"
urlpatterns = [
    page("", views.overview, "overview"),
    page("runs.csv", exports.runs_csv, "runs-csv"),
    page("runs/<int:pk>/", views.run, "run"),
    page("runs/<int:pk>.csv", exports.run_csv, "run-csv"),
    page("runs/<int:pk>.xlsx", exports.run_xlsx, "run-xlsx"),
    page("runs/<int:pk>.pdf", exports.run_pdf, "run-pdf"),
    page("runs/<int:pk>/conclude/", conclusions.conclude, "conclude"),
    page("runs/<int:pk>/evidence/", evidence.evidence_ask, "evidence"),
    page("runs/<int:pk>/evidence/progress/", progress.pack_progress, "evidence-progress"),
    page("runs/<int:pk>/evidence.zip", evidence.evidence_zip, "evidence-zip"),
    page("breaks/", views.breaks, "breaks"),
    page("breaks.csv", exports.breaks_csv, "breaks-csv"),
    page("breaks/<int:pk>/", views.break_, "break"),
    page("breaks/<int:pk>/evidence/", evidence.break_file, "break-file"),
    page("transactions/<str:tx_hash>/", transactions.transaction, "transaction"),
    page("figures/<int:pk>/", sampling.figure, "figure"),
    page("figures/<int:pk>.csv", sampling.figure_csv, "figure-csv"),
    page("figures/<int:pk>.xlsx", sampling.figure_xlsx, "figure-xlsx"),
    page("figures/<int:pk>/sample/", sampling.sample, "sample"),
    page("figures/<int:pk>/sample.csv", sampling.sample_csv, "sample-csv"),
    page("figures/<int:pk>/sample.xlsx", sampling.sample_xlsx, "sample-xlsx"),
    page("instructions/<int:pk>/", instruction.instruction, "instruction"),
    page("approvals/", lists.approvals, "approvals"),
    page("audit/", lists.audit, "audit"),
    page("audit/check/", lists.audit_check, "audit-check"),
    page("bank/", lists.bank, "bank"),
    page("registry/", lists.registry, "registry"),
    page("files/", lists.kept_files, "files"),
    page("approvals/<int:pk>/", approval.approval, "approval"),
    page("files/<int:pk>/", file.file, "file"),
    page("files/<int:pk>/download/", file.file_download, "file-download"),
    page("entries/<int:pk>/", entry.entry, "entry"),
    page("items/<int:pk>/", item.item, "item"),
    page("securities/<int:pk>/reconcile/", views.reconcile_now, "reconcile"),
]
