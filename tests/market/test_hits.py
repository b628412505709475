"""HITs and HIT types: made, shown, found again."""

import re
from datetime import timedelta

import pytest
from crowdmake.market.models import HITType

from market.kit import PER_HIT, PROPERTIES, TYPE, external_question

ID = re.compile("3[A-Z0-9]{29}")


def test_a_new_hit_is_shown_whole(client):
    """CreateHIT answers with the HIT as GetHIT then shows it."""
    made = client.create_hit(
        **PROPERTIES, MaxAssignments=5, Keywords="a, b", RequesterAnnotation="row 1"
    )["HIT"]
    assert made == client.get_hit(HITId=made["HITId"])["HIT"]
    assert made.pop("Expiration") - made.pop("CreationTime") == timedelta(hours=1)
    ids = [made.pop(name) for name in ("HITId", "HITTypeId", "HITGroupId")]
    assert all(ID.fullmatch(each) for each in ids)
    assert len(set(ids)) == 3
    assert made == {
        "Title": TYPE["Title"],
        "Description": TYPE["Description"],
        "Question": PROPERTIES["Question"],
        "Keywords": "a, b",
        "RequesterAnnotation": "row 1",
        "HITStatus": "Assignable",
        "HITReviewStatus": "NotReviewed",
        "MaxAssignments": 5,
        "Reward": "0.10",
        "AutoApprovalDelayInSeconds": 2592000,
        "AssignmentDurationInSeconds": 600,
        "QualificationRequirements": [],
        "NumberOfAssignmentsAvailable": 5,
        "NumberOfAssignmentsPending": 0,
        "NumberOfAssignmentsCompleted": 0,
    }


def test_what_is_not_set_is_left_out(client):
    """A HIT without keywords and annotation has no such members, and one assignment."""
    hit = client.create_hit(**PROPERTIES)["HIT"]
    assert not {"Keywords", "RequesterAnnotation", "HITLayoutId"} & set(hit)
    assert hit["MaxAssignments"] == 1


def test_a_hit_of_a_type_has_its_properties(client):
    """CreateHITWithHITType makes a HIT with the type's properties."""
    hit_type_id = client.create_hit_type(**TYPE, Keywords="k")["HITTypeId"]
    hit = client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)["HIT"]
    assert hit["HITTypeId"] == hit_type_id
    assert (hit["Title"], hit["Keywords"]) == (TYPE["Title"], "k")


def test_a_hit_of_an_unknown_type_is_refused(client, requester):
    """CreateHITWithHITType needs a HIT type that exists."""
    with requester.refused("AWS.MechanicalTurk.HITTypeDoesNotExist"):
        client.create_hit_with_hit_type(HITTypeId="3NONE", **PER_HIT)


MASTERS = {"QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Comparator": "Exists"}
APPROVED = {
    "QualificationTypeId": "00000000000000000040",
    "Comparator": "GreaterThan",
    "IntegerValues": [100],
}


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"Reward": "0.1"},
        {"Keywords": ""},
        {"AutoApprovalDelayInSeconds": 2592000},
        {"QualificationRequirements": [APPROVED, MASTERS]},
        {"QualificationRequirements": [{**MASTERS, "ActionsGuarded": "Accept"}, APPROVED]},
    ],
)
def test_equal_properties_are_one_type(client, same):
    """Rewards are compared as amounts, requirements in any order and with their defaults."""
    base = dict(TYPE)
    if "QualificationRequirements" in same:
        base["QualificationRequirements"] = [MASTERS, APPROVED]
    first = client.create_hit_type(**base)["HITTypeId"]
    assert client.create_hit_type(**{**base, **same})["HITTypeId"] == first
    hit = client.create_hit(**{**PER_HIT, **base, **same})["HIT"]
    assert hit["HITTypeId"] == first


