"""After the attestation has ended: holders still move what is theirs, and fetch bars for units, burned first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from contracts.gateway import abi
from custody.register.selectors import holders
from custody.reserves.actions import RedeemItems
from custody.reserves.models import PhysicalRedemption, VaultItem
from custody.reserves.selectors import backing_minor, eligible_minor
from custody.reserves.services import redemption_released, redemption_request
from tokenization.kernel import clock
from tokenization.kernel.errors import Conflict, PlatformError
from tokenization.rehearsal import chain
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import Investor, person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.investors import wallet_of
from tokenization.rehearsal.phases.redemption import extinguish
from tokenization.rehearsal.reserve import figures
from tokenization.rehearsal.reserve.figures import BUYERS, GOLD
from tokenization.rehearsal.reserve.mandate import token
from tokenization.rehearsal.reserve.vault import present, send_list

SELLER, FRIEND = BUYERS[6], BUYERS[7]
GIVEN = 250
BARS = 2


def transfer() -> Sequence[Check]:
    """Thirty-one days on the attestation has ended; a holder's own transfer is nobody else's business."""
    chain.move_to(figures.gold_expiry() + timedelta(days=1))
    if not chain.sent_count(SELLER.key.address):
        data = abi.encode_call("SecurityToken", "transfer", (FRIEND.key.address, GIVEN))
        chain.send(SELLER.key, to=token(GOLD).address, data=data)
    expected = figures.units_of(GOLD, FRIEND) + GIVEN
    chain.wait_for("the transfer in the register", lambda: _held(FRIEND) >= expected)
    return [
        check("what new units may stand on, 0.001 oz", 0, eligible_minor(token(GOLD), clock.now())),
        check("units of the receiver", expected, _held(FRIEND)),
        *reconciled("moved after the attestation's end"),
    ]


def redeem() -> Sequence[Check]:
    """Two bars for exactly their weight in units: asked for, approved by two, burned, ordered, released."""
    asked = PhysicalRedemption.objects.first() or _asked()
    before = backing_minor(token(GOLD)) + _released_minor()
    checks: list[Check] = []
    if asked.state == "REQUESTED":
        checks = [
            refused("the same bar is asked for once", _asked, error=Conflict),
            refused("no release before the final burn", lambda: _handed_out(asked), error=PlatformError),
        ]
        payload = {"instructions": [asked.instruction_id]}
        approved(RedeemItems.name, payload, maker="treasury.officer", checker="debt.checker")
    chain.wait_for("the burn and the release order", lambda: _again(asked).state in ("RELEASE_ORDERED", "RELEASED"))
    burned = reconciled("burned, not yet handed out")
    if _again(asked).state == "RELEASE_ORDERED":
        _handed_out(_again(asked))
        extinguish(_again(asked).instruction)
        send_list(GOLD, present(GOLD))
    items = VaultItem.objects.filter(vault__code=GOLD.vault)
    return [
        *checks,
        *burned,
        check("bars released", BARS, items.filter(state="RELEASED").count()),
        check("units burned are the bars' weight, 0.001 oz", _released_minor(), asked.units),
        check("left behind the token, 0.001 oz", before - asked.units, backing_minor(token(GOLD))),
        *reconciled("bars released"),
    ]


def _asked() -> PhysicalRedemption:
    """By the holder himself, through the service that his page calls."""
    bars = VaultItem.objects.filter(vault__code=GOLD.vault, state="ALLOCATED").order_by("key")[:BARS]
    return redemption_request(
        wallet=wallet_of(FRIEND),
        items=list(bars),
        collector="Rehearsal carriers (synthetic)",
        actor=person(FRIEND.username),
        now=clock.now(),
    )


def _handed_out(asked: PhysicalRedemption) -> PhysicalRedemption:
    return redemption_released(
        redemption=asked, vault_reference=f"VLT-OUT-{asked.pk}", actor=person("registrar.officer"), now=clock.now()
    )


def _again(asked: PhysicalRedemption) -> PhysicalRedemption:
    return PhysicalRedemption.objects.select_related("instruction__token__series").get(pk=asked.pk)


def _released_minor() -> int:
    gone = VaultItem.objects.filter(vault__code=GOLD.vault, state="RELEASED")
    return sum(gone.values_list("fine_minor", flat=True))


def _held(member: Investor) -> int:
    return {row.account: int(row.units) for row in holders(token(GOLD))}.get(member.key.address, 0)
