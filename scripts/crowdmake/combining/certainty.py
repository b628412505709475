"""How sure a majority is, and how many answers more would make it sure enough.

The model is one number for each question: how often an answer is right, whoever gives it.
Wrong answers are spread evenly over the other choices. The number is estimated from the
agreement in the batch itself, beginning as if ten answers had been seen of which eight were
right, by expectation maximisation
(https://en.wikipedia.org/wiki/Expectation-maximization_algorithm). An answer's certainty is
then its posterior probability with every choice equally likely beforehand.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, log

_RIGHT, _SEEN = 8.0, 10.0
_ROUNDS = 200
_CLOSE = 1e-9
# No agreement proves that workers never err, and none that they only guess.
_MOST, _OVER_CHANCE = 0.99, 0.01

Votes = Mapping[str, int]


@dataclass(frozen=True)
class Certainty:
    """The model of one question: how often an answer is right, among how many outcomes."""

    accuracy: float
    outcomes: int

    def of(self, votes: Votes) -> float:
        """Return the probability that the outcome with the most votes is right."""
        return self._shares(sorted(votes.values(), reverse=True))[0]

    def missing(self, votes: Votes, confidence: float, room: int) -> int:
        """Return how many more answers to ask for, at most ``room``; 0 where it is decided.

        It is decided where the leading outcome is right with probability ``confidence`` or
        more, or where ``room`` more answers could not bring another one level. Otherwise as many
        are asked for as it takes if all of them agree with the leading outcome.
        """
        first, *others = sorted([*votes.values(), 0], reverse=True)
        if room < 1 or first - others[0] > room:
            return 0
        reached = (
            more
            for more in range(room + 1)
            if self._shares([first + more, *others])[0] >= confidence
        )
        return next(reached, room)

    def right(self, votes: tuple[int, ...]) -> float:
        """Return how many of the votes are expected to be right."""
        return sum(share * n for share, n in zip(self._shares(votes), votes, strict=False))

    def _shares(self, votes: Iterable[int]) -> list[float]:
        """Return the probability of each outcome that has votes, and of one that has none."""
        named = [n for n in votes if n]
        weight = log(self.accuracy * (self.outcomes - 1) / (1 - self.accuracy))
        most = max(named, default=0)
        parts = [exp(weight * (n - most)) for n in named] + [exp(-weight * most)]
        whole = sum(parts[:-1]) + max(0, self.outcomes - len(named)) * parts[-1]
        return [part / whole for part in parts]


def estimated(decisions: Iterable[Votes], outcomes: int) -> Certainty:
    """Return the model that the votes on all of one question's decisions suggest."""
    seen = Counter(tuple(sorted(each.values(), reverse=True)) for each in decisions)
    answers = sum(sum(votes) * times for votes, times in seen.items())
    model = Certainty(_bounded(_RIGHT / _SEEN, outcomes), outcomes)
    for _ in range(_ROUNDS):
        right = sum(model.right(votes) * times for votes, times in seen.items())
        better = _bounded((right + _RIGHT) / (answers + _SEEN), outcomes)
        close = abs(better - model.accuracy) < _CLOSE
        model = Certainty(better, outcomes)
        if close:
            break
    return model


def _bounded(accuracy: float, outcomes: int) -> float:
    return min(_MOST, max(1 / outcomes + _OVER_CHANCE, accuracy))
