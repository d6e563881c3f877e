"""Template words of the theme: how figures are written, and the faces a user may enter."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_bidi

from tokenization.kernel.secrets import masked
from tokenization.theme import figures, grouping
from tokenization.theme import health as machinery
from tokenization.theme.faces import FaceLink, faces_of
from tokenization.theme.told import told

register = template.Library()
register.filter("units", figures.units)
register.filter("money", figures.money)
register.filter("when", figures.when)
register.filter("day", figures.day)
register.filter("words", figures.words)
register.filter("short", figures.short)
register.filter("tone", figures.tone)
register.filter("hashed", figures.hashed)
register.filter("plain", figures.plain)
register.filter("prose", figures.prose)
register.filter("last4", masked)
register.filter("told", told)
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")


@register.filter
def ltr(value: Any) -> Any:
    """Figures, codes and addresses keep their order on a page that is read from right to left."""
    if not get_language_bidi() or value in (None, "") or _ARABIC.search(str(value)):
        return value
    return format_html('<bdi dir="ltr">{}</bdi>', value)


@register.simple_tag(takes_context=True)
def chosen_language(context: Any) -> str:
    """What the reader chose, also where the page itself is English."""
    return str(getattr(context.get("request"), "LANGUAGE_CODE", None) or get_language() or "en")


@register.simple_tag
def in_lakh() -> bool:
    return grouping.in_lakh()


@register.simple_tag
def health() -> list[machinery.Alarm]:
    """What stands still, for the banner of every page."""
    return machinery.health()


@register.simple_tag(takes_context=True)
def faces(context: Any) -> list[FaceLink]:
    request = context.get("request")
    if request is None:
        return []
    return faces_of(request.user, here=request.path)
