"""Requesters kept apart: what one made does not exist for another, in any operation.

Every operation of the service has to be entered here. Each entry is tried by a second
requester, with a key of its own, who names what the first one made.
"""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from crowdmake.market import layouts, requesters, workers
from crowdmake.market.models import Clock
from crowdmake.market.protocol.service import operation_names
from crowdmake.market.serving import keys
from django.apps import apps

from market.cases.review_policies import POLICY
from market.exams import LABEL, new_type, requested
from market.form_kit import UPLOAD, form, question
from market.kit import PER_HIT, PROPERTIES, TYPE, Requester, connect, give_key

OTHER_KEY = keys.NewKey("CM" + "L" * 18, "t" * 40)


class Its(str):
    """Stands for what the first requester has under this name (`world`)."""


class Attempt(NamedTuple):
    """A call by the second requester, and the error it ends in or a check of its answer."""

    operation: str
    parameters: dict[str, Any]
    code: str | None = None
    check: Callable[[Any, dict[str, Any]], bool] | None = None

    def __str__(self) -> str:
        """Return the test's name."""
        return f"{self.operation}-{self.code or 'answered'}"


def refused(operation: str, code: str, **parameters: Any) -> Attempt:
    """Return a call that is refused, and changes nothing."""
    return Attempt(operation, parameters, code)


def answered(
    operation: str, check: Callable[[Any, dict[str, Any]], bool], **parameters: Any
) -> Attempt:
    """Return a call that is answered for the second requester alone."""
    return Attempt(operation, parameters, None, check)


def empty(operation: str, member: str, **parameters: Any) -> Attempt:
    """Return a call for a list, which is empty."""
    return answered(operation, lambda answer, _: answer[member] == [], **parameters)


def requiring(type_id: str) -> dict[str, Any]:
    """Return the property of a HIT that requires a qualification."""
    wanted = {"QualificationTypeId": type_id, "Comparator": "Exists"}
    return {"QualificationRequirements": [wanted]}


def left_out(answer: Any, world: dict[str, Any]) -> bool:
    """Say whether the first requester's worker was sent nothing."""
    failures = answer["NotifyWorkersFailureStatuses"]
    return [each["WorkerId"] for each in failures] == [world["worker"]]


WORK = {"AssignmentId": Its("assignment")}
HIT = {"HITId": Its("hit")}
HIT_TYPE = {"HITTypeId": Its("hit type")}
WORKER = {"WorkerId": Its("worker")}
REQUEST = {"QualificationRequestId": Its("request")}
# Inactive types are their requester's secret; Active ones are seen by all, and changed by one.
SECRET = {"QualificationTypeId": Its("inactive type")}
PUBLIC = {"QualificationTypeId": Its("active type")}
ALL_TYPES = {"MustBeRequestable": False}
ELSEWHERE = {
    "Destination": "https://example.org/queue",
    "Transport": "SQS",
    "Version": "2014-08-15",
    "EventTypes": ["HITCreated"],
}

NO_HIT, NO_WORK = "HITDoesNotExist", "AssignmentDoesNotExist"
NO_HIT_TYPE = "HITTypeDoesNotExist"
NO_TYPE, NO_REQUEST = "QualificationTypeDoesNotExist", "QualificationRequestDoesNotExist"
NOT_ITS_OWN = "PermissionDenied"

