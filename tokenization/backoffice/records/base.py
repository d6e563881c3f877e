"""Records are looked at here and changed nowhere: every change goes through a service."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from tokenization.theme import figures
from tokenization.theme.faces import may_enter


class _LookOnly:
    """No add, change or delete for anybody, superusers included; to look one must be an officer."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_enter(request.user, "office")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_enter(request.user, "office")


class Record(_LookOnly, ModelAdmin):  # type: ignore[misc]
    list_per_page = 50
    show_full_result_count = False
    list_filter_sheet = False
    compressed_fields = True
    actions = None

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}


class RecordRows(_LookOnly, TabularInline):  # type: ignore[misc]
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True


def record_url(obj: Model) -> str:
    return reverse(f"office:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def record_link(obj: Model | None, text: str = "") -> SafeString | str:
    """A link to the record's page in the office, or a dash."""
    if obj is None:
        return figures.EMPTY
    return format_html('<a href="{}">{}</a>', record_url(obj), text or str(obj))


def to(path: str, title: str) -> Any:
    """A list column that links to a related record; `path` is dotted."""

    @admin.display(description=title, ordering=path.replace(".", "__"))
    def column(obj: Model) -> SafeString | str:
        return record_link(_follow(obj, path))

    return column


def shown(path: str, title: str, how: Any) -> Any:
    """A list column whose value at `path` is written by `how`, one of the theme's figures."""

    @admin.display(description=title, ordering=path.replace(".", "__"))
    def column(obj: Model) -> str:
        return str(how(_follow(obj, path)))

    return column


def amount(path: str, title: str, currency: str = "currency") -> Any:
    """A list column of minor units shown as money of the currency found at `currency`."""

    @admin.display(description=title, ordering=path.replace(".", "__"))
    def column(obj: Model) -> str:
        return figures.money(_follow(obj, path), str(_follow(obj, currency)))

    return column


def state(path: str = "state", title: str = "state") -> Any:
    """A list column of a state in words, coloured by what it means."""

    @admin.display(description=title, ordering=path.replace(".", "__"))
    def column(obj: Model) -> SafeString:
        value = _follow(obj, path)
        return format_html('<span class="tk-tag tk-{}">{}</span>', figures.tone(value), figures.words(value))

    return column


def _follow(obj: Any, path: str) -> Any:
    for name in path.split("."):
        obj = getattr(obj, name, None)
        if obj is None:
            return None
    return obj
