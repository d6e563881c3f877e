"""How far reconciliation is: which securities are compared up to their last movement, and a pack on its way."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.models import Run
from custody.register.models import Entry
from custody.tokenisation.models import TokenContract
from custody.tokenisation.progress import sent_step
from tokenization.assurance import selectors
from tokenization.assurance.reach import reach
from tokenization.kernel.progress import Step, Work
from tokenization.theme import figures
from tokenization.theme.faces import face


def comparisons(tokens: Sequence[TokenContract], latest: Sequence[Run]) -> Work:
    """One step for each: done when nothing of it was posted to the register after the block of its latest run."""
    runs = {run.token_id: run for run in latest}
    steps = [_compared(token, runs.get(token.pk)) for token in tokens]
    return Work("Comparisons", steps, "securities and cash compared up to their last movement")


def _compared(token: TokenContract, run: Run | None) -> Step:
    title = f"{token.code}, {token.name}"
    if run is None:
        return Step(title, "NOW", "its first comparison")
    moved = Entry.objects.filter(token=token, block_number__gt=run.block_number)
    first = moved.order_by("block_number").select_related("log__block").first()
    if first is None:
        return Step(title, "DONE", since=run.at)
    words = f"a comparison after block {figures.units(run.block_number)}: it moved in block"
    return Step(title, "NOW", f"{words} {figures.units(first.block_number)}", first.log.block.timestamp)


def pack_work(pack: EvidencePack | None) -> Work | None:
    """From the content that is fixed to the root that is final on chain; None before a pack was asked for."""
    if pack is None:
        return None
    steps = [Step("Content fixed", "DONE", since=pack.prepared_at)]
    if pack.state == "PREPARED" or pack.intent is None:
        steps.append(Step("Signed by the issuer", "NOW", "the issuer's key", pack.prepared_at))
        steps.append(Step("Root final on chain", "LATER", "the signature"))
        return Work("Evidence pack", steps)
    steps.append(Step("Signed by the issuer", "DONE", since=pack.signed_at))
    anchored = sent_step("Root final on chain", pack.intent)
    if pack.state != "ANCHORED" and anchored.stage == "DONE":
        anchored = Step(anchored.title, "NOW", "its block to be noted", anchored.since)
    return Work("Evidence pack", [*steps, anchored])


@face("assurance")
@require_safe
def pack_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The steps alone, for the page of the run to look again without being a look at the run."""
    found = get_object_or_404(selectors.runs(reach(request)), pk=pk)
    pack = EvidencePack.objects.filter(run=found).select_related("intent").first()
    return render(request, "assurance/pack.html", {"work": pack_work(pack), "run": found})
