from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tokenization.theme.faces import faces_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Sends each person to the first face that one of their roles opens."""
    links = faces_of(request.user)
    if links:
        return redirect(links[0].href)
    return render(request, "theme/nowhere.html", {"heading": "No role yet"}, status=403)
