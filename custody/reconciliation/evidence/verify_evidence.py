#!/usr/bin/env python3
"""Verifies an evidence pack without the platform: Python 3.11 or later and `pip install eth-account`, nothing else.

    python verify_evidence.py PACK.zip --signer 0x... [--confirmer 0x...] [--examiner 0x...] [--rpc http://...]

--signer     the issuer's address, as you learned it from the issuer and not from the pack
--confirmer  the registrar's address (may be given more than once); without it the pack's own list is used
--examiner   the examiner's address, as you learned it from him (may be given more than once); a token that a reserve
             backs is not verified without it
--rpc        a node of your own: the block's hash, the anchored root and what the ReserveBook said at the block are then
             read from the chain

Everything is computed here again from the pack's files. Exit code 0: nothing is wrong; 1: faults, each in a line.
Use your own copy of this file: the one in the pack is as trustworthy as the pack.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import hashlib
import io
import json
import re
import sys
import urllib.request
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from eth_account import Account
from eth_account.messages import encode_typed_data

MANIFEST, SIGNATURE, ANCHOR_KIND = "manifest.json", "signature.json", 4
KINDS = {"ISSUE": 2, "WITHDRAW": 3, "REDEEM": 4, "ANNUL": 5, "FORCED_TRANSFER": 6, "CONFIRM": 1}
FIELDS = {
    "Evidence": "token address,run uint64,blockNumber uint64,blockHash bytes32,manifest bytes32,root bytes32,"
    "files uint64",
    "Confirmation": "token address,number uint64,issueNumber uint64,units uint128,registryReference bytes32,"
    "validUntil uint40",
    "Attestation": "token address,number uint64,quantity uint128,encumbered uint128,asOf uint40,expiry uint40,"
    "reportHash bytes32",
}
DOMAIN = "name string,version string,chainId uint256,verifyingContract address"
OWED = (
    "unswept;suspense;set aside for holders;cash tokens;burned, not yet paid;tax withheld;unclaimed;recoverable;"
    "returned, to be burned"
).replace(";", ";CASH/")
# Left and right side of every equation as sums of observations, written down here a second time and on purpose.
EQUATIONS = {
    "chain.counters": ("CHAIN/issued;-CHAIN/redeemed;-CHAIN/annulled", "CHAIN/total supply"),
    "chain.balances": ("CHAIN/total supply", "CHAIN/balances"),
    "chain.register": ("CHAIN/total supply", "REGISTER/positions"),
    "chain.each.balances": ("CHAIN/balances", "REGISTER/positions"),
    "chain.each.frozen": ("CHAIN/frozen", "REGISTER/frozen"),
    "supply.explained": ("CHAIN/total supply", "REGISTER/explained supply"),
    "supply.undue": ("REGISTER/undue units", ""),
    "instructions.issued": ("INSTRUCTIONS/issued", "REGISTER/issued"),
    "bridge": (
        "REGISTRY/immobilised",
        "CHAIN/total supply;INSTRUCTIONS/not yet minted;INSTRUCTIONS/not yet released;INSTRUCTIONS/withdrawn;"
        "REGISTER/annulled",
    ),
    "cap": (
        "CHAIN/confirmed;-CHAIN/withdrawn",
        "REGISTRY/confirmed;-INSTRUCTIONS/cap not yet raised;-INSTRUCTIONS/cap reduced",
    ),
    "reserve.items": ("REGISTER/items behind it", "VAULT/items behind it"),
    "reserve.backing": ("REGISTER/backing needed;-VAULT/items behind it", ""),
    "attestation.number": ("ATTESTATION/attestation", "CHAIN/attestation"),
    "attestation.quantity": ("ATTESTATION/attested", "CHAIN/attested"),
    "attestation.encumbered": ("ATTESTATION/held against it", "CHAIN/held against it"),
    "attestation.ends": ("ATTESTATION/attestation ends", "CHAIN/attestation ends"),
    "attestation.eligible": ("ATTESTATION/eligible", "CHAIN/eligible"),
    "reserve.attested": ("REGISTER/backing needed;-ATTESTATION/eligible;-ATTESTATION/set aside for burns", ""),
    "statement.adds-up": ("STATEMENT/outstanding", "STATEMENT/conventional;STATEMENT/immobilised"),
    "statement.immobilised": ("STATEMENT/immobilised", "REGISTRY/immobilised at statement"),
    "cash.account": ("CASH/settlement account", "CASH/" + OWED),
    "cash.unswept": ("CASH/unswept", "CASH/paid settlements;CASH/credited, not yet minted"),
    "cash.suspense": ("CASH/suspense", "CASH/items in suspense"),
    "cash.payout": ("CASH/burned, not yet paid", "CASH/pay-outs owed"),
    "cash.tokens": ("CHAIN/total supply", "CASH/cash tokens;CASH/on chain, not yet booked"),
}
# An equation is there whenever this was observed; the others always.
GIVEN = {
    "statement": "STATEMENT/immobilised",
    "reserve": "VAULT/items behind it",
    "reserve.attested": "ATTESTATION/eligible",
    "attestation": "ATTESTATION/attestation",
    "attestation.eligible": "ATTESTATION/eligible",
    "cash.account": "CASH/settlement account",
    "cash.unswept": "CASH/settlement account",
    "cash.suspense": "CASH/items in suspense",
    "cash.payout": "CASH/pay-outs owed",
    "cash.tokens": "CASH/on chain, not yet booked",
}
ISSUED, REDEEMED, ANNULLED, UNEXPLAINED = ("ISSUED", "REDEEMED", "ANNULLED", "UNEXPLAINED")
# Accounts that are no wallet, with the kind of instruction that alone moves them; anything may be unexplained.
CONTRA = {ISSUED: "ISSUE", REDEEMED: "REDEEM", ANNULLED: "ANNUL", UNEXPLAINED: ""}
UNINSTRUCTED = ("OWN_TRANSFER", "UNEXPLAINED")
FLIGHTS = {
    "NOT_YET_MINTED": "not yet minted", "NOT_YET_RELEASED": "not yet released", "WITHDRAWN": "withdrawn",
    "CAP_NOT_YET_RAISED": "cap not yet raised",
}  # fmt: skip
# A vault's list, known by its heading's first column: what names an item, and the column that counts.
LISTS = {"brand": (("brand", "serial", "year"), "fine oz"), "tank": (("tank", "batch"), "net bbl")}
DIGITS = {"XAU": 3, "XAG": 3, "OIL": 2}
Ask = Callable[..., Any]
BROKEN = (StopIteration, RuntimeError, zipfile.BadZipFile, ElementTree.ParseError)
Faults = Iterator[str]


def sha256(data: bytes) -> str:
    return "0x" + hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


def keccak256(data: bytes) -> bytes:
    """Keccak with the padding that Ethereum uses; the standard library has only the later SHA-3."""
    padded = bytearray(data + b"\x01")
    padded += bytes(-len(padded) % 136)
    padded[-1] |= 0x80
    state = [0] * 25
    for at in range(0, len(padded), 136):
        for lane in range(17):
            state[lane] ^= int.from_bytes(padded[at + 8 * lane : at + 8 * lane + 8], "little")
        state = _permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permuted(a: list[int]) -> list[int]:
    mask, r = 2**64 - 1, 1
    for _ in range(24):
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[x - 1] ^ ((c[(x + 1) % 5] << 1 | c[(x + 1) % 5] >> 63) & mask) for x in range(5)]
        a = [lane ^ d[n % 5] for n, lane in enumerate(a)]
        x, y, moved = 1, 0, a[1]
        for t in range(24):
            x, y, turn = y, (2 * x + 3 * y) % 5, (t + 1) * (t + 2) // 2 % 64
            moved, a[x + 5 * y] = a[x + 5 * y], (moved << turn | moved >> 64 - turn) & mask
        for y in range(0, 25, 5):
            row = a[y : y + 5]
            a[y : y + 5] = [row[n] ^ (~row[(n + 1) % 5] & mask & row[(n + 2) % 5]) for n in range(5)]
        for j in range(7):
            r = (r << 1 ^ (r >> 7) * 0x71) % 256
            a[0] ^= (r >> 1 & 1) << (1 << j) - 1
    return a


def leaf(chain_id: int, token: str, row: dict[str, Any]) -> str:
    """What officers approve of an instruction."""
    values = (
        chain_id,
        int(token, 16),
        KINDS[row["kind"]],
        row["number"],
        int(row["wallet"] or "0x0", 16),
        row["units"],
    )
    words = b"".join(value.to_bytes(32, "big") for value in values)
    return "0x" + keccak256(keccak256(b"tokenization.instruction.v1") + words).hex()


def signer_of(name: str, chain_id: int, contract: str, primary: str, message: dict[str, Any], signature: str) -> str:
    """Who signed this EIP-712 message, in lower case; empty if the signature is none."""

    def fields(text: str) -> list[dict[str, str]]:
        return [dict(zip(("name", "type"), field.split(), strict=True)) for field in text.split(",")]

    said = {
        "types": {"EIP712Domain": fields(DOMAIN), primary: fields(FIELDS[primary])},
        "primaryType": primary,
        "domain": {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": contract},
        "message": message,
    }
    try:
        return str(Account.recover_message(encode_typed_data(full_message=said), signature=signature)).lower()
    except Exception:  # a broken signature has many ways to be broken
        return ""


class Pack:
    """The members of the zip as they are, whatever its checksums say, and the manifest."""

    def __init__(self, path: str) -> None:
        self.members: dict[str, bytes] = {}
        self.twice: list[str] = []
        with zipfile.ZipFile(path) as archive, open(path, "rb") as raw:
            for info in archive.infolist():
                raw.seek(info.header_offset + 26)
                name, extra = (int.from_bytes(raw.read(2), "little") for _ in range(2))
                raw.seek(name + extra, 1)
                self.twice += [info.filename] if info.filename in self.members else []
                self.members[info.filename] = raw.read(info.file_size)
        self.manifest: dict[str, Any] = json.loads(self.members[MANIFEST])

    def rows(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.members[path].splitlines()]

    def one(self, path: str) -> dict[str, Any]:
        return dict(json.loads(self.members[path]))

    def seen(self) -> dict[str, dict[str, Any]]:
        return {f"{row['source']}/{row['name']}": row for row in self.rows("observations.jsonl")}


def check_files(pack: Pack) -> Faults:
    listed = {row["path"]: row["sha256"] for row in pack.manifest["files"]}
    here = {path: sha256(content) for path, content in pack.members.items() if path not in (MANIFEST, SIGNATURE)}
    yield from (f"The file {path} stands in the zip twice." for path in pack.twice)
    yield from (f"The file {path} is missing: the manifest lists it." for path in listed if path not in here)
    yield from (f"The file {path} was added: the manifest does not list it." for path in here if path not in listed)
    wrong = [path for path in listed if here.get(path, listed[path]) != listed[path]]
    for path in wrong:
        other = next((one for one in wrong if here[path] == listed[one] and here[one] == listed[path]), None)
        if other is None:
            yield f"The file {path} was altered: its SHA-256 is {here[path]}, the manifest says {listed[path]}."
            yield from altered_rows(pack, path, listed)
        elif path < other:
            yield f"The files {path} and {other} have changed places."


def altered_rows(pack: Pack, path: str, listed: dict[str, str]) -> Faults:
    """Which rows, as long as the list of the rows' hashes is the one of the manifest."""
    hashes = f"rows/{path}.sha256"
    if hashes not in pack.members or sha256(pack.members[hashes]) != listed.get(hashes):
        return
    then, lines = pack.members[hashes].decode().split(), pack.members[path].splitlines()
    now = [sha256(line) for line in lines]
    for what, i, j, k, m in difflib.SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        both = min(j - i, m - k)
        for n in range(max(j - i, m - k)):
            said = lines[k + n].decode(errors="replace")[:160] if n < m - k else ""
            if n < both:
                yield f"Row {i + n + 1} of {path} was altered; it now reads {said}"
            elif n < j - i:
                yield f"Row {i + n + 1} of {path} is missing."
            else:
                yield f"Row {k + n + 1} of {path} was added: {said}"


