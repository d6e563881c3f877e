"""Records are looked at here and changed nowhere: every change goes through a service."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from tokenization.backoffice.records.reading import name_of, readable
from tokenization.theme import figures
from tokenization.theme.faces import enters


class _LookOnly:
    """No add, change or delete for anybody, superusers included; to look one must be an officer.

    Fields of the model are shown as `reading` says them; a list column is what its record declares.
    """

    opts: Any
    fields: Any
    exclude: Any

    def columns(self, request: HttpRequest, obj: Any) -> list[Any]:
        """The fields of a record's page, each as a column that reads well."""
        known = {field.name: field for field in self.opts.concrete_fields}
        left_out = {*(self.exclude or ()), *(() if self.fields else ("id", "password"))}
        names = self.fields or [name for name in known if name not in left_out]
        return [self._reading(known[name]) if name in known else name for name in names]

    def _reading(self, field: Field[Any, Any]) -> str:
        """Keeps the field's column where the admin looks names up: on the record itself."""
        name = f"read_{field.name}"
        if name not in self.__dict__:
            setattr(self, name, readable(field, record_link))
        return name

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.columns(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.columns(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return enters(request, "office")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return enters(request, "office")


class Record(_LookOnly, ModelAdmin):  # type: ignore[misc]
    list_per_page = 50
    show_full_result_count = False
    list_filter_sheet = False
    compressed_fields = True
    actions = None

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """The first column that leads nowhere else opens the record: a link within a link opens neither."""
        own = [column for column in list_display if not getattr(column, "leads_elsewhere", False)]
        return self.list_display_links or own[:1]


class RecordRows(_LookOnly, TabularInline):  # type: ignore[misc]
    extra = 0
    max_num = 0
    hide_title = True
    can_delete = False
    show_change_link = True


def record_url(obj: Model) -> str:
    return reverse(f"office:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def record_link(obj: Model | None, text: str = "") -> SafeString | str:
    """A link to the record's page in the office, or a dash."""
    if obj is None:
        return figures.EMPTY
    words = text or name_of(obj)
    try:
        return format_html('<a href="{}">{}</a>', record_url(obj), words)
    except NoReverseMatch:
        return words


def to(path: str, title: str) -> Any:
    """A list column that links to a related record; `path` is dotted."""

    @admin.display(description=title, ordering=path.replace(".", "__"))
    def column(obj: Model) -> SafeString | str:
        return record_link(_follow(obj, path))

    column.leads_elsewhere = True  # type: ignore[attr-defined]
    return column


def whole(name: str, words: str = "account") -> Any:
    """A list column that leads to the number whole, for those who may see it (pages/details.py)."""

    @admin.display(description="whole number")
    def column(obj: Model) -> SafeString:
        return format_html('<a href="{}">See {} {}</a>', reverse("office:details", args=[name, obj.pk]), words, obj.pk)

    column.leads_elsewhere = True  # type: ignore[attr-defined]
    return column


def shown(path: str, title: str, how: Any) -> Any:
    """A list column whose value at `path` is written by `how`, one of the theme's figures."""

    @admin.display(description=title, ordering=path.replace(".", "__"))
    def column(obj: Model) -> Any:
        return how(_follow(obj, path))

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
