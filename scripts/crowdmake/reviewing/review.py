"""Deciding work: approving by policy or by name, each assignment once."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from crowdmake.calls import in_flight
from crowdmake.client import code, did_nothing, is_refusal, refusal
from crowdmake.configuration.config import Review
from crowdmake.configuration.schemas import first_problem
from crowdmake.exceptions import UserError
from crowdmake.harvesting.harvest import decision as decision_event
from crowdmake.harvesting.harvest import learn_auto_approvals
from crowdmake.ledgers.batches import DECIDED, Batch, HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import counted, listed
from crowdmake.rendering.answers import fields_of
from crowdmake.reviewing.decision_lists import decisions_of
from crowdmake.reviewing.decisions import Decision, path_of
from crowdmake.reviewing.overrides import overridden

NOT_OVER = "more may be answered of its HIT; approved once that is over"
"""Why `review.approve: finished` leaves work for now."""
# Why the market lets a rejection stand.
_STAYS = {
    "InvalidAssignmentState": "rejected too long ago to be overridden",
    "AssignmentDoesNotExist": "rejected and unknown to the market",
}

Say = Callable[[str], None]


@dataclass
class Choice:
    """What a policy makes of a batch's undecided work."""

    decide: dict[str, Decision] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    """Assignment id to the reason why it stays undecided."""


def approve(
    client: Any, batch: Batch, policy: Review, say: Say, *, override: bool = False
) -> tuple[int, dict[str, str]]:
    """Approve what ``policy`` allows; return how many, and why each other stays undecided.

    With ``override`` also what is named to be approved and was rejected before.

    Raises:
        UserError: the decisions file has faults; nothing is approved then.
    """
    learn_auto_approvals(client, batch, list(batch.read().hits.values()), say)
    snapshot = batch.read()
    listed_decisions = decisions_of(batch.name, snapshot.assignments(), Decision("Approved", ""))
    choice = approvals(snapshot, policy, listed_decisions)
    overrides = overridden(batch, snapshot, listed_decisions, say, ordered=override)
    return decide(client, batch, choice.decide | overrides, say), choice.left


def approvals(
    snapshot: Snapshot, review: Review, listed_decisions: Mapping[str, Decision]
) -> Choice:
    """Return what ``review.approve`` approves and leaves, of what is undecided.

    What the decisions file rejects is never approved by a policy.
    """
    choice = Choice()
    over = {hit.hit_id for hit in snapshot.hits.values() if hit.closed}
    for assignment in snapshot.undecided():
        name = assignment["assignment_id"]
        said = listed_decisions.get(name)
        reason = _why_not(assignment, review, said, is_over=assignment["hit_id"] in over)
        if reason is None:
            choice.decide[name] = Decision("Approved", said.feedback if said else "")
        else:
            choice.left[name] = reason
    return choice


def decide(client: Any, batch: Batch, decisions: Mapping[str, Decision], say: Say) -> int:
    """Tell the market the decisions and return how many it took from us.

    What the market has decided already, by itself or in a run that was cut off, is no
    error: its decision goes into the ledger.

    Raises:
        UserError: the market refused some; all others are decided then.
    """
    snapshot = batch.read()
    begun = frozenset(name for (name,) in batch.outline().overrides)
    decider = _Decider(client, batch, snapshot.assignments(), snapshot.by_hit_id(), begun)
    taken = 0
    notes: dict[_Note, list[str]] = defaultdict(list)
    try:
        for ours, note, name in in_flight(decider.decide, decisions.items()):
            taken += ours
            if note.text:
                notes[note].append(name)
    finally:
        batch.mark_decided()
    refusals = []
    for note, names in notes.items():
        line = f"{batch.name}: {counted(len(names), 'assignment')} {note.text}: {listed(names)}"
        refusals += [line] if note.is_refusal else []
        if not note.is_refusal:
            say(line)
    UserError.collect(refusals)
    return taken


class _Note(NamedTuple):
    """What to say of an assignment that was not simply decided."""

    text: str = ""
    is_refusal: bool = False


