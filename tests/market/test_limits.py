"""Every limit of the requests' values, at its edge and one beyond."""

import json
import tracemalloc

import pytest

from market.kit import AUTHORIZATION, PROPERTIES, TARGET, html_question

NUMBERS = [
    ("LifetimeInSeconds", 30, 31_536_000),
    ("AssignmentDurationInSeconds", 30, 31_536_000),
    ("AutoApprovalDelayInSeconds", 0, 2_592_000),
]


@pytest.mark.parametrize(("name", "low", "high"), NUMBERS)
def test_numbers_at_their_limits(requester, name, low, high):
    """The least and the greatest number are allowed, the next are not."""
    for allowed in (low, high):
        requester.hit(**{name: allowed})
    for beyond in (low - 1, high + 1):
        with requester.refused(
            "AWS.ParameterOutOfRange",
            "ParameterValidationError",
            f"The value {beyond} is invalid for {name}. Valid values range from {low} to {high}.",
        ):
            requester.hit(**{name: beyond})


def test_the_number_of_assignments(requester):
    """MaxAssignments is 1 to a thousand million."""
    requester.hit(MaxAssignments=1)
    with requester.refused("AWS.MechanicalTurk.InsufficientFunds"):
        requester.hit(MaxAssignments=1_000_000_000)
    for beyond in (-1, 0, 1_000_000_001):
        with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError"):
            requester.hit(MaxAssignments=beyond)


@pytest.mark.parametrize(
    ("name", "longest"),
    [("Title", 128), ("Description", 2000), ("Keywords", 1000), ("RequesterAnnotation", 255)],
)
def test_texts_at_their_limits(requester, name, longest):
    """A text may be as long as its limit in characters, whatever these are."""
    requester.hit(**{name: "ñ" * longest})
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", name):
        requester.hit(**{name: "ñ" * (longest + 1)})


@pytest.mark.parametrize("name", ["Title", "Description", "Question"])
def test_texts_that_cannot_be_empty(requester, name):
    """Title, description and question hold at least one character."""
    with requester.refused(
        "AWS.MissingParameters", "ParameterValidationError", f"{name} has a minimum length of 1."
    ):
        requester.hit(**{name: ""})


