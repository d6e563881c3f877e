"""Run inside a finished life cycle's stack: asks database and chain whether anything happened twice, or not at all."""

from __future__ import annotations

import sys
from collections import Counter

import django

django.setup()

from django.conf import settings  # noqa: E402

from contracts.gateway import cash_events  # noqa: E402
from contracts.gateway.client import Node  # noqa: E402
from contracts.indexer.models import Log  # noqa: E402
from contracts.outbox.models import Attempt, Halt, Inclusion, Intent, Signer, Slot  # noqa: E402
from custody.instructions.models import Instruction  # noqa: E402
from custody.register.models import Position  # noqa: E402
from custody.register.selectors import rebuild_check  # noqa: E402
from custody.servicing.models import Payment  # noqa: E402
from custody.settlement.models import CashAccount, SettlementInstruction  # noqa: E402
from custody.settlement.services import cash_balance  # noqa: E402
from custody.tokenisation.models import TokenContract  # noqa: E402
from custody.tokenisation.selectors import contract_address  # noqa: E402
from tokenization.identity import audit  # noqa: E402


def findings(case: str) -> dict[str, tuple[object, object]]:
    """What was asked -> (expected, found)."""
    used = {signer.address: signer.next_nonce for signer in Signer.objects.exclude(address=None)}
    with Node(settings.CHAIN_RPC_URL) as node:
        spent = {address: int(node.call("eth_getTransactionCount", address, "latest"), 16) for address in used}
    done = Instruction.objects.filter(state="DONE")
    return {
        **(_bill() if case == "bill" else _market()),
        "nonces spent on chain are those given out": (used, spent),
        "each slot was mined once": (Slot.objects.count(), Inclusion.objects.count()),
        "no intent is stuck or reverted": (0, Intent.objects.filter(state__in=["STUCK", "REVERTED"]).count()),
        "sending was never halted": (0, Halt.objects.count()),
        "no attempt without a slot": (0, Attempt.objects.filter(slot=None).count()),
        "one final log per finished instruction": (
            done.count(),
            Log.objects.filter(pk__in=done.values("settled_log"), block__final=True).count(),
        ),
        "positions are the sums of their entries": (
            [],
            [mismatch for token in TokenContract.objects.all() for mismatch in rebuild_check(token)],
        ),
        "cash adds up to zero": (0, sum(cash_balance(kind, "PKR") for kind in CashAccount.Kind.values)),
        "the audit chain is whole": (True, audit.verify().ok),
    }


def _bill() -> dict[str, tuple[object, object]]:
    done = Instruction.objects.filter(state="DONE")
    states = Counter(SettlementInstruction.objects.values_list("state", flat=True))
    return {
        "settlements": ({"DELIVERED": 39, "REFUNDED": 1}, dict(states)),
        "issued once each": (39, done.filter(kind="ISSUE").count()),
        "confirmed once each": (40, done.filter(kind="CONFIRM").count()),
        "burned once each": (39, done.filter(kind="REDEEM").count()),
        "withdrawn once": (1, done.filter(kind="WITHDRAW").count()),
        "annulled once": (1, done.filter(kind="ANNUL").count()),
    }


def _market() -> dict[str, tuple[object, object]]:
    """Every holder paid once by one channel, and every delivered unit burned."""
    delivered = SettlementInstruction.objects.filter(state="DELIVERED")
    issues = Instruction.objects.filter(kind="ISSUE", state="DONE", token__series__isnull=False)
    payments = Payment.objects.exclude(state="RESERVED")
    on_chain = payments.filter(channel="CHAIN").values_list("entitlement__event__token__address", "number")
    left = Position.objects.filter(units__gt=0, account__startswith="0x", token__series__isnull=False)
    return {
        "a delivered purchase was issued once": (delivered.count(), issues.count()),
        "payments still due": (0, payments.filter(state__in=["PREPARED", "DUE"]).count()),
        "payments without their entry": (0, payments.filter(cash_entry=None).count()),
        "the agent paid each number once, and no other": (Counter(on_chain), _paid_by_the_agent()),
        "units left on chain": (0, sum(left.values_list("units", flat=True))),
    }


def _paid_by_the_agent() -> Counter[tuple[str, int]]:
    """Token and number of every payment in the paying agent's final logs."""
    agent = contract_address("PAYING_AGENT")
    facts = (
        cash_events.decode(log.topics, bytes(log.data)) for log in Log.objects.filter(address=agent, block__final=True)
    )
    return Counter(
        (fact.token, line.number) for fact in facts if isinstance(fact, cash_events.Paid) for line in fact.lines
    )


def main() -> int:
    wrong = {what: pair for what, pair in findings(sys.argv[1]).items() if pair[0] != pair[1]}
    for what, (expected, found) in wrong.items():
        print(f"{what}: expected {expected}, found {found}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
