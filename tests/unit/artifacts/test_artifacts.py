"""The committed artifacts are what the sources give, and say enough to check the code on chain."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from eth_utils import keccak

from contracts.artifacts import build

ROLES = build.SOLIDITY / "src/authority/Roles.sol"


def artifact(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((build.HERE / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def signatures(name: str, kind: str) -> set[str]:
    def spell(item: dict[str, Any]) -> str:
        if item["type"].startswith("tuple"):
            return "(" + ",".join(spell(part) for part in item["components"]) + ")" + item["type"].removeprefix("tuple")
        return str(item["type"])

    entries = [entry for entry in artifact(name)["abi"] if entry["type"] == kind]
    return {f"{entry['name']}({','.join(spell(part) for part in entry['inputs'])})" for entry in entries}


@pytest.fixture(scope="module")
def compiled() -> dict[str, str]:
    return build.compile_all()


def test_committed_artifacts_are_bit_identical_to_what_the_sources_give(compiled: dict[str, str]) -> None:
    assert build.stale(compiled) == []


def test_an_altered_artifact_and_a_foreign_file_are_named(
    compiled: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in compiled.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(build, "HERE", tmp_path)
    assert build.stale(compiled) == []
    (tmp_path / "Engine.json").write_text(compiled["Engine"].replace("0x60", "0x61", 1), encoding="utf-8")
    (tmp_path / "Stray.json").write_text("{}", encoding="utf-8")
    (tmp_path / "Controller.json").unlink()
    assert build.stale(compiled) == ["Controller", "Engine", "Stray"]


def test_check_writes_nothing_and_build_repairs(
    compiled: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(build, "compile_all", lambda: compiled)
    (tmp_path / "Stray.json").write_text("{}", encoding="utf-8")
    assert build.main(["--check"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["Stray.json"]
    assert "contracts/artifacts/Engine.json is not what the sources give" in capsys.readouterr().out
    assert build.main([]) == 0
    assert {path.stem for path in tmp_path.iterdir()} == set(build.CONTRACTS)
    assert build.main(["--check"]) == 0


def test_a_comment_in_a_source_changes_that_contracts_hash_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: build._source_hash(name) for name in build.CONTRACTS}
    original = build._file

    def touched(path: str) -> Path:
        if path != "src/compliance/Engine.sol":
            return original(path)
        copy = tmp_path / "Engine.sol"
        copy.write_text(original(path).read_text(encoding="utf-8") + "// later\n", encoding="utf-8")
        return copy

    monkeypatch.setattr(build, "_file", touched)
    after = {name: build._source_hash(name) for name in build.CONTRACTS}
    assert {name for name in before if before[name] != after[name]} == {"Engine"}


def test_no_path_of_this_machine_is_inside(compiled: dict[str, str]) -> None:
    root = str(build.HERE.parents[1])
    assert [name for name, text in compiled.items() if root in text] == []


@pytest.mark.parametrize("name", sorted(build.CONTRACTS))
def test_code_stays_under_the_size_limits(name: str) -> None:
    """EIP-170 for the code on chain, EIP-3860 for what is sent, its constructor's arguments included."""
    loaded = artifact(name)
    constructor = next((entry for entry in loaded["abi"] if entry["type"] == "constructor"), {"inputs": []})
    arguments = 32 * len(constructor["inputs"])
    assert all(entry["type"] in ("address", "uint64", "bytes32", "bytes") for entry in constructor["inputs"]), name
    assert 0 < len(bytes.fromhex(loaded["deployed_bytecode"][2:])) <= 24_576
    # The proxy alone takes bytes of any length: an encoded initialisation, well under this.
    assert len(bytes.fromhex(loaded["bytecode"][2:])) + arguments <= 49_152 - 2_048


