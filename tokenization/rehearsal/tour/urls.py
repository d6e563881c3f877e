from __future__ import annotations

from django.urls import path

from tokenization.rehearsal.tour import views

app_name = "tour"
urlpatterns = [
    path("", views.tour, name="tour"),
    path("as/<str:name>/", views.sign_in_as, name="as"),
    path("errands/", views.errand, name="errand"),
]
