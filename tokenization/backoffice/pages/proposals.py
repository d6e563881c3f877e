"""What an officer may begin: the list by his powers, and one form each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from tokenization.backoffice.forms.base import Choice
from tokenization.backoffice.pages.base import office_page, officer
from tokenization.backoffice.tasks import BY_NAME, TASKS, Recorded, Task
from tokenization.identity.roles import powers_of
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Problems
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Table, problem_table


@face("office")
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    powers = powers_of(officer(request))
    groups: dict[str, list[Task]] = {}
    for proposal in TASKS:
        if proposal.power in powers:
            groups.setdefault(proposal.group, []).append(proposal)
    return office_page(
        request,
        "proposals.html",
        "Propose and record",
        lead="A proposal takes effect only when a second person approves it. What is recorded takes effect at once.",
        groups=[{"name": name, "proposals": found} for name, found in groups.items()],
    )


@face("office")
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, name: str) -> HttpResponse:
    """The form of one proposal; to a role that may not propose it, the page does not exist."""
    proposal = BY_NAME.get(name)
    actor = officer(request)
    if proposal is None or proposal.power not in powers_of(actor):
        raise Http404
    asked = request.method == "POST"
    form = proposal.form(request.POST, request.FILES) if asked else proposal.form(initial=_chosen(request, proposal))
    problems: Table | None = None
    if asked and form.is_valid():
        try:
            with transaction.atomic():
                done = proposal.do(**form.cleaned_data, actor=actor, now=clock.now())
        except Problems as error:
            problems = problem_table(error.problems)
        except PlatformError as error:
            _say(form, error)
        else:
            if isinstance(done, Recorded):
                messages.success(request, done.words)
                return redirect("office:propose", name=name)
            messages.success(request, "Proposed. It now waits for a second person.")
            return redirect("office:decision", pk=done.pk)
    return office_page(
        request,
        "form.html",
        proposal.title,
        lead=proposal.lead,
        form=form,
        problems=problems,
        button=proposal.button,
        lacking=lacking(form),
        first=[field.first for field in _empty(form) if isinstance(field, Choice) and field.first],
    )


def _chosen(request: HttpRequest, proposal: Task) -> dict[str, str]:
    """What the page that led here chose already; each stays open to another choice, and is checked when it is sent."""
    choices = [name for name, field in proposal.form.base_fields.items() if isinstance(field, forms.ModelChoiceField)]
    return {name: request.GET[name] for name in choices if request.GET.get(name, "").isdecimal()}


def lacking(form: forms.Form) -> list[str]:
    """The required choices of a form among which there is nothing to choose today."""
    return [str(field.label).lower() for field in _empty(form)]


def _empty(form: forms.Form) -> list[forms.ModelChoiceField[Any]]:
    return [
        field
        for field in form.fields.values()
        if isinstance(field, forms.ModelChoiceField)
        and field.required
        and field.queryset is not None
        and not field.queryset.exists()
    ]


def _say(form: forms.Form, error: PlatformError) -> None:
    """At the field that the refusal names, else above the form."""
    field = error.field.removesuffix("_minor") if error.field not in form.fields else error.field
    form.add_error(field if field in form.fields else None, figures.plain(figures.instants(error)))
