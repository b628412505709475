"""Libraries that pages load from Amazon or a CDN and that the market has.

They are served at fixed addresses on every pages' host, to any origin: the pages' own is opaque.
"""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from crowdmake.market.site.immutable import Immutable

PATH = "libraries/"
_OWN = Path(__file__).with_name("files")
_VENDORED = "django/contrib/admin/static/admin/js/vendor/jquery/jquery.min.js"
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def address(name: str) -> str:
    """Return the path, without the `/` before it, of the library called ``name``."""
    return PATH + _files().served_as(name)


def serve(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Send a library."""
    return _files().response(name, _HEADERS)


@cache
def _files() -> Immutable:
    own = {path.name: path.read_bytes() for path in _OWN.iterdir()}
    return Immutable(own | _jquery() | _others(own["underscore.js"]))


def _jquery() -> dict[str, bytes]:
    """Return jQuery for pages of each age; the migrate plugin knows what 1.9 took away."""
    first = _packaged("django-jquery", "jquery/static/js/jquery.js")
    migrate = _packaged(
        "XStatic-JQuery-Migrate", "xstatic/pkg/jquery_migrate/data/jquery-migrate.min.js"
    )
    # Twice, where a page brings it along, it would wrap its own wrappers.
    once = b"if (!jQuery.migrateWarnings) {\n" + migrate + b"\n}\n"
    return {
        "jquery-1.js": first + b"\n" + once,
        "jquery-3.js": _packaged("Django", _VENDORED),
        "jquery-migrate-1.js": once,
    }


def _others(as_underscore: bytes) -> dict[str, bytes]:
    """Return what else pages of those days build on; lodash passes for underscore."""
    lodash = _packaged("XStatic-lodash", "xstatic/pkg/lodash/data/lodash.min.js")
    bootstrap = "xstatic/pkg/bootstrap_scss/data/js/bootstrap.min.js"
    return {
        "lodash.js": lodash,
        "underscore.js": lodash + b"\n" + as_underscore,
        "bootstrap.js": _packaged("XStatic-Bootstrap-SCSS", bootstrap),
    }


def _packaged(package: str, path: str) -> bytes:
    """Return a file of an installed package, which need not be importable."""
    return Path(str(distribution(package).locate_file(path))).read_bytes()
