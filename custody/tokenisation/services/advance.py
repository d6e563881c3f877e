"""One pull of everything this room waits for."""

from __future__ import annotations

from datetime import datetime

from custody.tokenisation.services.deployment import deployment_advance
from custody.tokenisation.services.powers import settings_advance
from custody.tokenisation.services.registration import wallets_advance
from custody.tokenisation.services.tokens import tokens_advance


def tokenisation_advance(*, now: datetime) -> None:
    """Deployment, settings, tokens, wallets: each takes the steps that its finished intents allow."""
    deployment_advance(now=now)
    settings_advance()
    tokens_advance(now=now)
    wallets_advance(now=now)
