"""Workers who browse the site at a steady rate, each in a thread, and what they saw."""

import json
import math
import random
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from site_stock import WORDS, Session

PATIENCE_SECONDS = 30
# The pages of a visit.
STEPS = 8
_FRAME = re.compile(r'<iframe[^>]* src="([^"]+)"')
_HIT = re.compile(r'name="hit" value="(\w+)"')


class Page(NamedTuple):
    """A page that was asked for: what kind, how long it took since it was due, what was wrong."""

    kind: str
    milliseconds: float
    error: str


class Request(NamedTuple):
    """What to ask for next; ``status`` is that of the right answer."""

    kind: str
    path: str
    form: dict[str, str] | None = None
    document: object = None
    status: int = 200
    host: str = ""


class Answer(NamedTuple):
    """What came."""

    status: int
    location: str
    text: str


Visit = Iterator[Request]
Moments = list[tuple[float, bool]]


def browse(
    address: str,
    sessions: Sequence[Session],
    groups: Sequence[str],
    per_second: float,
    seconds: float,
    only: str = "",
) -> list[Page]:
    """Return what the workers saw in some seconds; ``only`` names the one page of all of them.

    Each asks at moments that are fixed beforehand. They begin one step of a visit after the other,
    which is not counted, so that at any time all kinds of pages are asked for.
    """
    gap = len(sessions) / per_second
    begin = time.perf_counter() + 0.5
    counted = begin + gap * STEPS
    with ThreadPoolExecutor(len(sessions)) as threads:
        seen = [
            threads.submit(
                _browse,
                _Tab(address, each),
                groups,
                _moments(begin + place / per_second + gap * (place % STEPS), gap, counted, seconds),
                only,
            )
            for place, each in enumerate(sessions)
        ]
        return [page for each in seen for page in each.result()]


def _moments(first: float, gap: float, counted: float, seconds: float) -> Moments:
    """Return the moments at which a worker asks, and whether each counts."""
    number = math.ceil((counted + seconds - first) / gap)
    moments = [first + gap * each for each in range(number)]
    return [(each, each >= counted) for each in moments]


class _Tab:
    """A browser's tab, with one connection that is kept."""

    def __init__(self, address: str, session: Session) -> None:
        parts = urlsplit(address)
        self.port = parts.port or 80
        self.session = session
        self.answer = Answer(0, "", "")
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def ask(self, request: Request) -> Answer:
        """Return the answer, which is also kept."""
        headers = {"Host": request.host or f"localhost:{self.port}"}
        if not request.host:
            headers["Cookie"] = self.session.cookie
        body = None
        if request.form is not None or request.document is not None:
            headers["X-CSRFToken"] = self.session.token
            kind = "x-www-form-urlencoded" if request.document is None else "json"
            headers["Content-Type"] = f"application/{kind}"
            body = urlencode(request.form) if request.form else json.dumps(request.document)
        self._connection.request("GET" if body is None else "POST", request.path, body, headers)
        self.answer = _read(self._connection.getresponse())
        return self.answer

    def again(self) -> None:
        """Begin anew with another connection."""
        self._connection.close()


def _browse(tab: _Tab, groups: Sequence[str], moments: Moments, only: str) -> list[Page]:
    """Return what a worker saw at the moments that count."""
    pages: list[Page] = []
    choose = random.Random(tab.session.token)
    visit: Visit = iter(())
    for due, counts in moments:
        time.sleep(max(0.0, due - time.perf_counter()))
        request = Request("static", only) if only else next(visit, None)
        if request is None:
            visit = _visit(tab, choose, groups)
            request = next(visit)
        error = _error(tab, request)
        taken = (time.perf_counter() - due) * 1000
        pages += [Page(request.kind, taken, error)] if counts else []
        if error:
            visit = iter(())
    tab.again()
    return pages


def _error(tab: _Tab, request: Request) -> str:
    """Ask, and return what was wrong with the answer."""
    try:
        answer = tab.ask(request)
    except (OSError, HTTPException) as error:
        tab.again()
        return f"{request.kind}: {error!r}"
    if answer.status == request.status:
        return ""
    return f"{request.kind}: {answer.status} {answer.text[:100]!r}"


def _visit(tab: _Tab, choose: random.Random, groups: Sequence[str]) -> Visit:
    """Yield what a worker asks for, from the list to the queue; the tab has the answers."""
    words, sort = choose.choice(["", *WORDS]), choose.choice(["newest", "reward", "number"])
    yield Request("list", f"/projects?{urlencode({'words': words, 'sort': sort})}")
    group = f"/projects/{choose.choice(groups)}/tasks"
    yield Request("preview", group)
    shown = _HIT.search(tab.answer.text)
    yield _frame(tab)
    form = {"hit": shown.group(1) if shown else ""}
    yield Request("accept", f"{group}/accept_random", form, status=302)
    work = tab.answer.location
    yield Request("work", work)
    yield _frame(tab)
    fields = [["assignmentId", work.rpartition("/")[2]], ["topic", "politics"], ["comment", "x"]]
    yield Request("submit", f"{work}/submit", document={"fields": fields})
    yield Request("queue", "/tasks")


def _frame(tab: _Tab) -> Request:
    """Return the request for the HIT's page that the last page shows."""
    found = _FRAME.search(tab.answer.text)
    parts = urlsplit(unescape(found.group(1)) if found else "/none")
    return Request("frame", f"{parts.path}?{parts.query}", host=parts.netloc or "none")


def _read(response: HTTPResponse) -> Answer:
    text = response.read().decode()
    return Answer(response.status, response.getheader("Location", ""), text)
