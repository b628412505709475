"""A text with places for values of a row, in the language that the configuration names.

A text is compiled once and filled for one row after the other. What a row or a worker wrote
is only ever a value: it is put in once, and never read as a template itself.
"""

from typing import Protocol

JINJA, AGENT = "jinja", "agent"
LONGEST = 200_000
"""How many characters a text may come to; a whole question has 65,535 bytes at most."""


class InterpolationError(ValueError):
    """A text that is no template, or that cannot be filled with a row; the message says why."""


class Text(Protocol):
    """A text that can be filled."""

    def filled(self, row: object) -> str:
        """Return the text with the values of ``row``, any JSON value.

        Raises:
            InterpolationError: it cannot be filled.
        """

    def names(self) -> set[str]:
        """Return the top-level keys of the row that the text uses, as far as it spells them."""


def text_of(source: str, language: str) -> Text:
    """Return the text in ``source``, written in one of the two languages.

    `jinja`: a value that the row lacks is an error. `agent`: the two forms of Huginn's
    HumanTaskAgent, JSONPath and Liquid, where it is empty.

    Raises:
        InterpolationError: it cannot be parsed.
    """
    checked_length(source)
    if language == AGENT:
        # Imported here: together they take a tenth of a second, and few experiments need them.
        from crowdmake.interpolation.agent import AgentText

        return AgentText(source)
    from crowdmake.interpolation.jinja import JinjaText

    return JinjaText(source)


def template_problem(source: str, language: str) -> str | None:
    """Return why ``source`` is no text of the language, or None."""
    try:
        text_of(source, language)
    except InterpolationError as problem:
        return str(problem)
    return None


def checked_length(text: str) -> str:
    """Return ``text``, unless it is longer than anything that a market would take.

    Raises:
        InterpolationError: it is.
    """
    if len(text) > LONGEST:
        raise InterpolationError(f"is longer than {LONGEST:,} characters; expected fewer")
    return text
