"""Deployment, series tokens, wallets. Everything on chain goes through the outbox; results are pulled."""

from __future__ import annotations

from custody.tokenisation.services.advance import tokenisation_advance
from custody.tokenisation.services.cash import cash_token_plan
from custody.tokenisation.services.deployment import deployment_advance, deployment_plan
from custody.tokenisation.services.powers import outside_key_enrol, power_use, power_withdraw, settings_advance
from custody.tokenisation.services.programme import programme_add, programme_ceiling_change, series_ceiling_change
from custody.tokenisation.services.registration import wallets_advance, wallets_register
from custody.tokenisation.services.tokens import record_instant, token_plan, tokens_advance
from custody.tokenisation.services.treasury import own_wallet_enrol, treasury_allow
from custody.tokenisation.services.wallets import wallet_challenge, wallet_known, wallet_prove, wallet_release

__all__ = [
    "cash_token_plan",
    "deployment_advance",
    "deployment_plan",
    "outside_key_enrol",
    "own_wallet_enrol",
    "power_use",
    "power_withdraw",
    "programme_add",
    "programme_ceiling_change",
    "record_instant",
    "series_ceiling_change",
    "settings_advance",
    "token_plan",
    "tokenisation_advance",
    "tokens_advance",
    "treasury_allow",
    "wallet_challenge",
    "wallet_known",
    "wallet_prove",
    "wallet_release",
    "wallets_advance",
    "wallets_register",
]
