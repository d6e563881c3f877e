"""Puts a switch on every guard, so that one compilation serves all of them.

The block's coinbase says which guard is off (`forge test --block-coinbase`): no test and no contract of ours reads it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from contracts.quality.guards import Guard

FIRST = 0x60A2D000
SWITCH = "src/Switch.sol"
# A refusal may stand in a pure function, which may not look at the block: the pointer's type is changed on the way.
SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

function switchSeen(uint256 number) view returns (bool) {
    return uint160(address(block.coinbase)) != number;
}

function switchOn(uint256 number) pure returns (bool) {
    function(uint256) view returns (bool) seen = switchSeen;
    function(uint256) pure returns (bool) pointer;
    assembly ("memory-safe") {
        pointer := seen
    }
    return pointer(number);
}
"""
_MODIFIER = re.compile(r"^    modifier (\w+)\((.*?)\)[^{;]*\{\n(.*?)^        _;\n    \}\n", re.MULTILINE | re.DOTALL)
_MANAGED = re.compile(r"^(?:abstract )?contract \w+ is[^{;]*\bAccessManaged\b[^{;]*\{\n", re.MULTILINE)
# What OpenZeppelin's AccessManaged does; ours (AuthorityManaged) has the same function.
_RESTRICTED = "        _checkCanCall(msg.sender, msg.data);\n"


@dataclass(frozen=True, slots=True)
class Switched:
    """A guard that can be turned off, and the coinbase that does it."""

    guard: Guard
    coinbase: str


def switch_all(root: Path, guards: list[Guard]) -> tuple[list[Switched], list[Guard]]:
    """Rewrites the sources under `root`: the guards that have a switch, and those that must be cut out one by one.

    The latter are modifiers of libraries, `restricted` apart: there is no body here to put a switch on.
    """
    (root / SWITCH).write_text(SOURCE, encoding="utf-8")
    texts = {file: (root / file).read_text(encoding="utf-8") for file in _files(root)}
    known = {"restricted"} | {match[1] for text in texts.values() for match in _MODIFIER.finditer(text)}
    able = [guard for guard in guards if guard.put or guard.name.split()[1] in known]
    switched = [Switched(guard, f"0x{FIRST + n:040x}") for n, guard in enumerate(able)]
    for file, text in texts.items():
        for one in reversed([s for s in switched if s.guard.file == file]):
            text = _with_switch(text, one)
        (root / file).write_text(_with_modifiers(text, file), encoding="utf-8")
    return switched, [guard for guard in guards if guard not in able]


def _files(root: Path) -> list[str]:
    found = (path.relative_to(root).as_posix() for path in (root / "src").rglob("*.sol"))
    return sorted(file for file in found if file != SWITCH)


def _with_switch(text: str, one: Switched) -> str:
    guard, number = one.guard, int(one.coinbase, 16)
    old = text[guard.start : guard.end]
    if guard.put:
        new = f"if (switchOn({number}) && {old.removeprefix('if ')})"
    else:
        name, _, handed = old.partition("(")
        new = f"{name}Switched({number}, {handed}" if handed else f"{name}Switched({number})"
    return text[: guard.start] + new + text[guard.end :]


def _with_modifiers(text: str, file: str) -> str:
    """The import, and beside each modifier the same with a switch; where OpenZeppelin's is inherited, one like it."""
    path = os.path.relpath(SWITCH, Path(file).parent)
    importing = f'import {{switchOn}} from "{path if path.startswith(".") else "./" + path}";\n'
    after = text.index("\n", text.index("pragma solidity")) + 1
    text = text[:after] + importing + text[after:]
    text = _MODIFIER.sub(lambda match: match[0] + _modifier(match[1], match[2], match[3]), text)
    return _MANAGED.sub(lambda match: match[0] + _modifier("restricted", "", _RESTRICTED), text)


def _modifier(name: str, taken: str, body: str) -> str:
    parameters = f"uint256 number, {taken}" if taken else "uint256 number"
    return (
        f"\n    modifier {name}Switched({parameters}) {{\n        if (switchOn(number)) {{\n{body}        }}\n"
        "        _;\n    }\n"
    )