def check_root(pack: Pack) -> Faults:
    root = "0x" + tree_hash([canonical(row) for row in pack.manifest["files"]]).hex()
    if root != pack.manifest["root"]:
        yield f"The Merkle root of the manifest, {pack.manifest['root']}, is stale: its list of files gives {root}."
    run = pack.one("run.json")
    for name, value in pack.manifest.items():
        if name in run and run[name] != value:
            yield f"The manifest says {name.replace('_', ' ')} {value}, the run {run[name]}."


def check_signature(pack: Pack, signer: str) -> Faults:
    m, told = pack.manifest, pack.one(SIGNATURE)
    message = {
        "token": m["token"], "run": m["run"], "blockNumber": m["block_number"], "blockHash": m["block_hash"],
        "manifest": sha256(pack.members[MANIFEST]), "root": m["root"], "files": len(m["files"]),
    }  # fmt: skip
    found = signer_of("Tokenization Evidence", m["chain_id"], m["anchor"], "Evidence", message, told["signature"])
    if found == signer:
        return
    if found and found == told["signer"]:
        yield f"The manifest was signed by {found}, not by the issuer's key {signer} that you gave."
    else:
        yield f"The manifest was altered after {signer} signed it, or the signature was."


def terms(text: str, seen: dict[str, dict[str, Any]]) -> int:
    """A side of an equation; what an old run did not observe counts as nothing."""
    parts = [(-1 if part.startswith("-") else 1, part.removeprefix("-")) for part in text.split(";") if part]
    return sum(sign * int(seen[name]["value"]) for sign, name in parts if name in seen)


