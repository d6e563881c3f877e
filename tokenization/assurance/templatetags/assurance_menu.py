"""The menu of the assurance pages: what who asks may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from tokenization.assurance.records.listing import may_read

register = template.Library()
PLACES = (("overview", "Is the supply right?"), ("breaks", "Breaks"))
LISTS = (
    ("approvals", "Approvals"),
    ("audit", "Audit log"),
    ("bank", "Bank"),
    ("registry", "Registry"),
    ("files", "Files"),
)


@dataclass(frozen=True)
class Place:
    name: str
    href: str
    here: bool


@register.simple_tag(takes_context=True)
def assurance_menu(context: Any) -> list[Place]:
    request = context.get("request")
    if request is None:
        return []
    shown = PLACES + (LISTS if may_read(request) else ())
    hrefs = [(words, reverse(f"assurance:{name}")) for name, words in shown]
    home = hrefs[0][1]
    return [
        Place(words, href, request.path == href or href != home and request.path.startswith(href))
        for words, href in hrefs
    ]
