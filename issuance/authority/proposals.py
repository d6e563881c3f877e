"""A draft and the proposal that asks for it.

Always: a draft counts while it is prepared and while its proposal waits. Once that is withdrawn or rejected, the draft
holds nothing: the next draft of the same reference, year or ISIN takes its row, and lists leave it out.
Never: is anything lost. The audit log has the terms of every draft, and each decided proposal the terms it asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from issuance.authority.drafts import terms_of
from tokenization.identity import audit
from tokenization.identity.models import Approval, User
from tokenization.kernel.canonical import canonical_json
from tokenization.kernel.errors import Conflict
from tokenization.kernel.locks import advisory_xact_lock, lock_rows

Row = TypeVar("Row", bound=models.Model)


def proposals_of(action: str, *states: str) -> models.QuerySet[Any]:
    """Proposals of one action, each with the `draft` that it asks for; the database reads the payloads."""
    asked = KeyTextTransform("id", Cast("payload", models.JSONField()))
    rows = Approval.objects.filter(action=action, state__in=states)
    return rows.annotate(draft=Cast(asked, models.BigIntegerField()))


def given_up(action: str) -> models.QuerySet[Any, Any]:
    """The drafts whose proposal was withdrawn or rejected, and that none asks for now, for a query to look into."""
    waiting = proposals_of(action, "PENDING").filter(draft=models.OuterRef("draft"))
    ended = proposals_of(action, "WITHDRAWN", "REJECTED").filter(~models.Exists(waiting))
    return ended.order_by().values("draft")


def shown(rows: models.QuerySet[Row], action: str) -> models.QuerySet[Row]:
    """The rows that lists show: all but the drafts that were given up."""
    return rows.exclude(state="DRAFT", pk__in=given_up(action))


def draft_save(row: Row, *, action: str, verb: str, key: Sequence[str], actor: User, now: datetime) -> Row:
    """Save the draft, in the row of the draft of the same `key` that nobody asks for any more, if there is one.

    Conflict, at the last column of the key, when that key is taken: in use, waiting for a second person, or prepared.
    """
    same = {name: getattr(row, name) for name in key}
    model = type(row)
    advisory_xact_lock(f"draft {model._meta.label_lower} {canonical_json(same)}")
    body: dict[str, Any] = terms_of(row)
    for found in lock_rows(model._default_manager.filter(**same))[0]:
        _check_given_up(found, action, key[-1])
        row.pk, row._state.adding = found.pk, False
        body["replaces"] = terms_of(found)
    row.save()
    row.refresh_from_db()
    audit.record(actor=actor, action=verb, subject=str(row), body=body, now=now)
    return row


def _check_given_up(found: Any, action: str, field: str) -> None:
    noun = str(found._meta.verbose_name).capitalize()
    rule = f"{found._meta.model_name}.{field}_once"
    if found.state != "DRAFT":
        raise Conflict(
            f"{noun} {found} exists already and is {found.get_state_display().lower()}.",
            field=field,
            rule=rule,
            next_step="Use that one, or write another here.",
        )
    proposal = proposals_of(action, "PENDING").filter(draft=found.pk).select_related("maker").first()
    if proposal is None and not given_up(action).filter(draft=found.pk).exists():
        raise Conflict(
            f"{noun} {found} is drafted already and not yet proposed.",
            field=field,
            rule=rule,
            next_step="Propose that draft, or write another here.",
        )
    if proposal is not None:
        raise Conflict(
            f"{noun} {found} is proposed already, by {proposal.maker.get_full_name() or proposal.maker.username}, and "
            f"waits for a second person as proposal {proposal.pk}.",
            field=field,
            rule=rule,
            next_step="Withdraw that proposal, or wait for its decision.",
        )
