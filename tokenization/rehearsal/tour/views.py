"""One page that leads a visitor of the demo through all faces. A rehearsal has it; production does not install it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tokenization.identity.models import User
from tokenization.kernel import clock
from tokenization.rehearsal.models import Errand
from tokenization.rehearsal.people import OFFICERS, one_time_code, password
from tokenization.rehearsal.tour.errands import errand_ask
from tokenization.rehearsal.tour.sample import SAMPLE_INVESTORS
from tokenization.rehearsal.tour.stops import parts
from tokenization.theme.tables import Cell, Table, state, table


class SignInAgain(HttpResponseRedirect):
    """307: the browser repeats its POST at the sign-in page, which does what it does for everybody."""

    status_code = 307


@dataclass(frozen=True)
class Person:
    username: str
    words: str
    password: str
    # What his authenticator app shows now; an investor has none.
    code: str


@require_safe
def tour(request: HttpRequest) -> HttpResponse:
    """Stops, sample people, and what the outside world may be asked to do."""
    context = {
        "heading": "A tour of the demo",
        "now": clock.now(),
        "parts": parts(),
        "people": people(),
        "kinds": Errand.Kind.choices,
        "errands": _errands(),
        "waiting": Errand.objects.filter(done_at=None).exists(),
    }
    return render(request, "tour/tour.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_as(request: HttpRequest, name: str) -> HttpResponse:
    """Who this sample person is, and a button: leave whoever is signed in, repeat the post at the real sign-in page."""
    one = next((person for person in people() if person.username == name), None)
    if one is None:
        raise Http404
    if request.method == "POST":
        logout(request)
        return SignInAgain(reverse("sign-in"))
    context = {"heading": f"Be {one.username}", "one": one, "path": request.GET.get("next", "/")}
    return render(request, "tour/as.html", context)


@csrf_exempt  # signing in as somebody else in the other window makes this page's token stale
@require_POST
def errand(request: HttpRequest) -> HttpResponse:
    """Write down what is asked of the outside world; `outside_world` does it."""
    kind = request.POST.get("kind", "")
    if kind not in Errand.Kind.values:
        raise Http404
    errand_ask(kind)
    return redirect(reverse("tour:tour") + "#outside")


def people() -> list[Person]:
    known = set(User.objects.values_list("username", flat=True))
    rows = [(name, ", ".join(role.label for role in roles)) for name, (_, roles) in OFFICERS.items()]
    rows += [(investor.username, f"{investor.name}, {investor.reference}") for investor in SAMPLE_INVESTORS]
    wall = datetime.now(UTC)
    codes = {name: one_time_code(name, wall) for name in OFFICERS}
    return [Person(name, words, password(name), codes.get(name, "")) for name, words in rows if name in known]


def _errands() -> Table:
    rows = [
        [row.get_kind_display(), row.asked_at, _result(row), row.words or "The outside world is at it."]
        for row in Errand.objects.all()[:10]
    ]
    return table("errands", ("Asked", "When", "State", "What was done"), rows, empty="Nothing has been asked yet.")


def _result(row: Errand) -> Cell:
    if row.done_at is None:
        return state("PENDING", "under way")
    return state("DONE" if row.went_well else "FAILED", "done" if row.went_well else "not done")
