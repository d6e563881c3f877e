"""How far a reader sees: officers and auditors everything, a supervisor what his mandates name. Closed by default."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, URLPattern, path, resolve

from custody.instructions.models import Instruction
from custody.reconciliation.mandates.selectors import mandates_in_force, tokens_mandated
from custody.reconciliation.models import Break, Observation, Run
from custody.register.models import Entry
from custody.reserves.models import VaultItem
from custody.settlement.models import CashLeg
from custody.tokenisation.models import TokenContract
from tokenization.identity.models import User
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.theme.faces import ROLES_OF_FACE, View, may_enter, roles_of

UNLIMITED = ROLES_OF_FACE["assurance"] - {Role.SUPERVISOR}
# One journal for all securities of a currency, one list for all items of a vault: no part of one mandate alone.
SHARED = {"CASH"}
ANCHOR = re.compile(r'<a\b[^>]*?\bhref="(/assurance/[^"?#]*)[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


@dataclass(frozen=True)
class Reach:
    """`tokens` counts only where not everything is seen."""

    everything: bool
    tokens: frozenset[int] = frozenset()

    def within(self, rows: QuerySet[Any], by: str = "token__in") -> QuerySet[Any]:
        """Those of the rows whose token is in reach."""
        return rows if self.everything else rows.filter(**{by: self.tokens})


EVERYTHING = Reach(everything=True)


def reach_of(user: User | AnonymousUser) -> Reach:
    """Nothing for who may not enter; a supervisor's as it is now: what ended is out of reach at once."""
    if not isinstance(user, User) or not may_enter(user, "assurance"):
        return Reach(everything=False)
    if UNLIMITED & roles_of(user):
        return EVERYTHING
    return Reach(False, frozenset(tokens_mandated(supervisor=user, now=clock.now()).values_list("pk", flat=True)))


def reach(request: HttpRequest) -> Reach:
    """`reach_of` who asks, read once per request."""
    known: Reach | None = request.__dict__.get("_reach")
    if known is None:
        known = request.__dict__["_reach"] = reach_of(request.user)
    return known


def mandates(request: HttpRequest) -> list[str] | None:
    """A supervisor's mandates in force, in words; None for everybody else."""
    if reach(request).everything or not isinstance(request.user, User):
        return None
    return [str(row) for row in mandates_in_force(supervisor=request.user, now=clock.now())]


def _run(seen: Reach, pk: int) -> bool:
    return seen.within(Run.objects.filter(pk=pk)).exists()


def _break(seen: Reach, pk: int) -> bool:
    return seen.within(Break.objects.filter(pk=pk)).exists()


def _figure(seen: Reach, pk: int) -> bool:
    row = seen.within(Observation.objects.filter(pk=pk), "run__token__in").select_related("run__token").first()
    if row is None or row.name.startswith("list of "):
        return False
    return row.run.token.is_cash or row.source not in SHARED


def _instruction(seen: Reach, pk: int) -> bool:
    return seen.within(Instruction.objects.filter(pk=pk)).exists()


def _approval(seen: Reach, pk: int) -> bool:
    """Of instructions, all of them in reach; other approvals are about more than a token."""
    tokens = set(Instruction.objects.filter(approval=pk).values_list("token", flat=True))
    return bool(tokens) and tokens <= seen.tokens


def _transaction(seen: Reach, tx_hash: str) -> bool:
    """All that it did: a delivery against cash tokens needs a mandate for both."""
    booked = Entry.objects.filter(log__tx_hash=tx_hash).values_list("token", flat=True)
    broken = Break.objects.filter(tx_hash=tx_hash).values_list("token", flat=True)
    tokens = {*booked, *broken}
    return bool(tokens) and tokens <= seen.tokens


def _item(seen: Reach, pk: int) -> bool:
    """Behind a token in reach, and never behind another: its page tells of every move."""
    row = VaultItem.objects.filter(pk=pk, token__in=seen.tokens).first()
    if row is None:
        return False
    return not row.history.exclude(token=None).exclude(token__in=seen.tokens).exists()


def _entry(seen: Reach, pk: int) -> bool:
    held = TokenContract.objects.filter(purpose="CASH", pk__in=seen.tokens).values_list("currency", flat=True)
    currencies = set(CashLeg.objects.filter(entry=pk).values_list("account__currency", flat=True))
    return bool(currencies) and currencies <= set(held)


def _scoped(seen: Reach) -> bool:
    """The page asks `selectors`, which keep to the reach."""
    return True


# What a supervisor may open at all, and when. What is not here is not found by him: lists of everything, files, deeds.
REACHED: dict[str, Callable[..., bool]] = {
    **dict.fromkeys(("overview", "runs-csv", "breaks", "breaks-csv"), _scoped),
    **dict.fromkeys(("run", "run-csv", "run-xlsx", "run-pdf", "evidence-zip", "evidence-progress"), _run),
    **dict.fromkeys(("break", "break-file"), _break),
    **dict.fromkeys(("figure", "figure-csv", "figure-xlsx", "sample", "sample-csv", "sample-xlsx"), _figure),
    "instruction": _instruction,
    "approval": _approval,
    "transaction": _transaction,
    "item": _item,
    "entry": _entry,
}


def reached(seen: Reach, name: str | None, **address: Any) -> bool:
    if seen.everything:
        return True
    return name in REACHED and REACHED[name](seen, **address)


def page(route: str, view: View, name: str) -> URLPattern:
    """An address of the assurance face, not found by a supervisor outside his mandates."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **address: Any) -> HttpResponse:
        if not may_enter(request.user, "assurance") or reach(request).everything:
            return view(request, *args, **address)  # who may not enter is refused there
        if not reached(reach(request), name, **address):
            raise Http404
        return _without_dead_links(view(request, *args, **address), reach(request))

    return path(route, guarded, name=name)


def _without_dead_links(answer: HttpResponse, seen: Reach) -> HttpResponse:
    """The words of a link stay where it leads out of reach. Pages alone; what is downloaded is as for everybody."""
    if not answer.get("Content-Type", "").startswith("text/html"):
        return answer
    known: dict[str, bool] = {}

    def kept(link: re.Match[str]) -> str:
        address = html.unescape(link[1])
        if address not in known:
            known[address] = _leads(seen, address)
        return link[0] if known[address] else link[2]

    answer.content = ANCHOR.sub(kept, answer.content.decode()).encode()
    return answer


def _leads(seen: Reach, address: str) -> bool:
    try:
        found = resolve(address)
    except Resolver404:
        return False
    return reached(seen, found.url_name, **found.kwargs)
