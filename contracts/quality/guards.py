"""Every refusal and every modifier that keeps callers out, each with the forge test that is red without it.

`contracts/solidity/test/mutants/Guards.json` is the list: by file, by guard. A guard that cannot be seen to act alone
has `-- why` in place of the test.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contracts.artifacts import build

LIST = build.SOLIDITY / "test/mutants/Guards.json"
Listed = dict[str, dict[str, str]]
_IF = re.compile(r"\bif \(")
_REVERT = re.compile(r"\s*\{?\s*revert\s+(?:\w+\.)?(\w+)")
_FUNCTION = re.compile(r"\b(?:function|modifier) (\w+)|\b(constructor|receive|fallback)\s*\(")
_HEADER = re.compile(r"\bfunction \w+\s*\([^{};]*\{")
_DEFINED = re.compile(r"^\s*modifier (\w+)", re.MULTILINE)
# Of OpenZeppelin's contracts.
_BORROWED = ("restricted", "nonReentrant", "initializer")


@dataclass(frozen=True, slots=True)
class Guard:
    """`name` is unique in its file: function, condition or modifier, error, and its number if the same stands twice."""

    file: str
    name: str
    start: int
    end: int
    put: str

    def without(self) -> str:
        """The file's text without the guard."""
        text = (build.SOLIDITY / self.file).read_text(encoding="utf-8")
        return text[: self.start] + self.put + text[self.end :]


def guards() -> list[Guard]:
    """Of all sources, in the order in which they stand."""
    paths = sorted((build.SOLIDITY / "src").rglob("*.sol"))
    texts = {path.relative_to(build.SOLIDITY).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    modifiers = {*_BORROWED, *(name for text in texts.values() for name in _DEFINED.findall(text))}
    return [guard for file, text in texts.items() for guard in _guards_in(file, _blank_comments(text), modifiers)]


def listed() -> Listed:
    found: Listed = json.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}
    return found


def keep(found: Listed) -> None:
    ordered = {file: dict(sorted(found[file].items())) for file in sorted(found) if found[file]}
    LIST.parent.mkdir(exist_ok=True)
    LIST.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def unlisted(is_test: Callable[[str], bool]) -> list[Guard]:
    """Guards without an entry, or whose test no longer exists."""
    known = listed()
    answers = ((guard, known.get(guard.file, {}).get(guard.name, "")) for guard in guards())
    return [guard for guard, red in answers if not red.startswith("-- ") and not is_test(red)]


def forgotten() -> list[str]:
    """Entries for guards that are gone."""
    there = {(guard.file, guard.name) for guard in guards()}
    return [f"{file}: {name}" for file, names in listed().items() for name in names if (file, name) not in there]


def _guards_in(file: str, text: str, modifiers: set[str]) -> Iterator[Guard]:
    seen: Counter[str] = Counter()
    places = sorted([*_refusals(text), *_modifiers(text, modifiers)])
    for start, end, put, words in places:
        inside = list(_FUNCTION.finditer(text, 0, start))
        owner = inside[-1][1] or inside[-1][2]
        name = f"{owner}: {words}"
        seen[name] += 1
        yield Guard(file, name if seen[name] == 1 else f"{name} ({seen[name]})", start, end, put)


def _refusals(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Conditions that end in a revert: they never hold in the mutant."""
    for match in _IF.finditer(text):
        end = _closing(text, match.end() - 1)
        if revert := _REVERT.match(text, end):
            condition = " ".join(text[match.end() : end - 1].split())
            yield match.start(), end, "if (false)", f"if ({condition}) revert {revert[1]}"


def _modifiers(text: str, names: set[str]) -> Iterator[tuple[int, int, str, str]]:
    """Those that functions carry, with what is handed to them."""
    carried = re.compile(rf"(?<=[\s)])({'|'.join(sorted(names))})\b(?=[\s({{])")
    for header in _HEADER.finditer(text):
        parameters = _closing(text, text.index("(", header.start()))
        for match in carried.finditer(text, parameters, header.end()):
            end = _closing(text, match.end()) if text[match.end()] == "(" else match.end()
            yield match.start(), end, "", match[1]


def _closing(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise ValueError("a bracket is never closed")


def _blank_comments(source: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", lambda match: " " * len(match[0]), source, flags=re.DOTALL)
