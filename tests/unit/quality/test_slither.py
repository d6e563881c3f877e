"""Which findings count as explained. Slither itself runs in `make check`."""

from __future__ import annotations

from contracts.quality.slither import Excuse, Finding, complaints, excuses, findings

REENTRANCY = """Reentrancy in A.pay(address) (src/A.sol#10-14):
\tExternal calls:
\t- restricted() (src/A.sol#10)
\t\t- manager.consume(caller,data) (src/B.sol#30)
\t- IERC20(cash).transfer(to,1) (src/A.sol#12)
\tState variables written after the call(s):
\t- paid = true (src/A.sol#13)
"""


def element(path: str, first: int, last: int) -> dict[str, object]:
    return {"source_mapping": {"filename_relative": path, "lines": list(range(first, last + 1))}}


def report() -> dict[str, object]:
    elements = [element("src/A.sol", 10, 14), element("src/A.sol", 12, 12), element("src/A.sol", 13, 13)]
    entry = {"check": "reentrancy-no-eth", "description": REENTRANCY, "elements": elements}
    late = {"check": "timestamp", "description": "late", "elements": [element("src/A.sol", 20, 25)]}
    late["elements"] += [element("src/A.sol", 22, 22)]  # type: ignore[operator]
    return {"success": True, "results": {"detectors": [entry, late]}}


def excuse(path: str, line: int, *detectors: str, reason: str = "ours") -> Excuse:
    return Excuse((path, line), frozenset(detectors), reason)


def test_a_report_is_read_with_the_outside_calls_at_the_ends_of_its_branches() -> None:
    assert findings(report()) == [
        Finding(
            "reentrancy-no-eth",
            frozenset({("src/A.sol", 10)}),
            frozenset({("src/B.sol", 30), ("src/A.sol", 12)}),
            REENTRANCY,
        ),
        Finding("timestamp", frozenset({("src/A.sol", 20), ("src/A.sol", 22)}), frozenset(), "late"),
    ]


def test_a_reentrancy_is_explained_at_its_function_or_at_each_of_its_calls() -> None:
    found = findings(report())[:1]
    one, other = excuse("src/B.sol", 30, "reentrancy-no-eth"), excuse("src/A.sol", 12, "reentrancy-no-eth")
    assert complaints(found, [one, other]) == []
    assert complaints(found, [excuse("src/A.sol", 10, "reentrancy-no-eth")]) == []
    assert complaints(found, [one]) == [f"reentrancy-no-eth: {REENTRANCY}"]
    assert complaints(found, [other]) == [f"reentrancy-no-eth: {REENTRANCY}"]
    assert complaints(found, []) == [f"reentrancy-no-eth: {REENTRANCY}"]


def test_another_finding_is_explained_at_any_of_its_places_for_its_detector_alone() -> None:
    found = findings(report())[1:]
    assert complaints(found, [excuse("src/A.sol", 22, "timestamp")]) == []
    assert complaints(found, [excuse("src/A.sol", 20, "timestamp")]) == []
    assert complaints(found, [excuse("src/A.sol", 23, "timestamp")]) == [
        "timestamp: late",
        "src/A.sol:22: the comment explains no finding of timestamp",
    ]
    assert complaints(found, [excuse("src/A.sol", 22, "assembly")])[0] == "timestamp: late"


def test_a_comment_needs_a_reason_and_something_to_explain() -> None:
    found = findings(report())[1:]
    given = [excuse("src/A.sol", 22, "timestamp", "assembly", reason="")]
    assert complaints(found, given) == [
        "src/A.sol:21: the comment gives no reason (-- why)",
        "src/A.sol:21: the comment explains no finding of assembly",
    ]


def test_comments_are_read_from_the_sources() -> None:
    text = "a;\n    // slither-disable-next-line timestamp,calls-loop -- days, not seconds\nb;\n"
    text += "// slither-disable-next-line assembly\nc;\n"
    assert excuses({"src/A.sol": text}) == [
        excuse("src/A.sol", 3, "timestamp", "calls-loop", reason="days, not seconds"),
        excuse("src/A.sol", 5, "assembly", reason=""),
    ]
