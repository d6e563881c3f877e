"""A contract of 23 bytes that logs whatever it is told: three topics and the rest as data. For tests of the indexer."""

from __future__ import annotations

from tests.support.parts import Chain

# topics from words 0, 1, 2 of the calldata, data from byte 96 on: LOG3
RUNTIME = bytes.fromhex("60403560203560003560603603806060600037" + "6000a300")
CREATION = bytes([0x60, len(RUNTIME), 0x80, 0x60, 11, 0x60, 0, 0x39, 0x60, 0, 0xF3]) + RUNTIME


class Emitter:
    """Deployed on construction, in a block of its own."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.sender = chain.accounts[0]
        made = chain.rpc(
            "eth_sendTransaction", {"from": self.sender, "data": "0x" + CREATION.hex(), "gas": hex(200_000)}
        )
        self.block = chain.mine()
        self.address: str = chain.rpc("eth_getTransactionReceipt", made)["contractAddress"].lower()

    def send(self, number: int) -> str:
        """Put a transaction into the pool whose log has `number` as its last topic; returns its hash."""
        words = [(1).to_bytes(32, "big"), (2).to_bytes(32, "big"), number.to_bytes(32, "big"), b"\x07" * 40]
        call = {"from": self.sender, "to": self.address, "data": "0x" + b"".join(words).hex(), "gas": hex(100_000)}
        return str(self.chain.rpc("eth_sendTransaction", call))

    def emit(self, *numbers: int) -> int:
        """One block with a log for each number."""
        for number in numbers:
            self.send(number)
        return self.chain.mine()
