"""Sentences that lower rooms say, in the reader's language. Services speak English and know no language: what they say
is recognised here, its figures and names kept, and said again.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from django.utils.translation import get_language, gettext

from tokenization.theme.sentences import SENTENCES

_HOLE = re.compile(r"%\((\w+)\)s")


def told(words: Any) -> str:
    """The same text in English, and where nobody translated it: a sentence left in English is better than none."""
    text, language = str(words), get_language()
    if not text or language in (None, "en"):
        return text
    return _told(text, language)


@lru_cache(maxsize=8192)
def _told(text: str, language: str) -> str:
    known = gettext(text)
    if known != text:
        return known
    for pattern, sentence in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return gettext(sentence) % {name: told(value) for name, value in found.groupdict().items()}
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """What says most by itself first, so that a sentence is not taken for a looser one."""
    holed = [sentence for sentence in SENTENCES if _HOLE.search(sentence)]
    return [(_pattern(each), each) for each in sorted(holed, key=lambda each: -len(_HOLE.sub("", each)))]


def _pattern(sentence: str) -> re.Pattern[str]:
    parts, end = [], 0
    for hole in _HOLE.finditer(sentence):
        parts += [re.escape(sentence[end : hole.start()].replace("%%", "%")), f"(?P<{hole[1]}>.+?)"]
        end = hole.end()
    return re.compile("".join([*parts, re.escape(sentence[end:].replace("%%", "%"))]), re.DOTALL)
