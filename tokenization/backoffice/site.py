"""The officers' site at /office/: the admin of django-unfold, read-only, with the pages where people decide."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.auth import logout as sign_out
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from unfold.sites import UnfoldAdminSite

from tokenization.theme.faces import enters


class OfficeSite(UnfoldAdminSite):  # type: ignore[misc]
    """Only officers enter. Sign-in and sign-out are the platform's own, so that there is one door to watch."""

    def has_permission(self, request: HttpRequest) -> bool:
        return enters(request, "office")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Strangers go to the sign-in page; somebody signed in with another role learns that he may not enter."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", "/office/"), login_url="/sign-in/")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":
            sign_out(request)
        return redirect("/")

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Unfold's search over all models asks the cache; lists have a search of their own that needs none."""
        raise Http404

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        from tokenization.backoffice.pages.dashboard import dashboard

        return dashboard(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from tokenization.backoffice.urls import pages

        return [*pages(), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, but strangers go straight to the one sign-in page, and other roles are refused."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            answer: HttpResponseBase = inner(request, *args, **kwargs)
            return answer

        return guarded


office = OfficeSite(name="office")
