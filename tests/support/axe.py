"""axe on pages as a browser draws them: what a person with a screen reader, or without a mouse, would miss.

Our pages let no foreign script in, so axe is put into them by the browser itself, whose context sets the policy aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Browser, Page

from tests.support.browser import ROOT
from tokenization.identity.models import User

AXE = (ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
GRAVE = {"serious", "critical"}
_RUN = """rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})
  .then(found => found.violations.map(v => ({rule: v.id, impact: v.impact, said: v.help,
    where: v.nodes.map(n => n.target.join(' ') + '  ' + n.html.slice(0, 160))})))"""


def grave(page: Page, name: str) -> list[str]:
    """'page: rule: what it asks: element' for each fault that keeps somebody out of the page as it stands."""
    return [
        f"{name}: {fault['rule']}: {fault['said']}: {where}"
        for fault in page.evaluate(_RUN, RULES)
        if fault["impact"] in GRAVE
        for where in fault["where"]
    ]


# Ten times as fast as opening it: styles and scripts stay as they are loaded, and Alpine dresses what is new.
_TURN = """path => fetch(path).then(answer => answer.text().then(html => {
  const made = new DOMParser().parseFromString(html, 'text/html');
  document.title = made.title;
  document.body.replaceWith(made.body);
  return [answer.status, answer.url]; }))"""


@dataclass
class Round:
    """Opens pages one by one, in both widths where asked, and keeps what axe finds and which addresses it saw."""

    page: Page
    site: str
    faults: list[str] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)

    def look(self, *paths: str, hand: bool = False, status: int = 200) -> None:
        for path in paths:
            answer = self.page.goto(f"{self.site}{path}", wait_until="domcontentloaded")
            assert answer is not None
            assert answer.status == status, f"{path}: {answer.status}"
            assert urlsplit(self.page.url).path == urlsplit(path).path, f"{path} leads to {self.page.url}"
            if status == 200:
                self.routes.add(resolve(urlsplit(path).path).route)
            self.faults += grave(self.page, path)
            if hand:
                self.page.set_viewport_size({"width": 360, "height": 900})
                self.faults += grave(self.page, f"{path} at 360 px")
                self.page.set_viewport_size({"width": 1280, "height": 900})

    def turn(self, *paths: str) -> None:
        """As `look`, for pages with the styles and scripts of the one that is open."""
        for path in paths:
            assert self.page.evaluate(_TURN, path) == [200, f"{self.site}{path}"]
            self.routes.add(resolve(urlsplit(path).path).route)
            self.faults += grave(self.page, path)


@contextmanager
def round_of(browser: Browser, site: str, user: User | None) -> Iterator[Round]:
    """Signed in as `user`, a stranger if None; all faults of the round fail the test together."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", bypass_csp=True)
    context.add_init_script(AXE)
    if user is not None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site}])
    made = Round(context.new_page(), site)
    try:
        yield made
    finally:
        context.close()
        print(*made.faults, sep="\n")
    assert made.faults == [], "\n".join(made.faults)
