"""What a browser may load and run on our pages (Content-Security-Policy): our own files, nothing inline.

The office is weaker. Unfold writes small scripts and styles into its pages and uses Alpine, which builds functions from
attributes, so /office/ allows inline script and style and eval. It too loads nothing from elsewhere and may not be
framed, and text is escaped as everywhere. Two constant headers need no library; Django 6 brings its own.
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
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
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
