"""Who may do what: roles, powers and the matrix between them. `manage.py roles` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from tokenization.kernel.errors import NotAllowed

if TYPE_CHECKING:
    from tokenization.identity.models import User


class House(models.TextChoices):
    """The institution a person answers to; two houses must agree before supply is created."""

    ISSUER = "ISSUER", "Issuer"
    FISCAL_AGENT = "FISCAL_AGENT", "Fiscal agent"
    REGISTRAR = "REGISTRAR", "Registrar"
    TREASURY = "TREASURY", "Treasury"
    AUDITOR = "AUDITOR", "Auditor"
    EXAMINER = "EXAMINER", "Examiner"
    SUPERVISOR = "SUPERVISOR", "Supervisor"
    INVESTOR = "INVESTOR", "Investor"
    OPERATOR = "OPERATOR", "Operator"
    SYSTEM = "SYSTEM", "System"


class Role(models.TextChoices):
    DEBT_MAKER = "DEBT_MAKER", "Debt office, maker"
    DEBT_CHECKER = "DEBT_CHECKER", "Debt office, checker"
    FISCAL_AGENT_OFFICER = "FISCAL_AGENT_OFFICER", "Fiscal agent, officer"
    FISCAL_AGENT_CHECKER = "FISCAL_AGENT_CHECKER", "Fiscal agent, checker"
    REGISTRAR_OFFICER = "REGISTRAR_OFFICER", "Registrar, officer"
    REGISTRAR_CHECKER = "REGISTRAR_CHECKER", "Registrar, checker"
    TREASURY_OFFICER = "TREASURY_OFFICER", "Treasury, officer"
    TREASURY_CHECKER = "TREASURY_CHECKER", "Treasury, checker"
    COMPLIANCE_OFFICER = "COMPLIANCE_OFFICER", "Compliance, officer"
    COMPLIANCE_CHECKER = "COMPLIANCE_CHECKER", "Compliance, checker"
    AUDITOR = "AUDITOR", "Auditor"
    EXAMINER = "EXAMINER", "Examiner of reserves"
    SUPERVISOR = "SUPERVISOR", "Supervisor, by mandate"
    OPERATOR = "OPERATOR", "Technical operator"
    INVESTOR = "INVESTOR", "Investor"


class Power(models.TextChoices):
    AUTHORITY_DRAFT = "AUTHORITY_DRAFT", "Draft authorities, envelopes, programmes"
    AUTHORITY_APPROVE = "AUTHORITY_APPROVE", "Approve authorities, envelopes, programmes"
    SERIES_DRAFT = "SERIES_DRAFT", "Draft a series"
    SERIES_APPROVE = "SERIES_APPROVE", "Approve a series"
    CALENDAR_DRAFT = "CALENDAR_DRAFT", "Ask to open or close a day"
    CALENDAR_APPROVE = "CALENDAR_APPROVE", "Approve opening or closing a day"
    ALLOT_DRAFT = "ALLOT_DRAFT", "Open offers and draft allotments"
    ALLOT_APPROVE = "ALLOT_APPROVE", "Approve offers and allotments"
    AUCTION_DRAFT = "AUCTION_DRAFT", "Draft auctions"
    AUCTION_APPROVE = "AUCTION_APPROVE", "Announce and cancel auctions"
    AUCTION_READ = "AUCTION_READ", "Run auctions: see the book without names"
    BID_IMPORT = "BID_IMPORT", "Take in bid files for dealers"
    TOKENISE_DRAFT = "TOKENISE_DRAFT", "Ask to tokenise a series"
    TOKENISE_APPROVE = "TOKENISE_APPROVE", "Approve tokenising a series"
    ISSUE_DRAFT = "ISSUE_DRAFT", "Ask to issue tokens"
    ISSUE_APPROVE = "ISSUE_APPROVE", "Approve issuing tokens"
    CASH_CONFIRM = "CASH_CONFIRM", "Confirm cash received and paid"
    REFUND_DRAFT = "REFUND_DRAFT", "Ask for a refund"
    REFUND_APPROVE = "REFUND_APPROVE", "Approve a refund"
    IMMOBILISE_CONFIRM = "IMMOBILISE_CONFIRM", "Confirm immobilised units"
    REGISTRY_RELEASE = "REGISTRY_RELEASE", "Release at the registry"
    STATEMENT_IMPORT = "STATEMENT_IMPORT", "Import depository statements"
    WITHDRAW_DRAFT = "WITHDRAW_DRAFT", "Ask to withdraw a confirmation"
    WITHDRAW_APPROVE = "WITHDRAW_APPROVE", "Approve withdrawing a confirmation"
    ANNUL_DRAFT = "ANNUL_DRAFT", "Ask to annul undue units"
    ANNUL_APPROVE = "ANNUL_APPROVE", "Approve annulling undue units"
    REDEEM_DRAFT = "REDEEM_DRAFT", "Ask to pay a coupon or to redeem"
    REDEEM_APPROVE = "REDEEM_APPROVE", "Approve payments and redemptions"
    TAX_DRAFT = "TAX_DRAFT", "Ask for a tax rate or for tax back"
    TAX_APPROVE = "TAX_APPROVE", "Approve tax rates and tax given back"
    PAYEE_DRAFT = "PAYEE_DRAFT", "Ask to record bank accounts, identity numbers and tax statuses"
    PAYEE_APPROVE = "PAYEE_APPROVE", "Approve bank accounts, identity numbers and tax statuses"
    CASH_TOKENISE_DRAFT = "CASH_TOKENISE_DRAFT", "Ask for settlement cash in a currency"
    CASH_TOKENISE_APPROVE = "CASH_TOKENISE_APPROVE", "Approve settlement cash in a currency"
    CASH_MINT_DRAFT = "CASH_MINT_DRAFT", "Ask to mint cash tokens on booked credits"
    CASH_MINT_APPROVE = "CASH_MINT_APPROVE", "Approve minting cash tokens"
    CASH_BURN_DRAFT = "CASH_BURN_DRAFT", "Ask to burn cash tokens before they are paid out"
    CASH_BURN_APPROVE = "CASH_BURN_APPROVE", "Approve burning cash tokens"
    VAULT_LIST_IMPORT = "VAULT_LIST_IMPORT", "Take in lists of vaults"
    RESERVE_DRAFT = "RESERVE_DRAFT", "Ask to allocate, encumber or release reserves"
    RESERVE_APPROVE = "RESERVE_APPROVE", "Approve moves of reserves"
    ATTEST = "ATTEST", "Attest reserves"
    KYC_DECIDE = "KYC_DECIDE", "Decide on a party's KYC"
    WALLET_REGISTER = "WALLET_REGISTER", "Register wallets"
    BANK_DETAILS_READ = "BANK_DETAILS_READ", "See bank account numbers whole"
    NATIONAL_ID_READ = "NATIONAL_ID_READ", "See national identity numbers whole"
    RECONCILE = "RECONCILE", "Run a reconciliation"
    BREAK_CLOSE = "BREAK_CLOSE", "Close a break"
    MANDATE_DRAFT = "MANDATE_DRAFT", "Ask to give or end a supervisor's mandate"
    MANDATE_APPROVE = "MANDATE_APPROVE", "Approve giving or ending a supervisor's mandate"
    FACTOR_RESET_DRAFT = "FACTOR_RESET_DRAFT", "Ask to reset a lost second factor"
    FACTOR_RESET_APPROVE = "FACTOR_RESET_APPROVE", "Approve resetting a lost second factor"
    CONCLUDE = "CONCLUDE", "Conclude on a reconciliation, as auditor"
    AUDIT_READ = "AUDIT_READ", "Read audit and assurance"
    OPERATE = "OPERATE", "Operate the machinery"
    PORTAL = "PORTAL", "Use the investor portal"


MATRIX: dict[Role, frozenset[Power]] = {
    Role.DEBT_MAKER: frozenset(
        {
            Power.AUTHORITY_DRAFT,
            Power.SERIES_DRAFT,
            Power.ALLOT_DRAFT,
            Power.AUCTION_DRAFT,
            Power.TOKENISE_DRAFT,
            Power.ISSUE_DRAFT,
            Power.WITHDRAW_DRAFT,
            Power.ANNUL_DRAFT,
            Power.REDEEM_DRAFT,
            Power.CASH_TOKENISE_DRAFT,
            Power.RESERVE_DRAFT,
            Power.RECONCILE,
        }
    ),
    Role.DEBT_CHECKER: frozenset(
        {
            Power.AUTHORITY_APPROVE,
            Power.SERIES_APPROVE,
            Power.ALLOT_APPROVE,
            Power.AUCTION_APPROVE,
            Power.TOKENISE_APPROVE,
            Power.REDEEM_APPROVE,
            Power.BREAK_CLOSE,
            Power.RECONCILE,
        }
    ),
    Role.FISCAL_AGENT_OFFICER: frozenset(
        {
            Power.CASH_CONFIRM,
            Power.CASH_MINT_DRAFT,
            Power.CASH_BURN_DRAFT,
            Power.REFUND_DRAFT,
            Power.AUCTION_READ,
            Power.BID_IMPORT,
            Power.BANK_DETAILS_READ,
        }
    ),
    Role.FISCAL_AGENT_CHECKER: frozenset(
        {
            Power.CASH_TOKENISE_APPROVE,
            Power.CASH_BURN_APPROVE,
            Power.REFUND_APPROVE,
            Power.AUCTION_READ,
            Power.BANK_DETAILS_READ,
        }
    ),
    Role.REGISTRAR_OFFICER: frozenset(
        {
            Power.IMMOBILISE_CONFIRM,
            Power.REGISTRY_RELEASE,
            Power.STATEMENT_IMPORT,
            Power.VAULT_LIST_IMPORT,
            Power.CALENDAR_DRAFT,
            Power.WITHDRAW_DRAFT,
            Power.ANNUL_DRAFT,
            Power.BREAK_CLOSE,
            Power.RECONCILE,
        }
    ),
    Role.REGISTRAR_CHECKER: frozenset(
        {
            Power.ISSUE_APPROVE,
            Power.WITHDRAW_APPROVE,
            Power.ANNUL_APPROVE,
            Power.RESERVE_APPROVE,
            Power.CALENDAR_APPROVE,
            Power.BREAK_CLOSE,
            Power.RECONCILE,
        }
    ),
    Role.TREASURY_OFFICER: frozenset(
        {
            Power.REDEEM_DRAFT,
            Power.TAX_DRAFT,
            Power.CASH_TOKENISE_DRAFT,
            Power.CASH_MINT_APPROVE,
            Power.CASH_BURN_DRAFT,
            Power.BANK_DETAILS_READ,
        }
    ),
    Role.TREASURY_CHECKER: frozenset(
        {
            Power.REDEEM_APPROVE,
            Power.TAX_APPROVE,
            Power.CASH_MINT_APPROVE,
            Power.CASH_BURN_APPROVE,
            Power.BANK_DETAILS_READ,
        }
    ),
    Role.COMPLIANCE_OFFICER: frozenset(
        {
            Power.KYC_DECIDE,
            Power.WALLET_REGISTER,
            Power.PAYEE_DRAFT,
            Power.BANK_DETAILS_READ,
            Power.NATIONAL_ID_READ,
            Power.MANDATE_DRAFT,
            Power.FACTOR_RESET_DRAFT,
        }
    ),
    Role.COMPLIANCE_CHECKER: frozenset(
        {
            Power.KYC_DECIDE,
            Power.WALLET_REGISTER,
            Power.AUDIT_READ,
            Power.PAYEE_APPROVE,
            Power.BANK_DETAILS_READ,
            Power.NATIONAL_ID_READ,
            Power.MANDATE_APPROVE,
            Power.FACTOR_RESET_APPROVE,
        }
    ),
    Role.AUDITOR: frozenset({Power.AUDIT_READ, Power.RECONCILE, Power.CONCLUDE}),
    Role.EXAMINER: frozenset({Power.ATTEST}),
    # No power at all: what he may see is his mandates' (custody/reconciliation/mandates).
    Role.SUPERVISOR: frozenset(),
    Role.OPERATOR: frozenset({Power.OPERATE}),
    Role.INVESTOR: frozenset({Power.PORTAL}),
}

# Compliance may sit in any of the houses that know the investor.
HOUSES: dict[Role, frozenset[House]] = {
    Role.DEBT_MAKER: frozenset({House.ISSUER}),
    Role.DEBT_CHECKER: frozenset({House.ISSUER}),
    Role.FISCAL_AGENT_OFFICER: frozenset({House.FISCAL_AGENT}),
    Role.FISCAL_AGENT_CHECKER: frozenset({House.FISCAL_AGENT}),
    Role.REGISTRAR_OFFICER: frozenset({House.REGISTRAR}),
    Role.REGISTRAR_CHECKER: frozenset({House.REGISTRAR}),
    Role.TREASURY_OFFICER: frozenset({House.TREASURY}),
    Role.TREASURY_CHECKER: frozenset({House.TREASURY}),
    Role.COMPLIANCE_OFFICER: frozenset({House.ISSUER, House.FISCAL_AGENT, House.REGISTRAR}),
    Role.COMPLIANCE_CHECKER: frozenset({House.ISSUER, House.FISCAL_AGENT, House.REGISTRAR}),
    Role.AUDITOR: frozenset({House.AUDITOR}),
    Role.EXAMINER: frozenset({House.EXAMINER}),
    Role.SUPERVISOR: frozenset({House.SUPERVISOR}),
    Role.OPERATOR: frozenset({House.OPERATOR}),
    Role.INVESTOR: frozenset({House.INVESTOR}),
}


def powers_of(user: User) -> frozenset[Power]:
    """Every power of the user's roles; none for a user who is not active. `is_superuser` gives nothing here."""
    if not user.is_active or user.pk is None:
        return frozenset()
    held = user.role_grants.values_list("role", flat=True)
    return frozenset().union(*(MATRIX[Role(role)] for role in held))


def has_power(user: User, power: Power) -> bool:
    return power in powers_of(user)


def require_power(user: User, power: Power) -> None:
    """NotAllowed, naming the power, unless the user holds it."""
    if not has_power(user, power):
        raise NotAllowed(
            f"{user.username} may not: {Power(power).label.lower()}.",
            rule=Power(power).value,
            next_step="Ask somebody with a role that has this power.",
        )


def matrix_table() -> str:
    """The matrix as text: one line per power, one column per role."""
    roles = list(Role)
    width = max(len(power.value) for power in Power)
    legend = [f"{index:>3}  {role.value:<22}{'/'.join(sorted(HOUSES[role]))}" for index, role in enumerate(roles, 1)]
    head = " " * width + "".join(f"{index:>4}" for index in range(1, len(roles) + 1))
    lines = [
        f"{power.value:<{width}}" + "".join(f"{'x' if power in MATRIX[role] else '.':>4}" for role in roles)
        for power in Power
    ]
    return "\n".join(["Roles (and the houses that may hold them)", *legend, "", head, *lines])
