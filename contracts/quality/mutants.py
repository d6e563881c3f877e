"""Alterations by hand of what is not a guard, and whether both lists still fit the sources and the tests.

`contracts/solidity/test/mutants/*.toml` says why, file, cut, put and the forge test that is red with it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from contracts.artifacts import build
from contracts.quality import guards

LISTS = guards.LIST.parent


@dataclass(frozen=True, slots=True)
class Mutant:
    """The source `file` altered to `text`: the forge test `red` must fail."""

    file: str
    why: str
    text: str
    red: str


def places() -> dict[str, list[str]]:
    """By the name of a forge test, the files that hold a test of that name."""
    found: dict[str, list[str]] = {}
    for path in sorted((build.SOLIDITY / "test").rglob("*.t.sol")):
        for name in re.findall(r"\bfunction ((?:test|invariant)\w*)\(", path.read_text(encoding="utf-8")):
            found.setdefault(name, []).append(path.relative_to(build.SOLIDITY).as_posix())
    return found


def by_hand() -> list[Mutant]:
    """Those of the TOML lists. ValueError unless the text to cut stands in its file exactly once."""
    found = []
    for path in sorted(LISTS.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]:
            file, cut, put = entry["file"], entry["cut"], entry["put"]
            source = (build.SOLIDITY / file).read_text(encoding="utf-8")
            if source.count(cut) != 1 or cut == put:
                raise ValueError(f"{path.name}: {cut!r} stands {source.count(cut)} times in {file}")
            found.append(Mutant(file, entry["why"], source.replace(cut, put), entry["red"]))
    return sorted(found, key=lambda mutant: mutant.file)


def rotten() -> list[str]:
    """What no longer fits: a list that cannot be tried proves nothing."""
    tests = places()
    problems = [f"{guard.file}: no test listed for {guard.name}" for guard in guards.unlisted(tests)]
    problems += [f"{name}: listed, but gone" for name in guards.forgotten()]
    try:
        names = [mutant.red for mutant in by_hand()]
    except ValueError as error:
        return [*problems, str(error)]
    return problems + [
        f"{name} is a test in {len(tests.get(name, []))} files" for name in names if len(tests.get(name, [])) != 1
    ]
