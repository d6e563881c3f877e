"""The office's headings in the officers' words, where the admin would show the names of tables."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tokenization.backoffice.appearance import titles
from tokenization.backoffice.records.reading import name_of

register = template.Library()


def _titles(options: Any) -> str:
    return titles().get(f"{options.app_label}_{options.model_name}", str(options.verbose_name_plural).capitalize())


@register.simple_tag(takes_context=True)
def office_title(context: Any) -> SafeString | str:
    """The menu's word for a list, followed by the record's own name on its page; the page's title elsewhere."""
    options, shown = context.get("opts"), context.get("original")
    if options is None:
        return str(context.get("title", ""))
    if not isinstance(shown, Model):
        return _titles(options)
    href = reverse(f"office:{options.app_label}_{options.model_name}_changelist")
    return format_html('<span><a href="{}">{}</a> · {}</span>', href, _titles(options), name_of(shown))


@register.simple_tag
def rows_found(cl: Any) -> str:
    return f"{cl.result_count:,} row{'' if cl.result_count == 1 else 's'}"
