"""HITs, HIT types and lists of HITs."""

from datetime import timedelta
from decimal import Decimal

from market.cases import Scene, case
from market.kit import PER_HIT, PROPERTIES, TYPE, html_question

MANY = {"QualificationTypeId": "00000000000000000040", "Comparator": "Exists"}
OTHER_PAGE = "p1:MS9mb3JlaWdu"


def made(scene: Scene, **properties) -> dict:
    """Return what CreateHIT says of a new HIT."""
    return scene.client.create_hit(**{**PROPERTIES, **properties})["HIT"]


def typed(scene: Scene, **properties) -> dict:
    """Return what CreateHITWithHITType says of a new HIT."""
    hit_type_id = scene.client.create_hit_type(**TYPE)["HITTypeId"]
    given = {"HITTypeId": hit_type_id, **PER_HIT, **properties}
    return scene.client.create_hit_with_hit_type(**given)["HIT"]


def expired(scene: Scene, **properties) -> str:
    """Return the id of a HIT that has expired."""
    hit_id = scene.requester.hit(**properties)
    scene.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    return hit_id


def late(scene: Scene, days: int) -> str:
    """Return a moment so many days from now, as a client may spell it."""
    return (scene.market.clock.now() + timedelta(days=days)).isoformat()


def check_made(hit: dict, **more) -> None:
    """Fail unless a new HIT is shown with all that it was made with."""
    named = {"HITId", "HITTypeId", "HITGroupId", "CreationTime", "Expiration"}
    assert all(hit[name] for name in named)
    assert hit["Expiration"] - hit["CreationTime"] == timedelta(hours=1)
    assert {name: hit[name] for name in hit.keys() - named} == {
        **TYPE,
        "Question": html_question(),
        "AutoApprovalDelayInSeconds": 2_592_000,
        "HITReviewStatus": "NotReviewed",
        "HITStatus": "Assignable",
        "MaxAssignments": 1,
        "NumberOfAssignmentsAvailable": 1,
        "NumberOfAssignmentsCompleted": 0,
        "NumberOfAssignmentsPending": 0,
        "QualificationRequirements": [],
        **more,
    }


@case("GetAccountBalance")
def a_balance(scene: Scene):
    """What is available and what is held are amounts with two decimals."""
    scene.requester.hit()
    assert scene.requester.money() == ("9999.88", "0.12")


@case("CreateHITType")
def a_hit_type(scene: Scene):
    """A HIT type is an id, the same for the same properties."""
    answer = scene.client.create_hit_type(**TYPE)
    assert answer["HITTypeId"] == made(scene)["HITTypeId"]


@case("CreateHITType", "AWS.MissingParameters")
def a_hit_type_without_a_title(scene: Scene):
    """A title is not empty."""
    scene.client.create_hit_type(**{**TYPE, "Title": ""})


@case("CreateHITType", "AWS.ParameterOutOfRange")
def a_hit_type_that_takes_too_long(scene: Scene):
    """There is a year for an assignment."""
    scene.client.create_hit_type(**{**TYPE, "AssignmentDurationInSeconds": 31_536_001})


@case("CreateHITType", "InvalidParameterValue")
def a_hit_type_with_nonsense_required(scene: Scene):
    """Whether a qualification exists is asked without a value."""
    wrong = {**MANY, "IntegerValues": [1]}
    scene.client.create_hit_type(**TYPE, QualificationRequirements=[wrong])


@case("CreateHITType", "QualificationTypeDoesNotExist")
def a_hit_type_with_an_unknown_qualification(scene: Scene):
    """A qualification type that is required has to exist."""
    wrong = {**MANY, "QualificationTypeId": "3NONE"}
    scene.client.create_hit_type(**TYPE, QualificationRequirements=[wrong])


@case("CreateHIT")
def a_new_hit(scene: Scene):
    """A new HIT is shown whole."""
    check_made(made(scene, Keywords="a, b"), Keywords="a, b")


@case("CreateHIT", "HITAlreadyExists")
def a_token_twice(scene: Scene):
    """A token that made a HIT makes no second one."""
    scene.client.create_hit(**PROPERTIES, UniqueRequestToken="t")
    scene.client.create_hit(**PROPERTIES, UniqueRequestToken="t")


