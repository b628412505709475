"""The site as a function from requests to replies; Django does the work."""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from tornado.httputil import HTTPServerRequest
from tornado.wsgi import WSGIContainer

from crowdmake.market.faults import Faults
from crowdmake.market.models import Session
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.serving.vault import Vault
from crowdmake.market.site import current, hosts, sessions
from crowdmake.market.stores import Store

# What Django is told of a body beside its kind. It would decode a request in any encoding that
# Python has; browsers name none here.
_BOUNDARY = re.compile(r";\s*+boundary=(?:\"[^\"]{1,200}\"|[^\s;\"]{1,200})", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Reply(NamedTuple):
    """An answer to a browser; ``headers`` may have a name several times."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class SiteApplication:
    """The site of one market; any number of threads may call it at once."""

    def __init__(self, store: Store, vault: Vault, log: AccessLog | None = None) -> None:
        """Begin to show a market; ``log`` is where requests are written down, if they are."""
        self._store, self._vault, self._log = store, vault, log
        self._faults = Faults(logger, "a browser's session cannot be looked up")
        self._handler = WSGIHandler()
        self._container = WSGIContainer(self._handler)

    def respond(self, request: HTTPServerRequest) -> Reply:
        """Return what a browser is sent for a request; never raise."""
        if not hosts.is_host(request.host):
            return Reply(421, [("Content-Type", "text/plain")], b"There is nothing here.\n")
        started: list[tuple[int, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], None]:
            # Django's cookies begin with a blank, which is no part of a value.
            stripped = [(name, value.strip()) for name, value in headers]
            started.append((int(status.partition(" ")[0]), stripped))
            return lambda _: None

        with current.serving(self._store, self._vault, self._log):
            environ = self._container.environ(request)
            environ["CONTENT_TYPE"] = _kind(environ.get("CONTENT_TYPE", ""))
            response = self._handler(environ, start)
            try:
                body = b"".join(response)
            finally:
                response.close()
        return Reply(*started[-1], body)

    def is_signed_in(self, request: HTTPServerRequest) -> bool:
        """Return whether a browser's session is a worker's; never raise."""
        cookie = request.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is None or not sessions.is_key(cookie.value):
            return False
        try:
            self._store.bind()
            return Session.objects.filter(
                session_key=cookie.value,
                account__isnull=False,
                expire_date__gt=datetime.now(UTC),
            ).exists()
        except Exception as error:  # noqa: BLE001 - it is logged by `Faults`
            self._faults.note(error)
            return False


def _kind(header: str) -> str:
    """Return a header Content-Type without its parameters, but for the boundary of parts."""
    boundary = _BOUNDARY.search(header)
    return header.partition(";")[0] + (boundary[0] if boundary else "")
