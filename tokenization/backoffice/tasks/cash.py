"""Cash tokens, from the first rule about them to their last pay-out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from custody.cash.models import CashBurn, CashMint
from custody.cash.services import cash_burn_paid, cash_deposit, cash_mint_give_up, proceeds_sweep
from custody.instructions.models import Instruction
from custody.registries.models import BankEntry
from custody.registries.services import release_receive
from custody.settlement.correction import BankCorrect
from custody.settlement.models import CashEntry
from custody.tokenisation.models import Wallet
from tokenization.backoffice.forms import cash as forms
from tokenization.backoffice.tasks.base import Recorded, Task, instructions, named
from tokenization.files.services import file_store
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.secrets import masked
from tokenization.theme import figures

GROUP = "Cash tokens"


def _deposit(
    *, wallet: Wallet, currency: str, amount_minor: int, bank_reference: str, actor: User, now: datetime
) -> Recorded:
    mint = cash_deposit(
        currency=currency,
        wallet=wallet,
        amount_minor=amount_minor,
        bank_reference=bank_reference,
        actor=actor,
        now=now,
    )
    return Recorded(f"Booked: {figures.money(mint.amount_minor, currency)}. Two houses approve its tokens next.")


def _release(*, instruction: Instruction, registry_reference: str, actor: User, now: datetime) -> Recorded:
    released = release_receive(
        instruction=instruction, kind="WITHDRAW", registry_reference=registry_reference, actor=actor, now=now
    )
    return Recorded(f"Recorded: {figures.money(released.units, instruction.token.currency)} free again.")


def _give_up(*, mint: CashMint, reason: str, actor: User, now: datetime) -> Recorded:
    row = cash_mint_give_up(mint=mint, reason=reason, actor=actor, now=now)
    return Recorded(f"Given up: {figures.money(row.amount_minor, row.token.currency)} waits in suspense now.")


def _sweep(*, currency: str, day: date, actor: User, now: datetime) -> Approval:
    burn = proceeds_sweep(currency=currency, day=day, actor=actor, now=now)
    if burn is None:
        raise Refused("The treasury's wallet is empty.", field="currency", rule="something to sweep")
    payload = {"instructions": [burn.instruction_id]}
    return approval_propose(action="custody.cash.CashBurnApprove", payload=payload, actor=actor, now=now)


def _paid(*, burn: CashBurn, bank_reference: str, actor: User, now: datetime) -> Recorded:
    paid = cash_burn_paid(burn=burn, bank_reference=bank_reference, actor=actor, now=now)
    return Recorded(f"Recorded: {figures.money(paid.amount_minor, paid.token.currency)} paid to {masked(paid.payee)}.")


def _correct(
    *, line: BankEntry, entry: CashEntry, reason: str, file: UploadedFile[Any], actor: User, now: datetime
) -> Approval:
    content, media = file.read(), file.content_type or "application/octet-stream"
    stored = file_store(name=file.name or "", content=content, media_type=media, actor=actor, now=now)
    payload = {"line": line.pk, "entry": entry.pk, "reason": reason, "file": stored.sha256}
    return approval_propose(action=BankCorrect.name, payload=payload, actor=actor, now=now)


CASH = [
    Task(
        "cash-tokenise",
        GROUP,
        "Create settlement cash",
        "One cash token per currency; the fiscal agent agrees. It is accepted for settlement a day after.",
        Power.CASH_TOKENISE_DRAFT,
        forms.CashTokeniseForm,
        named("custody.tokenisation.CashTokenise"),
    ),
    Task(
        "cash-credit",
        GROUP,
        "Book a credit for cash tokens",
        "Money that the settlement account shows and that pays no purchase. Its tokens go to the payer's wallet.",
        Power.CASH_CONFIRM,
        forms.DepositForm,
        _deposit,
        "Book",
    ),
    Task(
        "cash-mint",
        GROUP,
        "Mint cash tokens",
        "Creates the tokens of all booked credits of one currency, once the fiscal agent's key has confirmed them.",
        Power.CASH_MINT_DRAFT,
        forms.CashTokenForm,
        instructions("ISSUE", "custody.cash.CashMintApprove"),
    ),
    Task(
        "cash-give-up",
        GROUP,
        "Give up a credit for cash tokens",
        "For a credit that nobody has signed for and that pays no purchase, or one that two persons have withdrawn: no "
        "token is minted, and it waits in suspense for two persons.",
        Power.CASH_MINT_DRAFT,
        forms.MintGiveUpForm,
        _give_up,
        "Give up",
    ),
    Task(
        "cash-burn",
        GROUP,
        "Burn cash tokens to be paid out",
        "Burns what holders asked to have paid out. The money follows when the burn can no longer be undone.",
        Power.CASH_BURN_DRAFT,
        forms.CashTokenForm,
        instructions("REDEEM", "custody.cash.CashBurnApprove"),
    ),
    Task(
        "cash-withdraw",
        GROUP,
        "Withdraw cash that cannot be minted",
        "Lowers the cap of mints that were given up; then the fiscal agent holds the credit free again.",
        Power.CASH_BURN_DRAFT,
        forms.CashTokenForm,
        instructions("WITHDRAW", "custody.cash.CashWithdrawApprove"),
    ),
    Task(
        "cash-release",
        GROUP,
        "Hold a credit free again",
        "After the cap was lowered for good: no token will stand for the credit, which waits in suspense from then on.",
        Power.CASH_CONFIRM,
        forms.CashReleaseForm,
        _release,
        "Record",
    ),
    Task(
        "cash-sweep",
        GROUP,
        "Sweep the treasury's wallet",
        "The proceeds of a day go to the treasury's own account the same day.",
        Power.CASH_BURN_DRAFT,
        forms.SweepForm,
        _sweep,
    ),
    Task(
        "cash-paid",
        GROUP,
        "Pay-out made",
        "The bank has paid what was burned.",
        Power.CASH_CONFIRM,
        forms.PayOutForm,
        _paid,
        "Record the payment",
    ),
    Task(
        "bank-link",
        "Cash",
        "Link a line of the bank to the journal",
        "One payment that the two know under different references. No money moves.",
        Power.REFUND_DRAFT,
        forms.BankLinkForm,
        named("custody.settlement.BankLineLink"),
    ),
    Task(
        "bank-correct",
        "Cash",
        "Put an entry right by the bank's line",
        "The bank's line counts. What was typed stays; a second entry corrects it and says what becomes of the rest.",
        Power.REFUND_DRAFT,
        forms.BankCorrectForm,
        _correct,
    ),
]
