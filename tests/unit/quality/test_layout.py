"""The storage layout of the sources is the committed one, and the check sees every way of breaking it."""

from __future__ import annotations

import json

import pytest

from contracts.artifacts import build
from contracts.quality import layout
from contracts.quality.compatibility import differences

PATH = "src/Sample.sol"
SLOT = "0xf2fcd5a59d6f06d9bb27de7ab66eb11bc4a9fdcd91f36b1a37d6ceab1b5b0c00"
SAMPLE = f"""// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
abstract contract Base {{
    struct Account {{
        uint120 balance;
        uint120 frozen;
    }}

    struct Leg {{
        address token;
    }}

    /// @custom:storage-location erc7201:sample.main
    struct Main {{
        address authority;
        uint8 decimals;
        bool paused;
        mapping(address wallet => Account) accounts;
        Leg[] legs;
    }}

    // keccak256(abi.encode(uint256(keccak256("sample.main")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MAIN_SLOT = {SLOT};
}}
contract Sample is Base {{
    uint64 private _first;
    mapping(uint256 => uint256) private _second;
}}
"""
BROKEN = [
    (
        "        address authority;\n        uint8 decimals;",
        "        uint8 decimals;\n        address authority;",
        "sample.main: '0+0 uint8 decimals' stands where '0+0 address authority' was",
    ),
    ("bool paused;", "uint8 paused;", "sample.main: '0+21 uint8 paused' stands where '0+21 bool paused' was"),
    (
        "        bool paused;\n",
        "",
        "sample.main: '1+0 mapping(address => struct Base.Account) accounts' stands where '0+21 bool paused' was",
    ),
    ("        Leg[] legs;\n", "", "sample.main: '2+0 struct Base.Leg[] legs' is gone"),
    (
        "        bool paused;\n",
        "        bool paused;\n        bool closed;\n",
        "sample.main: '0+22 bool closed' stands where '1+0 mapping(address => struct Base.Account) accounts' was",
    ),
    (
        "uint120 balance;",
        "uint128 balance;",
        "struct Base.Account: '0+0 uint128 balance' stands where '0+0 uint120 balance' was",
    ),
    (
        "        address token;\n",
        "        address token;\n        uint256 units;\n",
        "struct Base.Leg: 64 bytes, were 32: the array that holds it would be read askew",
    ),
    ("uint64 private _first;", "uint64 private _zero;\n    uint64 private _first;", "Sample: '0+0 uint64 _zero'"),
    ("contract Sample is Base", "contract Other is Base", "Sample: the contract is gone"),
    ("Sample is Base", "Sample", "Sample: the namespace sample.main is gone"),
    ("erc7201:sample.main", "erc7201:sample.other", "Sample: the namespace sample.main is gone"),
]
GROWN = [
    ("        Leg[] legs;\n", "        Leg[] legs;\n        uint256 later;\n"),
    ("        uint120 frozen;\n", "        uint120 frozen;\n        bool walletFrozen;\n"),
    ("_second;\n", "_second;\n    uint256 private _third;\n"),
]


def changed(old: str, new: str) -> str:
    assert SAMPLE.count(old) == 1, old
    return SAMPLE.replace(old, new)


@pytest.fixture(scope="module")
def variants() -> list[layout.Layout]:
    """The sample's layout, then of those broken and of those grown: under names of their own, in one compilation."""
    texts = [SAMPLE, *(changed(old, new) for old, new, _ in BROKEN), *(changed(old, new) for old, new in GROWN)]
    names = [("Sample", "Sample{}"), ("Base", "Base{}"), ("sample.", "sample{}."), ("Other", "Other{}")]
    sources = {}
    for n, text in enumerate(texts):
        for plain, numbered in names:
            text = text.replace(plain, numbered.format(n))
        sources[f"src/{n}.sol"] = text
    given = layout.layout_of(sources)
    found = []
    for n in range(len(texts)):
        marks = (f"src/{n}.sol", f"Base{n}.", f"sample{n}.", f"Sample{n}.")
        own = {
            kind: {key: item for key, item in items.items() if any(mark in key + json.dumps(item) for mark in marks)}
            for kind, items in given.items()
        }
        text = json.dumps(own).replace(f"src/{n}.sol", PATH)
        for plain, numbered in names:
            text = text.replace(numbered.format(n), plain)
        found.append(json.loads(text.replace(layout.erc7201(f"sample{n}.main"), layout.erc7201("sample.main"))))
    return found


