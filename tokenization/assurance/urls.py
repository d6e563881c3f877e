from __future__ import annotations

from django.urls import path

from tokenization.assurance import views

app_name = "assurance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("runs.csv", views.runs_csv, name="runs-csv"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>.csv", views.run_csv, name="run-csv"),
    path("breaks/", views.breaks, name="breaks"),
    path("breaks.csv", views.breaks_csv, name="breaks-csv"),
    path("breaks/<int:pk>/", views.break_, name="break"),
]
