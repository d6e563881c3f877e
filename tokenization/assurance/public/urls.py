from __future__ import annotations

from django.urls import path

from tokenization.assurance.public import views

urlpatterns = [path("", views.public, name="public")]