def test_the_length_of_a_question(requester):
    """A question has 65,535 bytes of UTF-8 at most."""
    room = 65535 - len(html_question(""))
    requester.hit(Question=html_question("ñ" * (room // 2) + "x" * (room % 2)))
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", "Question"):
        requester.hit(Question=html_question("ñ" * (room // 2 + 1)))


@pytest.mark.parametrize("reward", [".05", "$0.05", "0.005", "-1", "1,00", "", "5\n", "\u0661"])
def test_rewards_that_are_no_amounts(requester, reward):
    """A reward is digits with at most two decimals."""
    with requester.refused(
        None, "ValidationException", "at 'reward' failed to satisfy constraint: Member must"
    ):
        requester.hit(Reward=reward)


def test_the_greatest_reward(requester, client):
    """Rewards end at a million dollars."""
    client.create_hit_type(**{**TYPE_ONLY, "Reward": "1000000.00"})
    client.create_hit_type(**{**TYPE_ONLY, "Reward": "0" * 1000 + "1.00"})
    for beyond in ("1000000.01", "9" * 400, "9" * 1_000_001):
        with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", "Reward"):
            client.create_hit_type(**{**TYPE_ONLY, "Reward": beyond})


TYPE_ONLY = {
    name: PROPERTIES[name] for name in ("Title", "Description", "AssignmentDurationInSeconds")
}


@pytest.mark.parametrize("token", ["x" * 65])
def test_a_token_has_64_characters_at_most(requester, token):
    """The service model limits a UniqueRequestToken."""
    requester.hit(UniqueRequestToken=token[:-1])
    with requester.refused(None, "ValidationException", "length less than or equal to 64"):
        requester.hit(UniqueRequestToken=token)


@pytest.mark.parametrize("hit_id", ["lower", "3ABC-", "3" * 65, "Ñ"])
def test_ids_of_a_wrong_form(requester, client, hit_id):
    """Ids are up to 64 capital letters and digits."""
    with requester.refused(None, "ValidationException", "at 'hITId'"):
        client.get_hit(HITId=hit_id)


def test_the_size_of_a_page(requester, client):
    """A page has 1 to 100 results."""
    client.list_hits(MaxResults=100)
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", "MaxResults"):
        client.list_hits(MaxResults=101)


def test_values_outside_an_enumeration(requester, client):
    """Statuses and comparators are those of the service model."""
    hit_id = requester.hit()
    with requester.refused(None, "ValidationException", "enum value set: [Reviewable, Reviewing]"):
        client.list_reviewable_hits(Status="Assignable")
    with requester.refused(None, "ValidationException", "assignmentStatuses.2.member"):
        client.list_assignments_for_hit(HITId=hit_id, AssignmentStatuses=["Approved", "Accepted"])
    wrong = {"QualificationTypeId": "00000000000000000040", "Comparator": "Near"}
    with requester.refused(
        None, "ValidationException", "at 'qualificationRequirements.1.member.comparator'"
    ):
        requester.hit(QualificationRequirements=[wrong])


@pytest.mark.parametrize("character", [*map(chr, range(9)), "\x0b", "\x0c", "\x0e", "\x1f"])
def test_control_characters_in_feedback(requester, client, people, character):
    """Feedback holds no control characters but tab, line feed and carriage return."""
    assignment_id = people.do("Ann", requester.hit())
    kind = "SerializationException" if character == "\0" else "ParameterValidationError"
    code = None if character == "\0" else "AWS.MechanicalTurk.InvalidParameterValue"
    with requester.refused(code, kind):
        client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback=f"a{character}b")


def test_the_length_of_feedback(requester, client, people):
    """Feedback has 1024 characters at most."""
    first, second = (people.do(name, requester.hit()) for name in ("Ann", "Bob"))
    client.reject_assignment(AssignmentId=first, RequesterFeedback="\t\r\n" + "x" * 1021)
    for call in (client.reject_assignment, client.approve_assignment):
        with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError"):
            call(AssignmentId=second, RequesterFeedback="x" * 1025)


def raw(market, operation, body):
    headers = {"X-Amz-Target": TARGET + operation, "Authorization": AUTHORIZATION}
    status, _, answer = market.respond(headers, body)
    return status, json.loads(answer)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b'"x"',
        b'{"HITId": NaN}',
        b'{"HITId": 3}',
        b'{"HITId": ["3A"]}',
        b'{"HITId": "3A", "Colour": "red"}',
        b'{"HITId": "3A\\u0000"}',
        b'{"HITId": "\\ud83d"}',
        b"[" * 100_000,
        b'{"HITId":' * 900 + b"1" + b"}" * 900,
    ],
)
def test_bodies_that_are_no_request(market, body):
    """What is not a JSON object of the right types is answered with SerializationException."""
    status, answer = raw(market, "GetHIT", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("number", ["true", "1.5", "2147483648", "1" + "0" * 5000, '"7"'])
def test_numbers_that_are_no_integers(market, number):
    """Integers are JSON integers of 32 bits."""
    status, answer = raw(market, "ListHITs", b'{"MaxResults": %s}' % number.encode())
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("moment", ['"2026-01-01"', "true", "{}"])
def test_times_that_are_no_numbers(market, requester, moment):
    """Times are numbers of seconds."""
    body = f'{{"HITId": "{requester.hit()}", "ExpireAt": {moment}}}'.encode()
    status, answer = raw(market, "UpdateExpirationForHIT", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


def test_missing_and_null_members(market):
    """All missing members are named at once, and a null one is missing."""
    status, answer = raw(market, "CreateHITType", b'{"Title": null, "Reward": "x"}')
    assert (status, answer["__type"]) == (400, "ValidationException")
    assert answer["Message"].startswith("4 validation errors detected: Value null at ")
    for name in ("title", "description", "assignmentDurationInSeconds"):
        assert f"Value null at '{name}' failed to satisfy constraint" in answer["Message"]
    assert "Value 'x' at 'reward'" in answer["Message"]


def test_an_empty_body_is_an_empty_request(market):
    """A request without a body has no parameters."""
    assert raw(market, "ListHITs", b"") == (200, {"NumResults": 0, "HITs": []})
    assert raw(market, "ListHITs", b'{"NextToken": null}')[0] == 200


@pytest.mark.parametrize(
    ("operation", "member", "kind"),
    [
        ("CreateHIT", '"HITLayoutParameters": [{}', "ValidationException"),
        ("NotifyWorkers", '"WorkerIds": ["x"', "ValidationException"),
        ("NotifyWorkers", '"WorkerIds": [0', "SerializationException"),
    ],
)
def test_more_faults_than_anybody_reads(market, operation, member, kind):
    """Of a request that is nothing but faults a hundred are named, and no more are kept."""
    value = member.partition("[")[2]
    body = f"{{{member}{f',{value}' * 100_000}]}}".encode()
    json.loads(body)
    tracemalloc.start()
    status, answer = raw(market, operation, body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (status, answer["__type"]) == (400, kind)
    assert len(answer["Message"]) < 20_000
    assert most < 30_000_000


def test_a_long_name_is_not_repeated(market):
    """The name of a member that does not exist is shortened in the answer."""
    status, answer = raw(market, "ListHITs", b'{"%s": 1}' % (b"x" * 100_000))
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert len(answer["Message"]) < 200
