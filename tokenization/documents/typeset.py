"""From a Document to PDF: one template, the fonts inside the typst wheel, and bytes that depend on the document alone.

The text goes to the template as JSON and is set as text: nothing in it is read as markup. The file is PDF/A-2a (kept
for decades, read aloud by screen readers); its date is the document's own instant.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from tokenization.documents.paper import Document
from tokenization.kernel.writing import units, when

TEMPLATE = Path(__file__).with_name("template.typ")


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def _data(document: Document) -> dict[str, Any]:
    block = document.true_at
    told = asdict(document) | {"house": settings.DOCUMENT_HOUSE, "at": when(document.at), "true_at": ""}
    if block is not None:
        of = f" of {when(block.at)}" if block.at else ""
        told["true_at"] = f"True at block {units(block.number)}{of}"
        told["codes"] = [*document.codes, ("Block hash", block.hash)]
    return told


def pdf_bytes(document: Document) -> bytes:
    made = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"data": json.dumps(_data(document), ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards=["a-2a"],
        timestamp=int(document.at.timestamp()),
    )
    assert isinstance(made, bytes)  # noqa: S101 narrowed for the type checker; one PDF is one string of bytes
    return made
