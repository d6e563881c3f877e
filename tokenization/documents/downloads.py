"""Files as answers to a browser: saved under their name, never shown inside a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse

from tokenization.documents.paper import Document
from tokenization.documents.sheets import Rows, csv_bytes, xlsx_bytes
from tokenization.documents.typeset import pdf_bytes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(name: str, content: bytes, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def csv_download(name: str, titles: Sequence[str], rows: Rows) -> HttpResponse:
    return download(f"{name}.csv", csv_bytes(titles, rows), "text/csv; charset=utf-8")


def xlsx_download(name: str, titles: Sequence[str], rows: Rows, *, at: datetime) -> HttpResponse:
    return download(f"{name}.xlsx", xlsx_bytes(name, titles, rows, at=at), XLSX)


def pdf_download(name: str, document: Document) -> HttpResponse:
    return download(f"{name}.pdf", pdf_bytes(document), "application/pdf")
