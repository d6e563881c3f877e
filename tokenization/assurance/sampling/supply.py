"""Register, contract and instructions: units entry by entry, each with the log that made it."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.urls import reverse

from contracts.indexer.models import Log
from custody.instructions.models import Instruction
from custody.reconciliation.models import InFlight, Observation, Run
from custody.register.events import TOPICS, frozen_change_of
from custody.register.models import ANNULLED, CONTRA_ACCOUNTS, ISSUED, REDEEMED, UNEXPLAINED, CapEntry, Entry
from tokenization.assurance.sampling.population import Line, Listed, Population, Stored, parts
from tokenization.kernel.writing import money, units

CONTRACT = "The contract itself answered this figure at the block. The rows are the final logs of the chain behind it."


def entries(run: Run) -> QuerySet[Entry]:
    rows = Entry.objects.filter(token=run.token, block_number__lte=run.block_number)
    return rows.select_related("log", "instruction__approval")


def booked(rows: QuerySet[Entry], how: str, times: int = 1) -> Stored:
    return Stored(rows, "register entry", _entry, how=how, times=times)


def _entry(row: Entry, key: str, amount: int) -> Line:
    where = row.account if row.account.startswith("0x") else f"account {row.account.lower()}"
    words = f"{row.get_cause_display()}, {where}"
    return Line(key, words, amount, log=row.log, instruction=row.instruction)


def positions(seen: Observation, account: str = "") -> Population:
    """Every entry of every wallet; of one wallet where it is named."""
    rows = entries(seen.run).exclude(account__in=CONTRA_ACCOUNTS)
    how = "Every entry of the register up to the block, wallet by wallet; what left a wallet counts below zero."
    return booked(rows.filter(account=account) if account else rows, how)


def explained(seen: Observation) -> Population:
    rows = entries(seen.run).filter(account__in=(ISSUED, REDEEMED, ANNULLED))
    return booked(rows, "What instructions issued, less what they redeemed and annulled, entry by entry.", -1)


def issued(seen: Observation) -> Population:
    return booked(entries(seen.run).filter(account=ISSUED), "Every issue that the register booked.", -1)


def annulled(seen: Observation) -> Population:
    """A forced burn takes undue units first: those leave where they came in, and are no part of this."""
    return booked(entries(seen.run).filter(account=ANNULLED), "Units that a forced burn took beyond the undue ones.")


def unexplained(seen: Observation) -> Population:
    return booked(entries(seen.run).filter(account=UNEXPLAINED), "Logs that no instruction explains.", -1)


def supply(seen: Observation) -> Population:
    return booked(entries(seen.run).filter(account__in=CONTRA_ACCOUNTS), CONTRACT, -1)


def counted_issued(seen: Observation) -> Population:
    rows = entries(seen.run).filter(account__in=(ISSUED, UNEXPLAINED), units__lt=0)
    return booked(rows, CONTRACT, -1)


def counted_redeemed(seen: Observation) -> Population:
    return booked(_burned(seen.run).filter(~_annulling()), CONTRACT)


def counted_annulled(seen: Observation) -> Population:
    return booked(_burned(seen.run).filter(_annulling()), CONTRACT)


def _burned(run: Run) -> QuerySet[Entry]:
    return entries(run).filter(account__in=(REDEEMED, ANNULLED, UNEXPLAINED), units__gt=0)


def _annulling() -> Exists:
    """The contract counts by the event that follows the burn, whichever of our accounts the units left by."""
    following = Log.objects.filter(
        block_id=OuterRef("log__block_id"), log_index=OuterRef("log__log_index") + 1,
        tx_hash=OuterRef("log__tx_hash"), address=OuterRef("log__address"), topics__0=TOPICS["Annulled"],
    )  # fmt: skip
    return Exists(following)


def balances(seen: Observation) -> Population:
    """What the contract answered for each wallet, kept by the run."""
    held = seen.run.observations.get(source="REGISTER", name="positions")
    page = reverse("assurance:figure", args=[held.pk])
    lines = (Line(name, "balance of the wallet", value, f"{page}?account={name}") for name, value in parts(seen.detail))
    return Listed(lines, how="The contract's answer for each wallet at the block; each leads to its register entries.")


def freezes(seen: Observation) -> Population:
    run, topics = seen.run, [TOPICS["TokensFrozen"], TOPICS["TokensUnfrozen"]]
    logs = Log.objects.filter(address=run.token.address, block_id__lte=run.block_number, topics__0__in=topics)
    changes = ((log, frozen_change_of(log)) for log in logs.order_by("pk"))
    lines = (
        Line(f"log {log.pk}", f"{'frozen' if found[1] > 0 else 'freed'} at {found[0]}", found[1], log=log)
        for log, found in changes
        if found
    )
    return Listed(lines, how="Every freeze and release up to the block, from final logs.")


def undue(seen: Observation) -> Population:
    """Each cause is kept as kind, transaction and log index."""
    named = [(key.split(":"), value) for key, value in parts(seen.detail)]
    logs = Log.objects.filter(tx_hash__in=[key[1] for key, _ in named])
    found = {(log.tx_hash, str(log.log_index)): log for log in logs}
    lines = (
        Line(f"{tx} log {index}", kind.replace("_", " ").lower(), value, log=found.get((tx, index)))
        for (kind, tx, index), value in named
    )
    return Listed(lines, how="Final logs that no instruction explains, with the units still amiss.")


def callers(seen: Observation) -> Population:
    """Each transaction once, with the first of its final logs."""
    logs: dict[str, Log] = {}
    for log in Log.objects.filter(tx_hash__in=list(seen.detail)).order_by("-log_index"):
        logs[str(log.tx_hash)] = log
    lines = (
        Line(tx, f"sent by {told['from']} to {told['to'] or 'no contract'}", 1, log=logs.get(tx))
        for tx, told in sorted(seen.detail.items())
    )
    return Listed(lines, how="Transactions that no instruction explains, as the node showed them in their final block.")


def cap(kind: str) -> Callable[[Observation], Population]:
    def of(seen: Observation) -> Population:
        rows = CapEntry.objects.filter(token=seen.run.token, kind=kind, block_number__lte=seen.run.block_number)
        return Stored(rows.select_related("log", "instruction__approval"), "cap entry", _cap, how=CONTRACT)

    return of


def _cap(row: CapEntry, key: str, amount: int) -> Line:
    words = f"minting cap {row.get_kind_display()} for instruction No. {row.issue_number}"
    return Line(key, words, amount, log=row.log, instruction=row.instruction)


def instructions(rows: QuerySet[Instruction], how: str, field: str = "units") -> Stored:
    found = rows.select_related("settled_log", "approval", "wallet")
    return Stored(found, "instruction", _instruction, how=how, field=field)


def _instruction(row: Instruction, key: str, amount: int) -> Line:
    at = f" at {row.wallet.address}" if row.wallet else ""
    said = money(row.units, row.token.currency) if row.token.is_cash else f"{units(row.units)} units"
    return Line(key, f"{row.get_kind_display().replace('_', ' ').lower()} of {said}{at}", amount, log=row.settled_log,
                instruction=row)  # fmt: skip


def _settled(run: Run, kind: str) -> QuerySet[Instruction]:
    return Instruction.objects.filter(token=run.token, kind=kind, settled_log__block_id__lte=run.block_number)


def done(seen: Observation) -> Population:
    return instructions(_settled(seen.run, "ISSUE"), "Instructions to issue whose log was final by the block.")


def cap_reduced(seen: Observation) -> Population:
    return instructions(_settled(seen.run, "WITHDRAW"), "Confirmations withdrawn, their log final by the block.")


def numbers(seen: Observation) -> Population:
    rows = Instruction.objects.filter(token=seen.run.token, number__in=seen.detail.get("numbers", []))
    how = "Instruction numbers that the controller had consumed at the block, each once."
    return instructions(rows.annotate(one=Value(1)), how, "one")


def on_the_way(side: str) -> Callable[[Observation], Population]:
    def of(seen: Observation) -> Population:
        rows = seen.run.in_flight.filter(side=side).select_related(
            "instruction__settled_log", "instruction__approval", "instruction__wallet", "instruction__token"
        )
        return Stored(rows, "in flight", _flying, how="Units between two records, named by their instructions.")

    return of


def _flying(row: InFlight, key: str, amount: int) -> Line:
    found = row.instruction
    return Line(key, row.get_side_display(), amount, log=found.settled_log, instruction=found)