def sides(name: str, seen: dict[str, dict[str, Any]]) -> tuple[int, int]:
    left, right = EQUATIONS[name]
    if name in ("reserve.backing", "reserve.attested"):
        return max(terms(left, seen), 0), 0
    if name != "reserve.items" and not name.startswith("chain.each."):
        return terms(left, seen), terms(right, seen)
    one, other = seen[left]["detail"], seen[right]["detail"]
    return sum(abs(int(one.get(key, 0)) - int(other.get(key, 0))) for key in one.keys() | other.keys()), 0


def check_equations(pack: Pack) -> Faults:
    seen, rows = pack.seen(), pack.rows("equations.jsonl")
    for row in rows:
        name, found = row["name"], None if row["name"] not in EQUATIONS else sides(row["name"], seen)
        if found is None:
            yield f"The equation {name} is not one that this verifier knows."
        elif found != (row["left"], row["right"]):
            given = f"{found[0]} and {found[1]}"
            yield f"The equation {name} says {row['left']} and {row['right']}; its observations give {given}."
        if row["difference"] != row["left"] - row["right"] or row["holds"] != (row["difference"] == 0):
            yield f"The equation {name} says the difference {row['difference']} and holds {row['holds']}: not so."
    due = {name for name in EQUATIONS if GIVEN.get(name, GIVEN.get(name.split(".")[0], "CHAIN/issued")) in seen}
    for name in sorted(due - {row["name"] for row in rows}):
        yield f"The equation {name} is missing though its records were observed."
    if pack.one("run.json")["green"] != all(row["holds"] for row in rows):
        yield "The run says green or red otherwise than its equations do."
    for name, row in seen.items():
        parts = [str(part) for part in row["detail"].values()]
        if parts and all(part.lstrip("-").isdigit() for part in parts) and sum(map(int, parts)) != int(row["value"]):
            yield f"The observation {name} is {row['value']}, but its parts add up to {sum(map(int, parts))}."


def check_register(pack: Pack) -> Faults:
    seen, known = pack.seen(), {row["number"]: row for row in pack.rows("instructions.jsonl")}
    accounts: dict[str, int] = defaultdict(int)
    legs: dict[tuple[str, int], list[int]] = defaultdict(list)
    entries = pack.rows("register-entries.jsonl")
    for row in entries:
        accounts[row["account"]] += row["units"]
        legs[row["transaction"], row["log"]].append(row["units"])
    for row in entries:
        moved = sum(units for units in legs[row["transaction"], row["log"]] if units > 0)
        yield from instructed(row, known.get(row["instruction"]), moved)
    for (transaction, log), units in legs.items():
        if sum(units):
            yield f"The entries for log {log} of transaction {transaction} do not sum to zero but to {sum(units)}."
    yield from wallets(accounts, seen)
    yield from counted(known.values(), seen)
    yield from flights(pack, seen)


