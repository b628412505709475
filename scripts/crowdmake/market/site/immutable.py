"""Files under names that change with their content, so that browsers may keep them for ever."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePath

from django.http import Http404, HttpResponse

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}


class Immutable:
    """Files by their names, as they are served."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._served = {name: _digested(name, content) for name, content in contents.items()}
        self._contents = {self._served[name]: content for name, content in contents.items()}

    def served_as(self, name: str) -> str:
        """Return the name under which the file called ``name`` is served."""
        return self._served[name]

    def response(self, served: str, headers: Mapping[str, str]) -> HttpResponse:
        """Return the file that is served under a name, with more ``headers``; raises Http404."""
        content = self._contents.get(served)
        if content is None:
            raise Http404
        kind = f"{_TYPES[PurePath(served).suffix]}; charset=utf-8"
        return HttpResponse(content, kind, headers={**_HEADERS, **headers})


def _digested(name: str, content: bytes) -> str:
    path = PurePath(name)
    return f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}"
