"""Which contract is which token, what was deployed and wired, and whose wallet is whose."""

from __future__ import annotations

from custody.tokenisation.models.contracts import (
    ChainContract,
    ChainSetting,
    ChainState,
    OutsideKey,
    chain_contract_machine,
    chain_setting_machine,
)
from custody.tokenisation.models.tokens import CashProgramme, ProgrammeCode, TokenContract, token_machine
from custody.tokenisation.models.wallets import (
    ChainCode,
    PartyCode,
    Wallet,
    WalletChallenge,
    WalletHolder,
    wallet_machine,
)

__all__ = [
    "CashProgramme",
    "ChainCode",
    "ChainContract",
    "ChainSetting",
    "ChainState",
    "OutsideKey",
    "PartyCode",
    "ProgrammeCode",
    "TokenContract",
    "Wallet",
    "WalletChallenge",
    "WalletHolder",
    "chain_contract_machine",
    "chain_setting_machine",
    "token_machine",
    "wallet_machine",
]