def instructed(row: dict[str, Any], cause: dict[str, Any] | None, moved: int) -> Faults:
    """An entry against its instruction, of which it may be one leg of several: `moved` are the units of its log."""
    kind = CONTRA.get(row["account"], "")
    if row["instruction"] is None:
        if kind or row["cause"] not in UNINSTRUCTED:
            at = f"on {row['account']} " if kind else ""
            yield f"Entry {row['entry']} moves {row['units']} units {at}as {row['cause']}, and names no instruction."
        return
    fits = cause is not None and row["cause"] == cause["kind"] and kind in ("", cause["kind"])
    told = (moved, row["log"], row["transaction"])
    if cause is None or not fits or (cause["units"], cause["settled_log"], cause["settled_transaction"]) != told:
        yield f"Entry {row['entry']} does not fit the instruction No. {row['instruction']} that it names."


def counted(known: Iterable[dict[str, Any]], seen: dict[str, dict[str, Any]]) -> Faults:
    """What the instructions that took effect add up to: the register is compared with them, so they are no given."""
    done = [row for row in known if row["settled_block"] is not None]
    for name, kind in (("issued", "ISSUE"), ("cap reduced", "WITHDRAW")):
        units, told = sum(row["units"] for row in done if row["kind"] == kind), seen[f"INSTRUCTIONS/{name}"]["value"]
        if units != int(told):
            yield f"Instructions, {name}: those that took effect give {units}, the run saw {told}."


def wallets(accounts: dict[str, int], seen: dict[str, dict[str, Any]]) -> Faults:
    """What the entries add up to, wallet by wallet and account by account."""
    held = {name: str(units) for name, units in accounts.items() if units and name not in CONTRA}
    told = seen["REGISTER/positions"]["detail"]
    for wallet in sorted(held.keys() | told.keys()):
        mine, theirs = held.get(wallet, "0"), told.get(wallet, "0")
        if mine != theirs:
            yield f"Wallet {wallet}: the entries give {mine} units, the run saw {theirs}."
    sums = {
        "issued": -accounts[ISSUED],
        "annulled": accounts[ANNULLED],
        "unexplained supply": -accounts[UNEXPLAINED],
        "explained supply": -accounts[ISSUED] - accounts[REDEEMED] - accounts[ANNULLED],
    }
    for name, units in sums.items():
        if units != int(seen[f"REGISTER/{name}"]["value"]):
            yield f"Register, {name}: the entries give {units}, the run saw {seen[f'REGISTER/{name}']['value']}."


def flights(pack: Pack, seen: dict[str, dict[str, Any]]) -> Faults:
    flying: dict[str, dict[str, str]] = {side: {} for side in FLIGHTS}
    for row in pack.rows("in-flight.jsonl"):
        flying[row["side"]][str(row["instruction"])] = str(row["units"])
    for side, name in FLIGHTS.items():
        if flying[side] != seen[f"INSTRUCTIONS/{name}"]["detail"]:
            yield f"The units {name} are not those of the instructions that the run names as on their way."


def check_approvals(pack: Pack) -> Faults:
    m, held = pack.manifest, {}
    for row in pack.rows("approvals.jsonl"):
        leaves = [item["leaf"] for item in row["items"]]
        held[row["approval"]], name = leaves, f"Approval {row['approval']}"
        if sha256(row["payload"].encode()) != row["payload_hash"]:
            yield f"{name}: what was approved is not what its hash says."
        if "0x" + tree_hash([bytes.fromhex(one[2:]) for one in leaves]).hex() != row["items_root"]:
            yield f"{name}: the root of its {len(leaves)} items is not the root that was approved."
        if row["maker"] == row["checker"] or not row["checker"]:
            yield f"{name} was not given by two persons."
        if row["two_houses"] and row["maker_house"] == row["checker_house"]:
            yield f"{name} needed two houses and had one."
    for row in pack.rows("instructions.jsonl"):
        if leaf(m["chain_id"], m["token"], row) != row["leaf"]:
            yield f"Instruction No. {row['number']} is not what its leaf says that was approved."
        if row["settled_block"] and row["kind"] != "CONFIRM" and row["leaf"] not in held.get(row["approval"], ()):
            yield f"Instruction No. {row['number']} took effect, and no approval in the pack holds its leaf."


