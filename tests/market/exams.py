"""Qualification types for tests: a test of two questions with its key, and what is made of them."""

from typing import Any

from crowdmake.market.models import QualificationType
from crowdmake.market.qualifications import requesting

from market.kit import SCHEMAS

NOBODY = "ANOBODY"
NO_TYPE = "3NONE"
ADULT = "00000000000000000060"
LABEL = {"Name": "Labelling", "Description": "Can label", "QualificationTypeStatus": "Active"}


def question(name: str, *choices: str) -> str:
    """Return a multiple-choice question."""
    selections = "".join(
        f"<Selection><SelectionIdentifier>{each}</SelectionIdentifier><Text>{each}</Text></Selection>"
        for each in choices
    )
    return (
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier>"
        f"<QuestionContent><Text>{name}?</Text></QuestionContent>"
        "<AnswerSpecification><SelectionAnswer>"
        f"<Selections>{selections}</Selections></SelectionAnswer></AnswerSpecification></Question>"
    )


def scored(name: str, right: str, score: int) -> str:
    """Return what a key says of a question."""
    return (
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier><AnswerOption>"
        f"<SelectionIdentifier>{right}</SelectionIdentifier><AnswerScore>{score}</AnswerScore>"
        "</AnswerOption></Question>"
    )


TEST = (
    f'<QuestionForm xmlns="{SCHEMAS}2017-11-06/QuestionForm.xsd">'
    f"{question('colour', 'red', 'green')}{question('shape', 'round', 'square')}</QuestionForm>"
)
OTHER_TEST = TEST.replace("colour?", "Which colour?")
ANSWER_KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}2005-10-01/AnswerKey.xsd">'
    f"{scored('colour', 'red', 3)}{scored('shape', 'round', 4)}</AnswerKey>"
)
EXAM = {"Test": TEST, "TestDurationInSeconds": 600}
RIGHT = [("colour", "red"), ("shape", "round")]


def new_type(client: Any, **properties: Any) -> str:
    """Return the id of a new qualification type."""
    made = client.create_qualification_type(**{**LABEL, **properties})
    type_id: str = made["QualificationType"]["QualificationTypeId"]
    return type_id


def requested(people: Any, name: str, type_id: str, answers: Any = None) -> Any:
    """Return the worker's request for a type, with the answers of its test if there is one."""
    worker = people.worker(name)

    def ask(now: Any) -> Any:
        wanted = QualificationType.objects.get(qualification_type_id=type_id)
        if answers is not None:
            requesting.begin_test(worker, wanted, now)
        return requesting.request_qualification(worker, wanted, answers, now)

    return people.market.run(ask)


def begun(people: Any, name: str, type_id: str) -> Any:
    """Return the test that the worker takes."""
    worker = people.worker(name)
    return people.market.run(
        lambda now: requesting.begin_test(
            worker, QualificationType.objects.get(qualification_type_id=type_id), now
        )
    )


def handed_in(people: Any, name: str, type_id: str, answers: Any) -> Any:
    """Return the request after the worker handed the test in that was begun before."""
    worker = people.worker(name)
    return people.market.run(
        lambda now: requesting.request_qualification(
            worker, QualificationType.objects.get(qualification_type_id=type_id), answers, now
        )
    )
