"""Deciding work: approving by policy, rejecting by name, each assignment once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.calls import in_flight
from crowdmake.client import code
from crowdmake.configuration.config import Review
from crowdmake.configuration.schemas import first_problem
from crowdmake.harvesting.harvest import decision as decision_event
from crowdmake.harvesting.harvest import learn_auto_approvals
from crowdmake.ledgers.batches import DECIDED, Batch, HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import counted, listed
from crowdmake.rendering.answers import fields_of
from crowdmake.reviewing.decisions import Decision, path_of, read_decisions

Say = Callable[[str], None]


@dataclass
class Choice:
    """What a policy makes of a batch's undecided work."""

    decide: dict[str, Decision] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    """Assignment id to the reason why it stays undecided."""


def approve(client: Any, batch: Batch, policy: Review, say: Say) -> tuple[int, dict[str, str]]:
    """Approve what ``policy`` allows; return how many, and why each other stays undecided.

    Raises:
        UserError: the decisions file has faults; nothing is approved then.
    """
    learn_auto_approvals(client, batch, list(batch.read().hits.values()), say)
    snapshot = batch.read()
    listed_decisions = read_decisions(path_of(batch.name), snapshot.assignments())
    choice = approvals(snapshot, policy, listed_decisions)
    taken = decide(client, batch, choice.decide, say)
    batch.mark_decided()
    return taken, choice.left


def reject(client: Any, batch: Batch, say: Say) -> int:
    """Reject what the decisions file names and nobody has decided; return how many.

    Raises:
        UserError: the decisions file has faults; nothing is rejected then.
    """
    snapshot = batch.read()
    listed_decisions = read_decisions(path_of(batch.name), snapshot.assignments())
    taken = decide(client, batch, rejections(snapshot, listed_decisions), say)
    batch.mark_decided()
    return taken


def approvals(
    snapshot: Snapshot, review: Review, listed_decisions: Mapping[str, Decision]
) -> Choice:
    """Return what ``review.approve`` approves and leaves, of what is undecided.

    What the decisions file rejects is never approved by a policy.
    """
    choice = Choice()
    for assignment in _undecided(snapshot):
        name = assignment["assignment_id"]
        said = listed_decisions.get(name)
        reason = _why_not(assignment, review, said)
        if reason is None:
            choice.decide[name] = Decision("Approved", said.feedback if said else "")
        else:
            choice.left[name] = reason
    return choice


def rejections(snapshot: Snapshot, listed_decisions: Mapping[str, Decision]) -> dict[str, Decision]:
    """Return what the decisions file rejects, of what is undecided."""
    undecided = {each["assignment_id"] for each in _undecided(snapshot)}
    return {
        name: decision
        for name, decision in listed_decisions.items()
        if decision.decision == "Rejected" and name in undecided
    }


def decide(client: Any, batch: Batch, decisions: Mapping[str, Decision], say: Say) -> int:
    """Tell the market the decisions and return how many it took from us.

    What the market has decided already, by itself or in a run that was cut off, is no
    error: its decision goes into the ledger.
    """
    snapshot = batch.read()
    decider = _Decider(client, batch, snapshot.assignments(), snapshot.by_hit_id())
    taken = 0
    notes: dict[str, list[str]] = defaultdict(list)
    for ours, note, name in in_flight(decider.decide, decisions.items()):
        taken += ours
        if note:
            notes[note].append(name)
    for note, names in notes.items():
        say(f"{batch.name}: {counted(len(names), 'assignment')} {note}: {listed(names)}")
    return taken


def _undecided(snapshot: Snapshot) -> Iterable[Event]:
    return (each for hit in snapshot.hits.values() for each in hit.undecided())


def _why_not(assignment: Event, review: Review, said: Decision | None) -> str | None:
    """Return why the policy leaves an assignment undecided, or None where it approves it."""
    if said is not None:
        return None if said.decision == "Approved" else "listed for `snakemake reject`"
    if review.approve == "listed":
        return "not listed in the decisions file"
    if review.approve == "all":
        return None
    try:
        answers = fields_of(assignment["answer"])
    except ValueError as problem:
        return f"the answer cannot be read ({problem})"
    return first_problem(review.answer_schema or {}, answers)


@dataclass(frozen=True)
class _Decider:
    """What the threads that decide the work of one batch share."""

    client: Any
    batch: Batch
    assignments: Mapping[str, Event]
    hits: Mapping[str, HitRecord]

    def decide(self, item: tuple[str, Decision]) -> tuple[bool, str, str]:
        """Decide one assignment and write its receipt.

        Returns whether the decision was ours, what to say of it if anything, and its id.
        """
        name, decision = item
        assignment = self.assignments[name]
        hit = self.hits[assignment["hit_id"]]
        try:
            self._call(name, decision)
            event = decision_event(assignment, hit, decision.decision, decision.feedback or None)
        except ClientError as error:
            if code(error) == "AssignmentDoesNotExist":
                return False, "unknown to the market, left as they are", name
            if code(error) != "InvalidAssignmentState":
                raise
            event = self._as_found(assignment, hit, error)
            same = event["decision"] == decision.decision
            self.batch.money.append(event)
            return False, "" if same else "decided otherwise before, left so", name
        self.batch.money.append(event)
        return True, "", name

    def _call(self, name: str, decision: Decision) -> None:
        feedback = {"RequesterFeedback": decision.feedback} if decision.feedback else {}
        approve = decision.decision == "Approved"
        operation = self.client.approve_assignment if approve else self.client.reject_assignment
        operation(AssignmentId=name, **feedback)

    def _as_found(self, assignment: Event, hit: HitRecord, error: ClientError) -> Event:
        found = self.client.get_assignment(AssignmentId=assignment["assignment_id"])["Assignment"]
        if found["AssignmentStatus"] not in DECIDED:
            raise error
        feedback = found.get("RequesterFeedback")
        return decision_event(assignment, hit, found["AssignmentStatus"], feedback)


def undecided_lines(
    batch: str, snapshot: Snapshot, left: Mapping[str, str], review_file: str
) -> list[str]:
    """Return what a run says of work that stays undecided, and until when it may."""
    if not left:
        return []
    assignments = snapshot.assignments()
    times = [assignments[name]["auto_approval_time"] for name in left]
    first = min((time for time in times if time), default=None)
    until = f"; the market approves the first by itself at {first}" if first else ""
    number = counted(len(left), "assignment")
    return [f"{batch}: {number} left undecided, see {review_file}{until}"]
