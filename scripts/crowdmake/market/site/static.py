"""The site's own style and scripts, each under an address that changes with its content."""

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from crowdmake.market.site.immutable import Immutable

PATH = "/static/"
_FILES = Path(__file__).parent / "files"


@cache
def _files() -> Immutable:
    return Immutable({path.name: path.read_bytes() for path in _FILES.iterdir()})


def address(name: str) -> str:
    """Return the address of the file called ``name``."""
    return PATH + _files().served_as(name)


def serve(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Send a file."""
    return _files().response(name, {})
