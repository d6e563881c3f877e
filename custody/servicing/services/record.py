"""Naming the record block of an event, and writing down what each wallet is due as of that block."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from contracts.indexer.models import Block
from contracts.indexer.selectors import block_at
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_draft
from custody.register.selectors import posted_block
from custody.servicing import entitlement_sql
from custody.servicing.models import ServicingEvent, servicing_machine
from custody.servicing.selectors import rules_in_force
from custody.tokenisation.services import wallet_known
from issuance.maths.rounding import half_up_ratio
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.kernel.locks import lock_rows


@dataclass(frozen=True)
class Sums:
    """What the lines of one event add up to."""

    lines: int
    units: int
    net: int
    tax: int
    suspense: int


def event_record(*, event: ServicingEvent, now: datetime) -> bool:
    """Name the record block and write the entitlements, once both are certain; False while they are not.

    1. Certain: a final block is stamped after the record instant, and the register has posted it.
    2. Record block: the last final block stamped at or before the instant.
    3. A redemption: one burn instruction (undisputed units only) per wallet, in the order of addresses.
    4. One entitlement per wallet with its tax, by one statement; the total, and what rounding leaves of it.
    """
    if now < event.record_at:
        return False
    posted, block = posted_block(), block_at(event.record_at)
    if posted is None or block is None or posted.timestamp <= event.record_at:
        return False
    with transaction.atomic():
        ((event,),) = lock_rows(ServicingEvent.objects.filter(pk=event.pk).select_related("token__series"))
        if event.state != ServicingEvent.State.OPEN:
            return False
        _write(event, block, now)
    return True


def _write(event: ServicingEvent, block: Block, now: datetime) -> None:
    actor, values = system_user(), _values(event, block)
    with connection.cursor() as cursor:
        cursor.execute(entitlement_sql.UNKNOWN_WALLETS, values)
        for (address,) in cursor.fetchall():
            wallet_known(address)
        if event.kind == ServicingEvent.Kind.REDEMPTION:
            _burns(event, values, actor, now)
        cursor.execute(entitlement_sql.INSERT, values)
        cursor.execute(entitlement_sql.SUMS, {"event": event.pk})
        sums = Sums(*map(int, cursor.fetchone()))
    total = half_up_ratio(sums.units * event.rate_numerator, event.rate_denominator)
    servicing_machine.move(
        event,
        "RECORDED",
        record_block_number=block.number,
        record_block_hash=block.hash,
        total_minor=total,
        net_minor=sums.net,
        tax_minor=sums.tax,
        suspense_minor=sums.suspense,
        residual_minor=total - sums.net - sums.tax - sums.suspense,
    )
    body = {"block": block.number, "lines": sums.lines, "total_minor": total, "tax_minor": sums.tax}
    audit.record(actor=actor, action="servicing.record", subject=f"servicing:{event.pk}", body=body, now=now)


def _values(event: ServicingEvent, block: Block) -> dict[str, Any]:
    """Everything that the statement needs to know, by name."""
    series = event.token.series
    rules = rules_in_force(event)
    highest = max(rules, key=lambda rule: (rule.rate_bp, -rule.pk), default=None)
    coupon = event.kind == ServicingEvent.Kind.COUPON
    return {
        "event": event.pk,
        "token": event.token_id,
        "series": series.pk,
        "block": block.number,
        "record_at": event.record_at,
        "record_day": event.record_at.astimezone(ZoneInfo(series.record_zone)).date(),
        "numerator": event.rate_numerator,
        "denominator": event.rate_denominator,
        "base": "COUPON" if coupon else "FACE_LESS_COST",
        "rules": json.dumps([{"status": r.status, "rule": r.pk, "rate": r.rate_bp} for r in rules]),
        "highest_rule": highest.pk if highest else None,
        "highest_rate": highest.rate_bp if highest else 0,
        "tax_rounding": event.tax_rounding,
        "burns": not coupon,
        "source": f"redeem:{event.pk}:",
    }


def _burns(event: ServicingEvent, values: dict[str, Any], actor: User, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(entitlement_sql.BURNS_COUNT, values)
        count = cursor.fetchone()[0]
    if not count:
        return
    with connection.chunked_cursor() as rows:
        rows.execute(entitlement_sql.BURNS, values)
        instructions_draft(
            token=event.token, kind=Instruction.Kind.REDEEM, wanted=rows, count=count, actor=actor, now=now
        )
