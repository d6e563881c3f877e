"""Compile the contracts and write one artifact per contract; `--check` says whether the committed ones are fresh."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import solcx

HERE = Path(__file__).resolve().parent
SOLIDITY = HERE.parent / "solidity"
SHIM = HERE / "solc-shim.mjs"
COMPILER = "0.8.37"
CONTRACTS: Mapping[str, str] = {
    "AccessManager": "@openzeppelin/contracts/access/manager/AccessManager.sol",
    "ERC1967Proxy": "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
    "IdentityRegistry": "src/identity/IdentityRegistry.sol",
    "Engine": "src/compliance/Engine.sol",
    "Controller": "src/token/Controller.sol",
    "SecurityToken": "src/token/SecurityToken.sol",
    "TokenFactory": "src/token/TokenFactory.sol",
    "ReserveBook": "src/reserve/ReserveBook.sol",
    "Anchor": "src/anchor/Anchor.sol",
    "Documents": "src/token/Documents.sol",
    "ClaimBook": "src/identity/claims/ClaimBook.sol",
    "ClaimIssuer": "src/identity/claims/ClaimIssuer.sol",
    "CashBook": "src/settlement/CashBook.sol",
    "DeliveryVersusPayment": "src/settlement/DeliveryVersusPayment.sol",
    "PayingAgent": "src/servicing/PayingAgent.sol",
}
SETTINGS: Mapping[str, Any] = {
    "optimizer": {"enabled": True, "runs": 10000},
    "viaIR": True,
    "evmVersion": "cancun",
    # No metadata trailer: the same sources give the same bytes in every folder.
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
}
# The optimiser's runs, where they differ: at 10,000 the token outgrows the 24,576 bytes of EIP-170.
RUNS: Mapping[str, int] = {"SecurityToken": 400}
_IMPORT = re.compile(r"""^\s*import\s[^;]*?["']([^"']+)["']\s*;""", re.MULTILINE | re.DOTALL)


def sources(*roots: str) -> dict[str, str]:
    """The named sources (all contracts' when none is named) and what they import, by import path."""
    found: dict[str, str] = {}
    waiting = list(roots or CONTRACTS.values())
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = _file(path).read_text(encoding="utf-8")
        waiting.extend(_resolve(path, name) for name in _IMPORT.findall(found[path]))
    return dict(sorted(found.items()))


def compile_all() -> dict[str, str]:
    """Artifact text by contract name, bit-identical for identical sources and compiler."""
    texts: dict[str, str] = {}
    for runs in sorted({_settings(name)["optimizer"]["runs"] for name in CONTRACTS}):
        paths = {name: path for name, path in CONTRACTS.items() if _settings(name)["optimizer"]["runs"] == runs}
        output = _compile(paths)
        texts |= {name: _artifact(name, path, output[path][name]) for name, path in paths.items()}
    return texts


def stale(artifacts: Mapping[str, str]) -> list[str]:
    """Names whose committed file differs from what the sources give, and files that belong to no contract."""
    names = {path.stem for path in HERE.glob("*.json")}
    differing = {name for name, text in artifacts.items() if _read(name) != text}
    return sorted(differing | (names - set(artifacts)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if an artifact is not fresh")
    options = parser.parse_args(arguments)
    artifacts = compile_all()
    old = stale(artifacts)
    if options.check:
        for name in old:
            print(f"contracts/artifacts/{name}.json is not what the sources give.")
        if old:
            print("Run python -m contracts.artifacts.build")
        return 1 if old else 0
    for name in old:
        target = HERE / f"{name}.json"
        if name in artifacts:
            target.write_text(artifacts[name], encoding="utf-8")
        else:
            target.unlink()
        print(f"{'wrote' if name in artifacts else 'removed'} {target.name}")
    return 0


def _file(path: str) -> Path:
    return SOLIDITY / ("node_modules" if path.startswith("@") else "") / path


def _resolve(importer: str, name: str) -> str:
    if not name.startswith("."):
        return name
    parts = importer.split("/")[:-1]
    for step in name.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _settings(name: str) -> dict[str, Any]:
    optimizer = {**SETTINGS["optimizer"], "runs": RUNS.get(name, SETTINGS["optimizer"]["runs"])}
    return {**SETTINGS, "optimizer": optimizer}


def _compile(paths: Mapping[str, str]) -> Mapping[str, Any]:
    """What the compiler says of contracts that share their settings."""
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {path: {"content": text} for path, text in sources(*paths.values()).items()},
            "settings": {**_settings(next(iter(paths))), "outputSelection": _selection(paths)},
        },
        solc_binary=SHIM,
    )
    found: Mapping[str, Any] = output["contracts"]
    return found


def _selection(paths: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    wanted = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]
    return {path: {name: wanted} for name, path in paths.items()}


def _source_hash(name: str) -> str:
    """Of the contract's own sources only: a change elsewhere leaves its artifact as it is."""
    body = json.dumps(
        {"compiler": COMPILER, "settings": _settings(name), "sources": sources(CONTRACTS[name])}, sort_keys=True
    )
    return "0x" + hashlib.sha256(body.encode()).hexdigest()


def _artifact(name: str, path: str, compiled: Mapping[str, Any]) -> str:
    evm = compiled["evm"]
    references = evm["deployedBytecode"]["immutableReferences"]
    artifact = {
        "name": name,
        "source": path,
        "compiler": COMPILER,
        "settings": _settings(name),
        "source_hash": _source_hash(name),
        "abi": compiled["abi"],
        "bytecode": "0x" + evm["bytecode"]["object"],
        "deployed_bytecode": "0x" + evm["deployedBytecode"]["object"],
        # Where constructors write immutables: zero these spans before comparing the code on chain.
        "immutable_spans": sorted([span["start"], span["length"]] for spans in references.values() for span in spans),
    }
    return json.dumps(artifact, indent=1, sort_keys=True) + "\n"


def _read(name: str) -> str | None:
    target = HERE / f"{name}.json"
    return target.read_text(encoding="utf-8") if target.exists() else None


if __name__ == "__main__":
    sys.exit(main())
