"""Every guard of the contracts is listed with its test, and a switch turns one guard off and no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from contracts.artifacts import build
from contracts.quality import controls, guards, mutants, switches, trial

BOX = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
contract Box {
    address public owner = msg.sender;
    uint256 public held;

    error BoxNotOwner(address caller);
    error BoxFull(uint256 units, uint256 room);

    modifier onlyOwner() {
        if (msg.sender != owner) revert BoxNotOwner(msg.sender);
        _;
    }

    /// @dev if (this) were code it would revert Nothing();
    function put(uint256 units) external onlyOwner {
        held += check(units); // if (a) revert B();
    }

    modifier within(uint256 units, uint256 room) {
        if (units > room) revert BoxFull(units, room);
        _;
    }

    function open(uint256 units) external onlyOwner within(units, (3)) {
        held = 0;
    }

    function check(uint256 units) public pure returns (uint256) {
        if (units > (10 + 0)) {
            revert BoxFull(units, 10);
        }
        if (units == 0) revert BoxFull(0, 0);
        if (units == 0) revert BoxFull(0, 0);
        return units;
    }
}
"""
TEST = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
import {Box} from "../src/Box.sol";
contract BoxTest {
    Box private box = new Box();

    function test_onlyTheOwnerPuts() public {
        try new Stranger().put(box) { revert("let in"); } catch {}
    }

    function test_onlyTheOwnerOpens() public {
        try new Stranger().open(box, 1) { revert("let in"); } catch {}
    }

    function test_openIsBounded() public {
        try box.open(4) { revert("let in"); } catch {}
    }

    function test_fullIsRefused() public view {
        try box.check(11) { revert("let in"); } catch {}
    }
}
contract Stranger {
    function put(Box box) external { box.put(1); }
    function open(Box box, uint256 units) external { box.open(units); }
}
"""
NAMES = [
    "onlyOwner: if (msg.sender != owner) revert BoxNotOwner",
    "put: onlyOwner",
    "within: if (units > room) revert BoxFull",
    "open: onlyOwner",
    "open: within",
    "check: if (units > (10 + 0)) revert BoxFull",
    "check: if (units == 0) revert BoxFull",
    "check: if (units == 0) revert BoxFull (2)",
]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Foundry root with one contract, in place of ours."""
    root = tmp_path / "solidity"
    (root / "src").mkdir(parents=True)
    (root / "test/mutants").mkdir(parents=True)
    (root / "snapshots").mkdir()
    (root / "src/Box.sol").write_text(BOX, encoding="utf-8")
    (root / "test/Box.t.sol").write_text(TEST, encoding="utf-8")
    for name in ("foundry.toml", "package.json"):
        shutil.copy(build.SOLIDITY / name, root / name)
    (root / "node_modules").symlink_to((build.SOLIDITY / "node_modules").resolve())
    monkeypatch.setattr(build, "SOLIDITY", root)
    monkeypatch.setattr(guards, "LIST", root / "test/mutants/Guards.json")
    monkeypatch.setattr(mutants, "LISTS", root / "test/mutants")
    return root


def test_the_lists_of_the_contracts_name_what_stands_in_them() -> None:
    """`make faults` tries them all; a list that has fallen behind its source is told here already."""
    assert mutants.rotten() == []
    assert sum(len(names) for names in guards.listed().values()) == len(guards.guards()) > 300


def test_guards_are_read_and_comments_are_not(box: Path) -> None:
    found = guards.guards()
    assert [guard.name for guard in found] == NAMES
    assert {guard.file for guard in found} == {"src/Box.sol"}
    assert found[1].without() == BOX.replace("units) external onlyOwner {", "units) external  {")
    assert found[4].without() == BOX.replace("onlyOwner within(units, (3))", "onlyOwner ")
    assert found[5].without() == BOX.replace("if (units > (10 + 0))", "if (false)")


def test_a_guard_without_a_test_and_an_entry_without_a_guard_are_named(box: Path) -> None:
    listed = {"src/Box.sol": dict.fromkeys(NAMES, "BoxTest.test_fullIsRefused")}
    guards.keep(listed)
    assert mutants.rotten() == []
    guards.keep(
        {"src/Box.sol": {**listed["src/Box.sol"], NAMES[0]: "BoxTest.test_gone", NAMES[1]: "-- nobody calls it"}}
    )
    assert mutants.rotten() == [f"src/Box.sol: no test listed for {NAMES[0]}"]
    gone = {name: red for name, red in listed["src/Box.sol"].items() if name != NAMES[5]} | {
        "shut: onlyOwner": "test_x"
    }
    guards.keep({"src/Box.sol": gone})
    assert mutants.rotten() == [
        f"src/Box.sol: no test listed for {NAMES[5]}",
        "src/Box.sol: shut: onlyOwner: listed, but gone",
    ]


