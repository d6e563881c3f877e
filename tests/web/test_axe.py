"""Every page of the four faces, with rows on it, as axe sees it: nothing serious or critical on any of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import Model
from django.urls import reverse
from playwright.sync_api import Browser

from contracts.indexer.models import Log
from custody.cash.models import CashBurn
from custody.instructions.models import Instruction
from custody.reconciliation.models import Break
from custody.registries.models import BankNotification, BankStatement
from custody.reserves.models import PhysicalRedemption, ReleaseOrder, VaultItem, VaultList
from custody.servicing.models import ServicingEvent
from custody.settlement.models import CashEntry, SuspenseItem
from custody.settlement.trades.models import Trade
from issuance.auction.models import Auction
from issuance.conditions.models import ConditionPrecedent
from tests.db.reconciliation.test_attested import case, gold
from tests.db.reconciliation.world import A, Contract, books, contract, run
from tests.db.reserves.test_redemptions import Held
from tests.factories import auction as auctions
from tests.factories import bank, cashless, examined, issuance
from tests.factories import bid as bidders
from tests.factories import ledgerless as desk
from tests.factories.examined import Examined
from tests.factories.ledger import Books
from tests.factories.trades import Floor
from tests.support.axe import grave, round_of
from tests.support.browser import site as site
from tests.support.people import PASSWORD, enrol, person
from tests.web.test_assurance_sampling import ounce
from tests.web.test_office_browser import proposed_authority
from tests.web.test_portal_foreign import NOW, world
from tests.web.test_walk import ALL, OFFICERS
from tokenization.backoffice.site import office
from tokenization.backoffice.tasks import TASKS
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytest_plugins = ["tests.support.browser"]
__all__ = ["books", "case", "contract", "gold"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# What an address gives that is no page: answers to a button, and files.
NO_PAGES = {
    *(path for path in ALL if path.endswith((".csv", ".pdf", ".xlsx", ".zip", ".json", ".<slug:name>"))),
    *(path for path in ALL if path.endswith(("/csv/", "/pdf/"))),
    *(f"office/decisions/<int:pk>/{word}/" for word in ("approve", "reject", "withdraw", "term-sheet")),
    *(f"office/events/<int:pk>/fallback/{word}/" for word in ("at-once", "on-proof", "by-two")),
    *(f"office/auctions/<int:pk>/{word}/" for word in ("close", "propose")),
    *(f"office/settlement/{word}/" for word in ("apply", "<int:pk>/receipt", "<int:pk>/refund", "<int:pk>/withdraw")),
    "office/settlement/suspense/<int:pk>/return/", "office/payments/<int:pk>/paid/", "office/signatures/documents/",
    "assurance/runs/<int:pk>/conclude/", "assurance/runs/<int:pk>/evidence/", "assurance/breaks/<int:pk>/evidence/",
    "assurance/runs/<int:pk>/evidence/progress/",
    "assurance/securities/<int:pk>/reconcile/", "assurance/audit/check/", "assurance/files/<int:pk>/download/",
    "examiner/attestations/<int:pk>/message/",
    "examiner/attestations/<int:pk>/report/", "portal/cash/<int:pk>/take-back/", "portal/statement/",
    "portal/deliveries/<int:pk>/take-back/",
    "office/reserves/orders/<int:pk>/", "sign-out/", "", "health/live", "health/ready", "metrics",
    "language/", "figures/",
    "second-factor/recovery/renew/", "second-factor/<int:pk>/remove/",
    # Of the admin site: one door for all, and what no officer may do to a record.
    "office/login/", "office/logout/", "office/jsi18n/", "office/autocomplete/", "office/search/",
    "office/r/<path:content_type_id>/<path:object_id>/", "office/password_change/done/",
}  # fmt: skip
RECORDS = sorted(office._registry, key=lambda model: model._meta.label)


def stem(model: type[Model]) -> str:
    return f"office/{model._meta.app_label}/{model._meta.model_name}/"


def record_pages(*models: type[Model]) -> Iterator[str]:
    """Every record's list, and the page of its newest row where there is one."""
    for model in models:
        yield f"/{stem(model)}"
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            yield f"/{stem(model)}{row.pk}/change/"