ATTEMPTS = [
    refused("AcceptQualificationRequest", NO_REQUEST, **REQUEST),
    refused("ApproveAssignment", NO_WORK, **WORK),
    refused("ApproveAssignment", NO_WORK, AssignmentId=Its("rejected"), OverrideRejection=True),
    refused("AssociateQualificationWithWorker", NO_TYPE, **SECRET, **WORKER),
    refused("AssociateQualificationWithWorker", NOT_ITS_OWN, **PUBLIC, **WORKER),
    refused("CreateAdditionalAssignmentsForHIT", NO_HIT, **HIT, NumberOfAdditionalAssignments=1),
    refused("CreateHIT", NO_TYPE, **PROPERTIES, **requiring(Its("inactive type"))),
    refused(
        "CreateHIT",
        "HITLayoutDoesNotExist",
        **TYPE,
        LifetimeInSeconds=60,
        HITLayoutId=Its("layout"),
    ),
    answered(
        "CreateHIT",
        lambda answer, world: answer["HIT"]["HITTypeId"] != world["hit type"],
        **PROPERTIES,
        UniqueRequestToken=Its("token"),
    ),
    refused("CreateHITType", NO_TYPE, **TYPE, **requiring(Its("inactive type"))),
    answered(
        "CreateHITType", lambda answer, world: answer["HITTypeId"] != world["hit type"], **TYPE
    ),
    refused("CreateHITWithHITType", NO_HIT_TYPE, **HIT_TYPE, **PER_HIT),
    answered(
        "CreateQualificationType",
        lambda answer, world: answer["QualificationType"]["Name"] == LABEL["Name"],
        **LABEL,
    ),
    answered("CreateWorkerBlock", lambda answer, _: bool(answer), **WORKER, Reason="mine"),
    refused("DeleteHIT", NO_HIT, **HIT),
    refused("DeleteQualificationType", NO_TYPE, **SECRET),
    refused("DeleteQualificationType", NOT_ITS_OWN, **PUBLIC),
    answered("DeleteWorkerBlock", lambda answer, _: bool(answer), **WORKER),
    refused("DisassociateQualificationFromWorker", NO_TYPE, **SECRET, **WORKER),
    refused("DisassociateQualificationFromWorker", NOT_ITS_OWN, **PUBLIC, **WORKER),
    answered("GetAccountBalance", lambda answer, _: answer["AvailableBalance"] == "10000.00"),
    refused("GetAssignment", NO_WORK, **WORK),
    refused("GetFileUploadURL", NO_WORK, **WORK, QuestionIdentifier="photo"),
    refused("GetHIT", NO_HIT, **HIT),
    refused("GetQualificationScore", "QualificationDoesNotExist", **SECRET, **WORKER),
    refused("GetQualificationScore", "QualificationDoesNotExist", **PUBLIC, **WORKER),
    refused("GetQualificationType", NO_TYPE, **SECRET),
    refused("ListAssignmentsForHIT", NO_HIT, **HIT),
    refused("ListBonusPayments", NO_HIT, **HIT),
    refused("ListBonusPayments", NO_WORK, **WORK),
    empty("ListHITs", "HITs"),
    refused("ListHITsForQualificationType", NO_TYPE, **SECRET),
    empty("ListHITsForQualificationType", "HITs", **PUBLIC),
    empty("ListQualificationRequests", "QualificationRequests"),
    refused("ListQualificationRequests", NO_TYPE, **SECRET),
    refused("ListQualificationRequests", NOT_ITS_OWN, **PUBLIC),
    empty("ListQualificationTypes", "QualificationTypes", **ALL_TYPES, MustBeOwnedByCaller=True),
    empty("ListQualificationTypes", "QualificationTypes", **ALL_TYPES, Query="Inactive"),
    refused("ListReviewPolicyResultsForHIT", NO_HIT, **HIT),
    empty("ListReviewableHITs", "HITs"),
    empty("ListReviewableHITs", "HITs", **HIT_TYPE),
    empty("ListWorkerBlocks", "WorkerBlocks"),
    refused("ListWorkersWithQualificationType", NO_TYPE, **SECRET),
    refused("ListWorkersWithQualificationType", NOT_ITS_OWN, **PUBLIC),
    answered("NotifyWorkers", left_out, Subject="s", MessageText="t", WorkerIds=[Its("worker")]),
    refused("RejectAssignment", NO_WORK, **WORK, RequesterFeedback="no"),
    refused("RejectQualificationRequest", NO_REQUEST, **REQUEST),
    refused("SendBonus", NO_WORK, **WORK, **WORKER, BonusAmount="1.00", Reason="r"),
    # A test is sent to hosts that the operator allows, and is about a HIT that there is not.
    refused(
        "SendTestEventNotification",
        "InvalidTransportEndpoint",
        Notification=ELSEWHERE,
        TestEventType="Ping",
    ),
    refused("UpdateExpirationForHIT", NO_HIT, **HIT, ExpireAt=0),
    refused("UpdateHITReviewStatus", NO_HIT, **HIT),
    refused("UpdateHITTypeOfHIT", NO_HIT, HITId=Its("untouched hit"), **HIT_TYPE),
    refused("UpdateHITTypeOfHIT", NO_HIT_TYPE, HITId=Its("other's hit"), **HIT_TYPE),
    refused("UpdateNotificationSettings", NO_HIT_TYPE, **HIT_TYPE, Active=False),
    refused("UpdateQualificationType", NO_TYPE, **SECRET, Description="mine"),
    refused("UpdateQualificationType", NOT_ITS_OWN, **PUBLIC, Description="mine"),
]


@pytest.fixture(scope="session")
def other_client(url, transport):
    client = connect(url, OTHER_KEY)
    transport.watch(client)
    return client


@pytest.fixture
def other(market, vault, other_client, transport):
    """The second requester."""
    account = market.run(lambda _: requesters.ensure("other"))
    give_key(market, account, OTHER_KEY, vault)
    return Requester(other_client, transport)


