"""Fetching what people answered, with as few calls as the API allows.

There is no call that returns the answers of several HITs, so every HIT costs at least one
ListAssignmentsForHIT. Which of many open HITs changed, ListHITs tells a hundred at a time:
what is submitted is what is neither available nor pending
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HITDataStructureArticle.html).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crowdmake import moments
from crowdmake.batches import DECIDED, Batch, HitRecord, Snapshot
from crowdmake.calls import PAGE, in_flight, pages
from crowdmake.client import code
from crowdmake.ledger import Event

FINISHED = frozenset({"Reviewable", "Reviewing"})
# Below this many open HITs, asking each is as cheap as sweeping the account.
_FEW = 10

Say = Callable[[str], None]


def poll(client: Any, batch: Batch, say: Say) -> int:
    """Save every answer that is new and return how many there were.

    A HIT is closed in the ledger once all its assignments are saved, or once it is over on
    the market and all that was submitted is saved. Closed HITs are never asked again.
    """
    snapshot = batch.read()
    return harvest(client, batch, _changed(client, snapshot.open_hits()), snapshot, say)


def harvest(
    client: Any, batch: Batch, asked: Mapping[str, bool], snapshot: Snapshot, say: Say
) -> int:
    """Save the answers of the HITs ``asked``, id to whether it is over; return how many are new."""
    known = snapshot.assignments()
    hits = snapshot.by_hit_id()
    lister = _Lister(client, batch)
    new = 0
    for hit_id, assignments in in_flight(lister.assignments, asked):
        fresh = [each for each in assignments or [] if _differs(each, known)]
        new += sum(each["assignment_id"] not in known for each in fresh)
        _save(batch, hits[hit_id], fresh)
        if assignments is None:
            say(f"HIT {hit_id} is gone from the market; what was saved of it stays")
        if not hits[hit_id].closed and _over(hits[hit_id], assignments, over=asked[hit_id]):
            batch.money.append({"event": "closed", "hit_id": hit_id})
    return new


def finished(client: Any, hits: list[HitRecord]) -> dict[str, bool]:
    """Return, by id, whether each HIT is over on the market; one call each."""
    return dict(in_flight(_Lister(client, None).state, [hit.hit_id for hit in hits]))


def _changed(client: Any, open_hits: list[HitRecord]) -> dict[str, bool]:
    """Return the ids of HITs that may have news, and whether each is over on the market."""
    seen = _sweep(client, {hit.hit_id for hit in open_hits}) if len(open_hits) > _FEW else {}
    unseen = [hit for hit in open_hits if hit.hit_id not in seen]
    now = moments.now()
    expired = [hit for hit in unseen if moments.read(hit.created["expiration"]) <= now]
    asked = dict.fromkeys((hit.hit_id for hit in unseen), False) | finished(client, expired)
    for hit in open_hits:
        if hit.hit_id in seen and _has_news(seen[hit.hit_id], len(hit.assignments)):
            asked[hit.hit_id] = seen[hit.hit_id]["HITStatus"] in FINISHED
    return asked


def _sweep(client: Any, wanted: set[str]) -> dict[str, Mapping[str, Any]]:
    """Return what ListHITs says of the ``wanted`` HITs, within a tenth of a call for each.

    The account may hold any number of others; those not found here are asked one by one.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for page in pages(client.list_hits, most=max(2, len(wanted) // _FEW)):
        found |= {hit["HITId"]: hit for hit in page["HITs"] if hit["HITId"] in wanted}
        if len(found) == len(wanted):
            break
    return found


def _has_news(hit: Mapping[str, Any], saved: int) -> bool:
    outstanding = hit["NumberOfAssignmentsAvailable"] + hit["NumberOfAssignmentsPending"]
    # The counters of an expired HIT cannot be trusted, so it is asked until it is over.
    past = hit["Expiration"] <= moments.now()
    return past or hit["HITStatus"] in FINISHED or hit["MaxAssignments"] - outstanding > saved


@dataclass(frozen=True)
class _Lister:
    client: Any
    batch: Batch | None

    def assignments(self, hit_id: str) -> tuple[str, list[Event] | None]:
        """Return the HIT's submitted assignments; None where the HIT is gone."""
        found: list[Event] = []
        try:
            for page in pages(self.client.list_assignments_for_hit, HITId=hit_id):
                found += [_event(each) for each in page["Assignments"]]
                if page["NumResults"] < PAGE:
                    break
        except ClientError as error:
            if code(error) != "HITDoesNotExist":
                raise
            return hit_id, None
        return hit_id, found

    def state(self, hit_id: str) -> tuple[str, bool]:
        """Return whether the HIT is over: reviewable, or gone."""
        try:
            hit = self.client.get_hit(HITId=hit_id)["HIT"]
        except ClientError as error:
            if code(error) != "HITDoesNotExist":
                raise
            return hit_id, True
        return hit_id, hit["HITStatus"] in FINISHED | {"Disposed"}


def _event(assignment: Mapping[str, Any]) -> Event:
    auto_approval = assignment.get("AutoApprovalTime")
    return {
        "event": "assignment",
        "hit_id": assignment["HITId"],
        "assignment_id": assignment["AssignmentId"],
        "worker_id": assignment["WorkerId"],
        "status": assignment["AssignmentStatus"],
        "accept_time": moments.written(assignment["AcceptTime"]),
        "submit_time": moments.written(assignment["SubmitTime"]),
        "auto_approval_time": moments.written(auto_approval) if auto_approval else None,
        "feedback": assignment.get("RequesterFeedback"),
        "answer": assignment.get("Answer", ""),
    }


def _differs(event: Event, known: Mapping[str, Event]) -> bool:
    before = known.get(event["assignment_id"])
    return before is None or before["status"] != event["status"]


def _save(batch: Batch, hit: HitRecord, assignments: list[Event]) -> None:
    """Save answers, and as decisions what the market says is decided already."""
    if assignments:
        batch.answers.append(*assignments)
    decided = [each for each in assignments if each["status"] in DECIDED]
    if decided:
        batch.money.append(
            *(decision(each, hit, each["status"], each["feedback"]) for each in decided)
        )


def decision(assignment: Event, hit: HitRecord, decided: str, feedback: str | None) -> Event:
    """Return the ledger's event for a decision, with what it pays."""
    paid = decided == "Approved"
    return {
        "event": "decided",
        "assignment_id": assignment["assignment_id"],
        "hit_id": hit.hit_id,
        "decision": decided,
        "feedback": feedback,
        "reward": hit.created["reward"] if paid else "0.00",
        "fee": hit.created["fee"] if paid else "0.00",
    }


def _over(hit: HitRecord, assignments: list[Event] | None, *, over: bool) -> bool:
    return over or assignments is None or len(assignments) >= hit.wanted
