"""Reading what a payload names, and saying no in one voice."""

from __future__ import annotations

from datetime import date
from typing import Any

from custody.servicing.models import ServicingEvent
from tokenization.identity.approvals import ApprovalItemDraft
from tokenization.identity.models import Party
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused


def event_of(payload: Any) -> ServicingEvent:
    found = ServicingEvent.objects.select_related("token__series").filter(pk=int(payload.get("event") or 0)).first()
    if found is None:
        raise Refused(f"There is no coupon or redemption {payload.get('event')}.", field="event", rule="event exists")
    return found


def party_of(payload: Any) -> Party:
    found = Party.objects.filter(pk=int(payload.get("party") or 0)).first()
    if found is None:
        raise Refused("There is no such party.", field="party", rule="party exists")
    return found


def day_of(payload: Any, name: str) -> date | None:
    text = payload.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise Refused(f"{text!r} is not a day.", field=name, rule="year-month-day") from None


def begins(payload: Any) -> date:
    first = day_of(payload, "valid_from")
    if first is None:
        raise Refused("Say from which day it is valid.", field="valid_from", rule="required")
    return first


def text_of(payload: Any, name: str, limit: int) -> str:
    text = str(payload.get(name) or "").strip()
    if not text or len(text) > limit:
        raise Refused(f"It takes 1 to {limit} characters.", field=name, rule="length")
    return text


def one_item(body: dict[str, Any]) -> list[ApprovalItemDraft]:
    return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]
