"""What the HITs of a poll are: `poll_options` over the properties of the HITs that it is about."""

from collections.abc import Mapping
from typing import Any

from crowdmake.configuration import properties
from crowdmake.configuration.qualifications import named
from crowdmake.polling.ballots import RATINGS
from crowdmake.polling.names import authors_of

REWARD = "0.05"
LIFETIME = 24 * 3600
# What a worker who may answer may also rate, and the time to do so.
_KEPT = (
    "Keywords",
    "AssignmentDurationInSeconds",
    "AutoApprovalDelayInSeconds",
    "QualificationRequirements",
)


def poll_properties(
    answered: Mapping[str, Any], options: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the properties of a poll's HITs, complete; title and description stay templates.

    ``answered`` are the complete properties of the HITs whose answers are rated, ``options`` is
    `poll_options`, and ``own`` what the configuration says of the batch of polls itself. Reward
    and lifetime are not those of the answered HITs: unless told otherwise they are the agent's.
    """
    told = {
        "Title": options["title"],
        "Description": options["instructions"],
        "MaxAssignments": options["assignments"],
        "Reward": options.get("reward", REWARD),
        "LifetimeInSeconds": options.get("lifetime_in_seconds", LIFETIME),
    }
    return properties.complete({**{name: answered[name] for name in _KEPT}, **told, **own})


def without_authors(complete: Mapping[str, Any], batch: str) -> dict[str, Any]:
    """Return the properties with the requirement that nobody rates what the batch's authors wrote.

    ``batch`` is the batch whose answers are rated.
    """
    requirement = {
        "QualificationTypeId": named(authors_of(batch)),
        "Comparator": "DoesNotExist",
        "ActionsGuarded": "Accept",
    }
    requirements = [*complete["QualificationRequirements"], requirement]
    return {**complete, "QualificationRequirements": requirements}


def authors_type(experiment_id: str, batch: str) -> dict[str, str]:
    """Return what the market is told of the qualification of the authors of ``batch``."""
    about = "You wrote answers that are rated in these HITs; others rate them."
    return {"Name": f"Has answered {batch} of {experiment_id}", "Description": about}


BALLOT_SCHEMA: dict[str, Any] = {"additionalProperties": {"enum": list(RATINGS)}}
"""The JSON Schema of a valid ballot: nothing but ratings."""
