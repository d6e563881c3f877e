"""How an LCOV report is read and shown. Coverage itself is measured in `make check`."""

from __future__ import annotations

import pytest

from contracts.quality import coverage

REPORT = """TN:
SF:node_modules/Other.sol
DA:1,0
BRDA:1,0,0,-
end_of_record
SF:src/B.sol
DA:5,3
DA:6,0
BRDA:5,0,0,1
BRDA:5,0,1,-
BRDA:9,1,0,0
end_of_record
SF:src/A.sol
DA:1,1
BRDA:2,0,0,7
end_of_record
"""


def test_only_our_sources_count() -> None:
    files = coverage.read(REPORT.splitlines())
    assert list(files) == ["src/A.sol", "src/B.sol"]
    b = files["src/B.sol"]
    assert (b.lines, b.lines_hit, b.branches, b.branches_hit, b.missed) == (2, 1, 3, 1, [5, 9])
    sum_ = coverage.total(files)
    assert (sum_.lines, sum_.lines_hit, sum_.branches, sum_.branches_hit) == (3, 2, 4, 2)


def test_the_table_names_the_branches_that_no_test_takes() -> None:
    rows = [row.split() for row in coverage.table(coverage.read(REPORT.splitlines()))]
    assert rows[1:] == [
        ["src/A.sol", "1/1", "100.0%", "1/1", "100.0%"],
        ["src/B.sol", "1/2", "50.0%", "1/3", "33.3%", "5", "9"],
        ["total", "2/3", "66.7%", "2/4", "50.0%"],
    ]


@pytest.mark.parametrize(
    ("hit", "of", "failed", "answer"), [(19, 20, "", 0), (94, 100, "", 1), (20, 20, "a test failed", 1)]
)
def test_it_fails_below_95_percent_or_with_a_failed_test(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hit: int, of: int, failed: str, answer: int
) -> None:
    files = {"src/A.sol": coverage.Figures(1, 1, of, hit)}
    monkeypatch.setattr(coverage, "measure", lambda: (files, failed))
    assert coverage.main() == answer
    said = capsys.readouterr().out
    assert ("a test failed" in said) == bool(failed)
    assert bool(failed) or f"branch coverage of src/: {100 * hit / of:.2f} %" in said


def test_deep_stacks_are_compiled_the_slower_way(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    class Answer:
        returncode = 1
        stdout = "Error: Stack too deep"
        stderr = ""

    def forge(*arguments: str, environment: dict[str, str]) -> Answer:
        assert environment["FROM_SOURCE"] == "true"
        asked.append(arguments)
        return Answer()

    monkeypatch.setattr(coverage, "forge", forge)
    files, failed = coverage.measure()
    assert ["--ir-minimum" in arguments for arguments in asked] == [False, True]
    assert (files, "Stack too deep" in failed) == ({}, True)
