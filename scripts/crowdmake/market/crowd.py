"""A simulated crowd: workers of given accuracy and speed.

Who does which HIT and answers what follows from the seed, the tasks' content and the
workers' names alone. The crowd meets every qualification requirement by definition. It may
be run again at any time, and then does only what is missing.
"""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
import json
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random

from crowdmake.market import workers as worker_actions
from crowdmake.market.embedded import EmbeddedMarket
from crowdmake.market.models import ACCEPTED, ENGAGED, HIT, Assignment, Worker
from crowdmake.market.shifts import Job, perform

Answer = Mapping[str, str | list[str]]

# How much less or more than usual a worker takes, and the seconds between two HITs.
PACE = (0.7, 1.4)
PAUSE = (1.0, 5.0)
HITS_A_QUERY = 500


@dataclass(frozen=True)
class SimulatedWorker:
    """A member of the crowd: how often it is right, and the seconds it usually takes."""

    name: str
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Task:
    """A HIT, and what the crowd answers.

    ``recorded`` is replayed: member n of the crowd gives entry n, members beyond leave the
    HIT alone. Without it, a member gives ``correct`` with its accuracy, and otherwise the
    correct answer of another task that differs. Without either nobody works on it.
    """

    hit_id: str
    recorded: tuple[Answer, ...] = ()
    correct: Answer | None = None


def work(
    market: EmbeddedMarket, tasks: Sequence[Task], workers: Sequence[SimulatedWorker], seed: int
) -> int:
    """Let the crowd do what is open of ``tasks``; return how many assignments it submitted.

    HITs that are unknown, deleted, expired or full are left out, and the market's clock
    moves with the work. Raises ValueError when two workers share a name.
    """
    if len({each.name for each in workers}) < len(workers):
        raise ValueError("two simulated workers share a name")
    with market.writing():
        crowd = [_enrolled(each, seed) for each in workers]
    with market.reading():
        plan = _Plan(tasks, workers, crowd, seed)
    return perform(market, plan.jobs())


def worker_id(name: str, seed: int) -> str:
    """Return the id that the member of the crowd called ``name`` works under."""
    return "A" + b32encode(_digest(seed, name)).decode()[:13]


class _Plan:
    """Who does what."""

    def __init__(
        self,
        tasks: Sequence[Task],
        members: Sequence[SimulatedWorker],
        crowd: Sequence[Worker],
        seed: int,
    ) -> None:
        self._tasks, self._members, self._crowd, self._seed = tasks, members, crowd, seed
        self._hits = _hits(tasks)
        self._work = _work(self._hits.values(), crowd)
        answers = {_canonical(task.correct): task.correct for task in tasks if task.correct}
        self._known = [answers[each] for each in sorted(answers)]
        self._places = {each: place for place, each in enumerate(sorted(answers))}

    def jobs(self) -> list[tuple[Worker, list[Job]]]:
        """Return each member's jobs, in the order of the tasks."""
        jobs: dict[int, list[Job]] = {number: [] for number in range(len(self._crowd))}
        seen: Counter[str] = Counter()
        for task in self._tasks:
            content = _canonical(task.correct)
            seen[content] += 1
            if hit := self._hits.get(task.hit_id):
                self._share_out(task, hit, f"{content}|{seen[content]}", jobs)
        return [(self._crowd[number], todo) for number, todo in jobs.items()]

    def _share_out(self, task: Task, hit: HIT, key: str, jobs: dict[int, list[Job]]) -> None:
        """Give one task to as many members as the HIT has room for."""
        room = hit.available
        for number in self._candidates(task, key):
            begun = self._work.get((hit.pk, self._crowd[number].pk))
            if begun is None and room:
                room -= 1
            elif begun is None or begun.status != ACCEPTED:
                continue
            jobs[number].append(self._job(task, hit, key, number, begun))

    def _candidates(self, task: Task, key: str) -> Sequence[int]:
        """Return the numbers of the members who would do the task, the first choice first."""
        everyone = range(len(self._members))
        if task.recorded:
            return everyone[: len(task.recorded)]
        if task.correct is None:
            return []
        return sorted(everyone, key=lambda n: _digest(self._seed, key, self._members[n].name))

    def _job(self, task: Task, hit: HIT, key: str, number: int, begun: Assignment | None) -> Job:
        member = self._members[number]
        random = Random(_digest(self._seed, key, member.name, "answer"))  # noqa: S311 - a simulation
        answer = task.recorded[number] if task.recorded else self._answer(task, member, random)
        return Job(
            hit=hit,
            fields=_fields(answer),
            pause=timedelta(seconds=random.uniform(*PAUSE)),
            duration=timedelta(seconds=member.seconds * random.uniform(*PACE)),
            accepted=begun,
        )

    def _answer(self, task: Task, member: SimulatedWorker, random: Random) -> Answer:
        right = self._places[_canonical(task.correct)]
        if random.random() < member.accuracy or len(self._known) == 1:
            return self._known[right]
        return self._known[(right + random.randrange(1, len(self._known))) % len(self._known)]


def _enrolled(member: SimulatedWorker, seed: int) -> Worker:
    identity = worker_id(member.name, seed)
    return worker_actions.register(member.name, worker_id=identity, simulated=True)


def _hits(tasks: Sequence[Task]) -> dict[str, HIT]:
    found: dict[str, HIT] = {}
    for start in range(0, len(tasks), HITS_A_QUERY):
        ids = [task.hit_id for task in tasks[start : start + HITS_A_QUERY]]
        found |= {hit.hit_id: hit for hit in HIT.objects.filter(hit_id__in=ids)}
    return found


def _work(hits: Iterable[HIT], crowd: Sequence[Worker]) -> dict[tuple[int, int], Assignment]:
    """Return the crowd's work on the HITs, by the keys of HIT and worker."""
    wanted = {hit.pk for hit in hits}
    found: dict[tuple[int, int], Assignment] = {}
    for worker in crowd:
        begun = Assignment.objects.filter(worker=worker, status__in=ENGAGED).select_related("hit")
        for each in begun.defer("answer"):
            if each.hit_id in wanted:
                found[each.hit_id, worker.pk] = each
    return found


def _fields(answer: Answer) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in answer.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


def _canonical(answer: Answer | None) -> str:
    return json.dumps(answer, sort_keys=True, default=dict)


def _digest(*parts: object) -> bytes:
    return sha256(json.dumps(parts).encode()).digest()
