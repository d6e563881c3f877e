"""Runs forge tests on copies of the Foundry root whose sources are altered."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from contracts.artifacts import build
from contracts.quality.forge import ForgeFailed, Outcome, forge, outcomes

COPIED = ("src", "test", "snapshots", "foundry.toml", "package.json")
VECTORS = build.HERE.parents[1] / "tests/vectors"
FROM_SOURCE = {
    "FROM_SOURCE": "true",
    "FOUNDRY_FUZZ_RUNS": "32",
    "FOUNDRY_INVARIANT_RUNS": "8",
    "FOUNDRY_INVARIANT_DEPTH": "250",
}
T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def copy() -> Iterator[Path]:
    """The Foundry root in a folder of its own, the installed packages linked, beside what the tests read."""
    with tempfile.TemporaryDirectory() as folder:
        contracts = Path(folder, "contracts")
        root = contracts / "solidity"
        root.mkdir(parents=True)
        for name in COPIED:
            source = build.SOLIDITY / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
        (root / "node_modules").symlink_to((build.SOLIDITY / "node_modules").resolve())
        shutil.copytree(build.HERE, contracts / "artifacts", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        shutil.copytree(VECTORS, Path(folder, "tests/vectors"))
        _answer_versions_at_once(contracts / "artifacts" / build.SHIM.name)
        yield root


@contextmanager
def twin(root: Path) -> Iterator[Path]:
    """Another of a copied root, what is compiled included."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(root.parents[1], folder, symlinks=True, dirs_exist_ok=True)
        yield Path(folder, "contracts/solidity")


def shared_out(attempt: Callable[[T, Path], R], things: Sequence[T], roots: Sequence[Path]) -> Iterator[tuple[T, R]]:
    """Each thing with what `attempt` says of it in a root that nobody else uses meanwhile, in order."""
    free: SimpleQueue[Path] = SimpleQueue()
    for root in roots:
        free.put(root)

    def one(thing: T) -> tuple[T, R]:
        root = free.get()
        try:
            return thing, attempt(thing, root)
        finally:
            free.put(root)

    with ThreadPoolExecutor(len(roots)) as pool:
        yield from pool.map(one, things)


def tests(root: Path, *arguments: str) -> list[Outcome]:
    """Of the forge tests of a copied root. ForgeFailed if it does not compile."""
    return outcomes(forge("test", "--json", *arguments, root=root, environment=FROM_SOURCE))


def altered(root: Path, file: str, text: str, *arguments: str) -> list[Outcome]:
    """The same with another text in one file, which is as before afterwards."""
    target = root / file
    kept = target.read_text(encoding="utf-8")
    target.write_text(text, encoding="utf-8")
    try:
        return tests(root, *arguments)
    finally:
        target.write_text(kept, encoding="utf-8")


def verdict(found: Callable[[], list[Outcome]], test: str) -> str:
    """Empty if the test is red; otherwise what happened instead."""
    try:
        results = [outcome for outcome in found() if outcome.id == test]
    except ForgeFailed as failed:
        return f"it could not be tried: {failed}"
    if not results:
        return f"{test} was not run"
    return f"{test} passes without it" if all(outcome.passed for outcome in results) else ""


def _answer_versions_at_once(shim: Path) -> None:
    """Forge asks for the compiler's version several times at every start, and loading the compiler takes a second."""
    version = subprocess.run([shim, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    kept = shim.with_name(f"kept-{shim.name}")
    shim.rename(kept)
    shim.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] || exec "{kept}" "$@"\ncat <<\'END\'\n{version}END\n', encoding="utf-8"
    )
    shim.chmod(0o755)


def only(test: str) -> tuple[str, ...]:
    contract, _, name = test.partition(".")
    return "--match-contract", f"^{contract}$", "--match-test", rf"^{name}\b"
