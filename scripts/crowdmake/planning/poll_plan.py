"""What the Snakefile asks about polls. All offline."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.inputs.paths import INPUT
from crowdmake.polling.names import LONGEST, is_poll, poll_of


class PollPlan:
    """The batches of polls about ``batches``.

    Raises:
        UserError: a batch's name is too long to call its polls after it.
    """

    def __init__(self, configuration: Configuration, batches: Iterable[str]) -> None:
        self._configuration = configuration
        self.about = self._named(batches) if configuration.polls else {}
        """The batches of polls, each with the batch that it is about."""

    def chosen(self, begun: Collection[str]) -> list[str]:
        """Return the batches of polls about those of ``begun`` that are not left out."""
        chosen = self._configuration.chosen
        return [
            name
            for name, about in self.about.items()
            if about in begun and (chosen is None or not {name, about}.isdisjoint(chosen))
        ]

    def pages(self, batch: str) -> dict[str, Any] | None:
        """Return what the pages of the batch's polls are made of; None where it has none."""
        if poll_of(batch) not in self.about:
            return None
        hit = self._configuration.hit(batch)
        return {
            "options": self._configuration.poll_options,
            "language": hit.interpolation,
            "fields": {each["key"]: _choices(each) for each in hit.questions or []},
        }

    def _named(self, batches: Iterable[str]) -> dict[str, str]:
        about = sorted(batch for batch in batches if not is_poll(batch))
        UserError.collect(
            f"{INPUT / batch}.*: the name has {len(batch)} characters; expected at most {LONGEST},"
            " since its polls are called after it; rename the file"
            for batch in about
            if len(batch) > LONGEST
        )
        return {poll_of(batch): batch for batch in about}


def _choices(question: Mapping[str, Any]) -> list[str]:
    return [str(each["key"]) for each in question.get("selections", [])]
