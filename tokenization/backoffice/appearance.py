"""How the admin site is dressed: the theme's own style, and a menu in the officers' words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

_DESK = (
    ("Today", "office:index", "today"),
    ("Approvals", "office:decisions", "task_alt"),
    ("Propose and record", "office:proposals", "edit_document"),
    ("Auctions", "office:auctions", "gavel"),
    ("Programmes and headroom", "office:programmes", "account_tree"),
    ("Conditions precedent", "office:conditions", "fact_check"),
    ("On its way to the chain", "office:on-chain", "conversion_path"),
    ("Settlement", "office:settlement", "swap_horiz"),
    ("Signatures", "office:signatures", "draw"),
    ("Coupons and redemptions", "office:events", "event_available"),
    ("Reserves", "office:reserves", "inventory_2"),
    ("Bank statements", "office:bank", "account_balance_wallet"),
    ("Depository statements", "office:statements", "description"),
    ("Reconciliation", "assurance:overview", "balance"),
    ("Breaks", "assurance:breaks", "report"),
)
_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Mandate and issue",
        (
            ("Authorities", "authority_legalauthority"),
            ("Envelopes", "authority_budgetenvelope"),
            ("Programmes", "programme_programme"),
            ("Series", "series_series"),
            ("Term sheets", "series_termsheet"),
            ("Conditions, as recorded", "conditions_conditionprecedent"),
            ("Offers", "allotment_offer"),
            ("Auctions, as recorded", "auction_auction"),
            ("Allotments", "allotment_allotment"),
            ("Headroom taken", "headroom_commitment"),
            ("Exchange rates", "authority_fxrate"),
        ),
    ),
    (
        "Custody",
        (
            ("Tokens", "tokenisation_tokencontract"),
            ("Wallets", "tokenisation_wallet"),
            ("Instructions", "instructions_instruction"),
            ("Registry confirmations", "registries_registryconfirmation"),
            ("Minting caps", "registries_capaccount"),
            ("Settlement", "settlement_settlementinstruction"),
            ("Suspense", "settlement_suspenseitem"),
            ("Cash journal", "settlement_cashentry"),
            ("Settlement accounts", "registries_settlementaccount"),
            ("Bank entries", "registries_bankentry"),
            ("Cash tokens minted", "cash_cashmint"),
            ("Cash tokens burned", "cash_cashburn"),
        ),
    ),
    (
        "What backs reserve tokens",
        (
            ("Vaults", "reserves_vault"),
            ("Bars and tanks", "reserves_vaultitem"),
            ("Lists of vaults", "reserves_vaultlist"),
            ("Lines of lists", "reserves_vaultlistline"),
            ("Attestations", "reserves_reserveattestation"),
            ("Encumbrances", "reserves_encumbranceraise"),
            ("Examiners' keys", "reserves_examinerkey"),
            ("Redemptions for items", "reserves_physicalredemption"),
            ("Release orders", "reserves_releaseorder"),
        ),
    ),
    (
        "Coupons, redemption and tax",
        (
            ("Coupons and redemptions", "servicing_servicingevent"),
            ("Money from the treasury", "servicing_funding"),
            ("Entitlements", "servicing_entitlement"),
            ("Payments", "servicing_payment"),
            ("Bank accounts", "servicing_bankaccount"),
            ("Tax rates", "servicing_taxrule"),
            ("Tax statuses", "servicing_taxstatus"),
            ("Tax given back", "servicing_taxreversal"),
        ),
    ),
    (
        "Register",
        (
            ("Positions", "register_position"),
            ("Entries", "register_entry"),
            ("Disputes", "register_dispute"),
        ),
    ),
    (
        "Chain",
        (
            ("Transactions", "outbox_intent"),
            ("Outcomes", "outbox_inclusion"),
            ("Halts", "outbox_halt"),
            ("Keys", "outbox_signer"),
            ("Contracts", "tokenisation_chaincontract"),
            ("Blocks", "indexer_block"),
            ("Node faults", "indexer_nodefault"),
        ),
    ),
    (
        "People and papers",
        (
            ("Parties", "identity_party"),
            ("Identity checks", "identity_kycdecision"),
            ("National identity numbers", "identity_nationalid"),
            ("Users", "identity_user"),
            ("Files", "files_storedfile"),
            ("Audit log", "identity_auditentry"),
        ),
    ),
)


def style(request: HttpRequest) -> str:
    return static("theme/theme.css")


def script(request: HttpRequest) -> str:
    return static("theme/theme.js")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    desk = [{"title": title, "icon": icon, "link": reverse(name)} for title, name, icon in _DESK]
    groups = [
        {
            "title": title,
            "collapsible": True,
            "items": [{"title": name, "link": reverse(f"office:{model}_changelist")} for name, model in items],
        }
        for title, items in _GROUPS
    ]
    return [{"items": desk}, *groups]


def titles() -> dict[str, str]:
    """What the menu calls each record, by app label and model."""
    return {model: name for _, items in _GROUPS for name, model in items}
