"""Deleting HITs of no experiment, each only once it is over, decided and saved."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.account.hits import HITS, Record, deleted_hits, is_as_listed, looked_at_again
from crowdmake.calls import in_flight
from crowdmake.client import code, is_refusal, refusal
from crowdmake.exceptions import UserError
from crowdmake.launching.expiry import PAST
from crowdmake.ledgers.batches import DECIDED
from crowdmake.ledgers.ledger import Event, Ledger, events_of
from crowdmake.messages import counted, listed
from crowdmake.reviewing.deletion import fingerprint, folded

Say = Callable[[str], None]


class _ChangedError(Exception):
    """A HIT is not any more as it was listed."""


@dataclass(frozen=True)
class Orders:
    """What a deletion of HITs of no experiment is told."""

    confirmed: int | None = None
    """How many HITs the person expects to be deleted."""
    expire: bool = False
    """End open HITs first."""
    only: frozenset[str] = frozenset()
    """Limit everything to these HIT ids, unless it is empty."""

    def concern(self, hit_id: str) -> bool:
        """Return whether anything may be done to a HIT."""
        return not self.only or hit_id in self.only


def delete(client: Any, ledger: Ledger, records: Iterable[Record], orders: Orders, say: Say) -> int:
    """Delete what may be deleted of ``records``, say what is left and why; return how many.

    ``records`` is what `Account.listing` yielded in the same run.

    Raises:
        UserError: the number is not the one that was confirmed, or a HIT that was named is
            none of those; nothing is done then.
    """
    listing = {each["hit_id"]: each for each in records}
    unsure = {name: hit for name, hit in _unsure(ledger).items() if orders.concern(name)}
    _check_named(listing, unsure.keys() | _ids(deleted_hits(ledger)), orders)
    targets = [each for each in listing.values() if _is_target(each, orders)]
    reasons = {
        each["hit_id"]: reason
        for each in targets
        if (reason := _why_not(each, expire=orders.expire))
    }
    ready = {each["hit_id"]: each for each in targets if each["hit_id"] not in reasons}
    _check_confirmed(sorted(ready.keys() - unsure.keys()), orders)
    gone = {name: hit for name, hit in unsure.items() if name not in _ids(targets)}
    deleter = _Deleter(client, ledger, frozenset(unsure), orders.expire)
    outcomes = dict(in_flight(deleter.delete, (gone | ready).values()))
    reasons |= {name: reason for name, reason in outcomes.items() if reason}
    for line in folded(reasons, whose=" of no experiment"):
        say(f"account: {line}")
    return sum(not reason for reason in outcomes.values())


def receipts(ledger: Ledger) -> Iterator[Record]:
    """Yield the receipts of deleted HITs of no experiment, in the order of deletion."""
    for event in events_of(ledger.read(), "deleted"):
        names = ("hit_id", "assignments", "assignments_sha256", "time")
        yield {name: event[name] for name in names}


def _ids(records: Iterable[Record]) -> set[str]:
    return {each["hit_id"] for each in records}


def _is_target(record: Record, orders: Orders) -> bool:
    if record["experiment"] is not None or record["ours"] or record["deleted"]:
        return False
    return orders.concern(record["hit_id"])


def _why_not(record: Record, *, expire: bool = False) -> str:
    """Return why a HIT cannot be deleted, or nothing where it can."""
    if not record["over"] and not expire:
        return "open; `--config expire=true` ends them first"
    if any(each["status"] not in DECIDED for each in record["assignments"]):
        return f"work is undecided, see {HITS}"
    # Lists may lag behind counters; what is not listed is not saved.
    saved, said = len(record["assignments"]), record["completed"]
    if said > saved:
        return f"the market counts {counted(said, 'decided answer')} and lists {saved}; try later"
    return ""


def _check_named(listing: Mapping[str, Record], begun: Set[str], orders: Orders) -> None:
    """Refuse HIT ids on the command line that are not of HITs of no experiment."""
    lines = []
    for name in sorted(orders.only - begun):
        record = listing.get(name)
        if record is None:
            lines.append(f"{name} is no HIT that the account shows")
        elif record["experiment"] is not None or record["ours"]:
            lines.append(
                f"{name} belongs to the experiment {record['experiment']};"
                " its own directory's `snakemake delete` deletes it"
            )
    UserError.collect(f"--config hit: {line}" for line in lines)


def _check_confirmed(wanted: list[str], orders: Orders) -> None:
    if orders.confirmed == len(wanted) or not wanted:
        return
    number = counted(len(wanted), "HIT")
    found = "" if orders.confirmed is None else f" and not {orders.confirmed}"
    raise UserError(
        f"--config all=account: {number} of no experiment{found} would be"
        f" {'expired and ' * orders.expire}deleted ({listed(wanted)});"
        f" they and their answers stand in {HITS}; to delete them add confirm={len(wanted)}"
    )


def _unsure(ledger: Ledger) -> dict[str, Record]:
    """Return the HITs for which a call was about to be made whose outcome is not known, by id."""
    found: dict[str, Record] = {}
    for event in ledger.read():
        if event["event"] == "delete_intent":
            found[event["hit"]["hit_id"]] = event["hit"]
        elif event["event"] in {"deleted", "kept"}:
            found.pop(event["hit_id"], None)
    return found


@dataclass(frozen=True)
class _Deleter:
    """What the threads that delete HITs share; ``unsure`` names those tried before."""

    client: Any
    ledger: Ledger
    unsure: frozenset[str]
    expire: bool

    def delete(self, record: Record) -> tuple[str, str]:
        """Save a HIT, delete it and write its receipt; return its id and why it was left."""
        name = record["hit_id"]
        try:
            present = self._present(record)
            reason = self._why_not(present) if present else self._unknown(name)
            if present and not reason:
                self.ledger.append({"event": "delete_intent", "hit": present})
                self.client.delete_hit(HITId=name)
        except ClientError as error:
            if not is_refusal(error):
                raise
            reason = "" if self._is_deleted(error) else refusal(error)
        except _ChangedError:
            reason = "has changed since it was listed; the next run looks again"
        if reason:
            self.ledger.append({"event": "kept", "hit_id": name})
        else:
            self.ledger.append(_receipt(present or record))
        return name, reason

    def _present(self, record: Record) -> Record | None:
        """Return a HIT's record just before its deletion; None for one that is gone.

        Its answers were listed some time ago: they are all there only if nothing has changed.
        """
        name = record["hit_id"]
        try:
            if self.expire and not record["over"]:
                self.client.update_expiration_for_hit(HITId=name, ExpireAt=PAST)
                return looked_at_again(self.client, record)
            hit = self.client.get_hit(HITId=name)["HIT"]
        except ClientError as error:
            if code(error) != "HITDoesNotExist":
                raise
            return None
        if hit["HITStatus"] == "Disposed":
            return None
        if not is_as_listed(hit, record):
            raise _ChangedError
        return record

    def _why_not(self, present: Record) -> str:
        """Return why a HIT cannot be deleted, as it is now, or nothing where it can."""
        if self.expire and not present["over"]:
            return "expired, but what was accepted before may still be submitted"
        return _why_not(present)

    def _unknown(self, name: str) -> str:
        """Return what to say of a HIT that is gone: nothing where an earlier run deleted it."""
        return "" if name in self.unsure else "the market does not know it any more"

    @staticmethod
    def _is_deleted(error: ClientError) -> bool:
        """Return whether an earlier try of the same call, whose answer was lost, did it."""
        if error.operation_name != "DeleteHIT":
            return False
        if code(error) == "InvalidHITState":
            return "'Disposed'" in error.response["Error"]["Message"]
        tries = error.response["ResponseMetadata"].get("RetryAttempts", 0)
        return code(error) == "HITDoesNotExist" and bool(tries)


def _receipt(record: Record) -> Event:
    return {
        "event": "deleted",
        "hit_id": record["hit_id"],
        "assignments": len(record["assignments"]),
        "assignments_sha256": fingerprint(record["assignments"]),
    }