@case("CreateHIT", "AWS.MissingParameters")
def a_hit_without_a_question(scene: Scene):
    """There has to be something to show."""
    scene.client.create_hit(**TYPE, LifetimeInSeconds=60)


@case("CreateHIT", "AWS.ParameterOutOfRange")
def a_hit_of_too_short_a_life(scene: Scene):
    """A HIT is on offer for half a minute at least."""
    made(scene, LifetimeInSeconds=29)


@case("CreateHIT", "InsufficientFunds")
def a_hit_that_is_not_covered(scene: Scene):
    """Reward and fee of all assignments have to be there."""
    scene.market.set_balance(Decimal("0.11"))
    made(scene)


@case("CreateHIT", "InvalidParameterValue")
def a_hit_with_a_policy_of_no_such_name(scene: Scene):
    """There are two review policies."""
    made(scene, HITReviewPolicy={"PolicyName": "Guess/2026-11-22"})


@case("CreateHIT", "QualificationTypeDoesNotExist")
def a_hit_with_an_unknown_qualification(scene: Scene):
    """A qualification type that is required has to exist."""
    made(scene, QualificationRequirements=[{**MANY, "QualificationTypeId": "3NONE"}])


@case("CreateHIT", "XMLParseError")
def a_hit_with_a_broken_question(scene: Scene):
    """A question is well-formed XML."""
    made(scene, Question="<HTMLQuestion>")


@case("CreateHITWithHITType")
def a_new_hit_of_a_type(scene: Scene):
    """A new HIT is shown whole, with its type's properties."""
    check_made(typed(scene, RequesterAnnotation="mine"), RequesterAnnotation="mine")


@case("CreateHITWithHITType", "HITTypeDoesNotExist")
def a_hit_of_an_unknown_type(scene: Scene):
    """An id of no HIT type is refused."""
    typed(scene, HITTypeId="3NONE")


@case("CreateHITWithHITType", "HITAlreadyExists")
def a_token_twice_for_a_type(scene: Scene):
    """A token that made a HIT makes no second one."""
    typed(scene, UniqueRequestToken="t")
    typed(scene, UniqueRequestToken="t")


@case("CreateHITWithHITType", "AWS.MissingParameters")
def a_hit_of_a_type_without_a_question(scene: Scene):
    """A question is not empty."""
    typed(scene, Question="")


@case("CreateHITWithHITType", "AWS.ParameterOutOfRange")
def a_hit_of_a_type_for_nobody(scene: Scene):
    """Somebody has to be able to do it."""
    typed(scene, MaxAssignments=0)


@case("CreateHITWithHITType", "InsufficientFunds")
def a_hit_of_a_type_that_is_not_covered(scene: Scene):
    """Reward and fee of all assignments have to be there."""
    scene.market.set_balance(Decimal("0.11"))
    typed(scene)


@case("CreateHITWithHITType", "InvalidParameterValue")
def a_hit_of_a_type_with_a_question_that_cannot_be_kept(scene: Scene):
    """The service takes no characters of four bytes."""
    typed(scene, Question=html_question("\U0001f600"))


@case("CreateHITWithHITType", "XMLParseError")
def a_hit_of_a_type_with_a_broken_question(scene: Scene):
    """A question is well-formed XML."""
    typed(scene, Question="<HTMLQuestion>")


@case("GetHIT")
def a_hit(scene: Scene):
    """A HIT is shown as it was when it was made."""
    hit = made(scene)
    assert scene.client.get_hit(HITId=hit["HITId"])["HIT"] == hit


@case("GetHIT", "HITDoesNotExist")
def an_unknown_hit(scene: Scene):
    """An id of no HIT is refused."""
    scene.client.get_hit(HITId="3NONE")


@case("UpdateExpirationForHIT")
def an_expiry(scene: Scene):
    """The answer is empty, and the HIT is off the market."""
    hit_id = scene.requester.hit()
    answer = scene.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert set(answer) == {"ResponseMetadata"}
    assert scene.requester.state(hit_id) == ("Reviewable", 0, 0, 0)


