"""Contracts on a node of the test's own, by ABI: whole transactions from any sender, and many reads at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from eth_utils.crypto import keccak

from contracts.gateway.abi import Entry, artifact, selector, type_of
from contracts.gateway.codec import decode, encode
from tokenization.local.anvil import Anvil

TRANSACTION_GAS = 16_777_216
RICH = hex(10**24)
# One question to the reader: 20 bytes of address and 68 of calldata.
_QUESTION = 88


class Refused(Exception):
    """A transaction or call reverted; the text is the reason: a string, or a custom error's name."""


@dataclass(frozen=True)
class Code:
    """What a compiler gave: ABI and creation bytecode."""

    name: str
    abi: list[Entry]
    bytecode: bytes

    def creation(self, *args: Any) -> str:
        inputs: list[Entry] = next((e["inputs"] for e in self.abi if e["type"] == "constructor"), [])
        return "0x" + (self.bytecode + encode([type_of(i) for i in inputs], list(args))).hex()

    def data(self, function: str, *args: Any) -> bytes:
        entry = _entry(self, function, len(args))
        return selector(entry) + encode([type_of(i) for i in entry["inputs"]], list(args))

    def output(self, function: str, args: int, data: bytes) -> Any:
        outputs = _entry(self, function, args)["outputs"]
        values = decode([type_of(o) for o in outputs], data)
        return values[0] if len(values) == 1 else tuple(values)

    def __hash__(self) -> int:
        return hash(self.name)


@cache
def _entry(code: Code, function: str, args: int) -> Entry:
    """A function by name and number of arguments, or by its whole signature."""
    for entry in code.abi:
        if entry["type"] == "function" and entry["name"] == function.partition("(")[0]:
            types = ",".join(type_of(i) for i in entry["inputs"])
            if function == f"{entry['name']}({types})" or ("(" not in function and len(entry["inputs"]) == args):
                return entry
    raise LookupError(f"{code.name} has no {function} of {args} arguments")


def ours(name: str) -> Code:
    """A committed artifact of ours."""
    found = artifact(name)
    return Code(name, found.abi, found.bytecode)


@cache
def compiled(path: Path) -> Code:
    """An artifact as hardhat writes it."""
    body = json.loads(path.read_text())
    return Code(path.stem, body["abi"], bytes.fromhex(body["bytecode"].removeprefix("0x")))


@dataclass(frozen=True)
class Call:
    """One call from one sender; `to` empty creates a contract."""

    sender: str
    to: str
    data: bytes

    def fields(self) -> dict[str, str]:
        receiver = {"to": self.to} if self.to else {}
        return {"from": self.sender, **receiver, "data": "0x" + self.data.hex(), "gas": hex(TRANSACTION_GAS)}


