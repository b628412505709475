"""What the Snakefile asks about the pages that workers are to see. All offline."""

from collections.abc import Callable, Iterable
from typing import Any

from crowdmake.configuration.config import Configuration
from crowdmake.layout import SHIPPED_TEMPLATES, TEMPLATES
from crowdmake.planning.poll_plan import PollPlan

_SHOWN = ("Title", "Description", "FrameHeight")


class PagePlan:
    """What the pages of ``batches`` are made of; ``rows_of`` gives the path of a batch's rows."""

    def __init__(
        self,
        configuration: Configuration,
        batches: Iterable[str],
        polls: PollPlan,
        rows_of: Callable[[str], str],
    ) -> None:
        self._configuration = configuration
        self._batches = list(batches)
        self._polls = polls
        self._rows_of = rows_of

    def shown(self, batch: str) -> dict[str, Any]:
        """Return the properties that rendering needs."""
        properties = self._configuration.hit(batch).properties
        return {name: properties[name] for name in _SHOWN}

    def template(self, batch: str) -> str | list[str]:
        """Return the path of the batch's page; none where something else takes its place."""
        return self._configuration.hit(batch).template or []

    def asked(self, batch: str) -> dict[str, Any] | None:
        """Return the questions of the batch's form and what stands above them; None for a page."""
        return self._configuration.hit(batch).asked

    def checked(self) -> list[dict[str, Any]]:
        """Return what `check` looks at, batch by batch."""
        return [self._subject(batch) for batch in self._batches]

    def _subject(self, batch: str) -> dict[str, Any]:
        hit = self._configuration.hit(batch)
        return {
            "batch": batch,
            "path": self._rows_of(batch),
            "template": hit.template or "",
            "url": hit.url,
            "asked": hit.asked,
            "html_fields": hit.html_fields,
            "properties": hit.properties,
            "minutes": hit.minutes,
            "polls": self._polls.pages(batch),
        }

    @property
    def hourly_usd(self) -> str | None:
        """Return the hourly wage below which `check` warns, in US dollars as text, or None."""
        wage = self._configuration.hourly_usd
        return None if wage is None else str(wage)

    def templates(self) -> list[str]:
        """Return every file that a page may include."""
        own = TEMPLATES.resolve() == SHIPPED_TEMPLATES.resolve()
        folders = [TEMPLATES] if own else [TEMPLATES, SHIPPED_TEMPLATES]
        return [str(path) for folder in folders for path in sorted(folder.rglob("*.html"))]
