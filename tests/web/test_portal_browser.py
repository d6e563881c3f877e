"""A dealer's and an investor's whole day in a real browser: bid, change, withdraw, too late, result, pay, note."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from contracts.indexer.models import Tip
from custody.tokenisation.models import WalletHolder
from issuance.allotment.models import Allotment
from issuance.bid.models import Bid
from tests.factories import auction as auctions
from tests.factories import bid as bidders
from tests.factories.identity import PASSWORD
from tests.factories.ledger import wallet
from tests.factories.purchases import NOW, Purchases
from tests.factories.servicing import line
from tests.support import paper
from tests.support.browser import picture, sign_in, tab_to
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


Role = Literal["link", "radio", "textbox", "button"]


@dataclass
class Hour:
    at: datetime


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> Hour:
    made = Hour(bidders.SOON)
    monkeypatch.setattr(clock, "now", lambda: made.at)
    return made


def saved(page: Page, link: str, folder: Path) -> str:
    """What the PDF behind a link says."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link).click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return paper.text(target.read_bytes())


# On a machine with much else to do a whole day takes some minutes.
@pytest.mark.timeout(900)
def test_the_whole_day_of_a_dealer_and_an_investor(site: str, page: Page, hour: Hour, tmp_path: Path) -> None:
    market = Purchases()
    auction = bidders.announced(market.people, row=market.series)
    dealer = bidders.side(market.people, reference="DEALER-1")
    fund = bidders.side(market.people, "FUND", reference="FUND-1")
    bidders.mandate(dealer, fund)
    Tip.objects.update(head_seen_at=NOW + timedelta(days=2))
    for number, side in ((1, dealer), (2, fund)):
        WalletHolder.objects.create(wallet=wallet(number), party=side.party, valid_from=NOW)

    sign_in(page, site, dealer.user, PASSWORD)
    expect(page.get_by_text("You hold nothing at this block.")).to_be_visible()
    picture(page, "portal-empty")
    page.get_by_role("link", name="Offerings").click()
    picture(page, "portal-offerings")
    page.get_by_role("link", name="Read and bid").click()
    expect(page.get_by_text("Each winner pays the price of his own bid.")).to_be_visible()
    picture(page, "portal-offering")

    page.get_by_role("link", name="Place a bid").click()
    expect(page.locator("time.tk-left")).to_contain_text("min")
    page.get_by_label(f"{dealer.party.name} (DEALER-1)", exact=True).check()
    page.get_by_label("Face amount").fill("2,000,001")
    page.get_by_label("Price per 100 of face").fill("97.6")
    page.get_by_role("button", name="Check the bid").click()
    expect(page.locator(".tk-note-error")).to_contain_text(
        "Next below: PKR 2,000,000.00; next above: PKR 2,005,000.00."
    )
    expect(page.get_by_label("Price per 100 of face")).to_have_value("97.6")
    picture(page, "portal-bid-wrong")
    page.locator(".tk-note-error").get_by_role("link", name="Face amount").click()
    expect(page.get_by_label("Face amount")).to_be_focused()
    page.get_by_label("Face amount").fill("20,000,000")
    page.get_by_role("button", name="Check the bid").click()
    expect(page.get_by_text("PKR 20,000,000.00 is 4.00 times the announced target")).to_be_visible()
    picture(page, "portal-bid-doubt")
    page.get_by_label("Face amount").fill("2,000,000")
    page.get_by_role("button", name="Send this bid").click()
    expect(page.get_by_text("this is not the bid that you checked last")).to_be_focused()
    picture(page, "portal-bid-changed")
    expect(page.get_by_text("If accepted in full you pay PKR 1,952,000.00 on 2 Jul 2026.")).to_be_visible()
    picture(page, "portal-bid-check")
    assert Bid.objects.count() == 0
    page.get_by_role("button", name="Send this bid").click()
    expect(page.get_by_text("Your bid was received.")).to_be_visible()
    picture(page, "portal-receipt")
    first = Bid.objects.get()
    assert first.body_hash in saved(page, "Receipt (PDF)", tmp_path)

    page.get_by_role("link", name="Change this bid").click()
    page.get_by_label("Price per 100 of face").fill("97.5")
    page.get_by_role("button", name="Check the bid").click()
    page.get_by_role("button", name="Send the changed bid").click()
    expect(page.get_by_text("it stands in place of the earlier one")).to_be_visible()
    page.get_by_role("link", name="The auction").click()
    page.get_by_role("link", name="Place a bid").click()
    page.get_by_label(f"{dealer.party.name} (DEALER-1)", exact=True).check()
    page.get_by_label("Face amount").fill("500,000")
    page.get_by_label("Yield in percent a year").fill("14")
    page.get_by_role("button", name="Check the bid").click()
    page.get_by_role("button", name="Send this bid").click()
    page.get_by_role("link", name="Withdraw it").click()
    picture(page, "portal-withdraw")
    page.get_by_role("button", name="Withdraw the bid").click()
    expect(page.get_by_text("is withdrawn.").first).to_be_visible()
    page.get_by_role("link", name="My bids", exact=True).click()
    picture(page, "portal-bids")
    page.get_by_role("button", name="Sign out").click()

    _by_keyboard(page, site, fund)
    page.get_by_role("button", name="Sign out").click()
    losing = bidders.side(market.people, reference="DEALER-3")
    bidders.insert(auction, losing, face_minor=100_000_000, price="97.1")

    sign_in(page, site, dealer.user, PASSWORD)
    standing = Bid.objects.get(kind="AMEND")
    page.goto(f"{site}/portal/bids/{standing.pk}/amend/")
    page.get_by_label("Price per 100 of face").fill("97.9")
    hour.at = auctions.CLOSES
    page.get_by_role("button", name="Check the bid").click()
    expect(page.locator(".tk-note-error")).to_contain_text("took bids until")
    expect(page.get_by_label("Price per 100 of face")).to_have_value("97.9")
    picture(page, "portal-too-late")

    closed = auctions.closed(market.people, auction)
    page.goto(f"{site}/portal/offerings/{auction.pk}/")
    expect(page.get_by_text("Bidding is over.")).to_be_visible()
    auctions.decided(market.people, closed, {"cut_off": "97.5"})
    page.reload()
    expect(page.get_by_text("Accepted in full: PKR 2,000,000.00")).to_be_visible()
    expect(page.get_by_text("Your price of 97.5000 was at the cut-off.")).to_be_visible()
    picture(page, "portal-result")
    page.get_by_role("link", name="My bids", exact=True).click()
    expect(page.get_by_text("won PKR 2,000,000.00 at 97.5000")).to_be_visible()
    picture(page, "portal-bids-decided")
    page.get_by_role("link", name=f"Amendment {standing.pk}").click()
    picture(page, "portal-bid-decided")
    page.get_by_role("link", name="What to pay, where and until when").click()
    expect(page.get_by_text("Nothing is to be paid yet.")).to_be_visible()
    mine = Allotment.objects.get(party=dealer.party)
    settlement = market.approved_for(mine, 1)
    page.reload()
    expect(page.get_by_text("PKR 1,950,000.00").first).to_be_visible()
    expect(page.get_by_text(settlement.payment_reference).first).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: Pay exactly").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "1950000.00"
    picture(page, "portal-purchase")
    assert settlement.payment_reference in saved(page, "Allotment letter (PDF)", tmp_path)

    market.deliver(settlement)
    hour.at = NOW + timedelta(days=1)
    page.reload()
    note = saved(page, "Contract note (PDF)", tmp_path)
    assert "Price per 100 of face 97.5000" in note
    assert settlement.wallet.address in note
    page.get_by_role("link", name="My holdings").first.click()
    expect(page.get_by_text("97.5000 of 2 Jul 2026, average of auction 1").first).to_be_visible()
    picture(page, "portal-holdings")
    page.get_by_role("link", name=f"{market.series.name}, {market.series.isin}").click()
    picture(page, "portal-holding")

    market.account(dealer.party)
    event = market.released()
    market.pay(line(event, 1))
    page.goto(f"{site}/portal/payments/{line(event, 1).pk}/")
    expect(page.get_by_text("2,000 units x PKR 1,000.00 of face x 100 per 100 = PKR 2,000,000.00")).to_be_visible()
    picture(page, "portal-payment")


