"""How the answers of a batch are combined, as the configuration says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crowdmake.combining.questions import Question

MAJORITY = "majority"
POLL = "poll"
START = 3
CONFIDENCE = 0.99
_BELOW_HIGHER_FEE = 9


@dataclass(frozen=True)
class Adaptive:
    """Until when HITs are given more assignments."""

    confidence: float
    """The probability, from 0 to 1, from which on an answer counts as sure."""
    start: int
    """How many assignments a HIT begins with."""
    limit: int
    """How many assignments a HIT is to have at most, by the configuration."""

    @property
    def most(self) -> int:
        """Return how many assignments a HIT is given at most.

        One that begins below ten stays below: the market's fee is another from there on, and
        it refuses the step (InvalidMaximumAssignmentsIncrease).
        """
        return self.limit if self.start > _BELOW_HIGHER_FEE else min(self.limit, _BELOW_HIGHER_FEE)


@dataclass(frozen=True)
class Settings:
    """How the answers of one batch are combined; see config/README.md."""

    questions: tuple[Question, ...] | None
    """What is combined; None for every field of the answers."""
    votes: bool = True
    """Whether answers are counted at all, or only put together."""
    separate: bool = False
    """Whether each assignment gets a line of its own."""
    poll: bool = False
    """Whether workers vote on the answers in a poll."""
    method: str = MAJORITY
    gold: str | None = None
    """The path of the file of known answers."""
    adaptive: Adaptive | None = None

    @property
    def way(self) -> str | None:
        """Return what makes one answer of several: `poll` or a method; None where nothing does."""
        if self.poll:
            return POLL
        return self.method if self.votes else None

    def plain(self) -> dict[str, Any]:
        """Return the settings as plain values, for a rule's parameters."""
        asked = None if self.questions is None else [each.read() for each in self.questions]
        more = self.adaptive
        return vars(self) | {"questions": asked, "adaptive": dict(vars(more)) if more else None}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Settings":
        """Return the settings that `plain` gave as plain values."""
        asked, more = plain["questions"], plain["adaptive"]
        questions = None if asked is None else tuple(Question.of(each) for each in asked)
        adaptive = Adaptive(**more) if more else None
        return cls(**dict(plain) | {"questions": questions, "adaptive": adaptive})


def settings_of(
    values: Mapping[str, Any],
    hit: Mapping[str, Any],
    answer_schema: Mapping[str, Any] | None,
    assignments: int,
) -> Settings:
    """Return how a batch's answers are combined.

    ``values`` is a configuration without faults, ``hit`` and ``answer_schema`` the batch's
    own of it, and ``assignments`` how many each of its HITs is to ask for (MaxAssignments).
    """
    combine = values.get("combine", {})
    mode = values.get("combination_mode")
    adaptive = Adaptive(
        confidence=float(combine.get("confidence", CONFIDENCE)),
        start=int(combine.get("start", START)),
        limit=int(combine.get("max_assignments", assignments)),
    )
    return Settings(
        questions=questions_of(hit, combine.get("fields"), answer_schema),
        votes=mode != POLL and ("questions" not in hit or mode is not None or bool(combine)),
        separate=bool(values.get("separate_answers")) and mode != POLL,
        poll=mode == POLL,
        method=str(combine.get("method", MAJORITY)),
        gold=combine.get("gold"),
        adaptive=adaptive if combine.get("until") == "confidence" else None,
    )


def questions_of(
    hit: Mapping[str, Any], fields: list[str] | None, answer_schema: Mapping[str, Any] | None
) -> tuple[Question, ...] | None:
    """Return the questions whose answers are combined, or None for every field of a page.

    They are the selections and numbers of ``hit.questions``, or the ``fields`` of a page. A
    field's choices are those that ``answer_schema`` lists under ``enum``, if it does.
    """
    if "questions" in hit:
        asked = [_asked(each) for each in hit["questions"] if _can_be_combined(each)]
        return tuple(each for each in asked if not fields or each.key in fields)
    listed = _listed(answer_schema or {})
    if fields is None:
        return None
    return tuple(Question(key, listed.get(key, ()), key in listed) for key in fields)


def _can_be_combined(question: Mapping[str, Any]) -> bool:
    return "selections" in question or "numeric" in question


def _asked(question: Mapping[str, Any]) -> Question:
    choices = tuple(str(each["key"]) for each in question.get("selections", []))
    several = question.get("style") == "checkbox"
    return Question(str(question["key"]), choices, bool(choices), several)


def _listed(answer_schema: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the choices of each property that has an ``enum`` of strings."""
    properties = answer_schema.get("properties", {})
    return {
        name: tuple(each["enum"])
        for name, each in properties.items()
        if isinstance(each, Mapping)
        and isinstance(each.get("enum"), list)
        and all(isinstance(choice, str) for choice in each["enum"])
    }
