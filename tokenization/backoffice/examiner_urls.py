"""The examiner's own addresses: a face of its own, with nothing of the office in it."""

from __future__ import annotations

from django.urls import path

from tokenization.backoffice.pages import examiner

app_name = "examiner"
urlpatterns = [
    path("", examiner.overview, name="overview"),
    path("attestations/<int:pk>/", examiner.attestation, name="attestation"),
    path("attestations/<int:pk>/message/", examiner.message, name="message"),
    path("attestations/<int:pk>/report/", examiner.report, name="report"),
]
