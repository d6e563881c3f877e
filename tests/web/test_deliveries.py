"""Bars for units from the portal: read back, asked for once, followed to the vault, and nobody else's."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from custody.instructions.models import Instruction
from custody.register.models import Position
from custody.reserves.models import PhysicalRedemption, ReleaseOrder
from custody.reserves.services import redemption_released, redemptions_advance
from tests.db.reserves.test_redemptions import FIRST, SECOND, THIRD, Held, burn, kyc_until
from tests.factories import examined, reserves, vault_lists
from tests.factories import ledgerless as world
from tests.factories.examined import NOW
from tests.support.people import person
from tokenization.identity.models import AuditEntry
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
AGENT = "Security carrier for tests, letter 17"
UNSENT = "Nothing was sent: this is not what you checked last."


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> Held:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Held()


def address(case: Held) -> str:
    return f"/portal/holdings/{case.token.pk}/deliver/"


def typed(case: Held, *positions: int, **changes: object) -> dict[str, object]:
    items = [str(case.bars[at].pk) for at in positions]
    return {"pouch": str(case.wallet.pk), "items": items, "collector": AGENT} | changes


def read_back(client: Client, case: Held, said: dict[str, object]) -> dict[str, object]:
    """What the page that reads it back would send."""
    page = client.post(address(case), said).content.decode()
    (seal,) = re.findall(r'name="checked" value="([^"]+)"', page)
    return said | {"checked": seal, "send": "yes"}


def kept() -> tuple[int, int, int]:
    return PhysicalRedemption.objects.count(), Instruction.objects.count(), AuditEntry.objects.count()


def test_a_bar_is_chosen_read_back_asked_for_once_and_followed(client: Client, case: Held) -> None:
    client.force_login(case.user)
    first = client.get(address(case)).content.decode()
    for words in (
        "One unit stands for 0.001 fine troy ounce.", "1,193,176 units are free",
        "TEST REFINER A/TS00000/2018 in VLT-ONE: 399.440 fine troy ounces, 399,440 units",
        "You have asked for nothing yet.",
    ):  # fmt: skip
        assert words in first, words
    before = kept()
    page = client.post(address(case), typed(case, 0, 2)).content.decode()
    for words in (
        "Please check", f"796,415 units are burned for 796.415 fine troy ounces, which {AGENT} fetches from",
        case.wallet.address, "396,761 units", "TEST REFINER C/TS00002/2020",
    ):  # fmt: skip
        assert words in page, words
    assert kept() == before
    sent = read_back(client, case, typed(case, 0, 2))
    answer = client.post(address(case), sent)
    row = PhysicalRedemption.objects.get()
    assert (row.units, row.collector, row.wallet, row.requested_by, row.state) == (
        FIRST + THIRD, AGENT, case.wallet, case.user, "REQUESTED",
    )  # fmt: skip
    assert answer["Location"] == f"/portal/deliveries/{row.pk}/"
    assert client.post(address(case), sent)["Location"] == answer["Location"]
    assert PhysicalRedemption.objects.count() == 1
    again = client.get(address(case)).content.decode()
    assert "396,761 units are free" in again
    assert "TS00000" not in again

    def said() -> str:
        return client.get(answer["Location"]).content.decode()

    order = f"{answer['Location']}release-order.pdf"
    assert "Two persons of the issuer approve it; until then you can take it back." in said()
    case.approve(row)
    assert "Approved" in said()
    assert "Take it back" not in said()
    redemptions_advance(now=NOW)
    assert "Your units are being burned" in said()
    assert client.get(order).status_code == 404
    burn(row)
    redemptions_advance(now=NOW)
    page = said()
    assert "The vault has its order" in page
    assert f"RO-{row.pk:08d} of " in page
    found = client.get(order)
    assert (found["Content-Type"], found.content[:5]) == ("application/pdf", b"%PDF-")
    assert found["Content-Disposition"] == f'attachment; filename="ro-{row.pk:08d}.pdf"'
    assert client.get(order).content == found.content
    redemption_released(redemption=row, vault_reference="OUT-17", actor=world.officer("REGISTRAR_OFFICER"), now=NOW)
    assert "Handed out by the vault" in said()
    assert "OUT-17" in said()


def test_the_holding_leads_to_it(client: Client, case: Held) -> None:
    client.force_login(case.user)
    assert client.get(address(case)).context["word"] == "bars"
    assert "Back to this holding" in client.get(address(case)).content.decode()


@pytest.mark.parametrize("change", [{"collector": "Somebody else"}, {"checked": ""}, {"checked": "forged"}])
def test_what_nobody_read_back_is_not_sent(client: Client, case: Held, change: dict[str, object]) -> None:
    client.force_login(case.user)
    sent, before = read_back(client, case, typed(case, 0)), kept()
    assert UNSENT in client.post(address(case), sent | change).content.decode()
    assert UNSENT in client.post(address(case), sent | {"items": [str(case.bars[1].pk)]}).content.decode()
    assert kept() == before


def test_a_bar_that_weighs_something_else_by_now_is_read_again(client: Client, case: Held) -> None:
    client.force_login(case.user)
    sent = read_back(client, case, typed(case, 1))
    case.bars[1].fine_minor -= 25
    case.bars[1].save(update_fields=["fine_minor"])
    before = kept()
    page = client.post(address(case), sent).content.decode()
    assert UNSENT in page
    assert "396,736 units are burned" in page
    assert kept() == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items": []}, "This field is required."),
        ({"items": ["999999"]}, "is not one of the available choices"),
        ({"collector": " "}, "This field is required."),
        ({"pouch": "999999"}, "is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    client: Client, case: Held, changes: dict[str, object], words: str
) -> None:
    client.force_login(case.user)
    before = kept()
    page = client.post(address(case), typed(case, 0, **changes) | {"send": "yes"}).content.decode()
    assert words in page
    assert kept() == before


def test_units_that_are_asked_for_already_do_not_count_twice(client: Client, case: Held) -> None:
    Position.objects.update(units=FIRST + SECOND - 1)
    client.force_login(case.user)
    client.post(address(case), read_back(client, case, typed(case, 0)))
    before = kept()
    page = client.post(address(case), typed(case, 1)).content.decode()
    assert f"{SECOND:,} units are needed, and this wallet has {SECOND - 1:,} free." in page
    assert kept() == before


def test_bars_of_two_vaults_are_asked_for_one_vault_at_a_time(client: Client, case: Held) -> None:
    content = vault_lists.weight_list(5, vault="VLT-TWO", without=(0, 1, 2))
    taken = reserves.take(reserves.vault("VLT-TWO"), content)
    case.bars += [line.item for line in taken.lines.all()]
    reserves.allocate(case.bars[3:], case.token)
    client.force_login(case.user)
    assert "They lie in several vaults." in client.post(address(case), typed(case, 0, 3)).content.decode()


def test_a_lapsed_kyc_is_named_as_the_rule(client: Client, case: Held) -> None:
    client.force_login(case.user)
    sent = read_back(client, case, typed(case, 0))
    kyc_until(case, None)
    before = kept()
    page = client.post(address(case), sent).content.decode()
    assert "is not valid today" in page
    assert kept() == before


def test_after_the_long_stop_date_there_is_no_form(client: Client, case: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(case.user)
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(year=2031, month=7, day=3, hour=12))
    page = client.get(address(case)).content.decode()
    assert "Bars could be asked for up to 2 Jul 2031." in page
    assert 'name="collector"' not in page


def test_taken_back_before_anybody_approved_it(client: Client, case: Held) -> None:
    client.force_login(case.user)
    where = client.post(address(case), read_back(client, case, typed(case, 0)))["Location"]
    client.post(f"{where}take-back/")
    row = PhysicalRedemption.objects.get()
    assert (row.state, row.reason, row.instruction.state) == ("CANCELLED", "taken back by the holder", "CANCELLED")
    assert "your units are in your wallet as before" in client.get(where).content.decode()
    again = client.post(address(case), read_back(client, case, typed(case, 0)))["Location"]
    assert again != where


def test_nobody_else_sees_or_moves_it(client: Client, case: Held) -> None:
    client.force_login(case.user)
    where = client.post(address(case), read_back(client, case, typed(case, 0)))["Location"]
    before = kept()
    stranger, _ = examined.holder()
    client.force_login(stranger)
    pages = (address(case), where, f"{where}release-order.pdf")
    assert [client.get(one).status_code for one in pages] == [404] * 3
    assert client.post(address(case), typed(case, 1)).status_code == 404
    assert client.post(f"{where}take-back/").status_code == 404
    for role in (Role.DEBT_MAKER, Role.AUDITOR, Role.REGISTRAR_OFFICER):
        client.force_login(person(role))
        assert [client.get(one).status_code for one in pages] == [403] * 3
    assert kept()[:2] == before[:2]


def test_the_registrar_prints_the_order_for_the_vault(client: Client, case: Held) -> None:
    row = case.ordered(0)
    where = f"/office/reserves/orders/{row.pk}/order.pdf"
    for role, status in (
        (Role.REGISTRAR_OFFICER, 200), (Role.DEBT_CHECKER, 200), (Role.TREASURY_OFFICER, 403), (Role.INVESTOR, 403),
    ):  # fmt: skip
        client.force_login(person(role))
        assert client.get(where).status_code == status, role
    client.force_login(person(Role.REGISTRAR_OFFICER))
    assert where in client.get("/office/reserves/").content.decode()
    assert client.get("/office/reserves/orders/999/order.pdf").status_code == 404
    for stem in ("vaultitem", "physicalredemption", "releaseorder", "reserveattestation", "vaultlist", "vault"):
        assert client.get(f"/office/reserves/{stem}/").status_code == 200, stem
    page = client.get(f"/office/reserves/vaultitem/{case.bars[0].pk}/change/").content.decode()
    assert "399.440 fine troy ounces" in page
    order = ReleaseOrder.objects.get()
    assert "RO-" in client.get(f"/office/reserves/releaseorder/{order.pk}/change/").content.decode()
    word = f"/office/reserves/reserveattestation/{case.token.attestations.get().pk}/change/"
    assert "1,193.176 fine troy ounces" in client.get(word).content.decode()
