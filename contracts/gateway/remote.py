"""The port to a signer process: keys that sign elsewhere, with a memory and a policy of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from contracts.gateway.errors import SignerRefused, SignerUnavailable
from contracts.gateway.keys import Signed, Transaction
from contracts.gateway.transport import one_attempt


@dataclass(frozen=True, slots=True)
class Request:
    """What to sign with which key. `kind` is CALL, CANCEL (with the approval's id) or NOOP."""

    key: str
    transaction: Transaction
    kind: str = "CALL"
    approval: str = ""


class SignerPort(Protocol):
    """What the outbox needs of a signer, wherever the keys are."""

    def close(self) -> None: ...

    def addresses(self) -> dict[str, str]: ...

    def check(self, key: str, to: str | None, data: bytes, value: int) -> None: ...

    def sign(self, request: Request) -> Signed: ...


class RemoteSigner:
    """A signer process over HTTP. Never retries by itself."""

    def __init__(self, url: str, token: str, *, timeout: float = 10.0) -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=timeout,
            transport=one_attempt(),
            trust_env=False,
            headers={"authorization": f"Bearer {token}"},
        )

    def close(self) -> None:
        self._http.close()

    def addresses(self) -> dict[str, str]:
        """Address in lower case by key name."""
        return {str(k): str(v).lower() for k, v in self._ask("GET", "/keys").items()}

    def check(self, key: str, to: str | None, data: bytes, value: int) -> None:
        """SignerRefused if the policy would not let this call be signed. Nothing is remembered."""
        self._ask("POST", "/check", {"key": key, "to": to, "data": "0x" + data.hex(), "value": value})

    def sign(self, request: Request) -> Signed:
        """The signed bytes. SignerRefused by policy or memory; SignerUnavailable leaves open whether it signed."""
        t = request.transaction
        body = {
            "key": request.key,
            "kind": request.kind,
            "approval": request.approval,
            "chain_id": t.chain_id,
            "nonce": t.nonce,
            "to": t.to,
            "data": "0x" + t.data.hex(),
            "value": t.value,
            "gas": t.gas,
            "max_fee": t.max_fee,
            "priority_fee": t.priority_fee,
        }
        answer = self._ask("POST", "/sign-transaction", body)
        return Signed(raw=bytes.fromhex(answer["raw"][2:]), hash=answer["hash"])

    def sign_confirmation(self, key: str, chain_id: int, controller: str, confirmation: dict[str, Any]) -> str:
        """The registrar's signature as 0x text; only a registrar's signer has such keys."""
        body = {"key": key, "chain_id": chain_id, "controller": controller, "confirmation": confirmation}
        return str(self._ask("POST", "/sign-confirmation", body)["signature"])

    def sign_evidence(self, key: str, chain_id: int, anchor: str, evidence: dict[str, Any]) -> tuple[str, str]:
        """(signature, signer's address in lower case) over an evidence pack; another content for its run is refused."""
        body = {"key": key, "chain_id": chain_id, "anchor": anchor, "evidence": evidence}
        answer = self._ask("POST", "/sign-evidence", body)
        return str(answer["signature"]), str(answer["signer"]).lower()

    def audit_head(self, sequence: int, digest: str) -> None:
        """Leave a copy of the audit chain's head outside the platform's database."""
        self._ask("POST", "/audit-heads", {"sequence": sequence, "hash": digest})

    def audit_heads(self) -> list[tuple[int, str]]:
        return [(int(s), str(h)) for s, h in self._ask("GET", "/audit-heads")["heads"]]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, json=body)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SignerUnavailable(f"The signer does not answer ({type(error).__name__}).") from error
        if response.status_code == 200 and isinstance(answer, dict):
            return answer
        text = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        if response.status_code in (403, 409, 422):
            raise SignerRefused(text or "The signer refuses.", rule=str(answer.get("rule", "policy")))
        raise SignerUnavailable(f"The signer answered HTTP {response.status_code}: {text or 'no reason given'}.")
