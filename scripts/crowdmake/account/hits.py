"""Every HIT of an account, with its answers, and whose it is.

One ListHITs for a hundred HITs, and one ListAssignmentsForHIT for each whose answers are not
in the ledgers. The RequesterAnnotation says which experiment a HIT belongs to.
``state/account.jsonl`` holds what was done about HITs of no experiment:

==================  ==================================================================
``delete_intent``   hit: all of it, with its answers; DeleteHIT is about to be called
``kept``            hit_id: the market refused to delete it
``deleted``         hit_id, assignments, assignments_sha256: the receipt
==================  ==================================================================
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from crowdmake import locks, moments
from crowdmake.calls import in_flight, pages
from crowdmake.harvesting.harvest import harvest, has_news, is_over, submitted
from crowdmake.harvesting.views import parsed
from crowdmake.ledgers.batches import STATE, Batch, HitRecord, launched_batches
from crowdmake.ledgers.ledger import Event, Ledger, events_of
from crowdmake.messages import counted

HITS = Path("results/account/hits.jsonl")
# What `launch` writes into a HIT: crowdmake/{experiment_id}/{batch}/{key}.
_ANNOTATION = re.compile(r"crowdmake/([^/]+)/([^/]+)/([^/]+)")
_FIELDS = {
    "hit_type_id": "HITTypeId",
    "hit_group_id": "HITGroupId",
    "status": "HITStatus",
    "review_status": "HITReviewStatus",
    "title": "Title",
    "description": "Description",
    "keywords": "Keywords",
    "reward": "Reward",
    "max_assignments": "MaxAssignments",
    "available": "NumberOfAssignmentsAvailable",
    "pending": "NumberOfAssignmentsPending",
    "completed": "NumberOfAssignmentsCompleted",
    "annotation": "RequesterAnnotation",
    "assignment_duration_in_seconds": "AssignmentDurationInSeconds",
    "auto_approval_delay_in_seconds": "AutoApprovalDelayInSeconds",
    "qualification_requirements": "QualificationRequirements",
    "question": "Question",
}
# What changes where a HIT is extended, expired or worked on; and whose it is.
_MOVING = ("status", "max_assignments", "available", "pending", "completed", "annotation")
_SAVED = (
    "assignment_id",
    "worker_id",
    "status",
    "accept_time",
    "submit_time",
    "auto_approval_time",
    "feedback",
)

Say = Callable[[str], None]
Record = dict[str, Any]


def account_ledger(endpoint: str, state: Path = STATE) -> Ledger:
    """Return the ledger of what was done about HITs of no experiment on ``endpoint``."""
    return Ledger(state / "account.jsonl", endpoint)


def account_lock(say: Say, state: Path = STATE) -> AbstractContextManager[None]:
    """Return the lock that whoever writes to that ledger holds."""
    return locks.held(state / "account.lock", say)


class Account:
    """All HITs that the credentials show, sorted by whose they are."""

    def __init__(self, client: Any, endpoint: str, experiment_id: str, state: Path = STATE) -> None:
        self._client = client
        self._endpoint = endpoint
        self._experiment_id = experiment_id
        self._owners: Counter[str] = Counter()
        self._batches = [Batch(name, endpoint, state) for name in launched_batches(endpoint, state)]
        self._ledger = account_ledger(endpoint, state)

    def listing(self, say: Say) -> Iterator[Record]:
        """Yield a record of every HIT: this experiment's last, behind them what was deleted.

        Answers to this experiment's HITs that are not in its ledgers are saved there.
        """
        for record in self._records(say):
            kind = "ours" if record["ours"] else "others" if record["experiment"] else "none"
            self._owners["deleted" if record["deleted"] else kind] += 1
            yield record

    def summary(self) -> str:
        """Return in words whose the HITs were that `listing` yielded."""
        number = self._owners
        return (
            f"account on {self._endpoint}: {counted(number['ours'], 'HIT')} of this experiment,"
            f" {number['others']} of others, {number['none']} of none;"
            f" {number['deleted']} of none deleted before"
        )

    def _records(self, say: Say) -> Iterator[Record]:
        known = {
            hit.hit_id: (batch.name, hit)
            for batch in self._batches
            for hit in batch.read().hits.values()
        }
        ours: dict[str, Mapping[str, Any]] = {}
        seen: set[str] = set()
        for page in pages(self._client.list_hits):
            fresh = [hit for hit in page["HITs"] if hit["HITId"] not in seen]
            seen |= {hit["HITId"] for hit in fresh}
            ours |= {hit["HITId"]: _without_question(hit) for hit in fresh if hit["HITId"] in known}
            yield from self._others([hit for hit in fresh if hit["HITId"] not in known])
        yield from self._ours(ours, known, say)
        yield from (record for record in deleted_hits(self._ledger) if record["hit_id"] not in seen)

    def _others(self, hits: list[Mapping[str, Any]]) -> list[Record]:
        """Return the records of HITs that the experiment's ledgers do not know, in their order."""
        found = dict(in_flight(self._asked, hits))
        return [
            _record(hit, self._owner(hit), answers)
            for hit in hits
            if (answers := found[hit["HITId"]]) is not None
        ]

    def _asked(self, hit: Mapping[str, Any]) -> tuple[str, list[Event] | None]:
        """Return a HIT's id and its assignments; None where it was deleted since it was listed."""
        if not has_news(hit, 0):
            return hit["HITId"], []
        name, wanted = hit["HITId"], hit["MaxAssignments"]
        return name, submitted(self._client, name, wanted, over=is_over(hit))

    def _ours(
        self,
        hits: Mapping[str, Mapping[str, Any]],
        known: Mapping[str, tuple[str, HitRecord]],
        say: Say,
    ) -> Iterator[Record]:
        """Save what is new of this experiment's HITs, then yield their records."""
        for batch in self._batches:
            mine = {name: hit for name, hit in hits.items() if known[name][0] == batch.name}
            asked = {
                name: is_over(hit) for name, hit in mine.items() if _outdated(hit, known[name][1])
            }
            if asked:
                with batch.lock(say):
                    harvest(self._client, batch, asked, batch.read(), say)
                    batch.mark_decided()
            saved = batch.read().by_hit_id()
            for name, hit in mine.items():
                owner = {"experiment": self._experiment_id, "ours": True}
                place = {"batch": batch.name, "key": saved[name].key}
                yield _record(hit, owner | place, saved[name].assignments)

    def _owner(self, hit: Mapping[str, Any]) -> Record:
        """Return whose a HIT is by its annotation; ``experiment`` is null for one of none."""
        found = _ANNOTATION.fullmatch(hit.get("RequesterAnnotation", ""))
        if not found:
            return {"experiment": None, "ours": False, "batch": None, "key": None}
        experiment, batch, key = found.groups()
        ours = experiment == self._experiment_id
        return {"experiment": experiment, "ours": ours, "batch": batch, "key": key}