@pytest.mark.parametrize(
    "other",
    [
        {"Title": "Label a sentence."},
        {"Description": "x"},
        {"Keywords": "x"},
        {"Reward": "0.11"},
        {"AssignmentDurationInSeconds": 601},
        {"AutoApprovalDelayInSeconds": 0},
        {"QualificationRequirements": [MASTERS]},
    ],
)
def test_different_properties_are_different_types(client, other):
    """Every property of a HIT type counts; different types have different groups."""
    first = client.create_hit(**PROPERTIES)["HIT"]
    second = client.create_hit(**{**PROPERTIES, **other})["HIT"]
    assert first["HITTypeId"] != second["HITTypeId"]
    assert first["HITGroupId"] != second["HITGroupId"]


def test_per_hit_properties_do_not_make_a_type(client, market):
    """HITs that differ in question, lifetime, annotation and number share type and group."""
    hits = [
        client.create_hit(**{**PROPERTIES, **each})["HIT"]
        for each in (
            {},
            {"Question": external_question()},
            {"LifetimeInSeconds": 60},
            {"RequesterAnnotation": "x"},
            {"MaxAssignments": 20},
        )
    ]
    assert len({(each["HITTypeId"], each["HITGroupId"]) for each in hits}) == 1
    with market.reading():
        assert HITType.objects.count() == 1


def test_an_unknown_hit_does_not_exist(client, requester):
    """Operations on a HIT name the id that they did not find."""
    for call, more in [
        (client.get_hit, {}),
        (client.delete_hit, {}),
        (client.list_assignments_for_hit, {}),
        (client.update_hit_review_status, {}),
        (client.update_expiration_for_hit, {"ExpireAt": 0}),
    ]:
        with requester.refused(
            "AWS.MechanicalTurk.HITDoesNotExist", message="Hit 3NONE does not exist. ("
        ):
            call(HITId="3NONE", **more)


def test_a_reward_is_shown_with_two_decimals(client):
    """Rewards are decimal strings of dollars and cents."""
    rewards = [
        client.create_hit(**{**PROPERTIES, "Reward": each})["HIT"]["Reward"]
        for each in ("0", "5", "5.", "0.5", "007.25")
    ]
    assert rewards == ["0.00", "5.00", "5.00", "0.50", "7.25"]


class TestUniqueRequestToken:
    """A call that succeeded is not repeated within a day."""

    EXISTS = "AWS.MechanicalTurk.HITAlreadyExists"

    def test_a_repeat_names_the_hit(self, client, requester):
        """A repeated token errs with the id of the HIT that it made."""
        hit_id = requester.hit(UniqueRequestToken="t")
        with requester.refused(self.EXISTS, message=f'The HIT with ID "{hit_id}" already exists.'):
            requester.hit(UniqueRequestToken="t", Title="another")
        assert client.list_hits()["NumResults"] == 1

    def test_it_belongs_to_its_operation(self, client, requester):
        """The same token is free in another operation, and used up there by itself."""
        requester.hit(UniqueRequestToken="t")
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        new = {**PER_HIT, "HITTypeId": hit_type_id, "UniqueRequestToken": "t"}
        client.create_hit_with_hit_type(**new)
        with requester.refused(self.EXISTS):
            client.create_hit_with_hit_type(**new)

    def test_it_is_forgotten_after_a_day(self, market, requester):
        """24 hours after its use the token is free again, and then used up anew."""
        first = requester.hit(UniqueRequestToken="t")
        market.clock.advance(timedelta(hours=23, minutes=59))
        with requester.refused(self.EXISTS):
            requester.hit(UniqueRequestToken="t")
        market.clock.advance(timedelta(minutes=2))
        second = requester.hit(UniqueRequestToken="t")
        assert first != second
        with requester.refused(self.EXISTS, message=second):
            requester.hit(UniqueRequestToken="t")

    def test_a_failed_call_does_not_use_it_up(self, market, requester):
        """A HIT that could not be made leaves its token free."""
        market.set_balance(0)
        with requester.refused("AWS.MechanicalTurk.InsufficientFunds"):
            requester.hit(UniqueRequestToken="t")
        market.set_balance(100)
        requester.hit(UniqueRequestToken="t")


