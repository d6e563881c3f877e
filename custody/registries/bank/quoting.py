"""What a text may quote: references that people retype with other case, spaces and hyphens, but never a guess."""

from __future__ import annotations

import re

SHORTEST, LONGEST, PIECES = 8, 35, 6
_WORD = re.compile(r"[A-Za-z0-9]+")


def normal(text: str) -> str:
    """Letters and digits only, in capitals: 'pk-12 34' -> 'PK1234'. The database has the same as an index."""
    return "".join(_WORD.findall(text)).upper()


def quoted(*texts: str) -> list[str]:
    """Every run of one to six whole words of a text, joined: 8 to 35 characters, with a digit; each once, sorted.

    Whole words only: 'INV00000012' does not quote '00000012', nor does '000000123'.
    """
    found: set[str] = set()
    for text in texts:
        words = [word.upper() for word in _WORD.findall(text)]
        for start in range(len(words)):
            joined = ""
            for word in words[start : start + PIECES]:
                joined += word
                if len(joined) > LONGEST:
                    break
                if len(joined) >= SHORTEST and any(letter.isdigit() for letter in joined):
                    found.add(joined)
    return sorted(found)