def deleted_hits(ledger: Ledger) -> list[Record]:
    """Return HITs of no experiment that were deleted, as they were saved before."""
    events = ledger.read()
    saved = {event["hit"]["hit_id"]: event["hit"] for event in events_of(events, "delete_intent")}
    return [
        saved[event["hit_id"]] | {"deleted": event["time"]}
        for event in events_of(events, "deleted")
    ]


def looked_at_again(client: Any, record: Record) -> Record:
    """Return a HIT's record as it is now."""
    hit = client.get_hit(HITId=record["hit_id"])["HIT"]
    found = submitted(client, hit["HITId"], hit["MaxAssignments"], over=is_over(hit))
    owner = {name: record[name] for name in ("experiment", "ours", "batch", "key")}
    return _record(hit, owner, found or [])


def is_as_listed(hit: Mapping[str, Any], record: Record) -> bool:
    """Return whether a HIT, as the market shows it now, is still as its record says."""
    return all(record[name] == hit.get(_FIELDS[name]) for name in _MOVING)


def _outdated(hit: Mapping[str, Any], record: HitRecord) -> bool:
    """Return whether the market may know more of a HIT than the ledgers."""
    decided = len(record.assignments) - len(record.undecided())
    if hit["NumberOfAssignmentsCompleted"] > decided:
        return True
    return not record.closed and has_news(hit, len(record.assignments))


def _without_question(hit: Mapping[str, Any]) -> Record:
    """Return a HIT without its page, of which there may be very many."""
    return {name: value for name, value in hit.items() if name != "Question"}


def _record(hit: Mapping[str, Any], owner: Mapping[str, Any], assignments: list[Event]) -> Record:
    return {
        "hit_id": hit["HITId"],
        **owner,
        **{name: hit.get(field) for name, field in _FIELDS.items()},
        "creation_time": moments.written(hit["CreationTime"]),
        "expiration": moments.written(hit["Expiration"]),
        "over": is_over(hit),
        "assignments": [_assignment(each) for each in assignments],
        "deleted": None,
    }


def _assignment(event: Event) -> Record:
    return {name: event.get(name) for name in (*_SAVED, "answer")} | parsed(event)
