"""An auditor's conclusion on a run: told on the run's page, apart from what management signed."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from custody.reconciliation.conclusions.models import Conclusion
from custody.reconciliation.conclusions.services import run_conclude
from custody.reconciliation.models import Run
from tokenization.assurance import selectors
from tokenization.assurance.reach import reach
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.theme.entry.step_up import asks_again
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, table

TONES = {"UNQUALIFIED": "good", "QUALIFIED": "warn", "ADVERSE": "bad", "DISCLAIMER": "warn"}


def conclusions_of(run: Run) -> Table:
    rows = run.conclusions.select_related("concluded_by").order_by("-pk")
    return table(
        "conclusions",
        ("Opinion", "In the auditor's words", "By", "At"),
        (
            (
                Cell(row.get_opinion_display(), tone=TONES[row.opinion]),
                row.words,
                row.concluded_by.get_full_name() or row.concluded_by.username,
                row.concluded_at,
            )
            for row in rows
        ),
        empty="No auditor has concluded on this run.",
    )


def latest_conclusion(run: Run, request: HttpRequest) -> Conclusion | None:
    """On this security: the reader's own where he has one, else the newest. It names its run, which may be older."""
    rows = Conclusion.objects.filter(run__token=run.token_id).select_related("concluded_by", "run").order_by("-pk")
    return rows.filter(concluded_by=request.user.pk).first() or rows.first()


def opinions(request: HttpRequest) -> list[tuple[str, str]]:
    """The choices for who may conclude; none for everybody else."""
    may = isinstance(request.user, User) and has_power(request.user, Power.CONCLUDE)
    return list(Conclusion.Opinion.choices) if may else []


@face("assurance")
@require_POST
@asks_again("record your conclusion")
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    """Records the opinion; the run stays as it is."""
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `face` let only users in
    if not has_power(request.user, Power.CONCLUDE):
        raise PermissionDenied
    found = get_object_or_404(selectors.runs(reach(request)), pk=pk)
    said = {name: request.POST.get(name, "") for name in ("opinion", "words")}
    try:
        run_conclude(run=found, **said, actor=request.user, now=clock.now())
    except PlatformError as error:
        messages.error(request, f"The conclusion was not recorded: {error}")
    return redirect("assurance:run", pk=pk)
