"""Ending and prolonging the time for which HITs are offered; costs nothing by itself.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_UpdateExpirationForHITOperation.html
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from crowdmake import moments
from crowdmake.calls import in_flight
from crowdmake.client import code, is_refusal, refusal
from crowdmake.exceptions import UserError
from crowdmake.harvesting.harvest import finished, harvest
from crowdmake.launching.offers import is_over, present
from crowdmake.ledgers.batches import Batch, HitRecord
from crowdmake.messages import counted, shown

# Any moment in the past expires a HIT at once.
PAST = datetime(2015, 1, 1, tzinfo=UTC)
# A market extends a HIT by a minute to a year, or not at all.
_LEAST = timedelta(minutes=1)
_MOST = timedelta(days=365)

Say = Callable[[str], None]


def expire(client: Any, batch: Batch, hits: Iterable[HitRecord], say: Say) -> None:
    """Expire the open ones of ``hits`` and save what was submitted until then."""
    open_hits = [hit for hit in hits if not hit.closed]

    def end(hit: HitRecord) -> bool:
        try:
            client.update_expiration_for_hit(HITId=hit.hit_id, ExpireAt=PAST)
        except ClientError as error:
            if code(error) != "HITDoesNotExist":
                raise
            return False
        if not hit.expired:
            batch.money.append({"event": "expired", "hit_id": hit.hit_id})
        return True

    expired = sum(in_flight(end, open_hits))
    harvest(client, batch, finished(client, open_hits), batch.read(), say)
    if expired:
        say(f"{batch.name}: expired {counted(expired, 'open HIT')}")


def until(batch: Batch, orders: Mapping[str, Any]) -> datetime | None:
    """Return the moment that the orders ``hours`` or ``expires`` mean, None without either.

    Raises:
        UserError: it is no moment, or not one within a year from now.
    """
    now = present(batch)
    moment = now + timedelta(hours=orders["hours"]) if "hours" in orders else None
    if "expires" in orders:
        moment = _read(orders["expires"])
    if moment is not None and not now + _LEAST <= moment <= now + _MOST:
        raise UserError(
            f"--config {'expires' if 'expires' in orders else 'hours'}: found"
            f" {moments.written(moment)}; expected a moment between a minute and 365 days from now"
            " (`snakemake expire` ends HITs)"
        )
    return moment


def prolong(
    client: Any, batch: Batch, hits: Iterable[HitRecord], moment: datetime, say: Say
) -> int:
    """Offer those of ``hits`` that lack answers until ``moment``; return how many there were.

    A market cannot shorten the time of a HIT, so those that are offered longer stay so.

    Raises:
        UserError: the market refused some; the others have their receipts.
    """
    now = present(batch)
    short = [hit for hit in hits if not hit.deleted and len(hit.assignments) < hit.wanted]
    due = [
        hit for hit in short if is_over(hit, now) or moment - moments.read(hit.expiration) >= _LEAST
    ]
    longer = len(short) - len(due)
    if longer:
        say(
            f"{batch.name}: {counted(longer, 'HIT')} offered so long or longer already, left so;"
            " `snakemake expire` ends HITs"
        )

    def work(hit: HitRecord) -> str | None:
        return _prolong(client, batch, hit, moment)

    UserError.collect(sorted(line for line in in_flight(work, due) if line))
    return len(due)


def _prolong(client: Any, batch: Batch, hit: HitRecord, moment: datetime) -> str | None:
    """Prolong one HIT; return why the market refused it, or None where it is done."""
    try:
        client.update_expiration_for_hit(HITId=hit.hit_id, ExpireAt=moment)
    except ClientError as error:
        if not is_refusal(error):
            raise
        found = None if code(error) == "HITDoesNotExist" else _offered_until(client, hit)
        if found is None or found < moment - _LEAST:
            return f"HIT {hit.hit_id} of batch {batch.name}: {refusal(error)}"
        moment = found  # an earlier call, whose answer was lost, has done it
    receipt = {"hit_id": hit.hit_id, "key": hit.key, "expiration": moments.written(moment)}
    batch.money.append({"event": "prolonged"} | receipt)
    return None


def _offered_until(client: Any, hit: HitRecord) -> datetime:
    found: datetime = client.get_hit(HITId=hit.hit_id)["HIT"]["Expiration"]
    return found


def _read(text: str) -> datetime:
    """Return a moment in ISO 8601; a date alone is its midnight, and what names no zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"--config expires: found {shown(text)}; expected a moment such as 2026-12-01T18:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
