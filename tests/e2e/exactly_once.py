"""Run inside a finished life cycle's stack: asks database and chain whether anything happened twice, or not at all."""

from __future__ import annotations

import sys
from collections import Counter

import django

django.setup()

from django.conf import settings  # noqa: E402

from contracts.gateway.client import Node  # noqa: E402
from contracts.indexer.models import Log  # noqa: E402
from contracts.outbox.models import Attempt, Halt, Inclusion, Intent, Signer, Slot  # noqa: E402
from custody.instructions.models import Instruction  # noqa: E402
from custody.register.selectors import rebuild_check  # noqa: E402
from custody.settlement.models import CashAccount, SettlementInstruction  # noqa: E402
from custody.settlement.services import cash_balance  # noqa: E402
from custody.tokenisation.models import TokenContract  # noqa: E402
from tokenization.identity import audit  # noqa: E402


def findings() -> dict[str, tuple[object, object]]:
    """What was asked -> (expected, found)."""
    token = TokenContract.objects.get()
    done = Instruction.objects.filter(token=token, state="DONE")
    states = Counter(SettlementInstruction.objects.values_list("state", flat=True))
    used = {signer.address: signer.next_nonce for signer in Signer.objects.exclude(address=None)}
    with Node(settings.CHAIN_RPC_URL) as node:
        spent = {address: int(node.call("eth_getTransactionCount", address, "latest"), 16) for address in used}
    return {
        "settlements": ({"DELIVERED": 39, "REFUNDED": 1}, dict(states)),
        "nonces spent on chain are those given out": (used, spent),
        "each slot was mined once": (Slot.objects.count(), Inclusion.objects.count()),
        "no intent is stuck or reverted": (0, Intent.objects.filter(state__in=["STUCK", "REVERTED"]).count()),
        "sending was never halted": (0, Halt.objects.count()),
        "no attempt without a slot": (0, Attempt.objects.filter(slot=None).count()),
        "one final log per finished instruction": (
            done.count(),
            Log.objects.filter(pk__in=done.values("settled_log"), block__final=True).count(),
        ),
        "issued once each": (39, done.filter(kind="ISSUE").count()),
        "confirmed once each": (40, done.filter(kind="CONFIRM").count()),
        "burned once each": (39, done.filter(kind="REDEEM").count()),
        "withdrawn once": (1, done.filter(kind="WITHDRAW").count()),
        "annulled once": (1, done.filter(kind="ANNUL").count()),
        "positions are the sums of their entries": ([], rebuild_check(token)),
        "cash adds up to zero": (0, sum(cash_balance(kind, "PKR") for kind in CashAccount.Kind.values)),
        "the audit chain is whole": (True, audit.verify().ok),
    }


def main() -> int:
    wrong = {what: pair for what, pair in findings().items() if pair[0] != pair[1]}
    for what, (expected, found) in wrong.items():
        print(f"{what}: expected {expected}, found {found}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
