"""What is on its way to the chain: the platform's contracts and the tokens, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from custody.tokenisation.progress import deployment_work, token_work, tokens_under_way
from custody.tokenisation.selectors import deployment_is_live, in_names
from tokenization.backoffice.pages.base import office_page
from tokenization.kernel import clock
from tokenization.kernel.progress import Work
from tokenization.theme.faces import face

SHOWN = 20


@face("office")
@require_safe
def on_chain(request: HttpRequest) -> HttpResponse:
    works = [] if deployment_is_live() else [deployment_work()]
    works += [token_work(token) for token in tokens_under_way()[:SHOWN]]
    now = clock.now()
    works = [_named(work, lambda words: in_names(words, now=now)) for work in works]
    return office_page(
        request,
        "on_chain.html",
        "On its way to the chain",
        lead="A step is done when its block is final. What waits for a person stands on Today as well.",
        works=works,
        under_way=any(work.under_way for work in works),
    )


def _named(work: Work, said: Callable[[str], str]) -> Work:
    """With the names of addresses in the node's words."""
    return replace(work, steps=[replace(step, words=said(step.words)) for step in work.steps])