@case("UpdateExpirationForHIT", "HITDoesNotExist")
def an_expiry_of_nothing(scene: Scene):
    """An id of no HIT is refused."""
    scene.client.update_expiration_for_hit(HITId="3NONE", ExpireAt=0)


@case("UpdateExpirationForHIT", "DuplicateRequest")
def an_extension_twice(scene: Scene):
    """The same moment is asked for once."""
    hit_id, moment = scene.requester.hit(), late(scene, 2)
    scene.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
    scene.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)


@case("UpdateExpirationForHIT", "AWS.ParameterOutOfRange")
def an_extension_too_far(scene: Scene):
    """A HIT is extended by a year at most."""
    hit_id = scene.requester.hit()
    scene.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=late(scene, 400))


@case("UpdateExpirationForHIT", "InsufficientFunds")
def an_extension_that_is_not_covered(scene: Scene):
    """An expired HIT that comes back has to be covered again."""
    hit_id = expired(scene)
    scene.market.set_balance(Decimal("0.11"))
    scene.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=late(scene, 1))


@case("UpdateExpirationForHIT", "InvalidParameterValue")
def an_expiry_in_no_year(scene: Scene):
    """A moment is one of the calendar; boto3 itself sends no other."""
    hit_id = scene.requester.hit()

    def send(params: dict, **_: object) -> None:
        params["body"] = params["body"].replace(b"3600", b"1e300")

    event = "before-call.mturk.UpdateExpirationForHIT"
    scene.client.meta.events.register(event, send)
    try:
        scene.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=3600)
    finally:
        scene.client.meta.events.unregister(event, send)


@case("CreateAdditionalAssignmentsForHIT")
def more_assignments(scene: Scene):
    """The answer is empty, and more workers can accept the HIT."""
    hit_id = scene.requester.hit()
    answer = add(scene, hit_id, 2)
    assert set(answer) == {"ResponseMetadata"}
    assert scene.requester.state(hit_id) == ("Assignable", 3, 0, 0)


def add(scene: Scene, hit_id: str, number: int = 1, **more) -> dict:
    """Return the answer to a request for more assignments."""
    return scene.client.create_additional_assignments_for_hit(
        HITId=hit_id, NumberOfAdditionalAssignments=number, **more
    )


@case("CreateAdditionalAssignmentsForHIT", "AWS.ParameterOutOfRange")
def no_more_assignments(scene: Scene):
    """One at least is added."""
    add(scene, scene.requester.hit(), 0)


@case("CreateAdditionalAssignmentsForHIT", "DuplicateRequest")
def more_assignments_twice(scene: Scene):
    """A token that added assignments adds none again."""
    hit_id = scene.requester.hit()
    add(scene, hit_id, UniqueRequestToken="t")
    add(scene, hit_id, UniqueRequestToken="t")


@case("CreateAdditionalAssignmentsForHIT", "HITDoesNotExist")
def more_assignments_of_nothing(scene: Scene):
    """An id of no HIT is refused."""
    add(scene, "3NONE")


@case("CreateAdditionalAssignmentsForHIT", "InsufficientFunds")
def more_assignments_than_are_covered(scene: Scene):
    """Reward and fee of the new ones have to be there."""
    hit_id = scene.requester.hit()
    scene.market.set_balance(Decimal("0.11"))
    add(scene, hit_id)


@case("CreateAdditionalAssignmentsForHIT", "InvalidMaximumAssignmentsIncrease")
def ten_assignments_out_of_nine(scene: Scene):
    """Fewer than ten do not become ten."""
    add(scene, scene.requester.hit(MaxAssignments=9))


@case("UpdateHITTypeOfHIT")
def another_type(scene: Scene):
    """The answer is empty, and the HIT has the new type's title."""
    hit_id = scene.requester.hit()
    answer = change_type(scene, hit_id)
    assert set(answer) == {"ResponseMetadata"}
    assert scene.client.get_hit(HITId=hit_id)["HIT"]["Title"] == "Other"


def change_type(scene: Scene, hit_id: str, **properties) -> dict:
    """Return the answer to a request for another HIT type."""
    new = {**TYPE, "Title": "Other", **properties}
    hit_type_id = scene.client.create_hit_type(**new)["HITTypeId"]
    return scene.client.update_hit_type_of_hit(HITId=hit_id, HITTypeId=hit_type_id)


