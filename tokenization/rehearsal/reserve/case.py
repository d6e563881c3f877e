"""The case `reserve`: gold and stored oil, from the power to dispose of them to bars that leave the vault."""

from __future__ import annotations

from tokenization.rehearsal.driver import Phase
from tokenization.rehearsal.phases import contracts
from tokenization.rehearsal.reserve import attest, breaks, holders, mandate, release, vault

PHASES: list[tuple[str, Phase]] = [
    ("Authority to dispose, envelope, programme", mandate.enact),
    ("Title, consents, lenders' clearance", mandate.series),
    ("Contracts deployed and wired", contracts.deploy),
    ("Tokens with their reserve open", mandate.tokenise),
    ("The examiner's key", attest.enrolled),
    ("The keepers' lists", vault.lists),
    ("Bars and tanks put behind their tokens", vault.allocated),
    ("Savers and wallets", holders.onboard),
    ("Sold at a fixed price", holders.sold),
    ("Paid, issues approved by two houses", holders.paid),
    ("Immobilised, and not issued unattested", attest.confirmed),
    ("Attested by the examiner's own key, in part", attest.attested),
    ("Attested in full", attest.released_pledge),
    ("Oil's attestation ends and is renewed", attest.expired),
    ("Sabotage: a bar missing from the list", breaks.bar_missing),
    ("Transfers go on after the attestation's end", release.transfer),
    ("Two bars redeemed: burned, then released", release.redeem),
]