def _why_not(
    assignment: Event, review: Review, said: Decision | None, *, is_over: bool
) -> str | None:
    """Return why the policy leaves an assignment undecided, or None where it approves it."""
    if said is not None:
        return None if said.decision == "Approved" else "listed for `snakemake reject`"
    if review.approve == "listed":
        return "not listed in the decisions file"
    if review.approve == "all":
        return None
    if review.approve == "finished":
        return None if is_over else NOT_OVER
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
    begun: frozenset[str]
    """The assignments that an earlier call, of unknown outcome, may have approved."""

    def decide(self, item: tuple[str, Decision]) -> tuple[bool, _Note, str]:
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
            if decision.override and is_refusal(error):
                return False, self._settle_override(assignment, hit, error), name
            if code(error) == "AssignmentDoesNotExist":
                return False, _Note("unknown to the market, left as they are"), name
            if code(error) != "InvalidAssignmentState":
                return False, self._refused(error), name
            event = self._as_found(assignment, hit, error)
            same = event["decision"] == decision.decision
            self.batch.money.append(event)
            return False, _Note("" if same else "decided otherwise before, left so"), name
        self.batch.money.append(event)
        return True, _Note(), name

    def _refused(self, error: ClientError) -> _Note:
        """Return what to say of a refusal that concerns this assignment only.

        Raises:
            ClientError: it would meet the next one as well.
        """
        if not is_refusal(error) or code(error) == "InsufficientFunds":
            raise error
        return _Note(f"left as they are, {refusal(error)}", is_refusal=True)

    def _call(self, name: str, decision: Decision) -> None:
        feedback: dict[str, Any] = {}
        if decision.feedback:
            feedback["RequesterFeedback"] = decision.feedback
        if decision.override:
            intent = {"assignment_id": name, "feedback": decision.feedback}
            self.batch.money.append({"event": "override_intent"} | intent)
            feedback |= {"OverrideRejection": True}
        approve = decision.decision == "Approved"
        operation = self.client.approve_assignment if approve else self.client.reject_assignment
        operation(AssignmentId=name, **feedback)

    def _settle_override(self, assignment: Event, hit: HitRecord, error: ClientError) -> _Note:
        """Note what the market shows of a rejection that it did not override now, and say it.

        Raises:
            UserError: the account does not hold what it costs.
        """
        name = assignment["assignment_id"]
        found = self._shown(name)
        if found.get("AssignmentStatus") == "Approved":
            feedback = found.get("RequesterFeedback")
            self.batch.money.append(decision_event(assignment, hit, "Approved", feedback))
            return _Note()
        if not did_nothing(error) or (name in self.begun and not found):
            return _Note("perhaps overridden, the market does not show it; approve asks again")
        self.batch.money.append({"event": "override_refused", "assignment_id": name})
        if code(error) == "InsufficientFunds":
            place = f"rejection of assignment {name} of batch {self.batch.name}"
            raise UserError(f"{place} not overridden: {refusal(error)}")
        return _Note(f"{_STAYS.get(code(error), f'not overridden ({code(error)})')}, left so")

    def _shown(self, assignment_id: str) -> Mapping[str, Any]:
        """Return the assignment as the market shows it; empty where it knows none."""
        try:
            shown: Mapping[str, Any] = self.client.get_assignment(AssignmentId=assignment_id)
        except ClientError as error:
            if code(error) != "AssignmentDoesNotExist":
                raise
            return {}
        found: Mapping[str, Any] = shown["Assignment"]
        return found

    def _as_found(self, assignment: Event, hit: HitRecord, error: ClientError) -> Event:
        found = self.client.get_assignment(AssignmentId=assignment["assignment_id"])["Assignment"]
        if found["AssignmentStatus"] not in DECIDED:
            raise error
        feedback = found.get("RequesterFeedback")
        return decision_event(assignment, hit, found["AssignmentStatus"], feedback)


def undecided_lines(
    batch: str, snapshot: Snapshot, left: Mapping[str, str], review_file: str
) -> list[str]:
    """Return what a run says of work that waits for a person's decision, and until when it may."""
    asked = [name for name, reason in left.items() if reason != NOT_OVER]
    if not asked:
        return []
    assignments = snapshot.assignments()
    times = [assignments[name]["auto_approval_time"] for name in asked]
    first = min((time for time in times if time), default=None)
    until = f"; the market approves the first by itself at {first}" if first else ""
    number = counted(len(asked), "assignment")
    return [
        f"{batch}: {number} left undecided, see {review_file}: fill in its column `decision` and"
        f" save it as {path_of(batch)}{until}"
    ]