@case("UpdateHITTypeOfHIT", "HITDoesNotExist")
def another_type_of_nothing(scene: Scene):
    """An id of no HIT is refused."""
    change_type(scene, "3NONE")


@case("UpdateHITTypeOfHIT", "HITTypeDoesNotExist")
def an_unknown_type(scene: Scene):
    """An id of no HIT type is refused."""
    scene.client.update_hit_type_of_hit(HITId=scene.requester.hit(), HITTypeId="3NONE")


@case("UpdateHITTypeOfHIT", "InsufficientFunds")
def a_type_that_is_too_dear(scene: Scene):
    """The new reward has to be covered."""
    hit_id = scene.requester.hit()
    scene.market.set_balance(Decimal("0.11"))
    change_type(scene, hit_id, Reward="0.20")


@case("UpdateHITTypeOfHIT", "InvalidHITState")
def another_type_too_late(scene: Scene):
    """Once work has begun a HIT keeps its type."""
    hit_id = scene.requester.hit()
    scene.people.accept("Ann", hit_id)
    change_type(scene, hit_id)


@case("ListHITs")
def all_hits(scene: Scene):
    """HITs are listed as they are shown, the newest first."""
    hits = [made(scene), made(scene)]
    page = scene.client.list_hits()
    assert page["HITs"] == hits[::-1]
    assert page["NumResults"] == 2
    assert page["NextToken"]


@case("ListHITs", "AWS.ParameterOutOfRange")
def too_many_hits_a_page(scene: Scene):
    """A page has 100 HITs at most."""
    scene.client.list_hits(MaxResults=101)


@case("ListHITs", "InvalidParameterValue")
def a_foreign_token_of_hits(scene: Scene):
    """A token is one that the market made."""
    scene.client.list_hits(NextToken=OTHER_PAGE)


@case("ListReviewableHITs")
def reviewable_hits(scene: Scene):
    """HITs whose work is in are listed, others are not."""
    made(scene)
    hit_id = expired(scene)
    (listed,) = scene.client.list_reviewable_hits()["HITs"]
    assert listed == scene.client.get_hit(HITId=hit_id)["HIT"]


@case("ListReviewableHITs", "AWS.ParameterOutOfRange")
def too_many_reviewable_hits_a_page(scene: Scene):
    """A page has 100 HITs at most."""
    scene.client.list_reviewable_hits(MaxResults=101)


@case("ListReviewableHITs", "InvalidParameterValue")
def a_foreign_token_of_reviewable_hits(scene: Scene):
    """A token is one that the market made."""
    scene.client.list_reviewable_hits(NextToken=OTHER_PAGE)


@case("UpdateHITReviewStatus")
def reviewing(scene: Scene):
    """The answer is empty, and the HIT is Reviewing."""
    hit_id = expired(scene)
    answer = scene.client.update_hit_review_status(HITId=hit_id)
    assert set(answer) == {"ResponseMetadata"}
    assert scene.requester.state(hit_id)[0] == "Reviewing"


@case("UpdateHITReviewStatus", "HITDoesNotExist")
def reviewing_nothing(scene: Scene):
    """An id of no HIT is refused."""
    scene.client.update_hit_review_status(HITId="3NONE")


@case("UpdateHITReviewStatus", "InvalidHITState")
def reviewing_too_early(scene: Scene):
    """A HIT on offer is not reviewed."""
    scene.client.update_hit_review_status(HITId=scene.requester.hit())


@case("DeleteHIT")
def a_deletion(scene: Scene):
    """The answer is empty, and the HIT is in no list."""
    answer = scene.client.delete_hit(HITId=expired(scene))
    assert set(answer) == {"ResponseMetadata"}
    assert scene.client.list_hits()["HITs"] == []


@case("DeleteHIT", "HITDoesNotExist")
def a_deletion_of_nothing(scene: Scene):
    """An id of no HIT is refused."""
    scene.client.delete_hit(HITId="3NONE")


@case("DeleteHIT", "InvalidHITState")
def a_deletion_too_early(scene: Scene):
    """A HIT on offer is not deleted."""
    scene.client.delete_hit(HITId=scene.requester.hit())