def check_confirmations(pack: Pack, confirmers: list[str]) -> Faults:
    run, known = pack.one("run.json"), {row["number"]: row for row in pack.rows("instructions.jsonl")}
    rows, keys = pack.rows("confirmations.jsonl"), pack.rows("confirmers.jsonl")
    for row in rows:
        name, made = f"Confirmation No. {row['number']} ({row['registry_reference']})", instant(row["confirmed_at"])
        if known.get(row["number"], {}).get("units") != row["units"]:
            yield f"{name} is of other units than its instruction."
        if row["kind"] != "IMMOBILISE":
            continue
        if sha256(bytes.fromhex(row["salt"][2:]) + row["registry_reference"].encode()) != row["reference_hash"]:
            yield f"{name}: its reference on chain is not the hash of the registry's reference."
        message = {
            "token": run["token"], "number": row["number"], "issueNumber": row["issue_number"], "units": row["units"],
            "registryReference": row["reference_hash"], "validUntil": row["valid_until"],
        }  # fmt: skip
        asked = ("Tokenization Controller", run["chain_id"], run["controller"], "Confirmation", message)
        if signer_of(*asked, row["signature"]) != row["signer"]:
            yield f"{name} was not signed by {row['signer']}: its figures or its signature were altered."
        valid = [
            key["address"] for key in keys
            if instant(key["valid_from"]) <= made and (not key["valid_until"] or made < instant(key["valid_until"]))
        ]  # fmt: skip
        if row["signer"] not in (confirmers or valid):
            yield f"{name} was signed by {row['signer']}, whose key was not the registrar's then."
    yield from recount(pack.seen(), rows, known, instant(run["block_time"]))


def recount(seen: dict[str, Any], rows: list[dict[str, Any]], known: dict[int, Any], block_time: datetime) -> Faults:
    """Which of the registrar's words count at the block: said by then, or already in effect on chain."""

    def settled(number: int | None) -> bool:
        return number is not None and known.get(number, {}).get("settled_block") is not None

    said = [
        row for row in rows
        if instant(row["confirmed_at"]) <= block_time
        or row["kind"] == "IMMOBILISE" and (settled(row["number"]) or settled(row["issue_number"]))
    ]  # fmt: skip
    replaced = {row["replaces"] for row in said}
    said = [row for row in said if row["number"] not in replaced]
    confirmed = sum(row["units"] for row in said if row["kind"] == "IMMOBILISE")
    left = confirmed - sum(row["units"] for row in said if row["kind"] != "IMMOBILISE")
    for name, units in (("confirmed", confirmed), ("immobilised", left)):
        if units != int(seen[f"REGISTRY/{name}"]["value"]):
            yield f"Registry, {name}: the confirmations give {units}, the run saw {seen[f'REGISTRY/{name}']['value']}."


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def check_held(pack: Pack) -> Faults:
    """Statements against their files, and the list of stored files against the bytes."""
    seen, held = pack.seen(), {row["sha256"]: row for row in pack.rows("files.jsonl")}
    for row in held.values():
        if row["path"] not in pack.members:
            yield f"The stored file {row['path']} ({row['what']}) is named, and its bytes are not in the pack."
        elif sha256(pack.members[row["path"]]) != row["sha256"]:
            yield f"The stored file {row['path']} ({row['what']}) is not the one that was received."
    for name, row in seen.items():
        told = "as_of" if name.startswith("VAULT/list of ") else "report" if name == "ATTESTATION/attestation" else ""
        digest = str(row["detail"].get(told, "")).rsplit("SHA-256 ", 1)[-1]
        if digest and digest not in held:
            yield f"The file behind {name} is not in the pack: its SHA-256 is {digest}."
    for row in pack.rows("statements.jsonl"):
        if row["file"] not in held:
            yield f"The file of the statement {row['statement']} is not in the pack."
        for name in ("outstanding", "conventional", "immobilised"):
            if row[f"{name}_minor"] != int(seen[f"STATEMENT/{name}"]["value"]):
                yield f"The statement {row['statement']} has another figure for {name} than the run saw."


def check_reserve(pack: Pack, examiners: list[str]) -> Faults:
    """What stands behind a reserve token: the examiner's own word and the vaults' own lists, not the issuer's."""
    seen, rows = pack.seen(), {row["number"]: row for row in pack.rows("attestations.jsonl")}
    number = int(seen["ATTESTATION/attestation"]["value"]) if "ATTESTATION/attestation" in seen else 0
    if "VAULT/items behind it" in seen:
        yield from backing(pack, seen)
        yield from allocated(pack, seen["REGISTER/items behind it"]["detail"])
    if set(rows) != ({number} if number else set()):
        there = ", ".join(map(str, sorted(rows))) or "none"
        yield f"The run saw attestation No. {number or 'none'} in force; the pack holds {there}."
    elif number:
        yield from attested(pack, rows[number], examiners)
        yield from figures(pack, seen, rows[number])
        yield from reported(pack, rows[number])
    elif examiners:
        yield "You named an examiner, and by this pack nothing is attested."


def attested(pack: Pack, row: dict[str, Any], examiners: list[str]) -> Faults:
    m, name = pack.manifest, f"Attestation No. {row['number']}"
    book = next(one["address"] for one in pack.rows("contracts.jsonl") if one["name"] == "RESERVE_BOOK")
    message = {
        "token": m["token"], "number": row["number"], "quantity": row["quantity_minor"],
        "encumbered": row["encumbered_minor"], "asOf": row["as_of"], "expiry": row["expiry"],
        "reportHash": row["report_hash"],
    }  # fmt: skip
    found = signer_of("Tokenization ReserveBook", m["chain_id"], book, "Attestation", message, row["signature"])
    if found != row["signer"]:
        yield f"{name} was not signed by {row['signer']}: its figures or its signature were altered."
    elif not examiners:
        yield f"{name} was signed by {found}: ask the examiner whether that is his key, and name it with --examiner."
    elif found not in examiners:
        yield f"{name} was signed by {found}, not by the examiner's key that you gave."


