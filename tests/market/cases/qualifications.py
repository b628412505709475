"""Qualification types, grants and requests."""

from market.cases import Scene, case
from market.exams import (
    ADULT,
    ANSWER_KEY,
    EXAM,
    LABEL,
    NO_TYPE,
    NOBODY,
    TEST,
    new_type,
    requested,
)
from market.kit import PROPERTIES, TYPE


def needing(type_id):
    """Return the requirement that a worker has the qualification."""
    return {"QualificationRequirements": [{"QualificationTypeId": type_id, "Comparator": "Exists"}]}


def pending(scene: Scene) -> str:
    """Return the id of a request that waits for a decision."""
    return requested(scene.people, "Ann", new_type(scene.client)).qualification_request_id


@case("CreateQualificationType")
def a_type(scene: Scene):
    """A type is returned as it was made."""
    made = scene.client.create_qualification_type(
        **LABEL, **EXAM, Keywords="a,b", AnswerKey=ANSWER_KEY, RetryDelayInSeconds=0
    )["QualificationType"]
    assert made.pop("CreationTime")
    assert len(made.pop("QualificationTypeId")) == 30
    assert made == {
        **LABEL,
        **EXAM,
        "Keywords": "a,b",
        "AnswerKey": ANSWER_KEY,
        "RetryDelayInSeconds": 0,
        "IsRequestable": True,
        "AutoGranted": False,
    }


@case("CreateQualificationType", "QualificationTypeAlreadyExists")
def a_name_twice(scene: Scene):
    """A requester gives a name once."""
    new_type(scene.client)
    new_type(scene.client)


@case("CreateQualificationType", "AWS.MissingParameters")
def a_test_without_a_duration(scene: Scene):
    """A test has a duration."""
    new_type(scene.client, Test=TEST)


@case("CreateQualificationType", "AWS.ParameterOutOfRange")
def too_long_a_name(scene: Scene):
    """A name has 200 characters at most."""
    new_type(scene.client, Name="x" * 201)


@case("CreateQualificationType", "InvalidParameterValue")
def a_test_that_grants_itself(scene: Scene):
    """A type with a test is not granted automatically."""
    new_type(scene.client, **EXAM, AutoGranted=True)


@case("CreateQualificationType", "XMLParseError")
def a_test_that_is_no_form(scene: Scene):
    """A test is a QuestionForm."""
    new_type(scene.client, Test="<x/>", TestDurationInSeconds=60)


@case("UpdateQualificationType")
def a_changed_type(scene: Scene):
    """The changed type is returned."""
    changed = scene.client.update_qualification_type(
        QualificationTypeId=new_type(scene.client), Description="Other", AutoGranted=True
    )["QualificationType"]
    assert (changed["Name"], changed["Description"]) == (LABEL["Name"], "Other")
    assert (changed["AutoGranted"], changed["AutoGrantedValue"]) == (True, 1)


@case("UpdateQualificationType", "AWS.MissingParameters")
def a_key_without_its_test(scene: Scene):
    """A key is given with its test."""
    type_id = new_type(scene.client, **EXAM)
    scene.client.update_qualification_type(QualificationTypeId=type_id, AnswerKey=ANSWER_KEY)


@case("UpdateQualificationType", "AWS.ParameterOutOfRange")
def too_long_a_description(scene: Scene):
    """A description has 2000 characters at most."""
    scene.client.update_qualification_type(
        QualificationTypeId=new_type(scene.client), Description="x" * 2001
    )


@case("UpdateQualificationType", "InvalidParameterValue")
def a_type_with_a_test_that_is_to_grant_itself(scene: Scene):
    """A type that has a test is never granted automatically."""
    scene.client.update_qualification_type(
        QualificationTypeId=new_type(scene.client, **EXAM), AutoGranted=True
    )


@case("UpdateQualificationType", "XMLParseError")
def a_key_that_is_none(scene: Scene):
    """An answer key is an AnswerKey."""
    scene.client.update_qualification_type(
        QualificationTypeId=new_type(scene.client), **EXAM, AnswerKey="<x/>"
    )