@dataclass
class Evm:
    """A node that signs for any address and mines when told. Block gas is lifted; a transaction's limit stays."""

    node: Anvil
    errors: dict[bytes, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http = httpx.Client(timeout=120, trust_env=False)
        self._funded: set[str] = set()
        self.rpc("anvil_autoImpersonateAccount", True)
        self.rpc("evm_setBlockGasLimit", hex(2_000_000_000))

    def learn(self, *codes: Code) -> None:
        """Custom errors of these contracts are told by name from now on."""
        self.errors.update({selector(e): str(e["name"]) for c in codes for e in c.abi if e["type"] == "error"})

    def rpc(self, method: str, *params: Any) -> Any:
        return self.batch([(method, params)])[0]

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Answers in order; an answer that is an error of a call becomes `Refused` (returned, not raised)."""
        body = [{"jsonrpc": "2.0", "id": n, "method": m, "params": list(p)} for n, (m, p) in enumerate(requests)]
        answers = sorted(self._http.post(self.node.url, json=body).json(), key=lambda answer: answer["id"])
        results = [a["result"] if "result" in a else self._refusal(a["error"]) for a in answers]
        if len(results) == 1 and isinstance(results[0], Refused) and requests[0][0] != "eth_call":
            raise results[0]
        return results

    def _refusal(self, error: dict[str, Any]) -> Refused:
        data = error.get("data")
        if not isinstance(data, str) or len(data) < 10:
            return Refused(error.get("message", str(error)))
        raw = bytes.fromhex(data[2:])
        if raw[:4] == bytes.fromhex("08c379a0"):
            return Refused(decode(["string"], raw[4:])[0])
        if raw[:4] == bytes.fromhex("4e487b71"):
            return Refused(f"Panic {int.from_bytes(raw[4:], 'big'):#x}")
        return Refused(self.errors.get(raw[:4], "0x" + raw[:4].hex()))

    def ask(self, *calls: Call) -> list[bytes | Refused]:
        """What each call would give on the head, alone."""
        found = self.batch([("eth_call", (call.fields(), "latest")) for call in calls])
        return [f if isinstance(f, Refused) else bytes.fromhex(f[2:]) for f in found]

    def send(self, *calls: Call) -> list[dict[str, Any]]:
        """Real transactions in one block, in this order; their receipts. Raises Refused if one reverts."""
        self._fund({call.sender for call in calls})
        hashes = [self.rpc("eth_sendTransaction", call.fields()) for call in calls]
        self.rpc("evm_mine")
        receipts = self.batch([("eth_getTransactionReceipt", (made,)) for made in hashes])
        for call, receipt in zip(calls, receipts, strict=True):
            if receipt is None or receipt["status"] != "0x1":
                raise Refused(f"{call.to or 'creation'}: {self.ask(call)[0]!r}")
        return receipts

    def _fund(self, senders: set[str]) -> None:
        new = sorted(senders - self._funded)
        if new:
            self.batch([("anvil_setBalance", (sender, RICH)) for sender in new])
            self._funded |= set(new)

    def create(self, sender: str, code: Code, *args: Any) -> Contract:
        receipt = self.send(Call(sender, "", bytes.fromhex(code.creation(*args)[2:])))[0]
        return Contract(self, code, receipt["contractAddress"].lower())

    def read_words(self, questions: Sequence[tuple[str, bytes]]) -> list[int]:
        """The first word of each answer, all from one block. Calldata up to 68 bytes."""
        code = bytes.fromhex(_reader())
        body = b"".join(bytes.fromhex(to[2:]) + data.ljust(_QUESTION - 20, b"\0") for to, data in questions)
        answer = self.rpc("eth_call", {"data": "0x" + (code + body).hex()}, "latest")
        if isinstance(answer, Refused):
            raise answer
        raw = bytes.fromhex(answer[2:])
        assert len(raw) == 32 * len(questions)
        return [int.from_bytes(raw[n : n + 32], "big") for n in range(0, len(raw), 32)]

    @property
    def now(self) -> int:
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens inside has not happened afterwards."""
        mark, funded = self.rpc("evm_snapshot"), set(self._funded)
        try:
            yield
        finally:
            self.rpc("anvil_dropAllTransactions")
            self.rpc("evm_revert", mark)
            self._funded = funded

    @contextmanager
    def kept_if(self) -> Iterator[Callable[[], None]]:
        """What happens inside stays if the given function was called, and has not happened otherwise."""
        kept: list[bool] = []
        mark, funded = self.rpc("evm_snapshot"), set(self._funded)
        yield lambda: kept.append(True)
        if not kept:
            self.rpc("evm_revert", mark)
            self._funded = funded


@dataclass(frozen=True)
class Contract:
    evm: Evm
    code: Code
    address: str

    def call(self, sender: str, function: str, *args: Any) -> Call:
        return Call(sender, self.address, self.code.data(function, *args))

    def send(self, sender: str, function: str, *args: Any) -> dict[str, Any]:
        """One transaction in a block of its own; its receipt."""
        return self.evm.send(self.call(sender, function, *args))[0]

    def read(self, function: str, *args: Any) -> Any:
        answer = self.evm.ask(self.call("0x" + "00" * 20, function, *args))[0]
        if isinstance(answer, Refused):
            raise answer
        return self.code.output(function, len(args), answer)

    def at(self, address: str) -> Contract:
        """The same interface elsewhere."""
        return Contract(self.evm, self.code, address.lower())


def _reader() -> str:
    """Creation code that answers with one word per question appended to it: one eth_call for what would take a hundred.

    A loop of CODECOPY (question to 0x4000), STATICCALL (answer to the next word from 0) and, at the end, RETURN.
    """
    loop, length = 4, 0x37
    code = f"60{length:02x}6000" + "5b3882101560" + f"{length - 4:02x}" + "57"
    code += "60588261400039" + "60208160446140146140005160601c5afa15600057"
    code += "602001" + "90605801" + "90" + f"60{loop:02x}56" + "5b6000f3"
    assert len(code) == 2 * length, len(code) // 2
    return code


@contextmanager
def fresh_evm(folder: Path) -> Iterator[Evm]:
    """A node of its own in `folder`, stopped afterwards."""
    node = Anvil(folder)
    node.start()
    try:
        yield Evm(node)
    finally:
        node.stop()


def gas(receipt: dict[str, Any]) -> int:
    return int(receipt["gasUsed"], 16)


def wallet(number: int) -> str:
    """An address nobody has the key of, outside the range of precompiles."""
    return "0x" + keccak(text=f"wallet {number}")[-20:].hex()
