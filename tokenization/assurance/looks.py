"""Noting a look, and listing who looked."""

from __future__ import annotations

from django.http import HttpRequest

from tokenization.assurance.models import Look
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.theme.tables import Table, table

SHOWN = 50
OF_A_RUN = (Look.What.RUN, Look.What.REPORT, Look.What.PACK, Look.What.FIGURE, Look.What.SAMPLE)


def look(request: HttpRequest, what: Look.What, number: int, note: str = "") -> None:
    """Note that who is signed in looks at this now; called once it is known to exist."""
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `face` let only users in
    Look.objects.create(what=what, number=number, who=request.user, at=clock.now(), note=note[:200])


def looks_at(request: HttpRequest, number: int, *whats: Look.What) -> Table | None:
    """The latest looks, newest first; None for who may not read the audit log: a supervisor's list, not a gallery."""
    if not isinstance(request.user, User) or not has_power(request.user, Power.AUDIT_READ):
        return None
    rows = Look.objects.filter(number=number, what__in=whats).select_related("who")[:SHOWN]
    return table(
        "looks",
        ("Who", "House", "What", "When"),
        (
            (
                row.who.get_full_name() or row.who.username,
                row.who.get_house_display(),
                f"{row.get_what_display()}: {row.note}" if row.note else row.get_what_display(),
                row.at,
            )
            for row in rows
        ),
        empty="Nobody has looked yet.",
    )
