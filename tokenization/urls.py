"""Every address of the platform. Each face closes its own pages; open are sign-in, the public page and health."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from tokenization.backoffice.site import office
from tokenization.theme.grouping import set_grouping
from tokenization.theme.views import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("", include("tokenization.theme.entry.urls")),
    path("language/", set_language, name="set-language"),
    path("figures/", set_grouping, name="set-grouping"),
    path("office/", office.urls),
    path("portal/", include("tokenization.portal.urls")),
    path("examiner/", include("tokenization.backoffice.examiner_urls")),
    path("assurance/", include("tokenization.assurance.urls")),
    path("public/", include("tokenization.assurance.public.urls")),
    path("api/v1/", include("tokenization.api.urls")),
    path("", include("tokenization.operations.urls")),
]
if settings.REHEARSAL:
    urlpatterns.append(path("tour/", include("tokenization.rehearsal.tour.urls")))
