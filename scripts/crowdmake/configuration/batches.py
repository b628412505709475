"""What the configuration says of one batch, its own settings over the common ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crowdmake.configuration import properties, schemas
from crowdmake.configuration.layers import merged
from crowdmake.configuration.qualifications import NEW_WORKERS
from crowdmake.polling.names import is_poll
from crowdmake.polling.terms import BALLOT_SCHEMA


@dataclass(frozen=True)
class Hit:
    """What the HITs of one batch are."""

    template: str | None
    """The path of its page, a template; None where `url` takes its place."""
    url: str | None
    """The address of its external page, with places for values of the row."""
    questions: list[dict[str, Any]] | None
    """The questions of its form, where there is no page."""
    interpolation: str
    """The language of the questions' texts: `jinja` or `agent`."""
    html_fields: list[str]
    properties: dict[str, Any]
    minutes: float | None
    """How long one assignment takes, as far as its requester knows."""

    @property
    def asked(self) -> dict[str, Any] | None:
        """Return what makes the form: title, description, questions, interpolation; or None."""
        if self.questions is None:
            return None
        return {
            "title": self.properties["Title"],
            "description": self.properties["Description"],
            "questions": self.questions,
            "interpolation": self.interpolation,
        }

    def as_poll(self, complete: dict[str, Any]) -> "Hit":
        """Return the HIT with these properties of a poll about the answers to it."""
        return replace(
            self, template=None, url=None, questions=None, properties=complete, minutes=None
        )


@dataclass(frozen=True)
class Review:
    """How the work of one batch is decided."""

    approve: str
    answer_schema: dict[str, Any] | None


def hit_of(hit: Mapping[str, Any], start: int | None) -> Hit:
    """Return what the merged settings ``hit`` say, put up for ``start`` assignments at first.

    None puts up as many as the properties say.
    """
    complete = _once(properties.complete(hit["properties"]), hit)
    return Hit(
        template=hit.get("template"),
        url=hit.get("url"),
        questions=hit.get("questions"),
        interpolation=hit.get("interpolation", "jinja"),
        html_fields=hit.get("html_fields", []),
        properties=complete if start is None else complete | {"MaxAssignments": start},
        minutes=hit.get("minutes"),
    )


def review_of(values: Mapping[str, Any], batch: str, root: Path) -> Review:
    """Return how the work of ``batch`` is decided.

    Raises:
        ValueError: the file of the answers' schema cannot be read.
    """
    review = merged(values, batch, "review", root)
    schema = review.get("answer_schema")
    if is_poll(batch):
        own = values.get("batches", {}).get(batch, {}).get("review", {})
        schema = own.get("answer_schema", BALLOT_SCHEMA)
    if isinstance(schema, str):
        schema = schemas.read_document(root / schema)
    return Review(review.get("approve", "listed"), schema)


def _once(complete: dict[str, Any], hit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties with the requirement that `hit.once` means."""
    if "once" not in hit:
        return complete
    requirements = [*complete["QualificationRequirements"], NEW_WORKERS]
    return complete | {"QualificationRequirements": requirements}
