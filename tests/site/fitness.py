"""What is wrong with a page for those who read it: on a phone, by keyboard, by screen reader."""

from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

# What a keyboard stops at, in the order of the document, with where it is.
STOPS = """() => {
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex="0"]')];
  window.stops = all.filter(each => {
    if (each.disabled || !each.checkVisibility({visibilityProperty: true})) return false;
    if (each.type !== 'radio') return true;
    const group = all.filter(one => one.type === 'radio' && one.name === each.name);
    return each === (group.find(one => one.checked) ?? group[0]);
  });
  return window.stops.map(each => {
    const box = each.getBoundingClientRect();
    return {what: each.outerHTML.slice(0, 90), tag: each.localName, type: each.type ?? '',
      styled: each.matches('button, .button, select, textarea, input:not([type=checkbox], [type=radio])'),
      left: box.left, right: box.right, top: box.top, bottom: box.bottom};
  });
}"""
STOPPED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return {at: window.stops.indexOf(at), seen: style.outlineStyle !== 'none', what: at.outerHTML.slice(0, 90)};
}"""
NAMELESS = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]
  .filter(each => !(each.labels?.length || each.ariaLabel || each.textContent.trim() ||
    each.getAttribute('aria-labelledby') || (each.type === 'submit' && each.value)))
  .map(each => each.outerHTML)"""
WIDE = """() => {
  const root = document.documentElement, width = root.clientWidth;
  if (root.scrollWidth <= width) return [];
  return [`${root.scrollWidth} px wide`, ...[...document.body.querySelectorAll('*')]
    .filter(each => each.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map(each => each.outerHTML.slice(0, 90))];
}"""
LANDMARKS = """() => ['h1', 'main', 'title'].filter(
  each => document.querySelectorAll(each).length !== 1)"""
STATUS = "Failed to load resource: the server responded with a status of "
AXE = Axe()
# Two thumbs' worth; links within text are as high as the text.
LEAST_HEIGHT = 44
# Two controls of one row may differ so much in where they begin.
UNEVEN = 4


class Watched:
    """A tab, with what its console said and where its requests went since the last look."""

    def __init__(self, page: Any, origin: str) -> None:
        self._page, self._origin = page, origin
        self.said: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self._look_at(request.url))

    def _hear(self, message: Any) -> None:
        """Note errors, except that the page itself has an error's status."""
        is_own = message.text.startswith(STATUS) and message.location["url"] == self._page.url
        if message.type == "error" and not is_own:
            self.said.append(message.text)

    def _look_at(self, url: str) -> None:
        """Note a request to anything but the site and its pages' host."""
        parts, own = urlsplit(url), urlsplit(self._origin)
        if parts.scheme in ("data", "blob"):
            return
        name = parts.hostname or ""
        known = name == own.hostname or name.endswith(".pages.localhost")
        if not known or parts.port != own.port:
            self.said.append(f"a request to {url}")


def layout_faults(page: Any) -> list[str]:
    """Return what is too wide, what is not there once, and which controls have no name."""
    wide = [f"wider than the screen: {each}" for each in page.evaluate(WIDE)]
    landmarks = [f"not one {each}" for each in page.evaluate(LANDMARKS)]
    return wide + landmarks + [f"no name: {each}" for each in page.evaluate(NAMELESS)]


def axe_faults(page: Any, *rules: str) -> list[str]:
    """Return what axe takes for a serious or a critical fault; by ``rules`` alone, if any."""
    # A HIT's own page is its requester's.
    options = {"iframes": False, "resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = rules
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    violations = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for each in violations
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def keyboard_faults(page: Any) -> list[str]:
    """Return where the tab key does not go as one reads, or cannot be seen; too small targets."""
    page.evaluate("scrollTo(0, 0)")
    stops = page.evaluate(STOPS)
    faults = [
        f"{each['what']} is {each['bottom'] - each['top']} px high"
        for each in stops
        if each["styled"] and each["bottom"] - each["top"] < LEAST_HEIGHT - 0.5
    ]
    faults += [f"{b['what']} is before {a['what']}" for a, b in _pairs(stops) if _before(b, a)]
    return faults + _tabbing_faults(page, stops)


def _pairs(stops: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    on_screen = [each for each in stops if each["right"] > 0]
    return list(pairwise(on_screen))


def _before(b: dict[str, Any], a: dict[str, Any]) -> bool:
    """Return whether ``b`` is read before ``a``, in rows from the left to the right."""
    if b["bottom"] <= a["top"] + UNEVEN:
        return True
    same_row = b["top"] < a["bottom"] - UNEVEN and a["top"] < b["bottom"] - UNEVEN
    return bool(same_row and b["right"] <= a["left"] + UNEVEN)


def _tabbing_faults(page: Any, stops: list[dict[str, Any]]) -> list[str]:
    faults: list[str] = []
    for number, stop in enumerate(stops):
        if stop["tag"] == "iframe":
            # From here on the focus is the HIT's page's, in a process of its own.
            break
        page.keyboard.press("Tab")
        found = page.evaluate(STOPPED)
        if found["at"] != number:
            return [*faults, f"Tab went to {found['what']} instead of {stop['what']}"]
        if not found["seen"]:
            faults.append(f"focus is not seen at {stop['what']}")
    return faults
