"""A form of questions, for one row after the other: what a market is sent, and a page to try."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from crowdmake.exceptions import UserError
from crowdmake.messages import listed
from crowdmake.questions.filling import Filled, Filling
from crowdmake.questions.form import question_form, selection_limits
from crowdmake.questions.limits import bounds
from crowdmake.rendering.marks import RenderProblem
from crowdmake.rendering.renderer import RenderError


class QuestionPage:
    """The questions of a batch's HITs; ``source`` says where they stand, for messages.

    ``asked`` holds title, description, questions and interpolation, the language of the texts.

    Raises:
        UserError: a text is no template of the language.
    """

    def __init__(self, asked: Mapping[str, Any], source: str) -> None:
        self.source = source
        questions = asked["questions"]
        self._filling = Filling(
            asked["title"], asked["description"], questions, asked["interpolation"]
        )
        self.notes = _notes(questions)

    def filled(self, row: object) -> Filled:
        """Return what the HIT of ``row``, any JSON value, says.

        Raises:
            RenderError: a text cannot be filled, or does not come out as what it has to be.
        """
        try:
            return self._filling.filled(row)
        except UserError as error:
            lines = (f"{self.source}.{line}" for line in error.lines)
            raise RenderError(*(RenderProblem("row", line) for line in lines)) from None

    def form(self, said: Filled) -> str:
        """Return the XML of the form that says this.

        Raises:
            UserError: it is larger than a market accepts, or holds what XML cannot.
        """
        return question_form(said.title, said.description, said.questions)

    def question(self, row: object) -> str:
        """Return the XML of the form for ``row``.

        Raises:
            UserError: it cannot be filled, is larger than a market accepts, or holds what XML
                cannot.
        """
        return self.form(self.filled(row))

    def page(self, row: object) -> str:
        """Return an HTML page that asks the same, and sends what the form would.

        Raises:
            RenderError: it cannot be filled.
        """
        return form_page(self.filled(row))

    def empty_page(self) -> str:
        """Return the page without a row, as far as the questions can do without.

        Raises:
            RenderError: they cannot.
        """
        return self.page({})


def form_page(said: Filled) -> str:
    """Return an HTML page that asks what the form would, and sends the same."""
    return _template().render(
        title=said.title,
        description=said.description,
        questions=said.questions,
        limits=[_limits(question) for question in said.questions],
    )


def _limits(question: Mapping[str, Any]) -> dict[str, int | None]:
    """Return what the page checks of an answer."""
    least, most = selection_limits(question) if question["type"] == "selection" else (None, None)
    low, high = bounds(question)
    return {"least": least, "most": most, "low": low, "high": high}


def _notes(questions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is worth saying of the questions, once."""
    wanted = [each["key"] for each in questions if each.get("min_length") and not each["required"]]
    if not wanted:
        return []
    return [
        f"{listed(wanted)} with a min_length and required: false: a market requires an answer"
        " whatever `required` says"
    ]


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("form.html.jinja")