@case("UpdateQualificationType", "QualificationTypeDoesNotExist")
def a_change_of_an_unknown_type(scene: Scene):
    """An id of no type is refused."""
    scene.client.update_qualification_type(QualificationTypeId=NO_TYPE)


@case("UpdateQualificationType", "PermissionDenied")
def a_change_of_the_systems_type(scene: Scene):
    """The system's types are nobody's to change."""
    scene.client.update_qualification_type(QualificationTypeId=ADULT)


@case("DeleteQualificationType")
def a_deleted_type(scene: Scene):
    """A deleted type is answered with nothing."""
    type_id = new_type(scene.client)
    answer = scene.client.delete_qualification_type(QualificationTypeId=type_id)
    assert set(answer) == {"ResponseMetadata"}


@case("DeleteQualificationType", "InvalidQualificationTypeState")
def a_type_deleted_twice(scene: Scene):
    """A deleted type is not deleted again."""
    type_id = new_type(scene.client)
    scene.client.delete_qualification_type(QualificationTypeId=type_id)
    scene.client.delete_qualification_type(QualificationTypeId=type_id)


@case("DeleteQualificationType", "QualificationTypeDoesNotExist")
def the_deletion_of_an_unknown_type(scene: Scene):
    """An id of no type is refused."""
    scene.client.delete_qualification_type(QualificationTypeId=NO_TYPE)


@case("DeleteQualificationType", "PermissionDenied")
def the_deletion_of_the_systems_type(scene: Scene):
    """The system's types stay."""
    scene.client.delete_qualification_type(QualificationTypeId=ADULT)


@case("GetQualificationType")
def a_type_by_its_id(scene: Scene):
    """A type is shown with its name."""
    shown = scene.client.get_qualification_type(QualificationTypeId=new_type(scene.client))
    assert shown["QualificationType"]["Name"] == LABEL["Name"]


@case("GetQualificationType", "QualificationTypeDoesNotExist")
def an_unknown_type(scene: Scene):
    """An id of no type is refused."""
    scene.client.get_qualification_type(QualificationTypeId=NO_TYPE)


@case("ListQualificationTypes")
def own_types(scene: Scene):
    """The requester's own types are listed."""
    type_id = new_type(scene.client)
    listed = scene.client.list_qualification_types(MustBeRequestable=True, MustBeOwnedByCaller=True)
    assert [each["QualificationTypeId"] for each in listed["QualificationTypes"]] == [type_id]


@case("ListQualificationTypes", "AWS.ParameterOutOfRange")
def too_many_types_a_page(scene: Scene):
    """A page has 100 types at most."""
    scene.client.list_qualification_types(MustBeRequestable=True, MaxResults=101)


@case("ListQualificationTypes", "InvalidParameterValue")
def a_foreign_token_of_types(scene: Scene):
    """A NextToken is one of the same list."""
    scene.client.list_qualification_types(MustBeRequestable=True, NextToken="x")


@case("ListHITsForQualificationType")
def hits_that_require_a_type(scene: Scene):
    """The HITs that require a type are listed."""
    type_id = new_type(scene.client)
    scene.requester.hit()
    hit_id = scene.requester.hit(**needing(type_id))
    listed = scene.client.list_hits_for_qualification_type(QualificationTypeId=type_id)
    assert [each["HITId"] for each in listed["HITs"]] == [hit_id]


@case("ListHITsForQualificationType", "QualificationTypeDoesNotExist")
def hits_of_an_unknown_type(scene: Scene):
    """An id of no type is refused."""
    scene.client.list_hits_for_qualification_type(QualificationTypeId=NO_TYPE)


@case("ListHITsForQualificationType", "AWS.ParameterOutOfRange")
def too_many_hits_a_page(scene: Scene):
    """A page has 100 HITs at most."""
    scene.client.list_hits_for_qualification_type(QualificationTypeId=ADULT, MaxResults=101)