@pytest.fixture
def world(market, client, requester, people):
    """What the first requester has, by name."""
    worker = people.worker("Ann")
    types = {name: new_type(client, Name=f"{name} type") for name in ("Active", "Inactive")}
    client.create_worker_block(WorkerId=people.worker("Bob").worker_id, Reason="r")
    request = requested(people, "Cy", types["Active"])
    for each in types.values():
        client.associate_qualification_with_worker(
            QualificationTypeId=each, WorkerId=worker.worker_id, IntegerValue=7
        )
    requester.hit(**requiring(types["Active"]))
    client.update_qualification_type(
        QualificationTypeId=types["Inactive"], QualificationTypeStatus="Inactive"
    )
    shown = form(question(UPLOAD, "photo"), question())
    hit = client.create_hit(
        **{**PROPERTIES, "Question": shown, "UniqueRequestToken": "t"},
        MaxAssignments=1,
        AssignmentReviewPolicy=POLICY,
    )["HIT"]
    held = people.accept("Ann", hit["HITId"])
    market.run(lambda now: workers.upload(held, "photo", b"content", now))
    people.submit(held, ("q", "x"))
    given = {"AssignmentId": held.assignment_id, "WorkerId": worker.worker_id}
    client.send_bonus(**given, BonusAmount="1.00", Reason="r", UniqueRequestToken="t")
    rejected = people.do("Ann", requester.hit())
    client.reject_assignment(AssignmentId=rejected, RequesterFeedback="no")
    layout = market.run(lambda now: layouts.add(market.requester, "l", "<p>${x}</p>", now))
    return {
        "hit": hit["HITId"],
        "hit type": hit["HITTypeId"],
        "untouched hit": requester.hit(),
        "assignment": held.assignment_id,
        "rejected": rejected,
        "worker": worker.worker_id,
        "request": request.qualification_request_id,
        "active type": types["Active"],
        "inactive type": types["Inactive"],
        "layout": layout.hit_layout_id,
        "token": "t",
    }


def meant(value: Any, world: dict[str, Any]) -> Any:
    """Return a parameter's value with the first requester's things in their places."""
    if isinstance(value, Its):
        return world[value]
    if isinstance(value, dict):
        return {name: meant(each, world) for name, each in value.items()}
    return [meant(each, world) for each in value] if isinstance(value, list) else value


def rows(market: Any) -> set[str]:
    """Return everything that the market remembers, but for the time."""
    with market.reading():
        return {
            f"{model.__name__} {sorted(row.items())}"
            for model in apps.get_app_config("market").get_models()
            if model is not Clock
            for row in model.objects.values()
        }


def test_every_operation_is_entered():
    """An operation that is not tried here has not been shown to keep requesters apart."""
    assert {each.operation for each in ATTEMPTS} == operation_names()


def test_a_foreign_id_names_nothing(market, world, other):
    """What the first requester made does not exist for the second, and no attempt changes it."""
    world["other's hit"] = other.hit()
    before = rows(market)
    for attempt in ATTEMPTS:
        if attempt.code:
            with explained(attempt), other.refused(f"AWS.MechanicalTurk.{attempt.code}"):
                perform(other, attempt, world)
    assert rows(market) == before


@pytest.mark.parametrize("attempt", [each for each in ATTEMPTS if not each.code], ids=str)
def test_an_answer_holds_nothing_of_others(attempt, market, world, other):
    """Lists are empty, and what the second requester makes changes nothing of the first's."""
    before = rows(market)
    assert attempt.check(perform(other, attempt, world), world)
    assert {each for each in before - rows(market) if not is_account(each, "other")} == set()


def test_the_first_requester_is_not_refused_so(world, requester, other):
    """The same ids exist for who made them: they are refused to the second for being foreign."""
    world["other's hit"] = other.hit()
    foreign = [each for each in ATTEMPTS if each.code in (NO_HIT, NO_WORK, NO_TYPE, NO_REQUEST)]
    for attempt in sorted(foreign, key=lambda each: each.operation.startswith("Delete")):
        with explained(attempt):
            assert not refusal(requester, attempt, world).endswith("DoesNotExist")


def refusal(requester: Requester, attempt: Attempt, world: dict[str, Any]) -> str:
    """Return the code with which a call ends, nothing where it succeeds."""
    try:
        perform(requester, attempt, world)
    except ClientError as error:
        return str(error.response.get("TurkErrorCode", ""))
    return ""


def perform(requester: Requester, attempt: Attempt, world: dict[str, Any]) -> Any:
    """Return the answer to the attempt's call by a requester."""
    call = getattr(requester.client, xform_name(attempt.operation))
    return call(**meant(attempt.parameters, world))


@contextmanager
def explained(attempt: Attempt):
    """Say of a failure which attempt it is about."""
    try:
        yield
    except BaseException as failure:
        failure.add_note(f"by {attempt} {attempt.parameters}")
        raise


def is_account(row: str, name: str) -> bool:
    """Say whether a row is the account of a requester, which a HIT of its own changes."""
    return row.startswith("Requester ") and f"('name', '{name}')" in row
