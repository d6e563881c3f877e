"""Whether the machinery is well, from stored rows alone: a page asks no node and renders while one is down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from contracts.indexer.models import NodeFault
from contracts.indexer.selectors import head_lag
from contracts.outbox.models import Halt
from tokenization.kernel import clock
from tokenization.theme import figures

# A node that said nothing for this long is taken for down.
SILENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Alarm:
    """What is wrong, what to do about it, and where to look."""

    level: str
    what: str
    do: str = ""
    href: str = ""


def halts() -> list[Alarm]:
    return [
        Alarm(
            "error",
            _("Nothing is being sent to the chain: %(message)s") % {"message": halt.message},
            halt.what_to_do,
            "/office/outbox/halt/",
        )
        for halt in Halt.objects.filter(cleared_at=None).order_by("pk")
    ]


def faults() -> list[Alarm]:
    return [
        Alarm(
            "error",
            _("The register stands still: %(kind)s, %(detail)s")
            % {"kind": fault.get_kind_display(), "detail": fault.detail},
            fault.what_to_do,
            "/office/indexer/nodefault/",
        )
        for fault in NodeFault.objects.filter(halts=True, cleared_at=None).order_by("pk")
    ]


def silence() -> list[Alarm]:
    lag = head_lag()
    if lag is None or clock.now() - lag.seen_at <= SILENCE:
        return []
    said = _(
        "The chain has not been heard since %(time)s. These pages show what was final by block %(number)s. "
        "Work waits and nothing is lost."
    ) % {"time": figures.when(lag.seen_at), "number": figures.units(lag.final_number)}
    return [Alarm("warning", said, _("The operator looks whether the node and the indexer are up."))]


def health() -> list[Alarm]:
    """What stands still, worst first; empty while all is well."""
    return [*halts(), *faults(), *silence()]
