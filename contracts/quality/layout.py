"""The storage layout of every stateful contract, kept as a committed snapshot that may only grow at its ends."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import solcx
from eth_utils.crypto import keccak

from contracts.artifacts import build
from contracts.quality.compatibility import differences

SNAPSHOT = build.SOLIDITY / "snapshots/Storage.json"
COMMAND = "python -m contracts.quality.layout --write"
Layout = dict[str, Any]
_HARNESS = "layout/{}.sol"
_NAMESPACE = re.compile(r"@custom:storage-location erc7201:(\S+).*?\bstruct (\w+)", re.DOTALL)
_NAMESPACE_ID = re.compile(r"@custom:storage-location erc7201:(\S+)")
_CONTRACT = re.compile(r"^(?:abstract contract|contract|library) (\w+)", re.MULTILINE)
_SLOT = re.compile(
    r"(?P<why>(?:^\s*//[^\n]*\n)*)^\s*bytes32 (?:private |internal |public )?constant (?P<name>\w+)\s*="
    r"\s*(?P<slot>0x[0-9a-f]{62}00);",
    re.MULTILINE,
)


def erc7201(identifier: str) -> str:
    """The slot at which a namespace begins, by the formula of ERC-7201."""
    inner = int.from_bytes(keccak(text=identifier)) - 1
    return "0x" + (int.from_bytes(keccak(inner.to_bytes(32))) & ~0xFF).to_bytes(32).hex()


def own_sources() -> dict[str, str]:
    """Every source of ours with what it imports, and every contract that production deploys."""
    ours = [path.relative_to(build.SOLIDITY).as_posix() for path in (build.SOLIDITY / "src").rglob("*.sol")]
    return build.sources(*ours, *build.CONTRACTS.values())


def layout_of(sources: Mapping[str, str]) -> Layout:
    """Slots of each contract that can be deployed, members of each ERC-7201 namespace and of each struct within."""
    spaces = dict(_namespaces(sources))
    answer = _compile({**sources, **{_HARNESS.format(n): text for n, (_, _, text) in enumerate(spaces.values())}})
    structs: dict[str, Any] = {}
    namespaces = {
        name: {
            "struct": f"{owner}.{struct}",
            "slot": erc7201(name),
            "members": _members(answer["contracts"][_HARNESS.format(n)]["Harness"]["storageLayout"], structs),
        }
        for n, (name, (owner, struct, _)) in enumerate(spaces.items())
    }
    contracts = {
        name: {
            "source": path,
            "namespaces": sorted(space for space, (owner, _, _) in spaces.items() if owner in bases),
            "slots": _slots(answer["contracts"][path][name]["storageLayout"], structs),
        }
        for path, name, bases in _deployable(answer["sources"])
    }
    contracts = {name: found for name, found in contracts.items() if found["slots"] or found["namespaces"]}
    return {"contracts": contracts, "namespaces": namespaces, "structs": dict(sorted(structs.items()))}


def misplaced(sources: Mapping[str, str]) -> list[str]:
    """Slot constants that no annotated namespace gives; namespaces whose constant is missing or wrongly explained."""
    problems: list[str] = []
    for path, text in sources.items():
        if not path.startswith("src/"):
            continue
        spaces = {erc7201(name): name for name in _NAMESPACE_ID.findall(text)}
        constants = {match["slot"]: match for match in _SLOT.finditer(text)}
        missing = spaces.keys() - constants.keys()
        problems += [f"{path}: no constant holds the slot of {spaces[slot]}" for slot in missing]
        for slot, match in constants.items():
            if slot not in spaces:
                problems.append(f"{path}: {match['name']} is the slot of no namespace declared here")
            elif f'keccak256("{spaces[slot]}")) - 1)) & ~bytes32(uint256(0xff))' not in match["why"]:
                problems.append(f"{path}: the line above {match['name']} does not say how its slot was made")
    return sorted(problems)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the snapshot, unless something stored would move")
    parser.add_argument("--anew", action="store_true", help="with --write: whatever moved (nothing is deployed yet)")
    options = parser.parse_args(arguments)
    sources = own_sources()
    new = layout_of(sources)
    old = json.loads(SNAPSHOT.read_text(encoding="utf-8")) if SNAPSHOT.exists() else {}
    problems = misplaced(sources) + ([] if options.anew else differences(old, new))
    for problem in problems:
        print(problem)
    if problems:
        return 1
    if options.write:
        SNAPSHOT.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    elif new != old:
        print(f"The storage layout has grown. Run {COMMAND} and commit {SNAPSHOT.name}.")
        return 1
    print(f"storage layout: {len(new['contracts'])} contracts, {len(new['namespaces'])} namespaces, nothing moved")
    return 0


def _namespaces(sources: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Each namespace with its contract, its struct, and a contract that holds the struct as an ordinary variable.

    The compiler shows the layout of variables only, and a namespaced struct is reached by a pointer.
    """
    for path, text in sources.items():
        for match in _NAMESPACE.finditer(text):
            owner = [found[1] for found in _CONTRACT.finditer(text, 0, match.start())][-1]
            harness = (
                f'pragma solidity {build.COMPILER};\nimport {{{owner}}} from "{path}";\n'
                f"contract Harness {{ {owner}.{match[2]} private _held; }}\n"
            )
            yield match[1], (owner, match[2], "// SPDX-License-Identifier: Apache-2.0\n" + harness)


