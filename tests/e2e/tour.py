"""Run inside a stack that lived a bill and opened its doors: the tour's every stop opens for the person it names."""

from __future__ import annotations

import sys

import django

django.setup()

from django.test import Client  # noqa: E402
from django.utils.html import escape  # noqa: E402

from tokenization.identity.models import User  # noqa: E402
from tokenization.rehearsal.tour.stops import parts  # noqa: E402

HOST = {"HTTP_HOST": "localhost"}


def wrong() -> list[str]:
    page = Client(**HOST).get("/tour/")
    found = [] if page.status_code == 200 else [f"/tour/ answers {page.status_code}"]
    stops = [stop for part in parts() for stop in part.stops]
    for stop in stops:
        client = Client(**HOST)
        if stop.who:
            client.force_login(User.objects.get(username=stop.who))
        answer = client.get(stop.path)
        if answer.status_code != 200:
            found.append(f"{stop.path} as {stop.who or 'anybody'} answers {answer.status_code}")
        if escape(stop.title) not in page.content.decode():
            found.append(f"{stop.title} is not on the tour's page")
    if len(stops) < 14:
        found.append(f"only {len(stops)} stops")
    return found


if __name__ == "__main__":
    problems = wrong()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
