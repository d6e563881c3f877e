"""Metal for units: burned first, then ordered, then released; the same bar cannot be asked for twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.register.models import Position
from custody.registries.services import release_receive
from custody.reserves.models import (
    EncumbranceRaise,
    PhysicalRedemption,
    RedemptionItem,
    ReleaseOrder,
    VaultItem,
    VaultItemMove,
)
from custody.reserves.selectors import backing_minor, eligible_minor, supply_minor, units_asked
from custody.reserves.services import (
    redemption_cancel,
    redemption_released,
    redemption_request,
    redemptions_advance,
)
from custody.tokenisation.models import Wallet
from custody.tokenisation.selectors import wallet_owner
from tests.factories import examined, reserves
from tests.factories import ledgerless as world
from tests.factories.examined import NOW, Examined
from tokenization.identity.models import User
from tokenization.identity.services import kyc_decide
from tokenization.kernel.errors import Conflict, NotAllowed, PlatformError, Refused

pytestmark = pytest.mark.django_db
FIRST, SECOND, THIRD = 399_440, 396_761, 396_975


class Held(Examined):
    """Everything attested is issued, into one holder's wallet."""

    user: User
    wallet: Wallet

    def __post_init__(self) -> None:
        super().__post_init__()
        examined.chain_at(NOW)
        self.user, self.wallet = examined.holder()
        self.in_force()
        self.issued(FIRST + SECOND + THIRD, self.wallet)

    def ask(self, *positions: int, **more: object) -> PhysicalRedemption:
        values = {"wallet": self.wallet, "collector": "Security carrier for tests", "actor": self.user, "now": NOW}
        return redemption_request(items=[self.bars[at] for at in positions], **{**values, **more})  # type: ignore[arg-type]

    def approve(self, row: PhysicalRedemption) -> None:
        payload = {"instructions": [row.instruction_id]}
        world.approve("custody.reserves.RedeemItems", payload, "DEBT_MAKER", "DEBT_CHECKER")
        row.refresh_from_db()

    def ordered(self, *positions: int) -> PhysicalRedemption:
        row = self.ask(*positions)
        self.approve(row)
        redemptions_advance(now=NOW)
        burn(row)
        redemptions_advance(now=NOW)
        row.refresh_from_db()
        return row


def burn(row: PhysicalRedemption) -> None:
    """As the register would, at the final log."""
    row.instruction.refresh_from_db()
    world.settle(row.instruction)


