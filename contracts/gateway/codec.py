"""ABI encoding by web3's own codec, the strict one: a bytes32 is 32 bytes, not at most 32."""

from __future__ import annotations

from web3 import Web3

_codec = Web3().codec
encode, decode = _codec.encode, _codec.decode
