"""The tree of RFC 6962; roots as published with the reference implementation of Certificate Transparency."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tokenization.identity.approvals import root
from tokenization.kernel.merkle import inclusion_proof, tree_hash

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "vectors/merkle.json").read_text(encoding="utf-8")
)["trees"]

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("count", range(1, 9))
def test_published_roots(count: int) -> None:
    assert tree_hash([bytes.fromhex(leaf) for leaf in LEAVES[:count]]).hex() == ROOTS[count - 1]


def test_the_empty_tree() -> None:
    assert tree_hash([]).hex() == EMPTY
    assert root([]) == "0x" + EMPTY


def test_the_root_of_hex_leaves_is_the_same_tree() -> None:
    assert root(["0x" + leaf for leaf in LEAVES]) == "0x" + ROOTS[7]


def test_order_and_number_of_the_leaves_count() -> None:
    one, two, three = ("0x" + digit * 64 for digit in "123")
    roots = {root(leaves) for leaves in ([], [one], [one, two], [two, one], [one, two, three], [one, two, two])}
    assert len(roots) == 6


def test_an_inner_node_cannot_pass_for_a_leaf() -> None:
    one, two = ("0x" + digit * 64 for digit in "12")
    assert root([root([one, two])]) != root([one, two])


def climb(leaf: bytes, index: int, leaves: int, proof: list[bytes]) -> bytes | None:
    """RFC 9162, section 2.1.3.2, as the contract walks: None when the proof has not the length of the shape."""
    node, last = hashlib.sha256(b"\x00" + leaf).digest(), leaves - 1
    for other in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = hashlib.sha256(b"\x01" + other + node).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + other).digest()
        index, last = index >> 1, last >> 1
    return None if last else node


@pytest.mark.parametrize("tree", VECTORS, ids=lambda tree: str(len(tree["leaves"])))
def test_vectors_that_the_contract_reads_too(tree: dict[str, Any]) -> None:
    leaves = [bytes.fromhex(leaf[2:]) for leaf in tree["leaves"]]
    expected = bytes.fromhex(tree["root"][2:])
    assert tree_hash(leaves) == expected
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        assert ["0x" + node.hex() for node in proof] == tree["proofs"][index]
        assert climb(leaf, index, len(leaves), proof) == expected
        assert climb(leaf + b"x", index, len(leaves), proof) != expected


@pytest.mark.parametrize("index", [-1, 2])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError, match=f"leaf {index} of 2"):
        inclusion_proof([b"one", b"two"], index)