def _by_keyboard(page: Page, site: str, fund: bidders.Side) -> None:
    """The investor never touches a mouse."""
    page.goto(f"{site}/")
    # The field takes the focus as the page opens: on a busy machine some letters would come before that.
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type(fund.user.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    steps: list[tuple[Role, str, Callable[[], None]]] = [
        ("link", "Offerings", lambda: page.keyboard.press("Enter")),
        ("link", "Read and bid", lambda: page.keyboard.press("Enter")),
        ("link", "Place a bid", lambda: page.keyboard.press("Enter")),
        ("radio", "With a price", lambda: page.keyboard.press("ArrowDown")),
        ("textbox", "Face amount", lambda: page.keyboard.type("25,000")),
        ("button", "Check the bid", lambda: page.keyboard.press("Enter")),
        ("button", "Send this bid", lambda: page.keyboard.press("Enter")),
    ]
    for role, name, act in steps:
        expect(page.get_by_role(role, name=name).first).to_be_visible()
        tab_to(page, name)
        act()
    expect(page.get_by_text("Your bid was received.")).to_be_visible()
    bid = Bid.objects.get(bidder=fund.party)
    assert (bid.competitive, bid.face_minor, bid.placed_by) == (False, 2_500_000, fund.user)
    picture(page, "portal-client-receipt")
