"""What the signer does, without its HTTP: policy, memory, then the signature."""

from __future__ import annotations

from typing import Any

from eth_utils.crypto import keccak

from contracts.gateway.addresses import create_address
from contracts.gateway.codec import encode
from contracts.gateway.keys import LocalKey, Transaction
from contracts.gateway.messages import Evidence, evidence_typed_data
from contracts.gateway.roles import FISCAL_KEYS, REGISTRAR_KEYS
from contracts.gateway.signer.creations import Creation, of_contract, of_token
from contracts.gateway.signer.policy import Forbidden, Policy
from contracts.gateway.signer.store import Store
from contracts.gateway.typed_data import Confirmation, confirmation_typed_data, digest

CONFIRMING = (*REGISTRAR_KEYS, *FISCAL_KEYS)
KINDS = ("CALL", "CANCEL", "NOOP")


class Invalid(ValueError):
    """The request cannot be read."""


class SignerService:
    """Keys, memory and policy together."""

    def __init__(self, keys: dict[str, LocalKey], store: Store, policy: Policy) -> None:
        self._keys = keys
        self._store = store
        self._policy = policy

    def addresses(self) -> dict[str, str]:
        return {name: key.address for name, key in self._keys.items()}

    def health(self) -> dict[str, Any]:
        self._store.alive()
        return {"ok": True}

    def check(self, body: dict[str, Any]) -> dict[str, Any]:
        """Forbidden if the policy would refuse; remembers nothing."""
        name = _text(body, "key")
        self._check_in_use(name)
        self._policy.check_call(name, _address(body, "to"), _data(body), _number(body, "value"))
        return {"ok": True}

    def sign_transaction(self, body: dict[str, Any]) -> dict[str, Any]:
        """1. policy, 2. memory (committed; also that it was the key's last), 3. signature.

        Fees and gas are not part of what is remembered.
        """
        name, kind, approval = _text(body, "key"), _text(body, "kind"), str(body.get("approval", ""))
        transaction = _transaction(body)
        key = self._transaction_key(name)
        self._check_in_use(name, transaction)
        if kind == "CALL":
            self._policy.check_call(name, transaction.to, transaction.data, transaction.value)
        elif kind in KINDS:
            self._check_empty(key, kind, approval, transaction)
        else:
            raise Invalid(f"kind is one of {KINDS}")
        self._store.remember_transaction(
            key=name,
            chain_id=transaction.chain_id,
            nonce=transaction.nonce,
            digest=call_digest(transaction),
            kind=kind,
            approval=approval,
        )
        if kind == "CALL" and self._policy.is_last(name, transaction.data):
            self._store.retire(key=name, chain_id=transaction.chain_id, nonce=transaction.nonce)
        self._remember_creation(name, key, transaction)
        signed = key.sign_transaction(transaction)
        return {"raw": "0x" + signed.raw.hex(), "hash": signed.hash}

    def sign_confirmation(self, body: dict[str, Any]) -> dict[str, Any]:
        """The registrar's (fiscal agent's) word about one number, once: other contents for that number are refused."""
        name = _text(body, "key")
        key = self._key(name)
        chain_id, controller = _number(body, "chain_id"), _address(body, "controller")
        confirmation = _confirmation(body.get("confirmation"))
        if controller is None:
            raise Invalid("controller is an address")
        self._policy.check_confirmation(name, controller, confirmation.units)
        data = confirmation_typed_data(chain_id, controller, confirmation)
        self._store.remember_confirmation(
            key=name, chain_id=chain_id, token=confirmation.token, number=confirmation.number, digest=digest(data)
        )
        return {"signature": key.sign_typed_data(data), "signer": key.address}

    def sign_evidence(self, body: dict[str, Any]) -> dict[str, Any]:
        """The issuer's word for the evidence pack of one run, once: other contents for that run are refused."""
        name = _text(body, "key")
        key = self._transaction_key(name)
        chain_id, anchor = _number(body, "chain_id"), _address(body, "anchor")
        evidence = _evidence(body.get("evidence"))
        if anchor is None:
            raise Invalid("anchor is an address")
        self._policy.check_evidence(name, anchor)
        data = evidence_typed_data(chain_id, anchor, evidence)
        self._store.remember_evidence(
            key=name, chain_id=chain_id, token=evidence.token, run=evidence.run, digest=digest(data)
        )
        return {"signature": key.sign_typed_data(data), "signer": key.address}

    def remember_head(self, body: dict[str, Any]) -> dict[str, Any]:
        self._store.remember_head(_number(body, "sequence"), _text(body, "hash"))
        return {"ok": True}

    def heads(self) -> dict[str, Any]:
        return {"heads": self._store.heads()}

    def _key(self, name: str) -> LocalKey:
        if name not in self._keys:
            raise Forbidden(f"There is no key {name} here.")
        return self._keys[name]

    def _transaction_key(self, name: str) -> LocalKey:
        if name in CONFIRMING:
            raise Forbidden(f"The {name} key signs confirmations and never a transaction.")
        return self._key(name)

    def _check_in_use(self, name: str, transaction: Transaction | None = None) -> None:
        """Forbidden once the key has signed its last; that one itself may be signed again, at its own nonce."""
        last = self._store.retired_at(name)
        if last is not None and (transaction is None or (transaction.chain_id, transaction.nonce) != last):
            raise Forbidden(f"The key {name} has signed its last transaction (nonce {last[1]}): it is used no more.")

    def _check_empty(self, key: LocalKey, kind: str, approval: str, transaction: Transaction) -> None:
        """A CANCEL or NOOP is a transfer of nothing to oneself, and only that."""
        if transaction.to != key.address or transaction.data or transaction.value:
            raise Forbidden(f"A {kind} sends nothing to the key's own address.")
        if kind == "CANCEL" and not approval:
            raise Forbidden("A CANCEL names the approval of two persons.")

    def _remember_creation(self, name: str, key: LocalKey, transaction: Transaction) -> None:
        made = self._creation(key, transaction)
        if made is not None:
            self._store.remember_creation(made, key=name, chain_id=transaction.chain_id, nonce=transaction.nonce)

    def _creation(self, key: LocalKey, transaction: Transaction) -> Creation | None:
        if transaction.to is None:
            address = create_address(key.address, transaction.nonce)
            return of_contract(address, self._policy.created(transaction.data), transaction.data)
        called = self._store.creation_at(transaction.to)
        return of_token(called, transaction.data, self._store.creation_at) if called and transaction.data else None


