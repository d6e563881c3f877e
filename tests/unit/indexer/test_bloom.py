"""The bloom filter by its own law."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.indexer.bloom import mask, touches

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


def test_an_empty_bloom_touches_nothing() -> None:
    """That the mask is the node's own is shown on a real node (tests/chain/test_indexer.py)."""
    address = "0x095e7baea6a6c7c4c2dfeb977efac326af552d87"
    assert touches(hex(mask(address)), [address])
    assert not touches("0x" + "0" * 512, [address])


@given(present=st.lists(ADDRESSES, min_size=1, max_size=30))
def test_what_is_there_is_never_missed(present: list[str]) -> None:
    bloom = 0
    for address in present:
        bloom |= mask(address)
    assert all(touches(hex(bloom), [address]) for address in present)
    assert not touches("0x0", present)


@given(address=ADDRESSES)
def test_three_bits_of_2048(address: str) -> None:
    assert 1 <= mask(address).bit_count() <= 3
    assert mask(address) < 1 << 2048
