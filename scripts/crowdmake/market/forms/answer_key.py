"""AnswerKey: how a test's answers become a qualification's value.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_AnswerKeyDataStructureArticle.html
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import NamedTuple
from xml.etree.ElementTree import Element

from crowdmake.market.forms import documents
from crowdmake.market.forms.parts import Form, SelectionAnswer
from crowdmake.market.protocol.errors import PREFIX, ParameterValidationError, shortened

LOWEST, HIGHEST = -(2**31), 2**31 - 1

_NAMESPACE = f"{{{documents.SCHEMAS}2005-10-01/AnswerKey.xsd}}"


@dataclass(frozen=True)
class AnswerOption:
    """The score of an answer that consists of exactly these selections."""

    selections: frozenset[str]
    score: int


@dataclass(frozen=True)
class KeyQuestion:
    """The scores for one question; ``default_score`` is that of every other answer."""

    identifier: str
    options: tuple[AnswerOption, ...]
    default_score: int


@dataclass(frozen=True)
class Scale:
    """The summed score times a factor, rounded to the nearest integer (a half up)."""

    factor: Fraction

    def value(self, summed: int) -> int:
        """Return what a summed score is worth."""
        return floor(summed * self.factor + Fraction(1, 2))


class SummedScoreRange(NamedTuple):
    """The value of the summed scores from ``low`` to ``high``, both included."""

    low: int
    high: int
    value: int


@dataclass(frozen=True)
class Ranges:
    """Values for ranges of the summed score; the first range that holds it counts."""

    ranges: tuple[SummedScoreRange, ...]
    out_of_range: int

    def value(self, summed: int) -> int:
        """Return what a summed score is worth."""
        inside = (each.value for each in self.ranges if each.low <= summed <= each.high)
        return next(inside, self.out_of_range)


@dataclass(frozen=True)
class AnswerKey:
    """The scores of a test's questions, and how their sum becomes a value."""

    questions: tuple[KeyQuestion, ...]
    mapping: Scale | Ranges


def check(xml: str, form: Form) -> AnswerKey:
    """Return the answer key for the test ``form``.

    Every question and selection in it has to be one of the form's. Questions of the form that
    the key leaves out do not count.

    Raises:
        ParameterValidationError: not an answer key, or not one for this form.
    """
    root = documents.read(xml, "AnswerKey")
    if root.tag != _NAMESPACE + "AnswerKey":
        raise documents.unknown_root(root)
    documents.validate(root, "answer-key-2005-10-01.xsd")
    key = _key(root)
    _check_questions(key, form)
    _check_ranges(key.mapping)
    return key


def parse(xml: str) -> AnswerKey:
    """Return the answer key in ``xml``, which `check` has let pass; nothing is checked again."""
    return _key(documents.parsed(xml))


def score(key: AnswerKey, answers: Mapping[str, Collection[str]]) -> int:
    """Return the qualification's value for ``answers``, question to selected identifiers.

    A value beyond 32 bits becomes the nearest within.
    """
    summed = sum(_score(each, answers.get(each.identifier, ())) for each in key.questions)
    return max(LOWEST, min(key.mapping.value(summed), HIGHEST))


def _score(question: KeyQuestion, selected: Collection[str]) -> int:
    matching = (each.score for each in question.options if each.selections == set(selected))
    return next(matching, question.default_score)


def _check_questions(key: AnswerKey, form: Form) -> None:
    offered = {
        each.identifier: {selection.identifier for selection in each.answer.selections}
        for each in form.questions
        if isinstance(each.answer, SelectionAnswer)
    }
    for question in key.questions:
        # Taken away, so that a second question of that name is refused as well.
        selections = offered.pop(question.identifier, None)
        if selections is None:
            raise _refused(question.identifier, "QuestionIdentifier")
        for option in question.options:
            for unknown in option.selections - selections:
                raise _refused(unknown, "SelectionIdentifier")


def _check_ranges(mapping: Scale | Ranges) -> None:
    for each in mapping.ranges if isinstance(mapping, Ranges) else ():
        if each.low > each.high:
            raise _refused(each.low, "InclusiveLowerBound")


def _key(root: Element) -> AnswerKey:
    *questions, last = root
    if last.tag == _NAMESPACE + "Question":
        return AnswerKey(tuple(map(_question, root)), Scale(Fraction(1)))
    return AnswerKey(tuple(map(_question, questions)), _mapping(last[0]))


def _question(element: Element) -> KeyQuestion:
    return KeyQuestion(
        identifier=_word(element, "QuestionIdentifier"),
        options=tuple(map(_option, element.iterfind(_NAMESPACE + "AnswerOption"))),
        default_score=int(_word(element, "DefaultScore") or 0),
    )


def _option(element: Element) -> AnswerOption:
    identifiers = element.iterfind(_NAMESPACE + "SelectionIdentifier")
    selections = frozenset((each.text or "").strip() for each in identifiers)
    return AnswerOption(selections, int(_word(element, "AnswerScore")))


def _mapping(element: Element) -> Scale | Ranges:
    kind = documents.local_name(element)
    if kind == "PercentageMapping":
        return Scale(Fraction(100, int(_word(element, "MaximumSummedScore"))))
    if kind == "ScaleMapping":
        return Scale(Fraction(_word(element, "SummedScoreMultiplier")))
    ranges = element.iterfind(_NAMESPACE + "SummedScoreRange")
    return Ranges(tuple(map(_range, ranges)), int(_word(element, "OutOfRangeQualificationValue")))


def _range(element: Element) -> SummedScoreRange:
    return SummedScoreRange(
        int(_word(element, "InclusiveLowerBound")),
        int(_word(element, "InclusiveUpperBound")),
        int(_word(element, "QualificationValue")),
    )


def _word(element: Element, name: str) -> str:
    return (element.findtext(_NAMESPACE + name) or "").strip()


def _refused(value: object, name: str) -> ParameterValidationError:
    return ParameterValidationError(
        PREFIX + "InvalidParameterValue",
        f'The value "{shortened(value)}" is not valid for the parameter {name} of the AnswerKey.',
    )
