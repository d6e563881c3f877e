"""Cash tokens without a node: credits, mints and burns as rows, moved as register and outbox would move them."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from contracts.gateway.keys import LocalKey
from contracts.gateway.roles import TREASURY_KEY, ChainRole
from contracts.outbox.models import Signer
from custody.cash.models import CashBurn, CashMint
from custody.cash.services import cash_advance, cash_burn_request, cash_deposit
from custody.register.models import Position
from custody.registries.models import RegistryConfirmation
from custody.registries.services import confirmation_receive, confirmation_request
from custody.settlement.services import journal_post
from custody.tokenisation.models import OutsideKey, TokenContract, Wallet
from tests.factories import ledgerless as world
from tokenization.identity.models import Approval

NOW = world.NOW
_references = count(1)


def fiscal_agent() -> LocalKey:
    key = LocalKey.create()
    since = NOW - timedelta(days=1)
    OutsideKey.objects.create(
        role=int(ChainRole.CASH_CONFIRMER), address=key.address, in_wiring=True, enrolled_at=since
    )
    return key


def credit(wallet: Wallet, amount: int = 700, *, reference: str = "") -> CashMint:
    return cash_deposit(
        currency="PKR",
        wallet=wallet,
        amount_minor=amount,
        bank_reference=reference or f"CREDIT-{next(_references)}",
        actor=world.officer("FISCAL_AGENT_OFFICER"),
        now=NOW,
    )


def approve_mint(*mints: CashMint, checker: str = "TREASURY_OFFICER") -> Approval:
    payload = {"instructions": [row.issue_instruction_id for row in mints]}
    return world.approve("custody.cash.CashMintApprove", payload, "FISCAL_AGENT_OFFICER", checker)


def sign(mint: CashMint, key: LocalKey, role: str = "FISCAL_AGENT_OFFICER") -> RegistryConfirmation:
    reference = f"{mint.bank_reference}-{mint.confirm_instruction.number}"
    message = confirmation_request(instruction=mint.confirm_instruction, registry_reference=reference, now=NOW)
    return confirmation_receive(
        instruction=mint.confirm_instruction,
        registry_reference=reference,
        signature=key.sign_typed_data(message),
        actor=world.officer(role),
        now=NOW,
    )


def minted(wallet: Wallet, key: LocalKey, amount: int = 700) -> CashMint:
    """Credited, approved, signed, sent, and its final log seen."""
    mint = credit(wallet, amount)
    approve_mint(mint)
    sign(mint, key)
    cash_advance(now=NOW)
    arrived(mint)
    cash_advance(now=NOW)
    mint.refresh_from_db()
    return mint


def arrived(mint: CashMint) -> None:
    """The register saw the tokens arrive."""
    mint.issue_instruction.refresh_from_db()
    world.settle(mint.issue_instruction)
    hold(mint.token, mint.wallet, mint.amount_minor)


def hold(token: TokenContract, wallet: Wallet, units: int) -> None:
    row, _ = Position.objects.get_or_create(token=token, account=wallet.address, defaults={"units": 0})
    Position.objects.filter(pk=row.pk).update(units=int(row.units) + units)


def request(wallet: Wallet, amount: int) -> CashBurn:
    return cash_burn_request(
        wallet=wallet,
        currency="PKR",
        amount_minor=amount,
        payee="PK36SCBL0000001123456702",
        actor=world.officer("FISCAL_AGENT_OFFICER"),
        now=NOW,
    )


def approve_burn(burn: CashBurn) -> Approval:
    payload = {"instructions": [burn.instruction_id]}
    return world.approve("custody.cash.CashBurnApprove", payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")


def gone(burn: CashBurn) -> None:
    """The register saw the tokens go."""
    burn.instruction.refresh_from_db()
    world.settle(burn.instruction)
    hold(burn.token, burn.wallet, -burn.amount_minor)


def treasury() -> Wallet:
    """The treasury's key is known, and its wallet enrolled."""
    wallet = world.wallet()
    Signer.objects.update_or_create(name=TREASURY_KEY, defaults={"address": wallet.address})
    return wallet


def paid_by_bank_instead(amount: int) -> None:
    """Set aside in tokens, paid by bank because the chain was down, and never drawn: as servicing books it."""
    for key, legs in (
        ("aside", [("TREASURY_TOKEN", -amount), ("INTEREST", amount)]),
        ("fallback", [("RECOVERABLE", amount), ("REDEMPTION", -amount)]),
        ("paid", [("REDEMPTION", amount), ("BANK", -amount)]),
        ("back", [("RETURNED", amount), ("RECOVERABLE", -amount)]),
    ):
        journal_post(key=key, kind="FUNDING", currency="PKR", words=key, legs=legs, now=NOW)
