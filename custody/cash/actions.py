"""What two persons approve about cash tokens. Payload of each: {"instructions": [ids]}.

Minting needs two houses: the fiscal agent's officer saw the credit on the account that his house keeps, and the
treasury, whose promise the token is, agrees. The fiscal agent's own key signs besides, where the platform cannot reach.
"""

from __future__ import annotations

from datetime import datetime

from custody.cash.models import CashBurn, CashMint
from custody.instructions.actions import InstructionsApprove, require_valid_holder
from custody.instructions.models import Instruction
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused


class CashMintApprove(InstructionsApprove):
    """Create cash tokens for booked credits. They are sent once the fiscal agent has confirmed them."""

    name = "custody.cash.CashMintApprove"
    title = "Mint cash tokens"
    kind = "ISSUE"
    maker_power = Power.CASH_MINT_DRAFT
    checker_power = Power.CASH_MINT_APPROVE
    cash = True

    def check_row(self, row: Instruction, now: datetime) -> None:
        if not CashMint.objects.filter(issue_instruction=row, state=CashMint.State.CREDITED).exists():
            raise Refused(f"No credit is booked for No. {row.number}.", field="instructions", rule="a booked credit")
        require_valid_holder(row, now)


class CashBurnApprove(InstructionsApprove):
    """Burn cash tokens whose holder asked for money, or the treasury's at the end of its day. Paid out afterwards."""

    name = "custody.cash.CashBurnApprove"
    title = "Burn cash tokens"
    kind = "REDEEM"
    maker_power = Power.CASH_BURN_DRAFT
    checker_power = Power.CASH_BURN_APPROVE
    two_houses = False
    cash = True

    def check_row(self, row: Instruction, now: datetime) -> None:
        if not CashBurn.objects.filter(instruction=row, state=CashBurn.State.REQUESTED).exists():
            raise Refused(f"Nobody asked for the pay-out of No. {row.number}.", field="instructions", rule="asked for")


class CashWithdrawApprove(InstructionsApprove):
    """Lower the cap of cash tokens that can no longer be minted; the credit then waits in suspense."""

    name = "custody.cash.CashWithdrawApprove"
    title = "Withdraw a confirmation of cash"
    kind = "WITHDRAW"
    maker_power = Power.CASH_BURN_DRAFT
    checker_power = Power.CASH_BURN_APPROVE
    two_houses = False
    cash = True

    def check_row(self, row: Instruction, now: datetime) -> None:
        if row.linked_to is None or not row.linked_to.links.filter(kind="CONFIRM", state="DONE").exists():
            raise Refused(
                f"No. {row.number}: the confirmation is not on chain.",
                field="instructions",
                rule="a cap is raised before it is lowered",
            )
