"""Counting the answers to one question of one HIT."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from crowdmake.combining.questions import Question, number


@dataclass(frozen=True)
class Tally:
    """What the answers to one question of one HIT come to."""

    question: Question
    counts: dict[str, int]
    """How often each choice was given, in the order of the choices."""
    answered: int
    """How many answers were counted."""
    unknown: int
    """How many answers named no choice of the question."""
    missing: int
    """How many assignments left the question without an answer."""

    @property
    def majority(self) -> str | list[str] | None:
        """Return the most frequent choice, the first of equals; None without an answer.

        Of a question with several choices an answer, all that more than half have chosen.
        """
        if not self.answered:
            return None
        if self.question.multiple:
            return [choice for choice, n in self.counts.items() if 2 * n > self.answered]
        return self._leaders()[0]

    @property
    def ties(self) -> list[str]:
        """Return the choices between which the majority is undecided, if there are several.

        Of a question with several choices an answer, those that exactly half have chosen.
        """
        if not self.answered:
            return []
        if self.question.multiple:
            return [choice for choice, n in self.counts.items() if 2 * n == self.answered]
        leaders = self._leaders()
        return leaders if len(leaders) > 1 else []

    @property
    def average(self) -> float | None:
        """Return the mean of the given choices, where every choice is a number."""
        given = sum(self.counts.values())
        if not self.question.numeric or not given:
            return None
        parts = ((number(choice) or Fraction(0)) * n for choice, n in self.counts.items())
        return float(sum(parts, Fraction(0)) / given)

    def decisions(self) -> list[dict[str, int]]:
        """Return the votes as decisions of which each has one right outcome.

        A question with one choice an answer is one decision; with several, each of its
        choices is one, for (``yes``) or against it (``no``).
        """
        if not self.question.multiple:
            return [self.counts]
        return [{"yes": n, "no": self.answered - n} for n in self.counts.values()]

    @property
    def outcomes(self) -> int:
        """Return how many outcomes each of the decisions may have, two at least."""
        return 2 if self.question.multiple else max(2, len(self.question.choices))

    def _leaders(self) -> list[str]:
        most = max(self.counts.values())
        return [choice for choice, n in self.counts.items() if n == most]


def tally(question: Question, answers: Iterable[Mapping[str, str]]) -> Tally:
    """Return what ``answers``, one mapping of fields an assignment, say to ``question``."""
    counts: Counter[str] = Counter()
    answered = unknown = missing = 0
    for answer in answers:
        value = answer.get(question.key, "")
        chosen = question.chosen(value) if value.strip() else []
        if chosen:
            counts.update(chosen)
            answered += 1
        elif chosen is None:
            unknown += 1
        else:
            missing += 1
    named = question.choices if question.seeded else sorted(counts, key=question.places.__getitem__)
    return Tally(question, {choice: counts[choice] for choice in named}, answered, unknown, missing)
