"""What every page of the portal begins with."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from custody.register.models import RegisterCursor
from tokenization.identity.models import Party, User
from tokenization.kernel import clock
from tokenization.portal.positions import Cash, Holding, cash, holdings
from tokenization.portal.selectors import parties_of
from tokenization.theme.told import told

ROOMS = (
    ("portal:portfolio", lazy("My holdings")),
    ("portal:offerings", lazy("Offerings")),
    ("portal:bids", lazy("My bids")),
)
Fact = dict[str, str]
UNLINKED = lazy("Your account is not linked to an investor yet. Ask the bank or officer who opened it.")


def investor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `face` let only users in
    return request.user


def page(request: HttpRequest, template: str, heading: str, **context: Any) -> HttpResponse:
    inside = [name for name, _ in ROOMS[1:] if request.path.startswith(reverse(name))]
    here = inside[0] if inside else ROOMS[0][0]
    return render(request, f"portal/{template}", {"heading": heading, "rooms": ROOMS, "here": here, **context})


def facts(*pairs: tuple[str, str]) -> list[Fact]:
    return [{"label": told(label), "value": told(value)} for label, value in pairs]


def today() -> date:
    """The business day where the state keeps its books."""
    return clock.today(settings.TIME_ZONE)


def own_parties(request: HttpRequest) -> list[Party]:
    return list(parties_of(investor(request)))


def own_holdings(request: HttpRequest) -> list[Holding]:
    """As of the block up to which the register is complete."""
    cursor = RegisterCursor.objects.first()
    return holdings(own_parties(request), cursor.block_number) if cursor else []


def own_cash(request: HttpRequest) -> list[Cash]:
    cursor = RegisterCursor.objects.first()
    return cash(own_parties(request), cursor.block_number) if cursor else []
