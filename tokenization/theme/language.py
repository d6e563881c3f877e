"""In which language a page speaks. The portal and the door to it are translated; the pages of officers, auditors and
examiners are English, and only what frames them (menu, footer, the switch itself) follows the reader.

Not Django's LocaleMiddleware: half an English page would speak Urdu, wherever a library brings words of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from tokenization.theme import grouping
from tokenization.theme.sessions import PUBLIC

ENGLISH = "en"
TRANSLATED = {"/", "/sign-out/"}
# With all that lies below them: a page is translated whole or not at all.
ROOMS = ("/portal/", "/sign-in/", "/second-factor/")


def translated(path: str) -> bool:
    return path in TRANSLATED or path.startswith(ROOMS)


def spoken(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """`request.LANGUAGE_CODE` is what the reader chose (cookie, else his browser); the page speaks it if it can."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Kept by caches for all alike: it follows nobody's choice.
        if request.path == PUBLIC:
            with translation.override(ENGLISH):
                return get_response(request)
        chosen = translation.get_language_from_request(request)
        request.LANGUAGE_CODE = chosen
        page = chosen if translated(request.path) else ENGLISH
        with translation.override(page), grouping.chosen(request):
            response = get_response(request)
        response.headers.setdefault("Content-Language", page)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return middleware


@contextmanager
def on_paper() -> Iterator[None]:
    """Documents are English and group by thousands, whatever the page that they are taken from does."""
    with translation.override(ENGLISH), grouping.by_thousands():
        yield