def test_a_mutant_by_hand_whose_text_moved_is_named(box: Path) -> None:
    guards.keep({"src/Box.sol": dict.fromkeys(NAMES, "BoxTest.test_fullIsRefused")})
    fields = {
        "why": "what is put is held",
        "file": "src/Box.sol",
        "put": "held = ",
        "red": "BoxTest.test_fullIsRefused",
    }
    listing = box / "test/mutants/box.toml"

    def written(**changed: str) -> list[str]:
        lines = [f"{key} = {json.dumps(value)}" for key, value in {**fields, **changed}.items()]
        listing.write_text("[[mutant]]\n" + "\n".join(lines), encoding="utf-8")
        return mutants.rotten()

    assert written(cut="held += ") == []
    assert [mutant.text for mutant in mutants.by_hand()] == [BOX.replace("held += ", "held = ")]
    assert written(cut="held -= ") == ["box.toml: 'held -= ' stands 0 times in src/Box.sol"]
    assert written(cut="BoxFull") == ["box.toml: 'BoxFull' stands 5 times in src/Box.sol"]
    assert written(cut="held += ", red="BoxTest.test_gone") == ["BoxTest.test_gone is no test"]
    assert written(cut="held += ", red="Other.test_fullIsRefused") == ["Other.test_fullIsRefused is no test"]


@pytest.mark.chain
def test_a_switch_turns_off_its_guard_alone(box: Path) -> None:
    with trial.copy() as root:
        switched, rest = switches.switch_all(root, guards.guards())
        assert rest == []
        assert [outcome.name for outcome in trial.tests(root) if not outcome.passed] == []
        red = [
            [outcome.name for outcome in trial.tests(root, "--block-coinbase", one.coinbase) if not outcome.passed]
            for one in switched
        ]
    assert red == [
        ["test_onlyTheOwnerOpens", "test_onlyTheOwnerPuts"],
        ["test_onlyTheOwnerPuts"],
        ["test_openIsBounded"],
        ["test_onlyTheOwnerOpens"],
        ["test_openIsBounded"],
        ["test_fullIsRefused"],
        [],
        [],
    ]
    assert (box / "src/Box.sol").read_text(encoding="utf-8") == BOX


@pytest.mark.chain
def test_a_text_that_is_altered_is_put_back_and_one_that_does_not_compile_says_so(box: Path) -> None:
    with trial.copy() as root:
        text = BOX.replace("(10 + 0)", "(20 + 0)")
        assert trial.verdict(lambda: trial.altered(root, "src/Box.sol", text), "BoxTest.test_fullIsRefused") == ""
        assert (root / "src/Box.sol").read_text(encoding="utf-8") == BOX
        said = trial.verdict(lambda: trial.altered(root, "src/Box.sol", "nonsense"), "BoxTest.test_fullIsRefused")
        assert said.startswith("it could not be tried: ")
        said = trial.verdict(lambda: trial.tests(root), "BoxTest.test_fullIsRefused")
        assert said == "BoxTest.test_fullIsRefused passes without it"
        assert trial.verdict(lambda: trial.tests(root), "BoxTest.test_gone") == "BoxTest.test_gone was not run"


def test_the_suites_that_speak_of_a_guard_are_tried_first(box: Path) -> None:
    """By the refusal's error, or by a call of the function that carries the modifier."""
    found = {guard.name: controls.near(guard) for guard in guards.guards()}
    here = ("--match-path", "test/Box.t.sol")
    assert found == {name: here if name.startswith(("put: ", "open: ")) else () for name in NAMES}
    second = (box / "test/Box.t.sol").read_text(encoding="utf-8").replace("BoxTest", "FullTest")
    (box / "test/Full.t.sol").write_text(f"// BoxFull\n{second}", encoding="utf-8")
    (box / "test/invariant").mkdir()
    (box / "test/invariant/Full.t.sol").write_text(f"// BoxFull\n{second}", encoding="utf-8")
    again = {guard.name: controls.near(guard) for guard in guards.guards()}
    assert again[NAMES[5]] == ("--match-path", "test/Full.t.sol")
    assert again["put: onlyOwner"] == ("--match-path", "{test/Box.t.sol,test/Full.t.sol}")


@pytest.mark.chain
def test_a_search_ends_in_time_and_goes_on_where_it_was(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert controls.find(1, 0) == 1
    assert capsys.readouterr().out == "guards without a test: 0; not looked at yet: 8\n"
    assert guards.listed() == {}
    assert controls.find(1) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "guards without a test: 2; not looked at yet: 0"
    owner = dict.fromkeys(NAMES[:1] + NAMES[3:4], "BoxTest.test_onlyTheOwnerOpens")
    bounded = dict.fromkeys((NAMES[2], NAMES[4]), "BoxTest.test_openIsBounded")
    assert guards.listed() == {
        "src/Box.sol": owner
        | bounded
        | {"put: onlyOwner": "BoxTest.test_onlyTheOwnerPuts", NAMES[5]: "BoxTest.test_fullIsRefused"}
    }
    assert controls.find(1) == 1
    assert capsys.readouterr().out.splitlines() == [
        *(f"src/Box.sol: {name} <- NO TEST" for name in NAMES[6:]), "guards without a test: 2; not looked at yet: 0",
    ]  # fmt: skip
