"""Targets about the whole account: every HIT, and those of no experiment deleted."""

from crowdmake.client import in_process
from crowdmake.rendering.questions import html_question
from workflow.conftest import texts

PAGE = html_question("<!DOCTYPE html><title>t</title><p>x", 0)


def foreign(experiment, count, annotation=None):
    """Put up HITs as another program of the account does, and return their ids."""
    client = in_process(experiment.market())
    request = {
        "Title": "Old work",
        "Description": "Left behind",
        "Reward": "0.05",
        "MaxAssignments": 1,
        "LifetimeInSeconds": 86400,
        "AssignmentDurationInSeconds": 600,
        "Question": PAGE,
    } | ({"RequesterAnnotation": annotation} if annotation else {})
    return [client.create_hit(**request)["HIT"]["HITId"] for _ in range(count)]


def test_hits_and_their_deletion(experiment):
    """Every HIT is listed with whose it is; those of no experiment are deleted once confirmed, saved and decided."""
    e = experiment()
    e.rows(*texts(1))
    e.run("launch")
    (ours,) = e.hit_ids()
    decided, undecided, still_open = foreign(e, 3)
    (others,) = foreign(e, 1, "crowdmake/another-experiment/main/key-1")
    for hit in (ours, decided, undecided):
        e.submit(hit, "ana", {"label": hit})
    client = in_process(e.market())
    (done,) = client.list_assignments_for_hit(HITId=decided)["Assignments"]
    client.approve_assignment(AssignmentId=done["AssignmentId"])
    e.calls()
    output = e.run("hits")
    assert "account on local: 1 HIT of this experiment, 1 of others, 3 of none" in output
    calls = e.calls()
    assert (calls["ListHITs"], calls["ListAssignmentsForHIT"], calls["GetHIT"]) == (2, 3, 0)
    listing = {record["hit_id"]: record for record in e.records("results/account/hits.jsonl")}
    owners = {name: (each["experiment"], each["ours"]) for name, each in listing.items()}
    assert owners == {
        ours: ("sample-test", True),
        others: ("another-experiment", False),
        **dict.fromkeys((decided, undecided, still_open), (None, False)),
    }
    answers = {n: [a["answers"] for a in each["assignments"]] for n, each in listing.items()}
    assert answers[ours] == [{"label": ours}]
    assert answers[undecided] == [{"label": undecided}]
    assert answers[still_open] == answers[others] == []
    assert "assignments of 1 HIT" in e.run("results")
    e.calls()
    output = e.run("delete", "--config", "all=account", fails=True)
    assert f"1 HIT of no experiment would be deleted ({decided})" in output
    assert "to delete them add confirm=1" in output
    assert not e.calls()["DeleteHIT"]
    output = e.run("delete", "--config", "all=account", "confirm=1")
    assert e.calls()["DeleteHIT"] == 1
    assert f"({undecided}): work is undecided" in output
    assert f"({still_open}): open; `--config expire=true` ends them first" in output
    (receipt,) = e.records("results/account/deletions.jsonl")
    assert (receipt["hit_id"], receipt["assignments"]) == (decided, 1)
    e.run("hits")
    listing = {record["hit_id"]: record for record in e.records("results/account/hits.jsonl")}
    assert listing[decided]["deleted"] == receipt["time"]
    assert listing[decided]["assignments"][0]["answers"] == {"label": decided}
    assert len(listing) == 5