def test_every_contract_that_can_be_deployed_has_an_artifact_and_so_a_size() -> None:
    found = set()
    for path in (build.SOLIDITY / "src").rglob("*.sol"):
        found |= set(re.findall(r"^contract (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert found <= set(build.CONTRACTS)
    assert len(found) >= 5


def test_immutable_spans_point_at_zeros() -> None:
    for name in build.CONTRACTS:
        loaded = artifact(name)
        code = bytes.fromhex(loaded["deployed_bytecode"][2:])
        for start, length in loaded["immutable_spans"]:
            assert code[start : start + length] == bytes(length), name
    assert artifact("Engine")["immutable_spans"] != []


def test_the_factory_carries_the_proxy_of_its_artifact() -> None:
    """Addresses are computed beforehand from the proxy artifact: it must be the very code the factory deploys."""
    assert artifact("ERC1967Proxy")["bytecode"][2:] in artifact("TokenFactory")["bytecode"]


def test_the_public_abi_is_the_one_agreed() -> None:
    item = "(uint64,address,uint128)[]"
    assert signatures("Controller", "function") >= {
        "confirm((address,uint64,uint64,uint128,bytes32,uint40)[],bytes[])",
        "withdraw(address,(uint64,uint64,uint128)[])",
        f"issue(address,{item})",
        f"redeem(address,{item})",
        f"annul(address,{item},(uint16,bytes32))",
        "forcedTransfer(address,uint64,address,address,uint128,(uint16,bytes32))",
        "upgrade(address,address,bytes)",
        "deactivate(address,(uint16,bytes32))",
        "numberUsed(address,uint64)",
    }
    assert signatures("Controller", "event") >= {
        "CapRaised(address,uint64,uint64,uint256,bytes32,address)",
        "CapReduced(address,uint64,uint64,uint256)",
    }
    assert signatures("SecurityToken", "event") >= {
        "Issued(uint64,address,uint256)",
        "Redeemed(uint64,address,uint256)",
        "Annulled(uint64,address,uint256,uint16,bytes32)",
        "TransferForced(uint64,address,address,uint256,uint16,bytes32)",
        "ForcedTransfer(address,address,uint256)",
        "Frozen(address,uint256)",
        "Recovered(uint64,address,address,uint256,uint16,bytes32)",
        "Transfer(address,address,uint256)",
    }
    assert signatures("IdentityRegistry", "function") >= {
        "registerBatch((address,address,uint16,uint8,uint40)[])",
        "registerWithClaims((address,address,uint16,uint8,uint40)[])",
        "removeBatch(address[])",
        "setFlagsBatch(address[],uint32[])",
        "setSanctioned(address[],bool)",
        "isVerified(address)",
        "canSend(address)",
        "canReceive(address)",
        "recordOf(address)",
    }
    assert signatures("Engine", "function") >= {
        "addProgramme(bytes32,uint256)",
        "addSeries(address,bytes32,uint256,uint256,uint40,(bytes32,uint256,uint112,uint32,bool))",
        "setRules(address,(bytes32,uint256,uint112,uint32,bool))",
        "setCountrySet(bytes32,uint256,uint256)",
        "setClosedPeriod(address,uint40,uint40)",
        "closeSeries(address)",
        "dealingOpen(address)",
        "closedPeriodOf(address)",
        "failureOf(address,address,address,uint256)",
        "capOf(address)",
    }
    assert signatures("IdentityRegistry", "event") >= {"WalletRecorded(address,uint256)", "WalletRemoved(address)"}


def test_every_error_of_ours_names_its_domain() -> None:
    domains = {"IdentityRegistry": "Identity", "Engine": "Engine"}
    domains |= {"Controller": "Controller", "TokenFactory": "Factory"}
    borrowed = ("AccessManaged", "InvalidShortString", "StringTooLong", "Safe", "Failed", "Insufficient", "Panic")
    for name, domain in domains.items():
        names = {error.split("(")[0] for error in signatures(name, "error")}
        assert {error for error in names if not error.startswith((domain, *borrowed))} == set(), name
    token = {error.split("(")[0] for error in signatures("SecurityToken", "error")}
    ours = {error for error in token if error.startswith("Token")}
    assert len(ours) >= 12
    assert {
        error for error in token - ours if not error.startswith((*borrowed, "ERC", "ECDSA", "UUPS", "Address"))
    } == {
        "InvalidInitialization",
        "NotInitializing",
    }


def test_erc20_and_erc3643_selectors_are_the_standards() -> None:
    functions = signatures("SecurityToken", "function")
    selectors = {keccak(text=signature)[:4].hex() for signature in functions}
    assert {"a9059cbb", "23b872dd", "095ea7b3", "70a08231", "18160ddd", "dd62ed3e"} <= selectors
    assert {"40c10f19", "9dc29fac", "9fc1d0e7", "8456cb59", "3f4ba83a", "5c975abb"} <= selectors


def test_role_numbers_are_the_gateways() -> None:
    from contracts.gateway.roles import ChainRole

    numbers: dict[str, int] = {}
    for line in ROLES.read_text(encoding="utf-8").splitlines():
        words = line.strip().removesuffix(";").split()
        if words[:3] == ["uint64", "internal", "constant"]:
            numbers[words[3]] = int(words[5])
    assert {role.name: int(role) for role in ChainRole} == numbers


def test_the_shim_answers_as_the_compiler_does() -> None:
    version = subprocess.run([build.SHIM, "--version"], capture_output=True, text=True, check=True).stdout
    assert f"Version: {build.COMPILER}+commit." in version
    refused = subprocess.run([build.SHIM, "--ast"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "only --version and --standard-json" in refused.stderr


def test_the_shim_passes_an_answer_larger_than_a_pipe() -> None:
    source = "contract C {" + "".join(f"function f{i}(uint256 x) public pure {{ x; }}" for i in range(400)) + "}"
    asked = {
        "language": "Solidity",
        "sources": {"C.sol": {"content": source}},
        "settings": {"outputSelection": {"*": {"*": ["abi", "metadata"], "": ["ast"]}}},
    }
    answer = subprocess.run(
        [build.SHIM, "--standard-json"], input=json.dumps(asked), capture_output=True, text=True, check=True
    ).stdout
    assert len(answer) > 200_000
    assert len(json.loads(answer)["contracts"]["C.sol"]["C"]["abi"]) == 400
