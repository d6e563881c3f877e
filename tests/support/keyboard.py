"""The tabulator through a whole page: what it comes to, in which order, and what a person sees of where he is."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

# What a person can use; of radio buttons of one name the tabulator comes to one. A day has fields of its own inside.
_START = """() => {
  const groups = new Set(), days = ['date', 'datetime-local', 'time', 'month'];
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
  window.controls = all.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled
    && e.type !== 'hidden' && !e.closest('[inert]')
    && (e.type !== 'radio' || (!groups.has(e.name) && groups.add(e.name))));
  window.rest = window.controls.map(e => getComputedStyle(e).boxShadow);
  // A field that takes the focus as the page opens: from the top all the same.
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  window.scrollTo(0, 0);
  return [window.controls.map(e => e.outerHTML.replace(/\\s+/g, ' ').slice(0, 140)),
    window.controls.length + 8 * window.controls.filter(e => days.includes(e.type)).length + 4]; }"""
# Which control it is, -1 for another stop; and whether its place is shown, by a ring or a shadow, on the screen.
_HERE = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const at = window.controls.findIndex(c => c === e || (c.type === 'radio' && e.type === 'radio' && c.name === e.name));
  const look = getComputedStyle(e), box = e.getBoundingClientRect();
  const ringed = look.outlineStyle === 'auto' || (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2)
    || (at >= 0 && look.boxShadow !== window.rest[at]);
  return [at, ringed && box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight
    && box.left < innerWidth]; }"""


@dataclass(frozen=True)
class Walk:
    """Each of these empty on a good page: never come to, come to before an earlier one, and not seen to be there."""

    controls: int
    missed: list[str]
    out_of_order: list[str]
    unseen: list[str]

    @property
    def good(self) -> bool:
        return not (self.missed or self.out_of_order or self.unseen)


def walk(page: Page) -> Walk:
    """From the top of the page as it is loaded, until every control had its turn, and over its end to the top again."""
    html, presses = page.evaluate(_START)
    seen: dict[int, bool] = {}
    for _ in range(presses):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if here is not None and here[0] >= 0:
            seen.setdefault(here[0], here[1])
    went = list(seen)
    late = [number for at, number in enumerate(went) if at and number < max(went[:at])]
    missed = sorted(set(range(len(html))) - seen.keys())
    unseen = [number for number, shown in seen.items() if not shown]
    return Walk(len(html), *([html[number] for number in found] for found in (missed, late, unseen)))
