"""What may be signed: read from a file at start-up and again whenever the file changes, never from a request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from contracts.gateway import abi
from contracts.gateway.signer.creations import Creation

DEFAULT = Path(__file__).with_name("policy.json")


class Forbidden(RuntimeError):
    """The policy does not allow it."""


class Policy:
    """The file's rules. `creation_at` says what this signer itself created at an address (None: nothing)."""

    def __init__(self, path: Path, creation_at: Callable[[str], Creation | None]) -> None:
        self._path = path
        self._creation_at = creation_at
        self._read_at = 0
        self._keys: dict[str, Any] = {}
        self._refresh()

    def _refresh(self) -> None:
        changed = self._path.stat().st_mtime_ns
        if changed != self._read_at:
            self._keys = orjson.loads(self._path.read_bytes())["keys"]
            self._read_at = changed

    def _rules(self, key: str) -> dict[str, Any]:
        self._refresh()
        if key not in self._keys:
            raise Forbidden(f"The policy has no rules for the key {key}.")
        return dict(self._keys[key])

    def created(self, data: bytes) -> str:
        """The artifact that the data creates; empty if it is none of ours."""
        for name in abi.names():
            code = abi.artifact(name).bytecode
            if code and data.startswith(code):
                return name
        return ""

    def check_call(self, key: str, to: str | None, data: bytes, value: int) -> None:
        """Forbidden unless a rule of the key allows this destination, function and number of units."""
        rules = self._rules(key)
        if value:
            raise Forbidden("No call of ours carries value.")
        if to is None:
            artifact = self.created(data)
            if not artifact or artifact not in rules.get("create", ()):
                raise Forbidden(f"The key {key} may not create {artifact or 'this code'}.")
            return
        for rule in rules.get("calls", ()):
            artifact = self._matches(rule, to)
            if artifact and self._function(rule, artifact, to, data):
                return
        raise Forbidden(f"The key {key} may not call 0x{data[:4].hex()} of {to}.")

    def is_last(self, key: str, data: bytes) -> bool:
        """Whether this call, or one in its multicall, is the last that the key signs."""
        last = self._rules(key).get("last")
        return bool(last) and _contains("AccessManager", data, str(last))

    def check_confirmation(self, key: str, controller: str, units: int) -> None:
        """Forbidden unless the key may confirm for this controller, and so many units."""
        rule = self._rules(key).get("confirm")
        if rule is None:
            raise Forbidden(f"The key {key} does not sign confirmations.")
        if "*" not in rule["controllers"] and controller not in [c.lower() for c in rule["controllers"]]:
            raise Forbidden(f"The controller {controller} is not on the list.")
        if units > rule["max_units"]:
            raise Forbidden(f"{units} units are more than the {rule['max_units']} of one confirmation.")

    def check_evidence(self, key: str, anchor: str) -> None:
        """Forbidden unless the key may sign evidence, and for a contract of the rule that this signer created."""
        rule = self._rules(key).get("evidence")
        if rule is None:
            raise Forbidden(f"The key {key} does not sign evidence.")
        if not self._matches(rule, anchor):
            raise Forbidden(f"{anchor} is no {rule['artifact']} of ours.")

    def _matches(self, rule: dict[str, Any], to: str) -> str:
        """The artifact by which to read the call, if the rule is about this destination."""
        if "address" in rule:
            return str(rule["artifact"]) if rule["address"].lower() == to else ""
        made = self._creation_at(to)
        fits = (
            made is not None and made.artifact == rule["artifact"] and made.purpose == rule.get("purpose", made.purpose)
        )
        return str(rule["artifact"]) if fits else ""

    def _check_spender(self, rule: dict[str, Any], spender: str) -> None:
        made = self._creation_at(spender)
        if made is None or made.artifact not in rule["spender"]:
            raise Forbidden(f"{spender} is none of those who may be allowed to draw.")

    def _inside(self, rule: dict[str, Any], to: str, data: bytes) -> bool:
        """Whether one of the rules about delayed calls allows this one."""
        for inner in rule.get("inside", ()):
            artifact = self._matches(inner, to)
            if artifact and self._function(inner, artifact, to, data):
                return True
        return False

    def _function(self, rule: dict[str, Any], artifact: str, to: str, data: bytes) -> bool:
        try:
            call = abi.decode_call(artifact, data)
        except Exception as error:  # eth_abi has many; undecodable data is never signed
            raise Forbidden(f"The data is no call of {artifact}: {error}") from error
        if call.name not in rule["functions"]:
            return False
        if call.name == "multicall":
            for inner in call.args["data"]:
                if not self._function(rule, artifact, to, inner):
                    raise Forbidden(f"The call 0x{inner[:4].hex()} inside a multicall is not allowed.")
        if call.name in ("schedule", "execute") and not self._inside(rule, call.args["target"], call.args["data"]):
            inner = call.args["data"][:4].hex()
            raise Forbidden(f"The delayed call 0x{inner} of {call.args['target']} is not allowed.")
        if "spender" in rule:
            self._check_spender(rule, call.args["spender"])
        _check_caps(rule, call.args)
        return True


def _contains(artifact: str, data: bytes, function: str) -> bool:
    entry = abi.by_selector(artifact).get(bytes(data[:4]))
    if entry is None:
        return False
    if entry["name"] == "multicall":
        return any(_contains(artifact, inner, function) for inner in abi.decode_call(artifact, data).args["data"])
    return str(entry["name"]) == function


# What counts against a cap: units of a security, and money in minor units of its currency.
_CAPS = {"max_units": ("units", ("units",)), "max_amount": ("minor units", ("amount", "amounts", "value"))}


def _check_caps(rule: dict[str, Any], args: dict[str, Any]) -> None:
    for cap, (words, names) in _CAPS.items():
        found = _sum_of(args, names)
        if cap in rule and found > rule[cap]:
            raise Forbidden(f"{found} {words} are more than the {rule[cap]} of one call.")


def _sum_of(value: Any, names: tuple[str, ...], counted: bool = False) -> int:
    """The sum of everything so named, at any depth, alone or in a list."""
    if isinstance(value, dict):
        return sum(_sum_of(v, names, k in names) for k, v in value.items())
    if isinstance(value, list):
        return sum(_sum_of(v, names, counted) for v in value)
    return value if counted and isinstance(value, int) else 0
