from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from tokenization.theme.entry import factors
from tokenization.theme.entry.sign_in import SignIn, second_step
from tokenization.theme.entry.step_up import again

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-in/code/", second_step, name="sign-in-factor"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("second-factor/", factors.overview, name="factors"),
    path("second-factor/app/", factors.app, name="factor-app"),
    path("second-factor/passkey/", factors.passkey, name="factor-passkey"),
    path("second-factor/recovery/", factors.recovery, name="factor-recovery"),
    path("second-factor/recovery/renew/", factors.renew, name="factor-recovery-renew"),
    path("second-factor/<int:pk>/remove/", factors.remove, name="factor-remove"),
    path("second-factor/again/", again, name="factor-again"),
]
