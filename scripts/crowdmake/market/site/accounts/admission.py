"""Whether a site takes new workers, and how they become workers."""

from datetime import datetime

from django.db import IntegrityError

from crowdmake.market import workers
from crowdmake.market.membership import invitations, names
from crowdmake.market.models import Account, Invitation, Site
from crowdmake.market.models.site import CLOSED, OPEN
from crowdmake.market.site import current, hosts
from crowdmake.market.site.pay import Pay


class Taken(Exception):  # noqa: N818 - an answer to a worker, not a fault
    """Somebody else has the user name."""


def closed(site: Site) -> str:
    """Return why a site takes no new workers at all, in words for them; "" where it does."""
    if hosts.is_public(site) and not Pay.of(site).real:
        return (
            "Nobody can sign up here: whoever runs this site has not stated whether work is paid,"
            " by whom, how and when, and without that no site on a network takes workers."
        )
    return "This site takes no new workers." if site.sign_up == CLOSED else ""


def is_open(site: Site) -> bool:
    """Return whether anybody may sign up."""
    return site.sign_up == OPEN and not closed(site)


def admit(name: str, encoded: str, invitation: Invitation | None) -> Account:
    """Return the account of a new worker, whose password was encoded before.

    Raises Taken, and invitations.Unusable; then nothing was made, and no invitation used.
    """

    def make(now: datetime) -> Account:
        if names.is_taken(name):
            raise Taken
        if invitation is not None:
            invitations.use(invitation)
        worker = workers.register(name)
        return Account.objects.create(
            username=names.key_of(name), password=encoded, worker=worker, created_at=now
        )

    try:
        return current.run(make)
    except IntegrityError:  # two at once, in two processes
        raise Taken from None
