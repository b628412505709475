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
from crowdmake.calls import PAGE, in_flight, pages
from crowdmake.client import code
from crowdmake.configuration.config import LOCAL
from crowdmake.ledgers.batches import DECIDED, Batch, HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import counted, listed

FINISHED = frozenset({"Reviewable", "Reviewing"})
# A sweep may cost a tenth of what asking each HIT costs.
_SHARE = 10

Say = Callable[[str], None]
Hear = Callable[[list[Event]], object]


def _nobody(_assignments: list[Event]) -> None:
    """Hear of new assignments and do nothing."""


def poll(client: Any, batch: Batch, say: Say, hear: Hear = _nobody) -> int:
    """Save every answer that is new and return how many there were.

    ``hear`` is called with those of each HIT as soon as they are saved, by several threads.
    A HIT is closed in the ledger once all its assignments are saved, or once it is over on
    the market and all that was submitted is saved. Closed HITs are never asked again.
    """
    snapshot = batch.read()
    asked = _changed(client, batch, snapshot.open_hits())
    return harvest(client, batch, asked, snapshot, say, hear)


def harvest(
    client: Any,
    batch: Batch,
    asked: Mapping[str, bool],
    snapshot: Snapshot,
    say: Say,
    hear: Hear = _nobody,
) -> int:
    """Save the answers of the HITs ``asked``, id to whether it is over; return how many are new.

    HITs that the market does not know stay as they are: they may be another account's.
    """
    known = snapshot.assignments()
    hits = snapshot.by_hit_id()
    saver = _Saver(client, batch, snapshot, known, hear)
    new = 0
    unknown: list[str] = []
    for hit_id, assignments in in_flight(saver.save, ((hits[hit], asked[hit]) for hit in asked)):
        new += sum(each["assignment_id"] not in known for each in assignments or [])
        unknown += [hit_id] if assignments is None else []
    if unknown:
        say(
            f"{batch.name}: the market does not know {counted(len(unknown), 'HIT')}"
            f" ({listed(unknown)}): are these other credentials? What was deleted there by"
            " somebody else, `snakemake delete --config gone=true` gives up"
        )
    return new


def finished(client: Any, hits: list[HitRecord]) -> dict[str, bool]:
    """Return, by id, whether each HIT is over on the market; one call each."""

    def state(hit: HitRecord) -> tuple[str, bool]:
        try:
            return hit.hit_id, is_over(client.get_hit(HITId=hit.hit_id)["HIT"])
        except ClientError as error:
            if code(error) != "HITDoesNotExist":
                raise
            return hit.hit_id, False

    return dict(in_flight(state, hits))


def learn_auto_approvals(client: Any, batch: Batch, hits: list[HitRecord], say: Say) -> None:
    """Ask again for work of closed HITs that the market has approved by itself meanwhile.

    Where it has not approved what is due first, it has approved nothing.
    """
    waiting = [hit for hit in hits if hit.closed and not hit.deleted and hit.undecided()]
    undecided = [each for hit in waiting for each in hit.undecided()]
    if not undecided:
        return
    first = min(undecided, key=lambda each: str(each["auto_approval_time"]))
    due = first["auto_approval_time"]
    # The embedded market's clock may be ahead of ours.
    if batch.endpoint != LOCAL and due and moments.read(due) > moments.now():
        return
    try:
        probe = client.get_assignment(AssignmentId=first["assignment_id"])["Assignment"]
    except ClientError as error:
        if code(error) != "AssignmentDoesNotExist":
            raise
        return
    if probe["AssignmentStatus"] in DECIDED:
        asked = dict.fromkeys((hit.hit_id for hit in waiting), True)
        harvest(client, batch, asked, batch.read(), say)


def _changed(client: Any, batch: Batch, open_hits: list[HitRecord]) -> dict[str, bool]:
    """Return the ids of HITs that may have news, and whether each is over on the market."""
    seen = _sweep(client, {hit.hit_id for hit in open_hits}) if len(open_hits) > 1 else {}
    unseen = [hit for hit in open_hits if hit.hit_id not in seen]
    now = moments.now()
    expired = [
        hit
        for hit in unseen
        # The embedded market's clock may be ahead of ours.
        if batch.endpoint == LOCAL or moments.read(hit.expiration) <= now
    ]
    asked = dict.fromkeys((hit.hit_id for hit in unseen), False) | finished(client, expired)
    for hit in open_hits:
        if hit.hit_id in seen and has_news(seen[hit.hit_id], len(hit.assignments)):
            asked[hit.hit_id] = is_over(seen[hit.hit_id])
    return asked