OF_MARKET = {
    "portal/", "portal/offerings/", "portal/bids/", "portal/cash/", "portal/holdings/<int:pk>/",
    "portal/purchases/<int:pk>/", "portal/payments/<int:pk>/", "portal/offerings/<int:pk>/",
    "portal/offerings/<int:pk>/bid/", "portal/offerings/<int:pk>/bid-file/", "portal/bids/<int:pk>/",
    "portal/bids/<int:pk>/amend/", "portal/bids/<int:pk>/withdraw/", "office/", "office/decisions/",
    "office/decisions/<int:pk>/", "office/auctions/", "office/auctions/<int:pk>/", "office/auctions/<int:pk>/result/",
    "office/programmes/", "office/propose/", "office/propose/<slug:name>/", "office/sell/", "office/settlement/",
    "office/events/", "office/events/<int:pk>/", "office/events/<int:pk>/fallback/", "office/signatures/",
    "office/statements/", "office/password_change/", "office/on-chain/",
    *(stem(model) for model in RECORDS), *(f"{stem(model)}<path:object_id>/change/" for model in RECORDS),
}  # fmt: skip
OF_BOOKS = {
    "assurance/", "assurance/runs/<int:pk>/", "assurance/breaks/", "assurance/breaks/<int:pk>/",
    "assurance/transactions/<str:tx_hash>/", "public/", "sign-in/",
}  # fmt: skip
OF_RECORDS = {
    "assurance/approvals/", "assurance/audit/", "assurance/bank/", "assurance/registry/", "assurance/files/",
    "assurance/approvals/<int:pk>/", "assurance/entries/<int:pk>/", "assurance/figures/<int:pk>/",
    "assurance/figures/<int:pk>/sample/", "assurance/files/<int:pk>/", "assurance/instructions/<int:pk>/",
    "assurance/items/<int:pk>/",
}  # fmt: skip
OF_RESERVE = {
    "examiner/", "examiner/attestations/<int:pk>/", "office/reserves/", "office/reserves/items/",
    "office/conditions/", "portal/holdings/<int:pk>/deliver/", "portal/deliveries/<int:pk>/",
}  # fmt: skip
OF_MONEY = {
    "portal/cash/", "portal/cash/<int:pk>/", "office/bank/", "office/bank/statements/<int:pk>/",
    "office/bank/notifications/<int:pk>/", "office/details/<slug:name>/<int:pk>/",
}  # fmt: skip
OF_DOOR = {
    "sign-in/code/", "second-factor/", "second-factor/app/", "second-factor/passkey/", "second-factor/recovery/",
    "second-factor/again/",
}  # fmt: skip


def test_every_address_is_looked_at_or_is_no_page() -> None:
    faces = {path for path in ALL if not path.startswith("api/")}
    # No officer adds, deletes or reads the admin's own history of a record; the rest of the regular patterns lead on.
    faces -= {f"{stem(model)}{end}" for model in RECORDS for end in ("add/", "<path:object_id>/")}
    faces -= {f"{stem(model)}<path:object_id>/{end}/" for model in RECORDS for end in ("delete", "history")}
    faces -= {path for path in faces if "(?P<" in path}
    assert faces - NO_PAGES == OF_MARKET | OF_BOOKS | OF_RECORDS | OF_RESERVE | OF_MONEY | OF_DOOR