@case("ListHITsForQualificationType", "InvalidParameterValue")
def a_foreign_token_of_hits(scene: Scene):
    """A NextToken is one of the same list."""
    scene.client.list_hits_for_qualification_type(QualificationTypeId=ADULT, NextToken="x")


@case("CreateHIT", "QualificationTypeDoesNotExist")
def a_hit_that_requires_an_unknown_type(scene: Scene):
    """What a HIT requires has to exist."""
    scene.client.create_hit(**PROPERTIES, **needing(NO_TYPE))


@case("CreateHITType", "QualificationTypeDoesNotExist")
def a_hit_type_that_requires_an_unknown_type(scene: Scene):
    """What a HIT type requires has to exist."""
    scene.client.create_hit_type(**TYPE, **needing(NO_TYPE))


@case("CreateHIT", "InvalidQualificationTypeState")
def a_hit_that_requires_an_inactive_type(scene: Scene):
    """What a HIT requires has to be active."""
    type_id = new_type(scene.client, QualificationTypeStatus="Inactive")
    scene.client.create_hit(**PROPERTIES, **needing(type_id))


@case("CreateHITType", "InvalidQualificationTypeState")
def a_hit_type_that_requires_an_inactive_type(scene: Scene):
    """What a HIT type requires has to be active."""
    type_id = new_type(scene.client, QualificationTypeStatus="Inactive")
    scene.client.create_hit_type(**TYPE, **needing(type_id))


@case("CreateHITWithHITType", "HITTypeDoesNotExist")
def a_hit_of_a_type_that_went_with_its_qualification(scene: Scene):
    """A deleted qualification type takes the HIT types with it that require it."""
    type_id = new_type(scene.client)
    hit_type_id = scene.client.create_hit_type(**TYPE, **needing(type_id))["HITTypeId"]
    scene.client.delete_qualification_type(QualificationTypeId=type_id)
    scene.client.create_hit_with_hit_type(
        HITTypeId=hit_type_id, LifetimeInSeconds=60, Question=PROPERTIES["Question"]
    )


def granted(scene: Scene, **more) -> dict[str, str]:
    """Return what names a qualification that a worker was granted."""
    named = {
        "QualificationTypeId": new_type(scene.client),
        "WorkerId": scene.people.worker("Ann").worker_id,
    }
    scene.client.associate_qualification_with_worker(**named, **more)
    return named


@case("AssociateQualificationWithWorker")
def a_grant(scene: Scene):
    """A qualification is granted without having been requested."""
    named = granted(scene, IntegerValue=7)
    answer = scene.client.associate_qualification_with_worker(**named, IntegerValue=8)
    assert set(answer) == {"ResponseMetadata"}


@case("AssociateQualificationWithWorker", "InvalidParameterValue")
def a_grant_to_nobody(scene: Scene):
    """A worker has to exist."""
    scene.client.associate_qualification_with_worker(
        QualificationTypeId=new_type(scene.client), WorkerId=NOBODY
    )


@case("AssociateQualificationWithWorker", "QualificationTypeDoesNotExist")
def a_grant_of_an_unknown_type(scene: Scene):
    """A type has to exist."""
    worker_id = scene.people.worker("Ann").worker_id
    scene.client.associate_qualification_with_worker(
        QualificationTypeId=NO_TYPE, WorkerId=worker_id
    )


@case("AssociateQualificationWithWorker", "PermissionDenied")
def a_grant_of_the_systems_type(scene: Scene):
    """The system's types are nobody's to grant."""
    worker_id = scene.people.worker("Ann").worker_id
    scene.client.associate_qualification_with_worker(QualificationTypeId=ADULT, WorkerId=worker_id)


@case("DisassociateQualificationFromWorker")
def a_revocation(scene: Scene):
    """What was granted is revoked."""
    answer = scene.client.disassociate_qualification_from_worker(**granted(scene), Reason="r")
    assert set(answer) == {"ResponseMetadata"}