def _sweep(client: Any, wanted: set[str]) -> dict[str, Mapping[str, Any]]:
    """Return what ListHITs says of the ``wanted`` HITs, within a tenth of a call for each.

    The account may hold any number of others; those not found here are asked one by one.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for page in pages(client.list_hits, most=max(1, len(wanted) // _SHARE)):
        found |= {hit["HITId"]: hit for hit in page["HITs"] if hit["HITId"] in wanted}
        if len(found) == len(wanted):
            break
    return found


def has_news(hit: Mapping[str, Any], saved: int) -> bool:
    """Return whether a HIT, as the market lists it, may have more answers than are ``saved``."""
    outstanding = hit["NumberOfAssignmentsAvailable"] + hit["NumberOfAssignmentsPending"]
    # The counters of an expired HIT cannot be trusted, so it is asked until it is over.
    past = hit["Expiration"] <= moments.now()
    return past or hit["HITStatus"] in FINISHED or hit["MaxAssignments"] - outstanding > saved


def is_over(hit: Mapping[str, Any]) -> bool:
    """Return whether no answer can arrive at a HIT any more, unless it is extended."""
    return hit["HITStatus"] in FINISHED and not hit["NumberOfAssignmentsPending"]


def submitted(client: Any, hit_id: str, wanted: int, *, over: bool) -> list[Event] | None:
    """Return a HIT's submitted assignments; None where the market knows no such HIT.

    ``wanted`` is how many the HIT asks for. A short page of a HIT that is not over ends the
    list for now; it is asked again.
    """
    found: list[Event] = []
    try:
        for page in pages(client.list_assignments_for_hit, HITId=hit_id):
            found += [assignment_event(each) for each in page["Assignments"]]
            if len(found) >= wanted or (not over and page["NumResults"] < PAGE):
                break
    except ClientError as error:
        if code(error) != "HITDoesNotExist":
            raise
        return None
    return found


@dataclass(frozen=True)
class _Saver:
    """What the threads that save the answers of one batch share."""

    client: Any
    batch: Batch
    snapshot: Snapshot
    known: Mapping[str, Event]
    hear: Hear

    def save(self, item: tuple[HitRecord, bool]) -> tuple[str, list[Event] | None]:
        """Return the HIT's id and its news, saved; None for a HIT that the market does not know."""
        hit, over = item
        found = submitted(self.client, hit.hit_id, hit.wanted, over=over)
        if found is None:
            return hit.hit_id, None
        fresh = [each for each in found if self._differs(each)]
        new = sum(each["assignment_id"] not in self.known for each in fresh)
        closes = (over or len(found) >= hit.wanted) and (new or not hit.closed)
        if new or closes:
            # Before it is saved: `results` has views to write, whoever asked and whatever crashes.
            self.batch.forget_round("poll")
        if fresh:
            self.batch.answers.append(*fresh)
            self.hear(fresh)
        decided = [each for each in fresh if each["status"] in DECIDED]
        events = [decision(each, hit, each["status"], each["feedback"]) for each in decided]
        if closes:
            saved = max(len(found), len(hit.assignments))
            events.append({"event": "closed", "hit_id": hit.hit_id, "assignments": saved})
        if events:
            self.batch.money.append(*events)
        return hit.hit_id, fresh

    def _differs(self, event: Event) -> bool:
        """Return whether the ledgers lack an assignment, its status, or the decision behind it."""
        before = self.known.get(event["assignment_id"])
        if before is None or before["status"] != event["status"]:
            return True
        return event["status"] in DECIDED and event["assignment_id"] not in self.snapshot.decisions


def assignment_event(assignment: Mapping[str, Any]) -> Event:
    """Return the ledger's event for an assignment as the market shows it."""
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
