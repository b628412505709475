"""What a poll's workers have chosen: scores, the best answer, ties, and who said what."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crowdmake.ledgers.batches import Batch, HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.polling.names import poll_of
from crowdmake.polling.rows import FEWEST, usable
from crowdmake.rendering.answers import fields_of

RATINGS = ("5", "4", "3", "2", "1")

Answer = Mapping[str, str]


@dataclass(frozen=True)
class Ballot:
    """What one worker gave the items of a poll."""

    assignment_id: str
    worker_id: str
    ratings: dict[str, str]
    """Item number to rating, as submitted; only items of the poll."""

    def counted(self) -> dict[str, int]:
        """Return the ratings that count: whole numbers from 1 to 5."""
        return {item: int(each) for item, each in self.ratings.items() if each in RATINGS}


@dataclass(frozen=True)
class Outcome:
    """What became of one HIT's answers; ``poll_hit_id`` is None where no poll was needed."""

    items: dict[str, Answer]
    """The answers, each under its number from '1' on in the order of submission."""
    assignment_ids: list[str]
    authors: list[str]
    ballots: list[Ballot]
    rejected: int
    """How many ballots are left out because they were rejected, or cannot be read."""
    poll_hit_id: str | None
    complete: bool
    """Whether the poll has all the ballots that it asked for."""

    @property
    def scores(self) -> dict[str, int]:
        """Return the sum of each item's ratings, as in the order of the items."""
        sums: Counter[str] = Counter(dict.fromkeys(self.items, 0))
        for ballot in self.ballots:
            sums.update(ballot.counted())
        return dict(sums)

    @property
    def leaders(self) -> list[str]:
        """Return the numbers of the items with the highest score; none where nobody voted."""
        if len(self.items) < FEWEST:
            return list(self.items)
        scores = self.scores
        most = max(scores.values())
        return [item for item, score in scores.items() if score == most and most]

    @property
    def best(self) -> Answer | None:
        """Return the best answer; of equals the one that was submitted first."""
        return self.items[self.leaders[0]] if self.leaders else None

    @property
    def unknown(self) -> int:
        """Return how many ratings are missing or no number from 1 to 5, ballot by ballot."""
        return sum(len(self.items) - len(ballot.counted()) for ballot in self.ballots)

    def record(self) -> dict[str, Any]:
        """Return the outcome under the names that it has in the combined answers.

        ``answers``, ``poll`` and ``best_answer`` are the agent's: item '1' is the first of
        ``answers``, whose ``assignment_ids`` and ``worker_ids`` stand beside it. The rest says how
        it came about: the ``scores`` by item, the items that share the highest one
        (``poll_ties``, empty without a tie), the ``ballots`` with who gave them, in the order of
        ``poll``, and how many ratings and ballots do not count.
        """
        return {
            "answers": [dict(answer) for answer in self.items.values()],
            "assignment_ids": self.assignment_ids,
            "worker_ids": self.authors,
            "poll": [ballot.ratings for ballot in self.ballots],
            "best_answer": None if self.best is None else dict(self.best),
            "best_item": self.leaders[0] if self.leaders else None,
            "scores": self.scores if self.poll_hit_id else {},
            "poll_ties": self.leaders if len(self.leaders) > 1 else [],
            "poll_unknown": self.unknown,
            "poll_rejected": self.rejected,
            "poll_hit_id": self.poll_hit_id,
            "ballots": [
                {"assignment_id": each.assignment_id, "worker_id": each.worker_id}
                for each in self.ballots
            ],
        } | ({} if self.complete else {"status": "partial"})


def outcomes(batch: Batch) -> dict[str, Outcome]:
    """Return what is decided about the HITs of ``batch``, by the HIT's id.

    A HIT that is open, or whose poll is yet to be launched or to end, is left out.

    Raises:
        UserError: a ledger is damaged.
    """
    polls = Batch(poll_of(batch.name), batch.endpoint, batch.state).read()
    rows = {row["input"]["hit_id"]: row for row in polls.rows.values()}
    found = {}
    for hit in batch.read().hits.values():
        row = rows.get(hit.hit_id)
        outcome = _of_poll(row, polls) if row else _without_poll(hit)
        if outcome is not None:
            found[hit.hit_id] = outcome
    return found


def _without_poll(hit: HitRecord) -> Outcome | None:
    """Return the outcome of a HIT with too few answers for a poll; None where it needs one."""
    answers = usable(hit)
    if not hit.closed or len(answers) >= FEWEST:
        return None
    names = {each["assignment_id"]: each["worker_id"] for each in hit.assignments}
    items = {str(number): each for number, each in enumerate(answers.values(), 1)}
    authors = [names[each] for each in answers]
    return Outcome(items, list(answers), authors, [], 0, None, complete=True)


def _of_poll(row: Event, polls: Snapshot) -> Outcome | None:
    """Return what the poll of ``row`` has come to, or None while it goes on."""
    hit = polls.hits.get(row["key"])
    if hit is None or not hit.closed:
        return None
    value = row["input"]
    given = [_ballot(each, value["items"]) for each in hit.assignments]
    ballots = [each for each in given if each is not None]
    return Outcome(
        items=value["items"],
        assignment_ids=value["assignment_ids"],
        authors=value["authors"],
        ballots=ballots,
        rejected=len(given) - len(ballots),
        poll_hit_id=hit.hit_id,
        complete=len(ballots) >= hit.wanted,
    )


def _ballot(assignment: Event, items: Mapping[str, Answer]) -> Ballot | None:
    """Return a worker's ballot, or None where it does not count at all."""
    if assignment["status"] == "Rejected":
        return None
    try:
        fields = fields_of(assignment["answer"])
    except ValueError:
        return None
    ratings = {item: fields[item] for item in items if item in fields}
    return Ballot(str(assignment["assignment_id"]), str(assignment["worker_id"]), ratings)
