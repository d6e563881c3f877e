"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """With BEHIND_PROXY the address that our own proxy saw, which it puts last in X-Forwarded-For; else the socket's.

    What stands before the last was written by the caller, and so was the whole header where no proxy of ours is.
    """
    socket = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.BEHIND_PROXY:
        return socket
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    try:
        return str(ip_address(told))
    except ValueError:
        return socket