def figures(pack: Pack, seen: dict[str, dict[str, Any]], row: dict[str, Any]) -> Faults:
    """The run's figures against the signed ones; the chain's against the run's are equations."""
    name, told = f"Attestation No. {row['number']}", seen["ATTESTATION/attestation"]["detail"]
    saw = {what: int(seen[f"ATTESTATION/{what}"]["value"]) for what in ("attested", "attestation ends")}
    for what, signed in (("attested", row["quantity_minor"]), ("attestation ends", row["expiry"])):
        if saw[what] != signed:
            yield f"{name}, {what}: the examiner signed {signed}, the run saw {saw[what]}."
    if told["report"] != row["report_hash"] or instant(told["as_of"]).timestamp() != row["as_of"]:
        yield f"{name} is of another instant or report than the run names."
    held, against = int(seen["ATTESTATION/held against it"]["value"]), row["encumbered_minor"]
    minor, _, at = seen["ATTESTATION/held against it"]["detail"].get("raised", "").partition(" at ")
    if minor and int(minor) not in {one["encumbered_minor"] for one in pack.rows("encumbrances.jsonl")}:
        yield f"{name}: the run counts an encumbrance of {minor} that the pack does not tell of."
    if minor and instant(at).timestamp() >= row["as_of"]:
        against = max(against, int(minor))
    if held != against:
        yield f"{name}: {against} is held against it by the examiner and what was raised since, the run saw {held}."
    eligible = seen.get("ATTESTATION/eligible")
    if (eligible is None) != (instant(pack.one("run.json")["block_time"]).timestamp() >= row["expiry"]):
        yield f"{name} is counted after its end, or is not though it has not come."
    elif eligible is not None:
        stands = max(row["quantity_minor"] - held, 0) * (10_000 - margin(eligible)) // 10_000
        if int(eligible["value"]) != stands:
            yield f"{name}: units may stand on {stands} by its figures, the run saw {eligible['value']}."


def margin(eligible: dict[str, Any]) -> int:
    """Basis points held back."""
    return int(str(eligible["detail"]["margin"]).split()[0])


def reported(pack: Pack, row: dict[str, Any]) -> Faults:
    """The report that he signed for: its figures are the signed ones, its items stand on the vaults' lists."""
    name, files = f"Attestation No. {row['number']}", {one["sha256"]: one["path"] for one in pack.rows("files.jsonl")}
    report = json.loads(pack.members[files[row["report_hash"]]])
    own = {what: row[what] for what in ("quantity_minor", "encumbered_minor")} | {"attestation": row["number"]}
    instants = {what: int(instant(report[what]).timestamp()) for what in ("as_of", "expiry")}
    own |= {"token": pack.manifest["token"], "as_of": row["as_of"], "expiry": row["expiry"]}
    for what in sorted(what for what in own if (report | instants)[what] != own[what]):
        yield f"{name}: its report says another {what} than was signed."
    total = sum(item["fine_minor"] for item in report["items"])
    if not row["quantity_minor"] <= total == report["claimed_minor"]:
        yield f"{name}: the items of its report add up to {total}, it claims {report['claimed_minor']}."
    lists: dict[str, dict[str, int]] = {}
    for one in report["lists"]:
        if files.get(one["sha256"]) not in pack.members:
            yield f"{name}: list {one['list']} of the vault {one['vault']}, which its report read, is not in the pack."
            return
        lists[one["vault"]] = items_of(pack.members[files[one["sha256"]]])
    for item in report["items"]:
        yield from weighed(f"{name}: its report", item["key"], item["fine_minor"], lists.get(item["vault"], {}))


def backing(pack: Pack, seen: dict[str, dict[str, Any]]) -> Faults:
    """Every item that a vault is said to have told stands in a list of the pack; and what the units need."""
    files = {row["sha256"]: row["path"] for row in pack.rows("files.jsonl")}
    listed: dict[str, int] = {}
    for name, row in seen.items():
        path = files.get(str(row["detail"].get("as_of", "")).rsplit("SHA-256 ", 1)[-1])
        if name.startswith("VAULT/list of ") and path in pack.members:
            here, vault = items_of(pack.members[path]), name.removeprefix("VAULT/list of ")
            # A batch is called so within its own vault only.
            listed |= here | {called(f"{vault} {key}"): fine for key, fine in here.items()}
    for key, fine in seen["VAULT/items behind it"]["detail"].items():
        yield from weighed("The run", key, int(fine), listed)
    if "ATTESTATION/set aside for burns" in seen:
        yield from set_aside(pack, seen["ATTESTATION/set aside for burns"])
    needed, told = int(seen["REGISTER/positions"]["value"]), int(seen["REGISTER/backing needed"]["value"])
    if needed * pack.one("run.json")["minor_per_unit"] != told:
        yield f"The units need {needed * pack.one('run.json')['minor_per_unit']} behind them, the run says {told}."


def set_aside(pack: Pack, row: dict[str, Any]) -> Faults:
    """It stands for units of burns that were instructed and had not happened by the block."""
    known, worth = {str(one["number"]): one for one in pack.rows("instructions.jsonl")}, pack.one("run.json")
    burns = {number: one for number, one in known.items() if one["kind"] == "REDEEM" and not one["settled_block"]}
    for number, minor in row["detail"].items():
        if number not in burns or burns[number]["units"] * worth["minor_per_unit"] != int(minor):
            yield f"{minor} is set aside for instruction No. {number}, which is no burn of so much on its way."
    if int(row["value"]) != sum(map(int, row["detail"].values())):
        yield f"{row['value']} is set aside for burns, of which the run names others."