class TestUpdateExpiration:
    """Putting the expiry off, and expiring at once."""

    def expiration(self, client, hit_id):
        """Return when the HIT expires."""
        return client.get_hit(HITId=hit_id)["HIT"]["Expiration"]

    @pytest.mark.parametrize("moment", [0, -5, 1_000_000_000])
    def test_any_past_moment_expires_at_once(self, client, requester, market, moment):
        """The HIT then expires at the time of the call; a second time changes nothing."""
        hit_id = requester.hit(MaxAssignments=3)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
        expired_at = self.expiration(client, hit_id)
        assert abs(market.clock.now() - expired_at) < timedelta(seconds=2)
        market.clock.advance(timedelta(hours=2))
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
        assert self.expiration(client, hit_id) == expired_at

    def test_a_later_moment_extends(self, client, requester):
        """A live HIT gets the new expiry."""
        hit_id = requester.hit()
        later = self.expiration(client, hit_id) + timedelta(hours=5)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
        assert self.expiration(client, hit_id) == later
        assert requester.state(hit_id) == ("Assignable", 1, 0, 0)

    @pytest.mark.parametrize("seconds", [60, 31_536_000])
    def test_the_least_and_the_most(self, client, requester, seconds):
        """The increment counts from the expiry that is shown, which is in whole seconds."""
        for hit_id in [requester.hit() for _ in range(3)]:
            later = self.expiration(client, hit_id) + timedelta(seconds=seconds)
            client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
            assert self.expiration(client, hit_id) == later

    @pytest.mark.parametrize("seconds", [-1800, 0, 59, 31_536_001])
    def test_the_increment_is_limited(self, client, requester, seconds):
        """Shortening and extensions below a minute or above a year are refused."""
        hit_id = requester.hit()
        moment = self.expiration(client, hit_id) + timedelta(seconds=seconds)
        with requester.refused(
            "AWS.ParameterOutOfRange", "ParameterValidationError", "ExpirationIncrementInSeconds"
        ):
            client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)

    def test_an_expired_hit_comes_back(self, client, requester, market, people):
        """Counted from now, with the assignments that were not used, from Reviewing too."""
        hit_id = requester.hit(MaxAssignments=3)
        people.do("Ann", hit_id)
        market.clock.advance(timedelta(hours=2))
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
        client.update_hit_review_status(HITId=hit_id)
        moment = market.clock.now() + timedelta(hours=1)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
        assert requester.state(hit_id) == ("Assignable", 2, 0, 0)

    def test_a_complete_hit_stays_reviewable(self, client, requester, people):
        """Without unused assignments an extension changes the expiry alone."""
        hit_id = requester.hit()
        people.do("Ann", hit_id)
        later = self.expiration(client, hit_id) + timedelta(hours=5)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)

    def test_a_repeat_is_refused(self, client, requester):
        """The same moment a second time was already processed."""
        hit_id = requester.hit()
        later = self.expiration(client, hit_id) + timedelta(hours=5)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
        with requester.refused(
            "AWS.MechanicalTurk.DuplicateRequest", message="has already been processed."
        ):
            client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)

    @pytest.mark.parametrize("moment", [1e18, -1e18])
    def test_a_moment_beyond_the_calendar_is_refused(self, requester, market, moment):
        """A number of seconds that no date has is an invalid value."""
        hit_id = requester.hit()
        body = b'{"HITId": "%s", "ExpireAt": %d}' % (hit_id.encode(), moment)
        status, _, answer = market.respond(
            {
                "X-Amz-Target": "MTurkRequesterServiceV20170117.UpdateExpirationForHIT",
                "Authorization": "Credential=local/x",
            },
            body,
        )
        assert status == 400
        assert b"InvalidParameterValue" in answer
