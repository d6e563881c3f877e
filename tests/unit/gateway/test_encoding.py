from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.gateway import abi, calls, reverts
from contracts.gateway.addresses import checksum, create2_address, create_address
from contracts.gateway.calls import Confirmation, Item, splittable, subset
from contracts.gateway.keys import LocalKey, Transaction
from contracts.gateway.leaves import LeafKind, leaf
from contracts.gateway.typed_data import confirmation_typed_data, digest, recover, wallet_proof_typed_data

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "leaves.json"
A, B, C = ("0x" + c * 40 for c in "abc")
KEY = LocalKey("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")


def test_create_addresses_of_published_examples() -> None:
    # ethereum.org and EIP-1014, examples 1 and 4.
    assert (
        create_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", 0) == "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    )
    assert (
        create_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", 1) == "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"
    )
    assert create2_address("0x" + "00" * 20, bytes(32), b"\x00") == "0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"
    salt = bytes.fromhex("000000000000000000000000feed000000000000000000000000000000000000")
    assert create2_address("0xdeadbeef" + "00" * 16, salt, b"\x00") == "0xd04116cdd17bebe565eb2422f2497e06cc1c9833"


def test_checksum_of_eip_55() -> None:
    assert checksum("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed") == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_leaves_of_the_vector_file() -> None:
    rows = json.loads(VECTORS.read_text())["leaves"]
    assert len(rows) == 8
    for row in rows:
        assert leaf(**row["in"]) == row["leaf"], row


def test_a_leaf_is_the_hash_of_its_abi_encoding() -> None:
    packed = encode(
        ["bytes32", "uint256", "address", "uint8", "uint64", "address", "uint256"],
        [keccak(text="tokenization.instruction.v1"), 31337, A, 2, 5, B, 100],
    )
    assert leaf(chain_id=31337, contract=A, kind="ISSUE", number=5, wallet=B, units=100) == "0x" + keccak(packed).hex()


def test_every_field_of_a_leaf_matters_and_number_zero_is_refused() -> None:
    base = {"chain_id": 1, "contract": A, "kind": LeafKind.ISSUE, "number": 1, "wallet": B, "units": 1}
    others = [{"chain_id": 2}, {"contract": C}, {"kind": "REDEEM"}, {"number": 2}, {"wallet": C}, {"units": 2}]
    hashes = {leaf(**{**base, **o}) for o in [{}, *others]}  # type: ignore[arg-type]
    assert len(hashes) == 7
    with pytest.raises(ValueError, match="1 or more"):
        leaf(**{**base, "number": 0})  # type: ignore[arg-type]


def test_a_call_reads_back_as_it_was_built() -> None:
    call = calls.issue(A, B, [Item(1, C, 10), Item(2, A, 20)])
    back = abi.decode_call("Controller", call.data)
    assert back.name == "issue"
    assert back.args["token"] == B
    assert [(i["number"], i["wallet"], i["units"]) for i in back.args["items"]] == [(1, C, 10), (2, A, 20)]
    assert (call.to, call.numbered_by, len(call.items)) == (A, B, 2)
    assert call.description == f"Issue 30 units of {B} in 2 items"


def test_confirmations_and_their_signatures_are_thinned_together() -> None:
    confirmations = [Confirmation(B, n, n + 10, n * 5, "0x" + "0f" * 32, 99) for n in (1, 2, 3)]
    call = calls.confirm(A, confirmations, ["0x" + f"{n:02x}" * 65 for n in (1, 2, 3)])
    kept = abi.decode_call("Controller", subset("Controller", call.data, total=3, keep=[0, 2])).args
    lists = [v for v in kept.values() if isinstance(v, list)]
    assert [c["number"] for c in lists[0]] == [1, 3]
    assert lists[1] == [b"\x01" * 65, b"\x03" * 65]
    with pytest.raises(ValueError, match="one token"):
        calls.confirm(A, [*confirmations, Confirmation(C, 4, 5, 6, "0x" + "00" * 32, 9)], ["0x"] * 4)


