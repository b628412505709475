"""What a question form consists of.

The names are those of the XML:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QuestionFormDataStructureArticle.html
"""

from dataclasses import dataclass
from typing import NamedTuple

from crowdmake.market.forms import formatted_content

Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Title:
    """A heading."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class ItemList:
    """A bulleted list of plain texts."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class FormattedContent:
    """Text with markup, as the requester wrote it."""

    source: str

    @property
    def html(self) -> str:
        """The content as HTML with nothing in it but what is allowed."""
        return formatted_content.html(self.source)


@dataclass(frozen=True)
class Binary:
    """A picture, sound, film or file at ``url`` (http or https); ``type`` says which."""

    type: str
    subtype: str
    url: str
    alt_text: str


@dataclass(frozen=True)
class EmbeddedBinary(Binary):
    """The same, shown in a box of the page; width and height are as the requester wrote them."""

    width: str
    height: str
    parameters: Parameters


@dataclass(frozen=True)
class Application:
    """A Java applet (``filename`` within ``url``) or a Flash film, which no browser shows now."""

    url: str
    filename: str
    width: str
    height: str
    parameters: Parameters


Block = Title | Text | ItemList | FormattedContent | Binary | Application


class Range(NamedTuple):
    """The least and the greatest allowed; None where there is no such limit."""

    low: int | None
    high: int | None


@dataclass(frozen=True)
class AnswerFormatRegex:
    """A JavaScript pattern that an answer has to match, and what to say where it does not."""

    regex: str
    error_text: str
    ignores_case: bool


@dataclass(frozen=True)
class FreeTextAnswer:
    """A text field; ``numeric`` is None where any text will do, ``length`` where any length."""

    numeric: Range | None
    length: Range | None
    formats: tuple[AnswerFormatRegex, ...]
    default_text: str
    lines: int


@dataclass(frozen=True)
class Selection:
    """One of the choices of a question."""

    identifier: str
    content: Block


@dataclass(frozen=True)
class SelectionAnswer:
    """A choice of ``minimum`` to ``maximum`` selections, and of a text besides for ``other``."""

    minimum: int
    maximum: int
    style: str
    selections: tuple[Selection, ...]
    other: FreeTextAnswer | None


@dataclass(frozen=True)
class FileUploadAnswer:
    """A file of ``minimum`` to ``maximum`` bytes."""

    minimum: int
    maximum: int


AnswerSpecification = FreeTextAnswer | SelectionAnswer | FileUploadAnswer


@dataclass(frozen=True)
class Overview:
    """Instructions between the questions."""

    content: tuple[Block, ...]


@dataclass(frozen=True)
class Question:
    """A question.

    A worker's page posts the answer in the field named ``identifier`` (each selection in one of
    its own), and the text beside the selections in the field named ``other_field``.
    """

    identifier: str
    other_field: str
    display_name: str
    required: bool
    content: tuple[Block, ...]
    answer: AnswerSpecification


@dataclass(frozen=True)
class Form:
    """A question form, in the order in which it is shown."""

    parts: tuple[Overview | Question, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions alone."""
        return tuple(part for part in self.parts if isinstance(part, Question))
