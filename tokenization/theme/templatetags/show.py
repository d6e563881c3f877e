"""Template words of the theme: how figures are written, and the faces a user may enter."""

from __future__ import annotations

from typing import Any

from django import template

from tokenization.kernel.secrets import masked
from tokenization.theme import figures
from tokenization.theme import health as machinery
from tokenization.theme.faces import FaceLink, faces_of

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