@pytest.fixture(scope="module")
def ours() -> dict[str, str]:
    return layout.own_sources()


def test_the_committed_layout_is_what_the_sources_give(ours: dict[str, str]) -> None:
    committed = json.loads(layout.SNAPSHOT.read_text(encoding="utf-8"))
    given = layout.layout_of(ours)
    assert differences(committed, given) == []
    assert given == committed, f"it has grown: {layout.COMMAND}"


def test_every_namespace_of_ours_has_the_slot_of_its_formula(ours: dict[str, str]) -> None:
    assert layout.misplaced(ours) == []


def test_a_field_that_changes_places_in_the_token_is_seen(ours: dict[str, str]) -> None:
    committed = json.loads(layout.SNAPSHOT.read_text(encoding="utf-8"))
    path = "src/token/TokenState.sol"
    text = ours[path]
    assert text.count("        bytes32 termsHash;\n") == 1
    moved = text.replace("        bytes32 termsHash;\n", "").replace(
        "        address engine;\n", "        bytes32 termsHash;\n        address engine;\n"
    )
    found = differences(committed, layout.layout_of({**build.sources("src/token/SecurityToken.sol"), path: moved}))
    assert [line for line in found if line.startswith("tokenization.storage.SecurityToken: ")] != []


def test_slots_of_the_formula() -> None:
    """The example of the standard itself (ERC-7201, `example.main`), and OpenZeppelin's Initializable."""
    assert layout.erc7201("example.main") == "0x183a6125c38840424c4a85fa12bab2ab606c4b6d0e7cc73c0c06ba5300eab500"
    known = "0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00"
    assert layout.erc7201("openzeppelin.storage.Initializable") == known


def test_a_namespace_is_shown_with_its_members_and_what_they_reach(variants: list[layout.Layout]) -> None:
    given = variants[0]
    assert given["contracts"] == {
        "Sample": {
            "source": PATH,
            "namespaces": ["sample.main"],
            "slots": ["0+0 uint64 _first", "1+0 mapping(uint256 => uint256) _second"],
        }
    }
    assert given["namespaces"]["sample.main"] == {
        "struct": "Base.Main",
        "slot": layout.erc7201("sample.main"),
        "members": [
            "0+0 address authority",
            "0+20 uint8 decimals",
            "0+21 bool paused",
            "1+0 mapping(address => struct Base.Account) accounts",
            "2+0 struct Base.Leg[] legs",
        ],
    }
    assert given["structs"]["struct Base.Account"]["members"] == ["0+0 uint120 balance", "0+15 uint120 frozen"]
    assert {name: found["repeated"] for name, found in given["structs"].items()} == {
        "struct Base.Account": False,
        "struct Base.Leg": True,
    }


def test_what_would_be_read_at_another_place_is_refused(variants: list[layout.Layout]) -> None:
    for (_, _, said), variant in zip(BROKEN, variants[1:], strict=False):
        found = differences(variants[0], variant)
        assert found != [], said
        assert found[0].startswith(said)


def test_what_is_added_at_an_end_is_allowed(variants: list[layout.Layout]) -> None:
    for variant in variants[1 + len(BROKEN) :]:
        assert differences(variants[0], variant) == []
        assert variant != variants[0]


def test_a_slot_constant_that_is_wrong_unexplained_or_missing_is_named() -> None:
    right = changed(SLOT, layout.erc7201("sample.main"))
    assert layout.misplaced({PATH: right}) == []
    wrong = right.replace(layout.erc7201("sample.main"), layout.erc7201("sample.other"))
    assert layout.misplaced({PATH: wrong}) == [
        f"{PATH}: MAIN_SLOT is the slot of no namespace declared here",
        f"{PATH}: no constant holds the slot of sample.main",
    ]
    copied = right.replace('keccak256("sample.main")', 'keccak256("sample.copied")')
    assert layout.misplaced({PATH: copied}) == [f"{PATH}: the line above MAIN_SLOT does not say how its slot was made"]