@transaction.atomic
def at_commit(write: Callable[[], object]) -> None:
    """Written, and judged by the constraints that wait for the commit."""
    write()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def states() -> list[str]:
    return list(VaultItem.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def case() -> Held:
    return Held()


def test_the_whole_way_of_one_bar(case: Held) -> None:
    row = case.ask(0)
    assert (row.state, row.units, row.instruction.state) == ("REQUESTED", FIRST, "DRAFT")
    case.approve(row)
    assert (row.state, states()) == ("APPROVED", ["ALLOCATED"] * 3)
    assert redemptions_advance(now=NOW) == 1
    row.refresh_from_db()
    row.instruction.refresh_from_db()
    assert (row.state, row.instruction.state) == ("BURNING", "SENT")
    assert redemptions_advance(now=NOW) == 0
    assert (states(), ReleaseOrder.objects.count()) == (["ALLOCATED"] * 3, 0)
    burn(row)
    assert redemptions_advance(now=NOW) == 1
    row.refresh_from_db()
    assert (row.state, states()) == ("RELEASE_ORDERED", ["RELEASE_ORDERED", "ALLOCATED", "ALLOCATED"])
    body = json.loads(bytes(row.order.file.content))
    assert body["items"] == [{"fine_minor": FIRST, "key": "TEST REFINER A/TS00000/2018"}]
    assert (body["units_burned"], body["vault"], body["collector"]) == (FIRST, "VLT-ONE", "Security carrier for tests")
    assert body["burn"]["instruction"] == row.instruction.number
    redemption_released(redemption=row, vault_reference="OUT-17", actor=world.officer("REGISTRAR_OFFICER"), now=NOW)
    row.refresh_from_db()
    assert (row.state, row.vault_reference, states()) == ("RELEASED", "OUT-17", ["RELEASED", "ALLOCATED", "ALLOCATED"])
    told = VaultItemMove.objects.filter(item=case.bars[0]).values_list("new_state", "redemption", "token")
    assert list(told) == [
        ("ALLOCATED", None, case.token.pk),
        ("RELEASE_ORDERED", row.pk, case.token.pk),
        ("RELEASED", row.pk, case.token.pk),
    ]
    gone = release_receive(
        instruction=row.instruction,
        kind="EXTINGUISH",
        registry_reference="X-1",
        actor=world.officer("REGISTRAR_OFFICER"),
        now=NOW,
    )
    assert (gone.kind, gone.units) == ("EXTINGUISH", FIRST)


def test_released_metal_makes_no_room_for_new_units(case: Held) -> None:
    case.ordered(0)
    assert (supply_minor(case.token), backing_minor(case.token)) == (SECOND + THIRD, SECOND + THIRD)
    raised = EncumbranceRaise.objects.get()
    assert (raised.added_minor, raised.encumbered_minor) == (FIRST, FIRST)
    assert eligible_minor(case.token, NOW) == SECOND + THIRD
    issue = case.sendable(1)
    with pytest.raises(IntegrityError, match="reserve_backs_issue"), transaction.atomic():
        instructions_send(instructions=[issue], now=NOW)


def test_the_same_bar_is_asked_for_once(case: Held) -> None:
    first = case.ask(0)
    with pytest.raises(Conflict, match="asked for already"):
        case.ask(0, 1)
    assert (PhysicalRedemption.objects.count(), RedemptionItem.objects.count()) == (1, 1)
    assert Instruction.objects.filter(kind="REDEEM").count() == 1
    redemption_cancel(redemption=first, reason="changed my mind", actor=case.user, now=NOW)
    assert case.ask(0, 1).units == FIRST + SECOND


def test_a_released_bar_is_gone(case: Held) -> None:
    row = case.ordered(0)
    for _ in range(2):
        with pytest.raises(Refused, match="TS00000/2018 is (to be )?released"):
            case.ask(0)
        redemption_released(redemption=row, vault_reference="O", actor=world.officer("REGISTRAR_OFFICER"), now=NOW)
        row.refresh_from_db()


def test_more_than_the_wallet_holds_is_refused(case: Held) -> None:
    user, wallet = examined.holder()
    with pytest.raises(Refused, match="does not hold 399,440 units"):
        case.ask(0, wallet=wallet, actor=user)
    assert PhysicalRedemption.objects.count() == Instruction.objects.filter(kind="REDEEM").count() == 0


def test_units_asked_for_already_are_not_given_twice(case: Held) -> None:
    """A request that came to nothing is no longer counted."""
    Position.objects.filter(account=case.wallet.address).update(units=FIRST + SECOND - 1)
    first = case.ask(0)
    assert units_asked(case.token, case.wallet) == FIRST
    with pytest.raises(Refused, match="does not hold 396,761 units that are free") as refusal:
        case.ask(1)
    assert (refusal.value.field, PhysicalRedemption.objects.count()) == ("wallet", 1)
    redemption_cancel(redemption=first, reason="x", actor=case.user, now=NOW)
    assert (units_asked(case.token, case.wallet), case.ask(1).units) == (0, SECOND)


@pytest.mark.parametrize("role", ["REGISTRAR_OFFICER", "EXAMINER", "AUDITOR", "INVESTOR", "COMPLIANCE_OFFICER"])
def test_only_the_holder_or_an_officer_for_him_asks(case: Held, role: str) -> None:
    with pytest.raises(NotAllowed):
        case.ask(0, actor=world.officer(role))
    assert case.ask(0, actor=world.officer("DEBT_MAKER")).party == case.ask(1).party


def test_a_choice_is_of_items_behind_the_token(case: Held) -> None:
    with pytest.raises(Refused, match="Choose existing items"):
        case.ask()
    with pytest.raises(Refused, match="each once"):
        case.ask(0, 0)
    with pytest.raises(Refused, match="Say who collects"):
        case.ask(0, collector=" ")
    assert PhysicalRedemption.objects.count() == 0


def test_a_bar_that_does_not_make_whole_units_is_not_asked_for() -> None:
    examined.chain_at(NOW)
    case = Examined(token=reserves.token(denomination_minor=1_000, ceiling_units=100_000))
    user, wallet = examined.holder()
    with pytest.raises(Refused, match="not a whole number of units"):
        redemption_request(wallet=wallet, items=case.bars[:1], collector="x", actor=user, now=NOW)


def test_a_burn_that_is_given_up_gives_the_bar_back(case: Held) -> None:
    row = case.ask(0)
    case.approve(row)
    redemptions_advance(now=NOW)
    row.instruction.refresh_from_db()
    world.give_up(row.instruction, "the wallet is frozen")
    redemptions_advance(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.reason, states()) == ("FAILED", "the wallet is frozen", ["ALLOCATED"] * 3)
    assert ReleaseOrder.objects.count() == 0
    assert case.ask(0).units == FIRST


def test_what_a_court_took_is_not_burned_for(case: Held) -> None:
    row = case.ask(0)
    reserves.decide("EncumberItems", case.bars[:1], to="ENCUMBERED", holder="A court")
    with pytest.raises(Refused, match="is encumbered"):
        case.approve(row)
    row.refresh_from_db()
    assert (row.state, row.instruction.state) == ("REQUESTED", "DRAFT")


def test_a_promised_bar_stays_for_its_holder(case: Held) -> None:
    row = case.ask(0)
    case.approve(row)
    with pytest.raises(IntegrityError, match="vault_item_is_promised"), transaction.atomic():
        reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    assert states() == ["ALLOCATED"] * 3


def test_units_in_circulation_keep_their_bars(case: Held) -> None:
    with pytest.raises(Refused, match="would be left behind") as refusal:
        reserves.decide("DeallocateItems", case.bars[:1])
    assert (refusal.value.rule, states()) == ("units stay backed", ["ALLOCATED"] * 3)


def test_redemption_goes_on_after_the_attestation_ended(case: Held) -> None:
    examined.chain_at(examined.EXPIRY)
    assert eligible_minor(case.token, examined.EXPIRY) == 0
    row = case.ordered(1)
    assert (row.state, states()) == ("RELEASE_ORDERED", ["ALLOCATED", "RELEASE_ORDERED", "ALLOCATED"])


LAST = datetime(2031, 7, 2, 18, 59, 59, tzinfo=UTC)  # a second before midnight in Karachi


def test_items_are_asked_for_up_to_the_long_stop_date(case: Held) -> None:
    series = case.token.series
    assert (str(series.maturity_date), series.record_zone) == ("2031-07-02", "Asia/Karachi")
    kyc_until(case, LAST + timedelta(days=1))
    with pytest.raises(Refused, match="could be asked for up to 02 July 2031") as refusal:
        case.ask(0, now=LAST + timedelta(seconds=1))
    assert (refusal.value.rule, PhysicalRedemption.objects.count()) == ("up to the long-stop date", 0)
    assert case.ask(0, now=LAST).state == "REQUESTED"


def kyc_until(case: Held, until: datetime | None) -> None:
    owner = wallet_owner(case.wallet.address, NOW)
    assert owner is not None
    officer, status = world.officer("COMPLIANCE_OFFICER"), "APPROVED" if until else "SUSPENDED"
    kyc_decide(party=owner, status=status, valid_until=until, reason="seen again", actor=officer, now=NOW)


def test_metal_goes_to_a_holder_with_a_valid_kyc(case: Held) -> None:
    row = case.ask(0)
    kyc_until(case, None)
    with pytest.raises(Refused, match="is not valid today") as refusal:
        case.ask(1)
    assert (refusal.value.rule, PhysicalRedemption.objects.count()) == ("valid KYC", 1)
    with pytest.raises(Refused, match="no holder with a valid KYC"):
        case.approve(row)
    row.refresh_from_db()
    assert (row.state, row.instruction.state) == ("REQUESTED", "DRAFT")


def test_a_redemption_that_cannot_go_on_stops_no_other(case: Held) -> None:
    """The first item is taken back to another state behind the service's back; the second burns all the same."""
    first, second = case.ask(0), case.ask(1)
    case.approve(first)
    case.approve(second)
    Instruction.objects.filter(pk=first.instruction_id).update(state="CANCELLED", reason="by hand")
    with pytest.raises(PlatformError):
        redemptions_advance(now=NOW)
    assert sorted(PhysicalRedemption.objects.values_list("pk", "state")) == [
        (first.pk, "APPROVED"), (second.pk, "BURNING"),
    ]  # fmt: skip


RAW = [
    # Burned without a release order: at commit.
    ("UPDATE reserves_physicalredemption SET state = 'BURNED'", "physical_redemption_burns_first", "APPROVED"),
    ("UPDATE reserves_physicalredemption SET state = 'RELEASE_ORDERED'", "burns_first", "BURNING"),
    ("UPDATE reserves_physicalredemption SET units = 1", "is_fixed", "REQUESTED"),
    (
        "INSERT INTO reserves_releaseorder (redemption_id, file_id, ordered_at) SELECT r.id,"
        " (SELECT max(id) FROM files_storedfile), r.requested_at FROM reserves_physicalredemption r",
        "release_order_after_burn",
        "BURNING",
    ),
    ("UPDATE reserves_redemptionitem SET live = false", "given back only", "APPROVED"),
    (
        "INSERT INTO reserves_vaultitemmove (item_id, sequence, old_state, new_state, token_id, redemption_id, reason,"
        " moved_by_id, moved_at) SELECT i.id, i.moves + 1, 'ALLOCATED', 'RELEASE_ORDERED', i.token_id, r.id, '',"
        " r.requested_by_id, r.requested_at FROM reserves_vaultitem i, reserves_physicalredemption r WHERE i.moves = 1",
        "after the burn",
        "BURNING",
    ),
]


@pytest.mark.parametrize(("statement", "words", "stage"), RAW)
def test_the_database_keeps_the_order_of_things(case: Held, statement: str, words: str, stage: str) -> None:
    row = case.ask(0)
    if stage != "REQUESTED":
        case.approve(row)
    if stage == "BURNING":
        redemptions_advance(now=NOW)
    with pytest.raises(IntegrityError, match=words), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    row.refresh_from_db()
    assert (row.state, row.units, states()) == (stage, FIRST, ["ALLOCATED"] * 3)


def test_a_burn_is_never_said_without_its_order(case: Held) -> None:
    row = case.ask(0)
    case.approve(row)
    redemptions_advance(now=NOW)
    burn(row)
    with pytest.raises(IntegrityError, match="burned units and no release order"):
        at_commit(lambda: PhysicalRedemption.objects.filter(pk=row.pk).update(state="BURNED"))
    row.refresh_from_db()
    assert row.state == "BURNING"


def test_units_of_a_reserve_are_burned_for_items_alone(case: Held) -> None:
    """An instruction that nobody asked items for, approved by the action of servicing or not, does not leave."""
    row = case.ask(0)
    case.approve(row)
    approval = row.instruction.__class__.objects.get(pk=row.instruction_id).approval
    PhysicalRedemption.objects.filter(pk=row.pk).update(state="BURNING")
    assert approval is not None
    with (
        pytest.raises(IntegrityError, match="reserve_burn_for_items"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE instructions_instruction SET state = 'SENT' WHERE id = %s", [row.instruction_id])


def test_units_that_are_not_the_items_are_no_redemption(case: Held) -> None:
    row = case.ask(0)
    redemption_cancel(redemption=row, reason="x", actor=case.user, now=NOW)
    wrong = world.instruction(case.token, "REDEEM", FIRST - 1, wallet=case.wallet)

    def written() -> None:
        made = PhysicalRedemption.objects.create(
            token=case.token, wallet=case.wallet, party=row.party, vault=row.vault, units=FIRST - 1, collector="x",
            instruction=wrong, requested_by=case.user, requested_at=NOW,
        )  # fmt: skip
        RedemptionItem.objects.create(redemption=made, item=case.bars[0], fine_minor=FIRST)

    with pytest.raises(IntegrityError, match="physical_redemption_is_exact"):
        at_commit(written)


def test_an_item_of_another_weight_or_not_behind_the_token_is_not_asked_for(case: Held) -> None:
    row = case.ask(0)
    for item, fine in ((case.bars[1], SECOND - 1),):
        with pytest.raises(IntegrityError, match="redemption_item_backs_the_token"), transaction.atomic():
            RedemptionItem.objects.create(redemption=row, item=item, fine_minor=fine)


def test_the_vaults_word_is_taken_once_after_the_order(case: Held) -> None:
    row, officer = case.ask(0), world.officer("REGISTRAR_OFFICER")
    with pytest.raises(Refused):
        redemption_released(redemption=row, vault_reference="OUT-1", actor=officer, now=NOW)
    row = case.ordered(1)
    with pytest.raises(Refused, match="vault's reference"):
        redemption_released(redemption=row, vault_reference=" ", actor=officer, now=NOW)
    with pytest.raises(NotAllowed):
        redemption_released(redemption=row, vault_reference="OUT-1", actor=world.officer("DEBT_MAKER"), now=NOW)
    redemption_released(redemption=row, vault_reference="OUT-1", actor=officer, now=NOW)
    again = redemption_released(redemption=row, vault_reference="OUT-1", actor=officer, now=NOW)
    assert (again.state, again.vault_reference) == ("RELEASED", "OUT-1")
    with pytest.raises(Refused):
        redemption_released(redemption=row, vault_reference="OUT-2", actor=officer, now=NOW)
