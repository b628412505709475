"""Answers combined by crowd-kit (https://crowd-kit.readthedocs.io), by the name of a method.

crowd-kit is an extra, large and slow to import, so only the job that needs it imports it.
"""

import inspect
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from crowdmake.combining.questions import SEPARATOR, Question
from crowdmake.combining.records import BatchAnswers, Labels
from crowdmake.combining.settings import MAJORITY
from crowdmake.exceptions import UserError
from crowdmake.layout import CONFIG
from crowdmake.messages import listed, nearest, shown

NAMES = {"dawid_skene": "DawidSkene", "weighted": "Wawa"}
"""Our names of crowd-kit's classes; any other is given by the class's own name."""
EXTRA = "python -m pip install 'crowdmake[combine]'"
_PLACE = f"{CONFIG}: combine.method"

Gold = Mapping[str, Mapping[str, list[str]]]
"""The known answers, by the row's key and the question's; each as the labels that are right."""


def labels_of(batch: BatchAnswers, gold: Gold) -> dict[str, Labels]:
    """Return what the batch's method makes of each question's answers.

    Raises:
        UserError: crowd-kit is not installed, knows no such method, or the method cannot combine
            these answers.
    """
    method = batch.settings.method
    if method == MAJORITY:
        return {each.key: batch.majority(each) for each in batch.questions}
    make = _maker(method)
    return {each.key: _combined(batch, each, make(), gold) for each in batch.questions}


def _maker(method: str) -> Any:
    """Return the class of crowd-kit that ``method`` names."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            aggregation = import_module("crowdkit.aggregation")
            base = import_module("crowdkit.aggregation.base").BaseClassificationAggregator
    except ImportError:
        raise UserError(
            f"{_PLACE}: found {shown(method)}, which needs crowd-kit (Crowdmake's extra `combine`),"
            f" and it is not installed: `{EXTRA}`"
        ) from None
    known = {
        name: each
        for name, each in inspect.getmembers(aggregation, inspect.isclass)
        if issubclass(each, base) and _takes_votes(each)
    }
    name = NAMES.get(method, method)
    if name not in known:
        raise UserError(
            f"{_PLACE}: found {shown(method)}; {nearest(method, [MAJORITY, *NAMES, *known])}"
        )
    return known[name]


def _takes_votes(method: Any) -> bool:
    """Return whether a class combines single labels; some need vectors, or lists of labels."""
    taken = inspect.signature(method.fit).parameters
    return "true_embeddings" not in taken and method.__name__ != "BinaryRelevance"


def _combined(batch: BatchAnswers, question: Question, method: Any, gold: Gold) -> Labels:
    votes = batch.votes(question)
    if not votes:
        return Labels({}, {}, {})
    data = import_module("pandas").DataFrame(votes, columns=["task", "worker", "label"])
    known = {key: right[question.key][0] for key, right in gold.items() if question.key in right}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            method.fit(data, **_true_labels(method, known))
            voted = _voted(method, data)
            labels, confidence = voted.labels_, _confidence(voted)
    except UserError:
        raise
    # What one of many methods raises where it cannot take the answers, only the method knows.
    except Exception as problem:
        reason = f"{type(problem).__name__}: {problem}"
        raise UserError(
            f"{_PLACE}: {type(method).__name__} cannot combine the {len(votes)} answers to"
            f" {shown(question.key)} ({' '.join(reason.split())}); expected another method,"
            f" such as {listed([MAJORITY, *NAMES])}"
        ) from problem
    found = {str(key): _answer(question, str(label)) for key, label in labels.items()}
    return Labels(found, confidence, _skills(method))


def _true_labels(method: Any, known: Mapping[str, str]) -> dict[str, Any]:
    """Return the known answers for the methods that learn from them."""
    parameter = inspect.signature(method.fit).parameters.get("true_labels")
    if parameter is None:
        return {}
    if known:
        series = import_module("pandas").Series(known, name="label")
        return {"true_labels": series.rename_axis("task")}
    if parameter.default is inspect.Parameter.empty:
        raise UserError(
            f"{CONFIG}: combine.gold: holds no answer that {type(method).__name__} could learn"
            " from; expected the path of a file of known answers to some rows of the batch"
        )
    return {}


def _answer(question: Question, label: str) -> str | list[str]:
    return label.split(SEPARATOR) if question.multiple else label


def _voted(method: Any, data: Any) -> Any:
    """Return what holds the labels: the method, or a vote weighted by the skills that it found.

    Methods of the second kind vote like this in their own `predict`, which newer releases of
    scikit-learn break (https://github.com/Toloka/crowd-kit, 1.4.2: check_is_fitted).
    """
    if getattr(method, "labels_", None) is not None:
        return method
    vote = import_module("crowdkit.aggregation").MajorityVote(on_missing_skill="ignore")
    return vote.fit(data, method.skills_)


def _confidence(voted: Any) -> dict[str, float]:
    """Return the probability of each label; nothing where the method gives none."""
    found = getattr(voted, "probas_", None)
    if found is None:
        return {}
    return {str(key): float(found.loc[key, label]) for key, label in voted.labels_.items()}


def _skills(method: Any) -> dict[str, float]:
    """Return each worker's skill, or how often it is right where a worker's errors are known."""
    # GLAD calls the skill alpha.
    skills = getattr(method, "skills_", getattr(method, "alphas_", None))
    if skills is not None:
        return {str(worker): float(skill) for worker, skill in skills.items()}
    errors = getattr(method, "errors_", None)
    if errors is None:
        return {}
    priors = method.priors_
    found: dict[str, float] = {}
    for (worker, label), row in errors.iterrows():
        if label in row and label in priors:
            right = float(priors[label]) * float(row[label])
            found[str(worker)] = found.get(str(worker), 0.0) + right
    return found