@case("DisassociateQualificationFromWorker", "AWS.ParameterOutOfRange")
def a_revocation_with_too_long_a_reason(scene: Scene):
    """A reason has 4096 characters at most."""
    scene.client.disassociate_qualification_from_worker(**granted(scene), Reason="x" * 4097)


@case("DisassociateQualificationFromWorker", "InvalidQualificationState")
def a_second_revocation(scene: Scene):
    """What is revoked is not revoked again."""
    named = granted(scene)
    scene.client.disassociate_qualification_from_worker(**named)
    scene.client.disassociate_qualification_from_worker(**named)


@case("DisassociateQualificationFromWorker", "QualificationDoesNotExist")
def the_revocation_of_nothing(scene: Scene):
    """What was never granted is not revoked."""
    worker_id = scene.people.worker("Bob").worker_id
    scene.client.disassociate_qualification_from_worker(**{**granted(scene), "WorkerId": worker_id})


@case("DisassociateQualificationFromWorker", "InvalidParameterValue")
def a_revocation_from_nobody(scene: Scene):
    """A worker has to exist."""
    scene.client.disassociate_qualification_from_worker(**{**granted(scene), "WorkerId": NOBODY})


@case("DisassociateQualificationFromWorker", "QualificationTypeDoesNotExist")
def the_revocation_of_an_unknown_type(scene: Scene):
    """A type has to exist."""
    named = {**granted(scene), "QualificationTypeId": NO_TYPE}
    scene.client.disassociate_qualification_from_worker(**named)


@case("DisassociateQualificationFromWorker", "PermissionDenied")
def the_revocation_of_the_systems_type(scene: Scene):
    """The system's types are nobody's to revoke."""
    named = {**granted(scene), "QualificationTypeId": ADULT}
    scene.client.disassociate_qualification_from_worker(**named)


@case("GetQualificationScore")
def a_score(scene: Scene):
    """A grant is shown with its value."""
    named = granted(scene, IntegerValue=0)
    shown = scene.client.get_qualification_score(**named)["Qualification"]
    assert shown.pop("GrantTime")
    assert shown == {**named, "IntegerValue": 0, "Status": "Granted"}


@case("GetQualificationScore", "QualificationDoesNotExist")
def a_score_of_an_unknown_type(scene: Scene):
    """Of a type that does not exist there is no grant."""
    scene.client.get_qualification_score(**{**granted(scene), "QualificationTypeId": NO_TYPE})


@case("GetQualificationScore", "InvalidQualificationState")
def a_score_that_was_revoked(scene: Scene):
    """A revoked grant has no score."""
    named = granted(scene)
    scene.client.disassociate_qualification_from_worker(**named)
    scene.client.get_qualification_score(**named)


@case("GetQualificationScore", "InvalidParameterValue")
def a_score_of_nobody(scene: Scene):
    """A worker has to exist."""
    scene.client.get_qualification_score(**{**granted(scene), "WorkerId": NOBODY})


@case("ListWorkersWithQualificationType")
def workers_with_a_type(scene: Scene):
    """The workers who were granted a type are listed."""
    named = granted(scene, IntegerValue=3)
    (shown,) = scene.client.list_workers_with_qualification_type(
        QualificationTypeId=named["QualificationTypeId"]
    )["Qualifications"]
    assert (shown["WorkerId"], shown["IntegerValue"]) == (named["WorkerId"], 3)


@case("ListWorkersWithQualificationType", "AWS.ParameterOutOfRange")
def too_many_grants_a_page(scene: Scene):
    """A page has 100 grants at most."""
    scene.client.list_workers_with_qualification_type(
        QualificationTypeId=new_type(scene.client), MaxResults=101
    )


@case("ListWorkersWithQualificationType", "InvalidParameterValue")
def a_foreign_token_of_grants(scene: Scene):
    """A NextToken is one of the same list."""
    scene.client.list_workers_with_qualification_type(
        QualificationTypeId=new_type(scene.client), NextToken="x"
    )


