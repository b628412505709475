"""What is unsafe about a site that other machines reach, in words for its operator."""

from collections.abc import Iterator

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import Site
from crowdmake.market.models.site import CLOSED
from crowdmake.market.site import hosts, origins, sources
from crowdmake.market.site.pay import Pay

# Longer than it takes to see that something is wrong, addresses are of no use.
MOST_ADDRESS_DAYS = 30


def problems(site: Site) -> list[str]:
    """Return what has to be mended before workers come, a line each; none on the loopback."""
    if not hosts.is_public(site):
        return []
    return [*_of_addresses(site), *_of_pay(site), *_of_settings(site)]


def _of_addresses(site: Site) -> Iterator[str]:
    try:
        own = origins.read(site.address)
        if own.scheme != "https":
            yield f"the site's address {site.address} is without TLS: it has to begin with https://"
        if not site.pages:
            yield "the pages that HITs show have no host of their own: site set --pages"
            return
        pages = origins.read(site.pages, any_below=True)
    except OperatorError as error:
        yield str(error)
        return
    if pages.scheme != "https":
        yield f"the pages' address {site.pages} is without TLS: it has to begin with https://"
    if pages.is_loopback:
        yield f"workers cannot reach the pages' address {site.pages}"
    why = origins.obstacle(own, pages)
    if why:
        yield why


def _of_pay(site: Site) -> Iterator[str]:
    pay = Pay.of(site)
    stated = {
        "--currency": pay.currency,
        "--debtor": pay.debtor,
        "--paid-how": pay.how,
        "--paid-when": pay.when,
    }
    lacking = ", ".join(name for name, value in stated.items() if not value)
    if lacking and site.sign_up != CLOSED:
        yield (
            f"nobody can sign up without a statement of pay, which lacks {lacking}: site set, or"
            " site set --sign-up closed"
        )


def _of_settings(site: Site) -> Iterator[str]:
    for each in sources.open_ones(site.sources):
        yield f"pages may load what others can change on its way: {each!r} in site set --sources"
    if site.address_days > MOST_ADDRESS_DAYS:
        yield (
            f"workers' addresses are kept for {site.address_days} days:"
            f" site set --address-days {MOST_ADDRESS_DAYS}, or less"
        )
