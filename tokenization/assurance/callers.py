"""Who made the units that nobody ordered, for the page of a break: from what is stored, the node is not asked here."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from contracts.gateway import abi
from contracts.gateway.roles import ChainRole
from contracts.indexer.models import Log
from contracts.outbox.models import Signer
from custody.reconciliation.callers import caller_of
from custody.reconciliation.models import Break
from custody.registries.models import RegistrarKey
from custody.reserves.models import ExaminerKey
from custody.tokenisation.models import ChainContract, ChainSetting, OutsideKey, TokenContract
from custody.tokenisation.selectors import wallet_owner
from tokenization.theme import figures

Told = tuple[str, str, str]
NOT_STORED = "not stored: no run was told by the node"
UNKNOWN = "unknown: no key of the issuer's signer, the registrar, the fiscal agent or an examiner, and nobody's wallet"
MADE = {Break.Kind.UNDUE_CREATION, Break.Kind.UNDUE_DESTRUCTION, Break.Kind.UNDUE_MOVEMENT}


def caller_facts(found: Break) -> list[Told]:
    """Sender, whose key it is, what was called, and by which role it could; only of a break about unordered units."""
    if found.kind not in MADE or found.log is None:
        return []
    told = caller_of(found)
    if told is None:
        return [("Sent by", NOT_STORED, ""), ("Called", NOT_STORED, "")]
    seen, call = told
    return [
        ("Sent by", call.sender, ""),
        ("Whose key it is", whose(call.sender, found.log.block.timestamp), ""),
        ("Roles it held then", _roles(call.sender, found.log), ""),
        ("Called", _called(call.to), ""),
        ("Function", _function(call.to, call.selector), ""),
        ("Told by the node to", f"run {seen.run_id}", reverse("assurance:figure", args=[seen.pk])),
    ]


def whose(address: str, at: datetime) -> str:
    """In words, among all the keys and wallets that are known; UNKNOWN where it is none of them."""
    ours = Signer.objects.filter(address=address).first()
    if ours is not None:
        return f"the issuer's signer, key “{ours.name}”"
    if RegistrarKey.objects.filter(address=address).exists():
        return "the registrar's"
    outside = OutsideKey.objects.filter(address=address).order_by("pk").first()
    if outside is not None:
        fiscal = outside.role == ChainRole.CASH_CONFIRMER
        return "the fiscal agent's" if fiscal else f"enrolled from outside for the role {_role(outside.role)}"
    examiner = ExaminerKey.objects.filter(address=address).select_related("examiner").first()
    if examiner is not None:
        return f"the examiner's, {examiner.examiner}"
    owner = wallet_owner(address, at)
    return f"a wallet of {owner.reference}" if owner is not None else UNKNOWN


def _role(number: int) -> str:
    return ChainRole(number).name.replace("_", " ").lower() if number in set(ChainRole) else f"number {number}"


def _roles(address: str, log: Log) -> str:
    """By the stored logs of the access manager up to the transaction, each with the block of its grant."""
    manager = ChainContract.objects.filter(name="ACCESS_MANAGER", address__isnull=False).first()
    if manager is None:
        return "not stored: no access manager is recorded"
    topics = {abi.event_topic("AccessManager", name): name for name in ("RoleGranted", "RoleRevoked")}
    rows = Log.objects.filter(
        address=manager.address,
        block_id__lte=log.block_id,
        topics__0__in=list(topics),
        topics__2="0x" + "0" * 24 + address[2:],
    )
    held: dict[int, Log] = {}
    for row in rows.order_by("block_id", "log_index"):
        if (row.block_id, row.tx_index) >= (log.block_id, log.tx_index):
            break
        number = int(row.topics[1], 16)
        if topics[row.topics[0]] == "RoleGranted":
            held[number] = row
        else:
            held.pop(number, None)
    return "; ".join(_granted(number, row) for number, row in sorted(held.items())) or "none by the stored logs"


def _granted(number: int, row: Log) -> str:
    """'agent, given in block 12 by “Give the role ...”'."""
    sent = ChainSetting.objects.filter(intent__slot__attempts__hash=row.tx_hash).first()
    why = f" by “{sent.words}”" if sent is not None else ""
    return f"{_role(number)}, given in block {figures.units(row.block_id)}{why}"


def _artifact(address: str) -> tuple[str, str]:
    """Name for people and artifact of one of our contracts; empty for any other."""
    token = TokenContract.objects.filter(address=address).select_related("series").first()
    if token is not None:
        return f"the token {token.code}", "SecurityToken"
    ours = ChainContract.objects.filter(address=address).first()
    return (str(ours.get_name_display()).replace("_", " ").lower(), ours.artifact) if ours is not None else ("", "")


def _called(address: str) -> str:
    if not address:
        return "nothing: it created a contract"
    return f"{address}, {_artifact(address)[0] or 'a contract that is none of ours'}"


def _function(address: str, selector: str) -> str:
    """The function by its four bytes where the contract is ours, with the four bytes."""
    if not selector:
        return "none: no function was named"
    artifact = _artifact(address)[1]
    known = abi.by_selector(artifact).get(bytes.fromhex(selector[2:])) if artifact else None
    if known is None:
        return f"{selector}, unknown"
    bare = "; the platform never calls it" if artifact == "SecurityToken" and known["name"] in BARE else ""
    return f"{abi.signature(known)} ({selector}){bare}"


# ERC-3643's own powers, which carry no instruction's number: the role that opens them is granted to nobody.
BARE = {"mint", "batchMint", "burn", "batchBurn", "forcedTransfer", "batchForcedTransfer", "recoveryAddress"}
