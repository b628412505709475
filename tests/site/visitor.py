"""A browser without scripts: it keeps cookies, and fills in forms as they stand on a page."""

import http.client
import re
from html import unescape
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

HTML = {"Accept": "text/html,application/xhtml+xml"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Page(NamedTuple):
    """What a visitor was sent."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode()

    @property
    def text(self) -> str:
        """Return the words of the page, on one line."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())

    @property
    def location(self) -> str | None:
        return self.headers["Location"]


class Visitor:
    """Someone at the site; ``more`` are headers of every request."""

    def __init__(self, origin: str, **more: str) -> None:
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self.more = {name.replace("_", "-"): value for name, value in more.items()}

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Page:
        """Return the answer to one request."""
        parts = urlsplit(self.origin)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        every = {**HTML, **({"Cookie": kept} if kept else {}), **self.more, **headers}
        connection.request(method, path, body, every)
        response = connection.getresponse()
        page = Page(response.status, response.headers, response.read())
        connection.close()
        self._keep(page)
        return page

    def get(self, path: str) -> Page:
        """Open a page."""
        return self.ask("GET", path)

    def fill(self, path: str, to: str | None = None, **fields: str) -> Page:
        """Open a page and send its form, with the fields."""
        found = TOKEN.search(self.get(path).html)
        token = {"csrfmiddlewaretoken": found[1]} if found else {}
        return self.send(to or path, **token, **fields)

    def send(self, path: str, **fields: str) -> Page:
        """Send a form's fields."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields), Origin=self.origin, **kind)

    def _keep(self, page: Page) -> None:
        for each in page.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(each).items():
                if morsel["max-age"] == 0 or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
