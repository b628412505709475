"""What an operator and a served market do, for the tests: stating, inviting, clearing up."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from crowdmake.market.membership import invitations
from crowdmake.market.models import Site
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.site import leftovers

PUBLIC = {"address": "https://hits.example.org", "pages": "https://*.pages.example.net"}
PAID = {"currency": "EUR", "debtor": "The lab", "paid_how": "by transfer", "paid_when": "monthly"}


def state(market: Any, **settings: Any) -> None:
    """State something about the site."""

    def set_(_: Any) -> None:
        site = Site.stated()
        for name, value in settings.items():
            setattr(site, name, value)
        site.save()

    market.run(set_)


def invite(market: Any, uses: int | None = 1) -> str:
    """Return the path of a new invitation's link."""
    made = market.run(lambda _: invitations.make(uses, timedelta(days=1), ""))
    return f"/join/{made.token}"


def clear(market: Any) -> None:
    """Remove what the site needs no longer."""
    leftovers.clear(AccessLog(Path("no-such-directory")), market.store)
