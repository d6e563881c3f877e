"""Run inside a stack that lived a bill and opened its doors: every stop of the tour opens for the person it names, and
the outside world does what it is asked for."""

from __future__ import annotations

import sys

import django

django.setup()

from django.test import Client  # noqa: E402
from django.utils.html import escape  # noqa: E402

from issuance.auction.models import Auction  # noqa: E402
from tokenization.identity.models import User  # noqa: E402
from tokenization.rehearsal.models import Errand  # noqa: E402
from tokenization.rehearsal.tour.doors import ISIN  # noqa: E402
from tokenization.rehearsal.tour.errands import errand_ask, errands_run  # noqa: E402
from tokenization.rehearsal.tour.stops import parts  # noqa: E402
from tokenization.theme.entry import given  # noqa: E402

HOST = {"HTTP_HOST": "localhost"}


def undone() -> list[str]:
    """Every errand, asked twice and done once; the open auction is closed by one of them."""
    for kind in Errand.Kind.values:
        assert errand_ask(kind).pk == errand_ask(kind).pk
    errands_run()
    rows = list(Errand.objects.all())
    found = [f"{row.kind}: {row.words}" for row in rows if not row.went_well]
    if len(rows) != len(Errand.Kind.values):
        found.append(f"{len(rows)} errands")
    if Auction.objects.get(series__isin=ISIN).state != "CLOSED":
        found.append("the auction is not closed")
    return found


def wrong() -> list[str]:
    page = Client(**HOST).get("/tour/")
    found = [] if page.status_code == 200 else [f"/tour/ answers {page.status_code}"]
    stops = [stop for part in parts() for stop in part.stops]
    for stop in [stop for stop in stops if not stop.errand]:
        client = Client(**HOST)
        if stop.who:
            client.force_login(User.objects.get(username=stop.who))
            session = client.session
            given.note(session)
            session.save()
        answer = client.get(stop.path)
        if answer.status_code != 200:
            found.append(f"{stop.path} as {stop.who or 'anybody'} answers {answer.status_code}")
        if escape(stop.title) not in page.content.decode():
            found.append(f"{stop.title} is not on the tour's page")
    if len(stops) < 20:
        found.append(f"only {len(stops)} stops")
    return found


if __name__ == "__main__":
    problems = wrong() + undone()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
