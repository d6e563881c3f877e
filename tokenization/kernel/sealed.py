"""A column that holds text encrypted: the program reads and writes plain text, the database never sees it.

Nothing can be looked up by such a column; where equality matters, a `BlindIndexField` stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models

from tokenization.kernel.fields import HashField
from tokenization.kernel.secrets import equality_hashes, key_faults, seal, unseal

# How everything begins that `seal` gives (a Fernet token: version and the first bytes of its time).
MARK = "gAAAA"

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _ST = TypeVar("_ST", contravariant=True, default=Any)
    _GT = TypeVar("_GT", covariant=True, default=Any)

    class _Text(models.TextField[_ST, _GT]): ...
else:
    _ST = _GT = None

    class _Text(models.TextField):
        def __class_getitem__(cls, _):
            return cls


class Opened(str):
    """Plain text that remembers how it was sealed: saved again unchanged, the row stays as it is."""

    sealed: str
    __slots__ = ("sealed",)


class SealedField(_Text[_ST, _GT]):
    """Carries a CHECK that the column holds something sealed, for whoever writes round the ORM.

    Django makes it with a new column only: a migration that seals an old one adds it itself.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Opened | None:
        if value is None:
            return None
        opened = Opened(unseal(value))
        opened.sealed = value
        return opened

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, models.Expression):
            return value
        return value.sealed if isinstance(value, Opened) else seal(str(value))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is sealed: rows cannot be found by it.")
        return super().get_lookup(lookup_name)

    def db_check(self, connection: Any) -> str:
        return f"{connection.ops.quote_name(self.column)} ~ '^{MARK}'"


class BlindIndexField(HashField[_ST, _GT]):
    """Equal where the sealed texts of the field `of` are equal; nobody without the key can try texts until one fits.

    Written by itself when the row is made, under the first of FIELD_KEYS; `field_keys_rotate` writes it anew; until
    then a UNIQUE takes one text under two keys for two: look with `__in=equality_hashes(text)`, under a lock.
    """

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if add:
            setattr(model_instance, self.attname, equality_hashes(str(getattr(model_instance, self.of)))[0])
        return super().pre_save(model_instance, add)


def is_sealed(text: str) -> bool:
    return text.startswith(MARK)


def opened(text: str) -> str:
    """What is sealed, or nothing where its key is gone: approvals outlive keys."""
    try:
        return unseal(text)
    except ImproperlyConfigured:
        return ""


def sealed_columns() -> Iterable[tuple[str, str, str]]:
    """Table, key and column of every sealed field that is installed."""
    for model in apps.get_models():
        for field in () if model._meta.proxy else model._meta.local_fields:
            if isinstance(field, SealedField):
                yield model._meta.db_table, str(model._meta.pk.column), str(field.column)


def blind_indexes() -> Iterable[tuple[str, str, str, str]]:
    """Table, key, column and the sealed column that it stands for, of every blind index that is installed."""
    for model in apps.get_models():
        for field in () if model._meta.proxy else model._meta.local_fields:
            if isinstance(field, BlindIndexField):
                of = model._meta.get_field(field.of)
                assert isinstance(of, SealedField), field  # noqa: S101 what another field holds has no index here
                yield model._meta.db_table, str(model._meta.pk.column), str(field.column), str(of.column)


def indexed(sealed: str) -> str:
    """The blind index of what is sealed, under the first key."""
    return equality_hashes(unseal(sealed))[0]


def rewrite(table: str, key: str, column: str, change: Callable[[str], str], source: str = "") -> int:
    """Every value of the column anew, as `change` makes it of that of `source`, else of its own; returns how many.

    As the table's owner alone: guards that keep a row as it is would refuse it, and are off meanwhile, in this
    transaction.
    """
    quote = connection.ops.quote_name
    name, pk, text, read = quote(table), quote(key), quote(column), quote(source or column)
    with connection.cursor() as cursor:
        # A row written twice in one transaction has its foreign keys checked again: not while the table is altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        cursor.execute(f"SELECT {pk}, {read} FROM {name} WHERE {read} IS NOT NULL ORDER BY {pk}")  # noqa: S608 our names
        rows = [(change(value), found) for found, value in cursor.fetchall()]
        cursor.executemany(f"UPDATE {name} SET {text} = %s WHERE {pk} = %s", rows)  # noqa: S608 our names
        cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    return len(rows)


@register(Tags.security, deploy=True)
def check_field_keys(app_configs: Any, **kwargs: Any) -> list[Error]:
    hint = "Name a file with the keys in FIELD_KEYS_FILE; see kernel/README.md."
    return [Error(fault, hint=hint, id="kernel.E002") for fault in key_faults(settings.FIELD_KEYS)]
