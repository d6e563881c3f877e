from __future__ import annotations

import pytest

from contracts.gateway.errors import NodeErrorKind, classify, from_answer

# The words of real nodes.
WORDS = [
    ("already known", NodeErrorKind.KNOWN),
    ("transaction already imported", NodeErrorKind.KNOWN),
    ("Known transaction", NodeErrorKind.KNOWN),
    ("nonce too low: next nonce 5, tx nonce 4", NodeErrorKind.NONCE_TOO_LOW),
    ("Nonce too low", NodeErrorKind.NONCE_TOO_LOW),
    ("OldNonce", NodeErrorKind.NONCE_TOO_LOW),
    ("nonce too high", NodeErrorKind.NONCE_TOO_HIGH),
    ("replacement transaction underpriced", NodeErrorKind.UNDERPRICED),
    ("transaction underpriced", NodeErrorKind.UNDERPRICED),
    ("max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1", NodeErrorKind.FEE_TOO_LOW),
    ("insufficient funds for gas * price + value", NodeErrorKind.NO_FUNDS),
    ("Upfront cost exceeds account balance", NodeErrorKind.NO_FUNDS),
    ("execution reverted: nope", NodeErrorKind.REVERTED),
    ("intrinsic gas too low", NodeErrorKind.GAS),
    ("txpool is full", NodeErrorKind.POOL_FULL),
    ("header not found", NodeErrorKind.NO_SUCH_BLOCK),
    ("too many requests", NodeErrorKind.BUSY),
    ("the method eth_x does not exist/is not available", NodeErrorKind.UNKNOWN_METHOD),
    ("something new", NodeErrorKind.OTHER),
]


@pytest.mark.parametrize(("words", "kind"), WORDS)
def test_the_table_reads_what_nodes_say(words: str, kind: NodeErrorKind) -> None:
    assert classify(words, -32000) is kind


def test_codes_speak_where_words_do_not() -> None:
    assert classify("", 3) is NodeErrorKind.REVERTED
    assert classify("", -32601) is NodeErrorKind.UNKNOWN_METHOD
    assert classify("", -32000) is NodeErrorKind.OTHER


def test_revert_data_is_found_where_nodes_put_it() -> None:
    for data in ("0x12345678", {"data": "0x12345678"}):
        refused = from_answer({"code": 3, "message": "execution reverted", "data": data})
        assert refused.reverted
        assert refused.data == bytes.fromhex("12345678")
    assert from_answer({"code": -32000, "message": "boom", "data": "0xzz"}).data == b""
