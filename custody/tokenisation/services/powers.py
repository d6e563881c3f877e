"""Using a power that sets parameters on chain: at once, or announced and executed where its role has a delay.

1. Announce: the holder's key schedules the calls.      2. ANNOUNCED once final, with the time from which it may happen.
3. Execute: enqueued together with the announcement and after it; its dry run is refused until the delay is over, so it
   waits and is tried again with every block.           4. Until then two persons may withdraw it: our execution is
   given up at once, and the guardian's key cancels the announcement on chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from contracts.gateway import calls, views
from contracts.gateway.calls import Call
from contracts.gateway.client import Node
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.models import IntentState
from contracts.outbox.selectors import signer_address
from contracts.outbox.services import intent_cancel, intent_enqueue
from custody.tokenisation import plan
from custody.tokenisation.models import ChainSetting, OutsideKey, chain_setting_machine
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.outcome import Outcome, Result, intent_result
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock

WAITING = ("SENT", "ANNOUNCED")
WIRING = "wiring"


@transaction.atomic
def power_use(*, key: str, words: str, role: ChainRole, call: Sequence[Call], now: datetime) -> ChainSetting:
    """Send calls under a role, once under their key, in the caller's transaction.

    Without a delay there is one call. A delayed role's calls go through the AccessManager together, announced now and
    executed when the delay is over; what is not executed within the week after that is given up.
    """
    advisory_xact_lock("tokenisation.setting")
    found = ChainSetting.objects.filter(key=key).first()
    if found:
        return found
    terms, signer = plan.holding(role), ROLE_KEYS[role]
    if not terms.delay:
        (only,) = call
        intent = intent_enqueue(key=f"setting:{key}", signer=signer, call=only, now=now)
        return _noted(ChainSetting(key=key, words=words, role=int(role), intent=intent), now)
    manager = contract_address("ACCESS_MANAGER")
    announcement = intent_enqueue(
        key=f"setting:{key}:announce", signer=signer, call=calls.schedule(manager, call), now=now
    )
    intent = intent_enqueue(
        key=f"setting:{key}",
        signer=signer,
        call=calls.execute(manager, call),
        after=[announcement],
        deadline=now + timedelta(seconds=terms.delay + plan.EXPIRATION),
        now=now,
    )
    row = ChainSetting(key=key, words=words, role=int(role), intent=intent, announcement=announcement)
    return _noted(row, now)


def _noted(row: ChainSetting, now: datetime) -> ChainSetting:
    """Written with its entry in the audit log: which power was used or announced, and by whose key."""
    row.save()
    body = {"key": row.key, "words": row.words, "role": row.role, "signer": row.intent.signer.name}
    audit.record(actor=system_user(), action="power.use", subject=f"chain-setting:{row.pk}", body=body, now=now)
    return row


@transaction.atomic
def power_withdraw(*, setting: ChainSetting, reason: str, approval: str, actor: User, now: datetime) -> ChainSetting:
    """Give up an announced power, inside the transaction of the approval that two persons gave.

    Refused once its execution has left, and for a power without a delay.
    """
    row = ChainSetting.objects.select_related("intent", "announcement").get(pk=setting.pk)
    if row.announcement is None or row.state not in WAITING or row.intent.state != IntentState.QUEUED:
        raise Refused(f"{row} cannot be withdrawn any more.", field="setting", rule="announced, not yet executed")
    intent_cancel(intent=row.intent, approval=approval, reason=reason, now=now)
    caller = signer_address(row.intent.signer.name)
    withdrawal = intent_enqueue(
        key=f"setting:{row.key}:withdraw",
        signer=ROLE_KEYS[ChainRole.GUARDIAN],
        call=calls.cancel(
            contract_address("ACCESS_MANAGER"),
            caller,
            calls.operations(bytes(row.intent.data)),
            f"Cancel what was announced: {row.words}",
        ),
        after=[row.announcement],
        now=now,
    )
    chain_setting_machine.move(row, "WITHDRAWN", withdrawal=withdrawal)
    body = {"reason": reason, "approval": approval}
    audit.record(actor=actor, action="power.withdraw", subject=f"setting:{row.pk}", body=body, now=now)
    return row


@transaction.atomic
def outside_key_enrol(*, role: ChainRole, address: str, words: str, now: datetime) -> OutsideKey:
    """Give a role to a key that is not ours: by the wiring, or announced by the governor once that was sent."""
    if plan.holding(role).holder != plan.OUTSIDE:
        raise Refused(f"{role.name} is not held by keys from outside.", field="role", rule="roles of outside keys")
    # The lock of the wiring: a key is either in it or announced afterwards, never neither.
    advisory_xact_lock("tokenisation.plan")
    wired = ChainSetting.objects.filter(key=WIRING).exists()
    key, created = OutsideKey.objects.get_or_create(
        role=int(role), address=address.lower(), defaults={"in_wiring": not wired, "enrolled_at": now}
    )
    if created and wired:
        call = calls.grant_role(contract_address("ACCESS_MANAGER"), int(role), key.address)
        power_use(key=f"outside:{role.name}:{key.address}", words=words, role=ChainRole.ADMIN, call=[call], now=now)
    return key


def settings_advance() -> int:
    """Say from when an announced power may be executed, and call LIVE or FAILED what has ended. Returns how many moved.

    A power without a delay that failed stays SENT and shows its intent's reason.
    """
    moved = 0
    rows = ChainSetting.objects.filter(state__in=WAITING).exclude(key=WIRING)
    for row in rows.select_related("intent", "announcement").order_by("pk"):
        moved += _advance(row)
    return moved


def _advance(row: ChainSetting) -> bool:
    result = intent_result(row.intent)
    if result.outcome is Outcome.DONE:
        chain_setting_machine.move(row, "LIVE")
        return True
    if row.announcement is None:
        return False
    announced = intent_result(row.announcement)
    if Outcome.FAILED in (result.outcome, announced.outcome):
        chain_setting_machine.move(row, "FAILED")
        return True
    if row.state == "SENT" and announced.outcome is Outcome.DONE:
        chain_setting_machine.move(row, "ANNOUNCED", executable_from=_executable_from(row, announced))
        return True
    return False


def _executable_from(row: ChainSetting, announced: Result) -> datetime:
    """What the AccessManager wrote down: the time of the announcement's block, and the delay."""
    delay = plan.holding(ChainRole(row.role)).delay
    with Node(settings.CHAIN_RPC_URL) as node:
        return datetime.fromtimestamp(views.head(node, announced.block).timestamp + delay, UTC)