def allocated(pack: Pack, behind: dict[str, str]) -> Faults:
    """Each item came behind the token by the decision of two, which names this item and this very move of it."""
    held = {row["approval"]: {one["leaf"]: one["body"] for one in row["items"]} for row in pack.rows("approvals.jsonl")}
    rows = {row["key"]: row for row in pack.rows("items.jsonl")}
    one, other = (f"The item {{}} is behind the token by {who} alone." for who in ("the run", "items.jsonl"))
    yield from (one.format(key) for key in behind if key not in rows)
    yield from (other.format(key) for key in rows if key not in behind)
    for key, row in rows.items():
        move = f"reserve item {row['item']} move {row['move']} to ALLOCATED token {row['token']}"
        body = held.get(row["approval"], {}).get(sha256(move.encode()))
        if body is None:
            yield f"The item {key} came behind the token, and no approval in the pack holds that move."
        elif key not in (body["item"], f"{body['vault']} {body['item']}"):
            yield f"The item {key} came behind the token by an approval that names {body['item']}."


def weighed(who: str, key: str, fine: int, listed: dict[str, int]) -> Faults:
    if listed.get(called(key)) != fine:
        yield f"{who} counts {key} with {fine}; its vault's list says {listed.get(called(key), 'nothing')}."


def called(name: str) -> str:
    """The same for the same item, however its keeper writes capitals and spaces."""
    return " ".join(name.split()).casefold()


def items_of(content: bytes) -> dict[str, int]:
    """The items of a vault's list, CSV or XLSX, by what they are called, in the measure's smallest unit."""
    found: dict[str, int] = {}
    digits, columns, counts = 0, [""], ""
    names: tuple[str, ...] = ()
    rows = sheet(content) if content.startswith(b"PK") else csv.reader(io.StringIO(content.decode("utf-8-sig")))
    for cells in ([cell.strip() for cell in row] for row in rows):
        first = cells[0].lower() if cells else ""
        if first == "measure":
            digits = DIGITS[cells[1]]
        elif first in LISTS:
            columns, (names, counts) = [cell.lower() for cell in cells], LISTS[first]
        elif counts and first not in ("", "total"):
            told = dict(zip(columns, cells, strict=False))
            found[called("/".join(told[name] for name in names))] = int(Decimal(told[counts]).scaleb(digits))
    return found


