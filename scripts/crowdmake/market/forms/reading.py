"""From the elements of a valid QuestionForm to its parts.

Identifiers lose the white space around them, which no field of a page could carry. Defaults:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QuestionFormDataStructureArticle.html
"""

from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

from crowdmake.market.forms.documents import local_name
from crowdmake.market.forms.parts import (
    AnswerFormatRegex,
    AnswerSpecification,
    Application,
    Binary,
    Block,
    EmbeddedBinary,
    FileUploadAnswer,
    Form,
    FormattedContent,
    FreeTextAnswer,
    ItemList,
    Overview,
    Parameters,
    Question,
    Range,
    Selection,
    SelectionAnswer,
    Text,
    Title,
)

DEFAULT_ERROR = "Invalid input supplied."
OTHER = ".other"
TRUE = ("true", "1")


def form(root: Element) -> Form:
    """Return the form that a QuestionForm element holds."""
    identifiers = [_word(each, "QuestionIdentifier") for each in root if _is(each, "Question")]
    fields = iter(_other_fields(identifiers))
    return Form(
        tuple(
            _question(part, next(fields)) if _is(part, "Question") else Overview(_content(part))
            for part in root
        )
    )


def _other_fields(identifiers: Sequence[str]) -> list[str]:
    """Return a field's name for each question that is no other field's."""
    taken, names = set(identifiers), []
    for identifier in identifiers:
        name = identifier + OTHER
        while name in taken:
            name += OTHER
        taken.add(name)
        names.append(name)
    return names


def _question(element: Element, other_field: str) -> Question:
    (specification,) = _child(element, "AnswerSpecification")
    answer = _ANSWERS[local_name(specification)](specification)
    # A least length makes an answer required as IsRequired does.
    length = answer.length if isinstance(answer, FreeTextAnswer) else None
    return Question(
        identifier=_word(element, "QuestionIdentifier"),
        other_field=other_field,
        display_name=_text(element, "DisplayName"),
        required=_word(element, "IsRequired") in TRUE or bool(length and length.low),
        content=_content(_child(element, "QuestionContent")),
        answer=answer,
    )


def _content(element: Element) -> tuple[Block, ...]:
    return tuple(_BLOCKS[local_name(each)](each) for each in element)


def _binary(element: Element) -> Binary:
    return Binary(*_media(element, "MimeType"))


def _embedded(element: Element) -> EmbeddedBinary:
    return EmbeddedBinary(*_media(element, "EmbeddedMimeType"), *_box(element))


def _media(element: Element, mime_type: str) -> tuple[str, str, str, str]:
    kind = _child(element, mime_type)
    return (
        _word(kind, "Type"),
        _word(kind, "SubType"),
        _word(element, "DataURL"),
        _text(element, "AltText"),
    )


def _application(element: Element) -> Application:
    (program,) = element
    url = _word(program, "AppletPath") or _word(program, "FlashMovieURL")
    return Application(url, _text(program, "AppletFilename"), *_box(program))


def _box(element: Element) -> tuple[str, str, Parameters]:
    parameters = tuple(
        (_text(each, "Name"), _text(each, "Value"))
        for each in element
        if _is(each, "ApplicationParameter")
    )
    return _word(element, "Width"), _word(element, "Height"), parameters


def _free_text(element: Element) -> FreeTextAnswer:
    constraints = list(_children(element, "Constraints"))
    return FreeTextAnswer(
        numeric=_range(constraints, "IsNumeric", "Value"),
        length=_range(constraints, "Length", "Length"),
        formats=tuple(_format(each) for each in constraints if _is(each, "AnswerFormatRegex")),
        default_text=_text(element, "DefaultText"),
        lines=int(_word(element, "NumberOfLinesSuggestion") or 1),
    )


def _range(constraints: Sequence[Element], name: str, unit: str) -> Range | None:
    for each in constraints:
        if _is(each, name):
            return Range(_number(each, f"min{unit}"), _number(each, f"max{unit}"))
    return None


def _number(element: Element, attribute: str) -> int | None:
    text = element.get(attribute)
    return None if text is None else int(text)


def _format(element: Element) -> AnswerFormatRegex:
    return AnswerFormatRegex(
        regex=element.get("regex", ""),
        error_text=element.get("errorText", DEFAULT_ERROR),
        ignores_case="flags" in element.attrib,
    )


def _selection_answer(element: Element) -> SelectionAnswer:
    choices = _children(element, "Selections")
    others = [_free_text(each) for each in choices if _is(each, "OtherSelection")]
    return SelectionAnswer(
        minimum=int(_word(element, "MinSelectionCount") or 1),
        maximum=int(_word(element, "MaxSelectionCount") or 1),
        style=_word(element, "StyleSuggestion"),
        selections=tuple(_selection(each) for each in choices if _is(each, "Selection")),
        other=others[0] if others else None,
    )


def _selection(element: Element) -> Selection:
    identifier, content = element
    shown = _BLOCKS[local_name(content)](content)
    return Selection((identifier.text or "").strip(), shown)


def _file_upload(element: Element) -> FileUploadAnswer:
    return FileUploadAnswer(
        minimum=int(_word(element, "MinFileSizeInBytes")),
        maximum=int(_word(element, "MaxFileSizeInBytes")),
    )


_BLOCKS: dict[str, Callable[[Element], Block]] = {
    "Title": lambda element: Title(element.text or ""),
    "Text": lambda element: Text(element.text or ""),
    "List": lambda element: ItemList(tuple(each.text or "" for each in element)),
    "FormattedContent": lambda element: FormattedContent(element.text or ""),
    "Binary": _binary,
    "EmbeddedBinary": _embedded,
    "Application": _application,
}
_ANSWERS: dict[str, Callable[[Element], AnswerSpecification]] = {
    "FreeTextAnswer": _free_text,
    "SelectionAnswer": _selection_answer,
    "FileUploadAnswer": _file_upload,
}


def _is(element: Element, name: str) -> bool:
    return local_name(element) == name


def _child(element: Element, name: str) -> Element:
    return next(each for each in element if _is(each, name))


def _children(element: Element, name: str) -> Sequence[Element]:
    """Return what the child called ``name`` holds, nothing if there is none."""
    return next((list(each) for each in element if _is(each, name)), [])


def _text(element: Element, name: str) -> str:
    return next((each.text or "" for each in element if _is(each, name)), "")


def _word(element: Element, name: str) -> str:
    """Return a child's text without the white space around it."""
    return _text(element, name).strip()
