"""Links by which workers sign up. Time is the wall clock's."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Q

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.membership import tokens
from crowdmake.market.models import Invitation


class Made(NamedTuple):
    """A new invitation, and the token of its link, which is not kept."""

    invitation: Invitation
    token: str


class Unusable(Exception):  # noqa: N818 - an answer to a worker, not a fault
    """Why nobody can sign up with a link, in words that follow "This invitation link"."""


def make(uses: int | None, lasts: timedelta | None, note: str) -> Made:
    """Return an invitation for ``uses`` workers, None for any number; inside `writing()`."""
    now, token = datetime.now(UTC), tokens.new()
    invitation = Invitation.objects.create(
        token_digest=tokens.digest(token),
        note=note,
        created_at=now,
        expires_at=None if lasts is None else now + lasts,
        uses_left=uses,
    )
    return Made(invitation, token)


def find(token: str) -> Invitation:
    """Return the invitation that a link is good for; raises Unusable."""
    invitation = Invitation.objects.filter(token_digest=tokens.digest(token)).first()
    if invitation is None:
        raise Unusable("is not known here: see whether it was copied as a whole")
    obstacle = OBSTACLES.get(state(invitation))
    if obstacle:
        raise Unusable(obstacle)
    return invitation


OBSTACLES = {
    "revoked": "was taken back",
    "expired": "has expired",
    "used up": "has been used up",
}


def state(invitation: Invitation) -> str:
    """Return what became of an invitation: open, or why it is not."""
    if invitation.revoked_at is not None:
        return "revoked"
    if invitation.uses_left == 0:
        return "used up"
    if invitation.expires_at is not None and invitation.expires_at <= datetime.now(UTC):
        return "expired"
    return "open"


def use(invitation: Invitation) -> None:
    """Count one worker who signs up; raises Unusable; inside `writing()`."""
    now = datetime.now(UTC)
    fresh = Q(expires_at=None) | Q(expires_at__gt=now)
    some_left = Q(uses_left=None) | Q(uses_left__gt=0)
    usable = Invitation.objects.filter(fresh, some_left, pk=invitation.pk, revoked_at=None)
    # Of two who use the last one at once, the second finds none.
    if not usable.update(uses_left=F("uses_left") - 1, used=F("used") + 1):
        present = Invitation.objects.get(pk=invitation.pk)
        raise Unusable(OBSTACLES.get(state(present), OBSTACLES["used up"]))


def revoke(number: int) -> Invitation:
    """Take an invitation back; raises OperatorError where that was done; inside `writing()`."""
    found = Invitation.objects.filter(pk=number)
    if not found.filter(revoked_at=None).update(revoked_at=datetime.now(UTC)):
        raise OperatorError(f"there is no invitation {number} that could be revoked")
    return found.get()
