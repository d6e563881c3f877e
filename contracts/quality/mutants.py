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


@dataclass(frozen=True, slots=True)
class Suites:
    """What the forge tests are called: files by contract, and names of all tests (a contract may inherit its own)."""

    files: dict[str, str]
    names: frozenset[str]

    def has(self, test: str) -> bool:
        contract, _, name = test.partition(".")
        return contract in self.files and name in self.names

    def file(self, test: str) -> str:
        return self.files[test.partition(".")[0]]


def suites() -> Suites:
    files: dict[str, str] = {}
    names: set[str] = set()
    for path in sorted((build.SOLIDITY / "test").rglob("*.sol")):
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"\bfunction ((?:test|invariant)\w*)\(", text))
        if path.name.endswith(".t.sol"):
            found = re.findall(r"^contract (\w+)", text, re.MULTILINE)
            files |= dict.fromkeys(found, path.relative_to(build.SOLIDITY).as_posix())
    return Suites(files, frozenset(names))


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
    there = suites()
    problems = [f"{guard.file}: no test listed for {guard.name}" for guard in guards.unlisted(there.has)]
    problems += [f"{name}: listed, but gone" for name in guards.forgotten()]
    try:
        named = [mutant.red for mutant in by_hand()]
    except ValueError as error:
        return [*problems, str(error)]
    return problems + [f"{test} is no test" for test in named if not there.has(test)]