def _compile(sources: Mapping[str, str]) -> dict[str, Any]:
    wanted = {"*": {"*": ["storageLayout"], "": ["ast"]}}
    answer: dict[str, Any] = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {path: {"content": text} for path, text in sources.items()},
            "settings": {"evmVersion": build.SETTINGS["evmVersion"], "outputSelection": wanted},
        },
        solc_binary=build.SHIM,
    )
    return answer


def _deployable(asts: Mapping[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    """Path, name and the names of all bases of each contract of ours that is not abstract, and of each one deployed."""
    nodes = [(path, node) for path, source in asts.items() for node in source["ast"]["nodes"]]
    known = {node["id"]: node["name"] for _, node in nodes if node["nodeType"] == "ContractDefinition"}
    deployed = {(path, name) for name, path in build.CONTRACTS.items()}
    for path, node in nodes:
        if node["nodeType"] != "ContractDefinition" or node["contractKind"] != "contract" or node["abstract"]:
            continue
        if path.startswith("src/") or (path, node["name"]) in deployed:
            yield path, node["name"], {known[base] for base in node["linearizedBaseContracts"]}


def _slots(layout: Mapping[str, Any], structs: dict[str, Any]) -> list[str]:
    for variable in layout["storage"]:
        _collect(variable["type"], layout["types"], structs)
    return [_placed(variable, layout["types"]) for variable in layout["storage"]]


def _members(layout: Mapping[str, Any], structs: dict[str, Any]) -> list[str]:
    """Of the struct that the harness holds."""
    members = layout["types"][layout["storage"][0]["type"]]["members"]
    for member in members:
        _collect(member["type"], layout["types"], structs)
    return [_placed(member, layout["types"]) for member in members]


def _placed(entry: Mapping[str, Any], types: Mapping[str, Any]) -> str:
    """Slot, offset in it, type, name: "0+20 bool _consumingSchedule"."""
    return f"{entry['slot']}+{entry['offset']} {types[entry['type']]['label']} {entry['label']}"


def _collect(type_: str, types: Mapping[str, Any], structs: dict[str, Any], repeated: bool = False) -> None:
    """Every struct that the type reaches. `repeated`: as an array's element, so that its size is the array's stride."""
    found = types[type_]
    if "members" in found:
        known = structs.get(found["label"])
        if known and known["repeated"] >= repeated:
            return
        members = [_placed(member, types) for member in found["members"]]
        structs[found["label"]] = {"repeated": repeated, "bytes": int(found["numberOfBytes"]), "members": members}
        for member in found["members"]:
            _collect(member["type"], types, structs, repeated)
    if "base" in found:
        _collect(found["base"], types, structs, True)
    if "value" in found:
        _collect(found["value"], types, structs)


if __name__ == "__main__":
    sys.exit(main())