def sheet(content: bytes) -> Iterator[list[str]]:
    """The rows of a workbook's only sheet, a number as its fifteen digits."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = book.namelist()
        shared = "xl/sharedStrings.xml"
        strings = [words(one) for one in xml(book.read(shared)).iter("si")] if shared in names else []
        for row in xml(book.read(next(name for name in names if name.startswith("xl/worksheets/sheet")))).iter("row"):
            cells: list[str] = []
            for cell in row.iter("c"):
                column = 0
                for letter in re.sub("[^A-Z]", "", cell.get("r", "")):
                    column = column * 26 + ord(letter) - 64
                cells += [""] * (column - 1 - len(cells)) + [typed(cell, strings)]
            yield cells


def xml(content: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in content:
        raise ValueError("a workbook declares no document type")
    return ElementTree.fromstring(re.sub(rb' xmlns="[^"]*"', b"", content, count=1))  # noqa: S314 without a DTD


def words(element: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in element.iter("t"))


def typed(cell: ElementTree.Element, strings: list[str]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext("v", "")
    if kind in ("s", "inlineStr"):
        return strings[int(value)] if kind == "s" else words(cell)
    return f"{Decimal(value):.15g}" if kind == "n" and value else value


def check_audit(pack: Pack) -> Faults:
    m, links = pack.manifest, {row["sequence"]: row["hash"] for row in pack.rows("audit-links.jsonl")}
    names = ("sequence", "id", "at", "actor_id", "actor_name", "action", "subject", "body", "previous_hash")
    for row in pack.rows("audit-entries.jsonl"):
        pieces = [str(row[name]).encode() for name in names]
        if sha256(b"".join(b"%d:%s," % (len(piece), piece) for piece in pieces)) != row["hash"]:
            yield f"Entry {row['sequence']} of the audit log was altered: its hash is not the hash of its content."
        if links.get(row["sequence"]) != row["hash"]:
            yield f"Entry {row['sequence']} of the audit log does not stand in the chain of hashes."
        elif links.get(row["sequence"] - 1, row["previous_hash"]) != row["previous_hash"]:
            yield f"Entry {row['sequence']} of the audit log does not follow from the entry before it."
    if links and (sorted(links) != list(range(min(links), m["audit_sequence"] + 1))):
        yield f"The chain of the audit log has a gap before its head, entry {m['audit_sequence']}."
    if links and links.get(m["audit_sequence"]) != m["audit_hash"]:
        yield f"The chain of the audit log does not end at the head {m['audit_hash']} of the manifest."


def check_chain(pack: Pack, url: str) -> Faults:
    def ask(method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(url, body, {"content-type": "application/json"})  # noqa: S310 the auditor's own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer).get("result")

    m = pack.manifest
    if "CHAIN/attestation" in pack.seen():
        yield from book(pack, ask)
    if int(ask("eth_chainId"), 16) != m["chain_id"]:
        yield f"The node is of another chain than {m['chain_id']}."
    block = ask("eth_getBlockByNumber", hex(m["block_number"]), False)
    if block is None or block["hash"].lower() != m["block_hash"]:
        yield f"Block {m['block_number']} has another hash on the chain than {m['block_hash']}."
    event = "0x" + keccak256(b"RootAnchored(uint256,uint16,bytes32,uint64,bytes32)").hex()
    wanted = {"address": m["anchor"], "fromBlock": hex(m["block_number"]), "toBlock": "latest"}
    logs = ask("eth_getLogs", wanted | {"topics": [event, None, f"0x{ANCHOR_KIND:064x}", m["root"]]}) or []
    said = f"0x{len(m['files']):064x}" + sha256(pack.members[MANIFEST])[2:]
    if not any(log["data"].lower() == said for log in logs):
        yield f"The root {m['root']} of this manifest is not anchored in {m['anchor']}."


def book(pack: Pack, ask: Ask) -> Faults:
    """What the ReserveBook itself says of the token at the block."""
    m, seen, run = pack.manifest, pack.seen(), pack.one("run.json")
    where = next(one["address"] for one in pack.rows("contracts.jsonl") if one["name"] == "RESERVE_BOOK")
    answers: list[list[int]] = []
    for name in ("attestationOf", "capacityOf", "backingOf"):
        data = "0x" + (keccak256(f"{name}(address)".encode())[:4] + int(m["token"], 16).to_bytes(32, "big")).hex()
        at = {"blockHash": m["block_hash"], "requireCanonical": True}
        answer = ask("eth_call", {"to": where, "data": data}, at) or ""
        answers.append([int(answer[n : n + 64], 16) for n in range(2, len(answer), 64)])
    if [len(words) for words in answers] != [7, 2, 3]:
        yield f"The node does not tell what the ReserveBook {where} said at block {m['block_number']}."
        return
    word, capacity, rule = answers
    chain = {"attestation": word[1], "attested": word[2], "held against it": word[3], "attestation ends": word[5]}
    for name, value in (chain | {"eligible": capacity[0]}).items():
        if value != int(seen[f"CHAIN/{name}"]["value"]):
            yield f"The ReserveBook says {name} {value} at the block, the run saw {seen[f'CHAIN/{name}']['value']}."
    if word[1] and f"0x{word[6]:064x}" not in [row["report_hash"] for row in pack.rows("attestations.jsonl")]:
        yield f"The ReserveBook has the report 0x{word[6]:064x} at the block, the pack's attestation another."
    if rule[1] != run["minor_per_unit"] or any(
        margin(row) != rule[2] for name, row in seen.items() if name == "ATTESTATION/eligible" and row["detail"]
    ):
        yield f"The ReserveBook asks {rule[1]} a unit and holds {rule[2]} bp back, the pack reckons otherwise."


def checks(wish: argparse.Namespace) -> list[tuple[str, Callable[[Pack], Faults]]]:
    signer, confirmers = wish.signer.lower(), [address.lower() for address in wish.confirmer]
    examiners = [address.lower() for address in wish.examiner]
    made: list[tuple[str, Callable[[Pack], Faults]]] = [
        ("every file is the one that the manifest lists", check_files),
        ("the Merkle root is the list's", check_root),
        (f"signed by {signer}", lambda pack: check_signature(pack, signer)),
        ("every equation follows from its observations", check_equations),
        ("the register's entries add up to what the run saw", check_register),
        ("every effect was approved by two, and as it was approved", check_approvals),
        (
            "the registrar signed every confirmation of what is blocked",
            lambda pack: check_confirmations(pack, confirmers),
        ),
        ("statements and stored files are those received", check_held),
        ("what backs a reserve token is the examiner's and the vaults' word", lambda p: check_reserve(p, examiners)),
        ("the audit entries stand in their chain", check_audit),
    ]
    return [*made, ("block and root are on the chain", lambda pack: check_chain(pack, wish.rpc))] if wish.rpc else made


def faults_of(check: Callable[[Pack], Faults], pack: Pack) -> list[str]:
    try:
        return list(check(pack))
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, OSError, *BROKEN) as error:
        return [f"This could not be checked, because something it needs is missing or unreadable: {error!r}."]


# Each address as its owner told it, and not from the pack.
OPTIONS = {
    "--signer": "the issuer's address, as the issuer told it to you",
    "--confirmer": "the registrar's address (of cash the fiscal agent's); again for each; else the pack's own list",
    "--examiner": "the examiner's address, as he told it to you; a token that a reserve backs needs it; again for each",
}
MANY = ("--confirmer", "--examiner")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify_evidence", description="Verifies an evidence pack.")
    parser.add_argument("pack", help="the pack, a zip file, as it was downloaded")
    for option, told in OPTIONS.items():
        many: dict[str, Any] = {"action": "append", "default": []} if option in MANY else {"default": ""}
        parser.add_argument(option, metavar="0x...", help=told, required=option == "--signer", **many)
    parser.add_argument("--rpc", default="", metavar="http://...", help="a node of your own, to read the chain as well")
    wish = parser.parse_args(arguments)
    try:
        pack = Pack(wish.pack)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        print(f"FAULT  The pack cannot be read: {error}")
        return 1
    said = {name: pack.manifest.get(name) for name in ("run", "security", "block_number")}
    print("Run {run} of {security}, block {block_number}".format(**said))
    wrong = 0
    for words, check in checks(wish):
        found = faults_of(check, pack)
        wrong += len(found)
        print("\n".join(f"FAULT  {fault}" for fault in found) or f"ok     {words}")
    print(f"{wrong} faults." if wrong else "Nothing is wrong with this pack.")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
