"""The tree of RFC 6962; roots as published with the reference implementation of Certificate Transparency."""

from __future__ import annotations

import pytest

from tokenization.identity.approvals import root
from tokenization.kernel.merkle import tree_hash

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
