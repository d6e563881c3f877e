"""The words of the portal and of what frames every face, gathered from the sources; and their catalogue in Urdu.

`python -m tests.support.catalogue` writes the .mo from the .po and prints what is said in no Urdu yet.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "tokenization" / "theme" / "locale" / "ur" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
ROOMS = (ROOT / "tokenization" / "portal", ROOT / "tokenization" / "theme")
ONE = {"_", "gettext", "lazy", "gettext_lazy", "said", "gettext_noop"}
Id = str | tuple[str, str]


def sources() -> dict[Id, list[str]]:
    """Every message, as one or as its two numbers, with the files that say it."""
    found: dict[Id, list[str]] = {}
    for room in ROOMS:
        for path in sorted(room.rglob("*.py")):
            for message in _python(path.read_text()):
                found.setdefault(message, []).append(path.name)
        for path in sorted(room.rglob("*.html")):
            for message in _template(path.read_text()):
                found.setdefault(message, []).append(path.name)
    return found


def _python(text: str) -> Iterator[Id]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if node.func.id in ONE and len(words) == 1:
            yield words[0]
        elif node.func.id == "ngettext" and len(words) == 2:
            yield words[0], words[1]


_TEXT = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_CALL = re.compile(rf"(?<!\w)(_|gettext|ngettext)\({_TEXT}(?:,\s*{_TEXT})?")


def _template(text: str) -> Iterator[Id]:
    for call in _CALL.finditer(templatize(text)):
        first, second = call[2], call[3]
        if second:
            yield ast.literal_eval(first), ast.literal_eval(second)
        else:
            yield ast.literal_eval(first)


def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="ur")


def compiled(found: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, found)
    return buffer.getvalue()


def missing(found: Catalog) -> list[Id]:
    """What the sources say and the catalogue does not, or only in part."""
    said = {message.id: message for message in found if message.id}
    return [each for each in sources() if each not in said or not all(_strings(said[each].string))]


def _strings(string: object) -> list[str]:
    return list(string) if isinstance(string, (tuple, list)) else [str(string or "")]


if __name__ == "__main__":
    MO.write_bytes(compiled(catalogue()))
    for each in missing(catalogue()):
        print(repr(each))
