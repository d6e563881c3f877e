"""The guided tour: who to be, which page to open, what to look at. Addresses are of rows that this stack has."""

from __future__ import annotations

from dataclasses import dataclass

from custody.reconciliation.models import Break, Mandate, Run
from custody.tokenisation.models import TokenContract
from issuance.auction.models import Auction
from tokenization.identity.models import User
from tokenization.rehearsal.market.people import DEALERS
from tokenization.rehearsal.models import Errand
from tokenization.rehearsal.people import KEEPER, Investor
from tokenization.rehearsal.reserve.figures import GOLD
from tokenization.rehearsal.reserve.release import FRIEND
from tokenization.rehearsal.tour import doors


@dataclass(frozen=True)
class Stop:
    """One thing to see, or to ask the outside world for (`errand`). `who` is empty where nobody need sign in."""

    who: str
    path: str
    title: str
    look: str
    errand: str = ""


@dataclass(frozen=True)
class Part:
    title: str
    lead: str
    stops: list[Stop]


def parts() -> list[Part]:
    """The tour of what this stack has lived so far; a part without rows is left out."""
    found = [
        Part("1. Is the supply right?", "As an auditor, who can read everything and change nothing.", _supply()),
        Part("2. Who owns what", "Investors see what is theirs, and nobody else's.", _investors()),
        Part("3. An auction, from bid to token", "Sealed bids, a decision by two, paper for money.", _auction()),
        Part("4. Gold that is there", "Bars in a vault, an examiner's word, bars handed out.", _reserve()),
        Part("5. Four eyes, two houses", "No officer creates, moves or destroys anything alone.", _officers()),
    ]
    return [part for part in found if part.stops]


def _supply() -> list[Stop]:
    stops = [
        Stop("", "/public/", "The page for everybody", "What is outstanding, and whether the records agree."),
        Stop(
            "auditor", "/assurance/", "The answer first", "Registry, chain and register, at one block, for each line."
        ),
    ]
    found = Break.objects.filter(state="CLOSED").order_by("pk").first()
    if found:
        words = "Somebody minted past the platform: how it was found, taken back, and closed by two with evidence."
        stops.append(Stop("auditor", f"/assurance/breaks/{found.pk}/", "The story of a break", words))
    run = Run.objects.order_by("-pk").first()
    if run:
        words = "Every figure of one comparison. Ask for its evidence pack, and verify it without us."
        stops.append(Stop("auditor", f"/assurance/runs/{run.pk}/", "A run, taken apart", words))
    if Mandate.objects.exists():
        words = "The same pages, and in them what his mandate names: nothing else is there for him."
        stops.append(Stop("supervisor", "/assurance/", "A supervisor, by mandate", words))
    return stops


def _investors() -> list[Stop]:
    if not _lived(KEEPER):
        return []
    return [
        Stop(
            KEEPER.username, "/portal/", "A bill, bought and repaid", "Payments with their tax, movements, statement."
        ),
        Stop(
            KEEPER.username, "/portal/offerings/", "What is on offer", "Auctions and results, open to all who sign in."
        ),
    ]


def _auction() -> list[Stop]:
    auction = Auction.objects.filter(series__isin=doors.ISIN).first()
    if auction is None:
        return []
    dealer, page = DEALERS[6].username, f"/office/auctions/{auction.pk}/"
    return [
        Stop(
            dealer,
            f"/portal/offerings/{auction.pk}/",
            "Bid, before the close",
            "Try 1,000,000,000 at 97.50. The receipt has the hash of exactly what was received.",
        ),
        Stop("fiscal.officer", page, "The sealed book", "How many bids there are, and not one price before the close."),
        _ask(Errand.Kind.CLOSE),
        Stop("debt.maker", page, "Propose an allotment", "Move the cut-off, see the effect, propose it."),
        Stop("debt.checker", "/office/decisions/", "Decide, as the second person", "Executed is what was shown."),
        Stop("debt.maker", "/office/", "Today: open the settlements", "Each purchase gets its payment reference."),
        _ask(Errand.Kind.PAY),
        Stop("debt.maker", "/office/", "Today: propose the issue", "The paid units, to be created on chain."),
        Stop(
            "registrar.checker",
            "/office/decisions/",
            "The second house agrees",
            "Issuer and registrar, never one alone.",
        ),
        _ask(Errand.Kind.SIGN),
        _ask(Errand.Kind.DAY),
        Stop(dealer, "/portal/", "The tokens are there", "Delivered on the settlement day, not before."),
        _ask(Errand.Kind.BOOKS),
        Stop("auditor", "/assurance/", "And the supply is right", "The new units are on both sides of each equation."),
    ]


def _reserve() -> list[Stop]:
    if not TokenContract.objects.filter(series__isin=GOLD.isin).exists():
        return []
    return [
        Stop("debt.maker", "/office/reserves/", "Vaults and lists", "Each bar in one state, behind at most one token."),
        Stop(
            "examiner",
            "/examiner/",
            "The examiner's page",
            "What he attested, and until when: its end stops new units.",
        ),
        Stop(
            FRIEND.username,
            "/portal/",
            "A saver in gold",
            "Units, ounces, and the bars he may ask for.",
        ),
    ]


def _officers() -> list[Stop]:
    waits = "A holiday waits here for the second officer of the registrar; its maker cannot approve it."
    return [
        Stop("registrar.checker", "/office/decisions/", "Approve something", waits),
        Stop("debt.maker", "/office/", "The debt office's day", "What waits for whom, and what comes next."),
        Stop(
            "treasury.officer", "/office/", "The treasury's day", "Proceeds, payments due, tokens to turn into money."
        ),
        Stop("operator", "/office/", "The operator", "Which part is behind. He has no business power at all."),
    ]


def _ask(kind: Errand.Kind) -> Stop:
    return Stop("", "", "Ask the world outside", str(kind.label), errand=kind.value)


def _lived(investor: Investor) -> bool:
    return User.objects.filter(username=investor.username).exists()
