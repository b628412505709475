"""The links that an operator gives to workers."""

from django.urls import reverse

from crowdmake.market.commands import common
from crowdmake.market.models import Site
from crowdmake.market.stores import Store

PORT = 8717


def link(store: Store, name: str, token: str) -> str:
    """Return the address of the site's page called ``name`` with a token.

    Where the site has no address it is this machine's, and a line beside says so.
    """
    with store.reading():
        site = Site.stated()
    if not site.address:
        common.note(
            f"The site has no address yet and is reached on this machine alone, at port {PORT}"
            " unless crowdmake market says another one."
        )
    own = site.address or f"http://localhost:{PORT}"
    return own + reverse(name, args=[token])
