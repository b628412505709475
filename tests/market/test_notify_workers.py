"""Messages that requesters write to workers."""

import pytest
from crowdmake.market.models import Message

from market.exams import NOBODY
from market.kit import another

NEWS = {"Subject": "News", "MessageText": "More HITs <b>tomorrow</b>."}


def left_out(client, *workers, **message):
    ids = [getattr(each, "worker_id", each) for each in workers]
    answer = client.notify_workers(**{**NEWS, **message}, WorkerIds=ids)
    return [each["WorkerId"] for each in answer["NotifyWorkersFailureStatuses"]]


def letters(market):
    with market.reading():
        return [
            (each.requester.name, each.worker.name, each.subject, each.text)
            for each in Message.objects.order_by("pk").select_related("requester", "worker")
        ]


def test_who_is_written_to(market, client, requester, people):
    """Workers with work that was approved or rejected, and nobody else, each once."""
    approved, rejected, waiting, held = (
        people.worker(name) for name in ("Ann", "Bob", "Cem", "Dan")
    )
    client.approve_assignment(AssignmentId=people.do("Ann", requester.hit()))
    client.reject_assignment(AssignmentId=people.do("Bob", requester.hit()), RequesterFeedback="no")
    people.do("Cem", requester.hit())
    people.accept("Dan", requester.hit())
    assert left_out(client, approved, waiting, rejected, held, NOBODY, approved) == [
        waiting.worker_id,
        held.worker_id,
        NOBODY,
    ]
    assert sorted(letters(market)) == [
        ("local", "Ann", "News", NEWS["MessageText"]),
        ("local", "Bob", "News", NEWS["MessageText"]),
    ]


def test_work_for_others_does_not_count(market, client, requester, people):
    """A requester writes to those whose work it has decided on itself."""
    ann, other = people.worker("Ann"), another(market)
    other.client.approve_assignment(AssignmentId=people.do("Ann", other.hit()))
    assert left_out(client, ann) == [ann.worker_id]
    assert left_out(other.client, ann) == []
    assert [each[0] for each in letters(market)] == ["another"]


def test_deleted_hits_count(client, requester, people):
    """Work stays done when its HIT is deleted."""
    hit_id = requester.hit()
    client.approve_assignment(AssignmentId=people.do("Ann", hit_id))
    client.delete_hit(HITId=hit_id)
    assert left_out(client, people.worker("Ann")) == []


@pytest.mark.parametrize(("name", "longest"), [("Subject", 200), ("MessageText", 4096)])
def test_texts_at_their_limits(market, client, requester, people, name, longest):
    """Subject and text hold something, and end where the service's did."""
    client.approve_assignment(AssignmentId=people.do("Ann", requester.hit()))
    ann = people.worker("Ann")
    assert left_out(client, ann, **{name: "ñ" * longest}) == []
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", name):
        left_out(client, ann, **{name: "ñ" * (longest + 1)})
    with requester.refused("AWS.MissingParameters", "ParameterValidationError", name):
        left_out(client, ann, **{name: ""})
    assert len(letters(market)) == 1


def test_the_number_of_workers(client, requester):
    """A message goes to 1 to 100 workers."""
    strangers = [f"A{number}" for number in range(100)]
    assert left_out(client, *strangers) == strangers
    for beyond in ([], [*strangers, "A100"]):
        with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", "WorkerIds"):
            left_out(client, *beyond)
    with requester.refused(None, "ValidationException", "workerIds.1.member"):
        left_out(client, "worker")