@case("ListWorkersWithQualificationType", "QualificationTypeDoesNotExist")
def workers_with_an_unknown_type(scene: Scene):
    """A type has to exist."""
    scene.client.list_workers_with_qualification_type(QualificationTypeId=NO_TYPE)


@case("ListWorkersWithQualificationType", "PermissionDenied")
def workers_with_the_systems_type(scene: Scene):
    """Who is an adult is nobody's to know."""
    scene.client.list_workers_with_qualification_type(QualificationTypeId=ADULT)


@case("ListQualificationRequests")
def what_was_requested(scene: Scene):
    """A request that waits is listed."""
    request_id = pending(scene)
    (shown,) = scene.client.list_qualification_requests()["QualificationRequests"]
    assert shown["QualificationRequestId"] == request_id
    assert shown["WorkerId"] == scene.people.worker("Ann").worker_id


@case("ListQualificationRequests", "AWS.ParameterOutOfRange")
def too_many_requests_a_page(scene: Scene):
    """A page has 100 requests at most."""
    scene.client.list_qualification_requests(MaxResults=101)


@case("ListQualificationRequests", "InvalidParameterValue")
def a_foreign_token_of_requests(scene: Scene):
    """A NextToken is one of the same list."""
    scene.client.list_qualification_requests(NextToken="x")


@case("ListQualificationRequests", "QualificationTypeDoesNotExist")
def requests_for_an_unknown_type(scene: Scene):
    """A type has to exist."""
    scene.client.list_qualification_requests(QualificationTypeId=NO_TYPE)


@case("ListQualificationRequests", "PermissionDenied")
def requests_for_the_systems_type(scene: Scene):
    """A type has to be the requester's own."""
    scene.client.list_qualification_requests(QualificationTypeId=ADULT)


@case("AcceptQualificationRequest")
def an_accepted_request(scene: Scene):
    """A request that waits is granted."""
    answer = scene.client.accept_qualification_request(
        QualificationRequestId=pending(scene), IntegerValue=5
    )
    assert set(answer) == {"ResponseMetadata"}


@case("AcceptQualificationRequest", "QualificationRequestDoesNotExist")
def the_acceptance_of_an_unknown_request(scene: Scene):
    """An id of no request is refused."""
    scene.client.accept_qualification_request(QualificationRequestId="none")


@case("AcceptQualificationRequest", "InvalidQualificationRequestState")
def a_second_acceptance(scene: Scene):
    """A request is decided once."""
    request_id = pending(scene)
    scene.client.accept_qualification_request(QualificationRequestId=request_id)
    scene.client.accept_qualification_request(QualificationRequestId=request_id)


@case("RejectQualificationRequest")
def a_rejected_request(scene: Scene):
    """A request that waits is rejected."""
    answer = scene.client.reject_qualification_request(
        QualificationRequestId=pending(scene), Reason="r"
    )
    assert set(answer) == {"ResponseMetadata"}


@case("RejectQualificationRequest", "QualificationRequestDoesNotExist")
def the_rejection_of_an_unknown_request(scene: Scene):
    """An id of no request is refused."""
    scene.client.reject_qualification_request(QualificationRequestId="none")


@case("RejectQualificationRequest", "InvalidQualificationRequestState")
def a_rejection_after_the_acceptance(scene: Scene):
    """A request is decided once."""
    request_id = pending(scene)
    scene.client.accept_qualification_request(QualificationRequestId=request_id)
    scene.client.reject_qualification_request(QualificationRequestId=request_id)


@case("RejectQualificationRequest", "AWS.ParameterOutOfRange")
def a_rejection_with_too_long_a_reason(scene: Scene):
    """A reason has 4096 characters at most."""
    scene.client.reject_qualification_request(
        QualificationRequestId=pending(scene), Reason="x" * 4097
    )
