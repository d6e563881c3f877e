"""What a browser may load and run on our pages (Content-Security-Policy): our own files, nothing inline.

The office is weaker in three places, and Unfold is why:
- `'unsafe-eval'`: Alpine makes functions of what its attributes say. Its build without eval reads no expressions, and
  Unfold's pages are full of them. No inline script runs all the same, neither an element nor an `on...` attribute.
- inline style: Unfold writes its colours and the width of a table's first column into <style>, htmx its indicator, and
  Alpine sets style attributes. A hash would change with every release of Unfold; a style runs nothing.
- `data:` images: the arrows and ticks of its form fields stand in its style sheet.
It too loads nothing from elsewhere and may not be framed. Two constant headers need no library.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
OFFICE = STRICT | {
    "script-src": "'self' 'unsafe-eval'",
    "script-src-attr": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
}


def header(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sends the policy of the face that the address belongs to with every answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = header(OFFICE if request.path.startswith("/office/") else STRICT)
        return response

    return middleware
