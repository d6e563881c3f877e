"""What was sealed comes out as it was, or not at all: every byte, every cut, every swap of pieces or of names."""

from __future__ import annotations

import io
import random
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenization.operations.backup import sealing
from tokenization.operations.backup.errors import BackupRefused
from tokenization.operations.backup.sealing import PIECE, TAG, key_name, new_key, read_key, seal, unseal

KEY = bytes(range(32))
HEADER = 5 + 8 + 32


def sealed(content: bytes, *, key: bytes = KEY, name: str = "database.platform", size: int = 65_536) -> bytes:
    out = io.BytesIO()
    seal((content[at : at + size] for at in range(0, len(content), size)), out, key=key, name=name)
    return out.getvalue()


def opened(content: bytes, *, key: bytes = KEY, name: str = "database.platform") -> bytes:
    return b"".join(unseal(io.BytesIO(content), key=key, name=name))


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 no secret


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
def test_whatever_its_length_it_comes_out_as_it_was(size: int) -> None:
    content = noise(size)
    found = sealed(content)
    pieces = max(-(-size // PIECE), 1)
    assert len(found) == HEADER + size + pieces * TAG
    assert opened(found) == content


def test_two_sealed_alike_have_nothing_in_common_but_the_keys_name() -> None:
    first, second = sealed(b"gold"), sealed(b"gold")
    assert first[:13] == second[:13] == b"TKBK1" + key_name(KEY)
    assert first[13:45] != second[13:45]
    assert first[45:] != second[45:]
    assert b"gold" not in first


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_one_changed_bit_anywhere_is_refused(where: int, bit: int) -> None:
    found = bytearray(sealed(b"PKR 272,000,000 unclaimed"))
    found[where % len(found)] ^= 1 << bit
    with pytest.raises(BackupRefused):
        opened(bytes(found))


def test_a_cut_is_refused_wherever_it_falls_between_pieces_too() -> None:
    found = sealed(noise(2 * PIECE + 10))
    whole = PIECE + TAG
    for end in (0, 10, HEADER, HEADER + 5, HEADER + whole, HEADER + 2 * whole, len(found) - 1):
        with pytest.raises(BackupRefused):
            opened(found[:end])


def test_pieces_in_another_order_and_pieces_added_are_refused() -> None:
    found, whole = sealed(noise(2 * PIECE + 10)), PIECE + TAG
    head, first, second = found[:HEADER], found[HEADER : HEADER + whole], found[HEADER + whole : HEADER + 2 * whole]
    for wrong in (head + second + first + found[HEADER + 2 * whole :], found + b"x", found + first):
        with pytest.raises(BackupRefused, match="altered or cut: piece"):
            opened(wrong)


def test_a_file_under_anothers_name_is_refused() -> None:
    with pytest.raises(BackupRefused, match="key.issuer.identity was altered"):
        opened(sealed(b"x", name="key.issuer.bootstrap"), name="key.issuer.identity")


def test_another_key_and_another_kind_of_file_are_told_apart() -> None:
    with pytest.raises(BackupRefused, match="sealed with another key"):
        opened(sealed(b"x", key=bytes(32)))
    with pytest.raises(BackupRefused, match="is not a sealed file"):
        opened(b"PGDMP" + bytes(100))


def test_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    new_key(path)
    made = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(read_key(path)) == 32
    with pytest.raises(FileExistsError):
        new_key(path)
    assert path.read_text() == made


@pytest.mark.parametrize(("content", "said"), [("zz", "cannot be read"), ("00" * 16, "has 16 bytes, not 32")])
def test_what_is_no_key_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    with pytest.raises(BackupRefused, match=said):
        read_key(path)
    with pytest.raises(BackupRefused, match="cannot be read"):
        read_key(tmp_path / "nowhere")


def test_every_file_and_every_piece_has_a_nonce_of_its_own() -> None:
    assert [sealing._nonce(n) for n in (0, 1, 256)] == [bytes(12), bytes(11) + b"\x01", bytes(10) + b"\x01\x00"]
    assert sealing._about(1, last=False) != sealing._about(1, last=True)
