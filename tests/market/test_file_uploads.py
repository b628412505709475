"""Files that workers gave as answers, fetched by requesters."""

import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from crowdmake.market import workers
from crowdmake.market.models import UploadedFile

from market.form_kit import UPLOAD, form, question
from market.kit import another

UNKNOWN = "AWS.MechanicalTurk.AssignmentDoesNotExist"
VALUE = ("AWS.MechanicalTurk.InvalidParameterValue", "ParameterValidationError")
CONTENT = b"\x00<script>alert(1)</script>"


@pytest.fixture
def given(market, requester, people):
    """What lets Ann give a file; returns the question as a request names it."""

    def give(content=CONTENT, submit=True):
        hit_id = requester.hit(Question=form(question(UPLOAD, "photo"), question()))
        held = people.accept("Ann", hit_id)
        market.run(lambda now: workers.upload(held, "photo", content, now))
        if submit:
            people.submit(held, ("q", "x"))
        return {"AssignmentId": held.assignment_id, "QuestionIdentifier": "photo"}

    return give


def test_over_http(client, given, url):
    """The address is the market's own, and gives the file as something to be saved."""
    address = client.get_file_upload_url(**given())["FileUploadURL"]
    assert address.startswith(f"{url}/files/")
    with urlopen(address) as answer:  # noqa: S310 - a loopback address, checked above
        assert answer.read() == CONTENT
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_within_the_process(market, given):
    """Without a server the address holds the file itself."""
    inside = another(market, market.requester.name)
    address = inside.client.get_file_upload_url(**given())["FileUploadURL"]
    assert address.startswith("data:application/octet-stream;base64,")
    with urlopen(address) as answer:  # noqa: S310 - a data URL, checked above
        assert answer.read() == CONTENT


def test_the_answer_names_the_file(client, given):
    """The answer document has the file's size and key, and each call an address of its own."""
    key = given()
    answer = client.get_assignment(AssignmentId=key["AssignmentId"])["Assignment"]["Answer"]
    assert f"<UploadedFileSizeInBytes>{len(CONTENT)}</UploadedFileSizeInBytes>" in answer
    assert client.get_file_upload_url(**key) != client.get_file_upload_url(**key)


def test_an_address_is_good_for_a_minute(client, given, monkeypatch):
    """After sixty seconds there is nothing at it any more."""
    address = client.get_file_upload_url(**given())["FileUploadURL"]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 59)
    assert fetched(address) == 200
    monkeypatch.setattr(time, "time", lambda: real() + 62)
    assert fetched(address) == 404


@pytest.mark.parametrize(
    "change", [lambda path: path[:-3] + "AAA", lambda _: "", lambda _: "x" * 9]
)
def test_addresses_that_nobody_was_given(client, given, url, change):
    """A path that the market did not make leads nowhere."""
    address = client.get_file_upload_url(**given())["FileUploadURL"]
    assert fetched(f"{url}/files/" + change(address.rpartition("/")[2])) == 404


def test_a_path_of_any_bytes(market, transport):
    """Bytes that no address has lead nowhere, and are no fault of the market's."""
    for path in ("/files/\xe9", "/files/%", "/files/\U0001f600"):
        assert transport.fetch(path)[0] == 404


def test_other_secrets_open_no_file(client, given, url, vault, market):
    """What the market encrypted for something else is no address, though it be a file's key."""
    given()
    with market.reading():
        key = UploadedFile.objects.get().key
    assert fetched(f"{url}/files/{vault.lock(key)}") == 404
    assert fetched(f"{url}/files/{vault.lock('/files/' + key)}") == 200


def test_deletion_takes_the_files_along(client, given, requester, market):
    """With its HIT a file is deleted, and its address leads nowhere."""
    key = given()
    address = client.get_file_upload_url(**key)["FileUploadURL"]
    (hit,) = client.list_hits()["HITs"]
    client.reject_assignment(AssignmentId=key["AssignmentId"], RequesterFeedback="no")
    client.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=0)
    client.delete_hit(HITId=hit["HITId"])
    assert fetched(address) == 404
    with market.reading():
        assert not UploadedFile.objects.exists()
    with requester.refused(UNKNOWN):
        client.get_file_upload_url(**key)


def test_what_there_is_not(client, given, requester):
    """The assignment is submitted, and the question one that was answered by a file."""
    with requester.refused(UNKNOWN):
        client.get_file_upload_url(AssignmentId="3NONE", QuestionIdentifier="photo")
    key = given()
    for identifier in ("q", "other", ""):
        with requester.refused(*VALUE, "QuestionIdentifier"):
            client.get_file_upload_url(**{**key, "QuestionIdentifier": identifier})
    with requester.refused("AWS.MechanicalTurk.InvalidAssignmentState"):
        client.get_file_upload_url(**given(submit=False))


def fetched(address):
    """Return the status at an address of the market."""
    try:
        with urlopen(address) as answer:  # noqa: S310 - a loopback address
            return answer.status
    except HTTPError as error:
        with error:
            return error.code