@given(st.lists(st.integers(1, 2**64 - 1), min_size=1, max_size=12, unique=True), st.data())
@settings(max_examples=40, deadline=None)
def test_parts_of_a_batch_hold_exactly_its_items(numbers: list[int], data: st.DataObject) -> None:
    call = calls.annul(A, B, [Item(n, C, n % 7) for n in numbers], basis=1, reference="0x" + "aa" * 32)
    keep = data.draw(st.lists(st.sampled_from(range(len(numbers))), unique=True))
    rest = [n for n in range(len(numbers)) if n not in keep]
    parts = [
        abi.decode_call("Controller", subset("Controller", call.data, total=len(numbers), keep=k)) for k in (keep, rest)
    ]
    found = [i["number"] for p in parts for i in p.args["items"]]
    assert sorted(found) == sorted(numbers)
    assert splittable("Controller", call.data, total=len(numbers)) == (len(numbers) > 1)


def test_what_cannot_be_split_says_so() -> None:
    assert not splittable("AccessManager", calls.grant_role(A, 1, B).data, total=2)
    assert not splittable("Controller", b"\x00" * 4, total=2)
    assert not splittable("NoSuchContract", b"\x00" * 4, total=2)


def test_a_confirmation_is_recovered_to_its_signer_and_bound_to_chain_and_controller() -> None:
    confirmation = Confirmation(B, 1, 2, 3, "0x" + "11" * 32, 4)
    data = confirmation_typed_data(5, A, confirmation)
    signature = KEY.sign_typed_data(data)
    assert recover(data, signature) == KEY.address
    for other in (confirmation_typed_data(6, A, confirmation), confirmation_typed_data(5, C, confirmation)):
        assert digest(other) != digest(data)
        assert recover(other, signature) != KEY.address


def test_a_malleable_or_broken_signature_is_refused() -> None:
    data = wallet_proof_typed_data(5, KEY.address, "P-1", "n", 1, 2)
    raw = bytes.fromhex(KEY.sign_typed_data(data)[2:])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    twin = raw[:32] + (order - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big") + bytes([55 - raw[64]])
    with pytest.raises(ValueError, match="malleable"):
        recover(data, "0x" + twin.hex())
    with pytest.raises(ValueError, match="65 bytes"):
        recover(data, "0x1234")


def test_the_same_transaction_gives_the_same_bytes() -> None:
    transaction = Transaction(1, 2, A, b"\x01", 0, 21000, 10, 1)
    assert KEY.sign_transaction(transaction) == KEY.sign_transaction(transaction)
    signed = KEY.sign_transaction(transaction)
    assert signed.hash == "0x" + keccak(signed.raw).hex()


def test_reverts_are_sentences() -> None:
    text = bytes.fromhex("08c379a0") + encode(["string"], ["no money"])
    assert reverts.explain(text) == "The contract refuses: no money."
    assert reverts.explain(bytes.fromhex("4e487b71") + encode(["uint256"], [0x11])).startswith(
        "The contract stopped: a number"
    )
    assert reverts.explain(b"") == "The contract refuses without a reason."
    assert reverts.explain(b"\xff\xff\xff\xff").endswith("declares (0xffffffff).")
    used = next(e for _, e in abi.custom_errors().values() if e["name"] == "ControllerNumberUsed")
    data = abi.selector(used) + encode(["address", "uint64"], [A, 7])
    assert reverts.explain(data) == f"Number 7 of {A} was used already: it happens once."
    assert reverts.error_name(data) == "ControllerNumberUsed"


def test_an_event_is_decoded_by_topics_and_data() -> None:
    topic = abi.event_topic("SecurityToken", "Issued")
    log = {
        "topics": [topic, "0x" + f"{9:064x}", "0x" + "00" * 12 + "b" * 40],
        "data": "0x" + f"{55:064x}",
    }
    event = abi.decode_log("SecurityToken", log)
    assert event is not None
    assert event.name == "Issued"
    assert event.args == {"number": 9, "wallet": B, "units": 55}
    assert abi.decode_log("SecurityToken", {"topics": ["0x" + "00" * 32], "data": "0x"}) is None
    assert abi.decode_log("SecurityToken", {"topics": [], "data": "0x"}) is None