def test_the_portal_and_the_office_of_a_market(site: str, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    at = [NOW + timedelta(days=1)]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    dealer, rows = world()
    opened = auctions.announced(issuance.office())
    standing = bidders.insert(opened, dealer, face_minor=100_000_000, price="97.5")
    pending = proposed_authority(person(Role.DEBT_MAKER))
    officer = person(*OFFICERS)
    decided = Auction.objects.get(state="ALLOTTED")
    with round_of(browser, site, dealer.user) as look:
        names = ("holding", "purchase", "payment", "offering", "bid")
        look.look("/portal/", *(reverse(f"portal:{name}", args=[rows[name]]) for name in names), hand=True)
        look.look("/portal/bids/", "/portal/cash/")
        at[0] = bidders.SOON
        names = ("offering", "place", "bid-file")
        look.look("/portal/offerings/", *(reverse(f"portal:{name}", args=[opened.pk]) for name in names), hand=True)
        look.look(*(reverse(f"portal:{name}", args=[standing]) for name in ("bid", "amend", "withdraw")))
        look.look("/portal/bids/999999/", status=404)
    routes = look.routes
    event = ServicingEvent.objects.get()
    with round_of(browser, site, officer) as look:
        look.look(f"/office/auctions/{opened.pk}/", hand=True)
        at[0] = NOW + timedelta(days=1)
        look.look("/office/", f"/office/auctions/{decided.pk}/result/", hand=True)
        look.look(f"/office/decisions/{pending.pk}/", f"/office/events/{event.pk}/", "/office/settlement/", hand=True)
        look.look(
            "/office/decisions/", "/office/auctions/", f"/office/auctions/{decided.pk}/", "/office/programmes/",
            "/office/propose/", "/office/sell/", "/office/events/", f"/office/events/{event.pk}/fallback/",
            "/office/signatures/", "/office/statements/", "/office/password_change/", "/office/on-chain/",
        )  # fmt: skip
        look.turn(*(f"/office/propose/{task.name}/" for task in TASKS))
        look.turn(*record_pages(*RECORDS))
    routes |= look.routes
    empty = {f"{stem(model)}<path:object_id>/change/" for model in RECORDS if not model._default_manager.exists()}
    assert OF_MARKET - routes == empty
    # Of the others a page was drawn: a list that is empty here is the same template with other words.
    assert len(RECORDS) - len(empty) >= 30


def test_the_examiner_and_what_he_examines(site: str, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: examined.NOW)
    case = Held()
    draft = case.draft()
    case.ordered(0)
    asked = case.ask(1)
    with round_of(browser, site, case.examiner) as look:
        look.look("/examiner/", f"/examiner/attestations/{draft.pk}/", hand=True)
    routes = look.routes
    with round_of(browser, site, case.user) as look:
        look.look(f"/portal/holdings/{case.token.pk}/deliver/", f"/portal/deliveries/{asked.pk}/", hand=True)
    routes |= look.routes
    with round_of(browser, site, person(*OFFICERS)) as look:
        look.look("/office/reserves/", hand=True)
        look.look("/office/reserves/items/", "/office/conditions/")
        look.turn(*record_pages(ConditionPrecedent, VaultItem, VaultList, PhysicalRedemption, ReleaseOrder))
    routes |= look.routes
    assert routes >= OF_RESERVE


def test_the_pages_about_money_at_the_bank(site: str, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: desk.NOW)
    bank.account()
    floor = Floor()
    floor.signed()
    cashless.hold(floor.cash, floor.buyer.wallet, 500_000)
    asked = cashless.request(floor.buyer.wallet, 1_000)
    rows = desk.settlements(floor.token, 10, 20)
    line = bank.credit("SYN-0001", 123_456_789, "from somebody who says nothing")
    bank.take(bank.statement(line, bank.credit("SYN-2", rows[0].amount_minor, rows[0].payment_reference)))
    bank.take(bank.notification(bank.credit("SYN-0003", 5_000)))
    with round_of(browser, site, floor.buyer.user) as look:
        look.look("/portal/", "/portal/cash/", f"/portal/cash/{asked.pk}/", hand=True)
    routes = look.routes
    statement, notification = BankStatement.objects.get(), BankNotification.objects.get()
    with round_of(browser, site, person(*OFFICERS)) as look:
        look.look("/office/bank/", "/office/settlement/", f"/office/details/pay-out/{asked.pk}/", hand=True)
        look.look(f"/office/bank/statements/{statement.pk}/", f"/office/bank/notifications/{notification.pk}/")
        look.turn(*record_pages(Trade, CashBurn, SuspenseItem, BankStatement))
    routes |= look.routes
    assert routes >= OF_MONEY


def test_the_door_and_the_second_factor(site: str, browser: Browser) -> None:
    user = enrol(person(Role.DEBT_MAKER))
    with round_of(browser, site, user) as look:
        look.look("/second-factor/", "/second-factor/again/", "/second-factor/recovery/", hand=True)
    routes = look.routes
    with round_of(browser, site, person(Role.INVESTOR)) as look:
        look.look("/second-factor/app/", "/second-factor/passkey/", hand=True)
    routes |= look.routes
    with round_of(browser, site, None) as look:
        look.page.goto(f"{site}/sign-in/")
        look.page.get_by_label("User name").fill(user.username)
        look.page.get_by_label("Password").fill(PASSWORD)
        look.page.get_by_role("button", name="Sign in").click()
        look.look("/sign-in/code/", hand=True)
    assert routes | look.routes == OF_DOOR


def test_a_page_made_worse_is_found(site: str, browser: Browser) -> None:
    """The control: words too pale, a picture without words and a field without a name are told with their place."""
    worse = """() => {
      document.querySelector('.tk-lead').style.color = '#ddd';
      document.querySelector('.tk-brand img').removeAttribute('alt');
      document.querySelector('label[for=id_username]').remove(); }"""
    with round_of(browser, site, None) as look:
        look.look("/sign-in/")
        look.page.evaluate(worse)
        found = grave(look.page, "/sign-in/")
    assert sorted(line.split(": ")[1] for line in found) == ["color-contrast", "image-alt", "label"]
    assert all(line.startswith("/sign-in/: ") for line in found)


def test_the_pages_about_supply(site: str, browser: Browser, books: Books, contract: Contract) -> None:
    contract.balances[A] += 3
    made = run(books, "month end")
    log = Log.objects.latest("pk").tx_hash
    with round_of(browser, site, person(Role.AUDITOR)) as look:
        look.look("/assurance/", f"/assurance/runs/{made.pk}/", hand=True)
        look.look("/assurance/breaks/", f"/assurance/breaks/{Break.objects.get().pk}/", hand=True)
        look.look(f"/assurance/transactions/{log}/")
        look.look("/office/", status=403)
    routes = look.routes
    with round_of(browser, site, None) as look:
        look.look("/public/", "/sign-in/", hand=True)
    assert routes | look.routes == OF_BOOKS


def test_the_records_behind_a_figure(
    site: str, browser: Browser, case: Examined, gold: Books, contract: Contract
) -> None:
    """A gold token's run, taken apart; and money of the same day, taken in from the bank."""
    ounce(gold, contract)
    run(gold)
    made = run(gold, "month end")
    bank.account()
    bank.take(bank.statement(bank.credit("SYN-0001", 123_456_789, "from somebody who says nothing")))
    bars = made.observations.get(source="VAULT", name="items behind it").pk
    issue, kept = Instruction.objects.get(kind="ISSUE"), VaultList.objects.get().file_id
    with round_of(browser, site, person(Role.AUDITOR)) as look:
        look.look("/assurance/", "/assurance/audit/", "/assurance/approvals/", hand=True)
        look.look("/assurance/bank/", "/assurance/registry/", "/assurance/files/")
        look.look(f"/assurance/figures/{bars}/", f"/assurance/figures/{bars}/sample/?seed=axe", hand=True)
        look.look(f"/assurance/instructions/{issue.pk}/", f"/assurance/approvals/{issue.approval_id}/", hand=True)
        look.look(f"/assurance/files/{kept}/", f"/assurance/items/{case.bars[0].pk}/")
        look.look(f"/assurance/entries/{CashEntry.objects.latest('pk').pk}/")
        look.look("/assurance/approvals/?from=soon")
    assert look.routes - {"assurance/"} == OF_RECORDS