def call_digest(transaction: Transaction) -> str:
    """What a transaction does, without what it pays for it."""
    t = transaction
    fields = (t.chain_id, t.nonce, t.to is None, t.to or "0x" + "00" * 20, t.value, keccak(t.data))
    return "0x" + keccak(encode(["uint256", "uint256", "bool", "address", "uint256", "bytes32"], fields)).hex()


def _transaction(body: dict[str, Any]) -> Transaction:
    numbers = {n: _number(body, n) for n in ("chain_id", "nonce", "value", "gas", "max_fee", "priority_fee")}
    return Transaction(to=_address(body, "to"), data=_data(body), **numbers)


def _confirmation(body: Any) -> Confirmation:
    return Confirmation(
        token=_token(body, "confirmation"),
        number=_number(body, "number"),
        issue_number=_number(body, "issue_number"),
        units=_number(body, "units"),
        registry_reference=_text(body, "registry_reference"),
        valid_until=_number(body, "valid_until"),
    )


def _evidence(body: Any) -> Evidence:
    return Evidence(
        token=_token(body, "evidence"),
        run=_number(body, "run"),
        block_number=_number(body, "block_number"),
        block_hash=_hash(body, "block_hash"),
        manifest=_hash(body, "manifest"),
        root=_hash(body, "root"),
        files=_number(body, "files"),
    )


def _token(body: Any, what: str) -> str:
    """The token that the message is about."""
    if not isinstance(body, dict):
        raise Invalid(f"{what} is an object")
    token = _address(body, "token")
    if token is None:
        raise Invalid("token is an address")
    return token


def _hash(body: dict[str, Any], name: str) -> str:
    value = _text(body, name).lower()
    if len(value) != 66 or not value.startswith("0x") or not set(value[2:]) <= set("0123456789abcdef"):
        raise Invalid(f"{name} is 0x and 64 digits")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    if not isinstance(body.get(name), str) or not body[name]:
        raise Invalid(f"{name} is a text")
    return str(body[name])


def _number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid(f"{name} is a whole number, zero or more")
    return value


def _address(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) != 42 or not value.startswith("0x"):
        raise Invalid(f"{name} is an address")
    return value.lower()


def _data(body: dict[str, Any]) -> bytes:
    try:
        return bytes.fromhex(str(body.get("data", "0x")).removeprefix("0x"))
    except ValueError:
        raise Invalid("data is hexadecimal") from None
