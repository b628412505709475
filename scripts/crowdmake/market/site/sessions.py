"""Browsers' sessions, kept in the market's database and written in its turn.

docs.djangoproject.com/en/5.2/topics/http/sessions/#extending-database-backed-session-engines
"""

import json
import re
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from crowdmake.market.models import Session
from crowdmake.market.site import current

ACCOUNT = "account"
# As Django makes them.
_KEY = re.compile(r"[a-z0-9]{32}")
# Long enough to fill in a form, for browsers in which nobody has signed in.
STRANGER_SECONDS = 2 * 3600


def is_key(text: str | None) -> bool:
    """Return whether a session may have that key: no database is asked for anything else."""
    return text is not None and _KEY.fullmatch(text) is not None


class SessionStore(DatabaseStore):
    """A session whose content never leaves the server, and so is not signed."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key if is_key(session_key) else None)

    @classmethod
    def get_model_class(cls) -> Any:
        """Return the market's own table."""
        return Session

    def get_session_cookie_age(self) -> int:
        """Return for how many seconds the session lasts."""
        age: int = super().get_session_cookie_age() if ACCOUNT in self else STRANGER_SECONDS
        return age

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return what is stored for the session's values."""
        return json.dumps(session_dict)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the session's values."""
        values: dict[str, Any] = json.loads(session_data)
        return values

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row of the session, with the account that signed in."""
        row: Any = super().create_model_instance(data)
        row.account_id = data.get(ACCOUNT)
        return row

    def save(self, must_create: bool = False) -> None:
        """Keep the session; a new one gets its key by being created, which saves it."""
        if self.session_key is None:
            return self.create()
        return current.run(lambda _: super(SessionStore, self).save(must_create=must_create))

    def delete(self, session_key: str | None = None) -> None:
        """Forget the session."""
        current.run(lambda _: super(SessionStore, self).delete(session_key))
