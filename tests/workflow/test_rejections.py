"""Rejecting and overriding, as a user runs them."""

from workflow.conftest import NOTHING, texts


def test_a_list_and_what_is_left(experiment):
    """A plain list is approved, the rest rejected for one confirmed reason, and one rejection overridden."""
    e = experiment(review={"approve": "listed"})
    e.rows(*texts(2))
    e.run("launch")
    for hit in e.hit_ids():
        for worker in ("ana", "ben"):
            e.submit(hit, worker, {"label": worker})
    e.run("results")
    names = [r["assignment_id"] for r in e.records("results/results.jsonl")]
    e.write("decisions/main.txt", f"{names[0]}\n\n{names[1]}\n")
    e.run("approve")
    assert e.calls()["ApproveAssignment"] == 2
    order = ("--config", "undecided=true", "reason=It is empty.")
    assert "found 0 batch names; expected one" in e.run("reject", *order, fails=True)
    output = e.run("reject", *order, "batch=main", fails=True)
    assert "2 assignments of 4 would be rejected" in output
    assert "--config batch=main confirm=2" in output
    e.run("reject", *order, "batch=main", "confirm=3", fails=True)
    assert not e.calls()
    output = e.run("reject", *order, "batch=main", "confirm=2", "--rerun-triggers", "mtime")
    assert "main: rejected 2 assignments" in output
    assert f"{names[2]} until 20" in output
    rejections = e.records("results/rejections/main.jsonl")
    assert [r["feedback"] for r in rejections] == ["It is empty."] * 2
    assert all(r["override_until"] > r["time"] for r in rejections)
    e.run("reject")
    assert NOTHING in e.run("reject")
    e.calls()
    e.write("decisions/main.txt", f"{names[2]}\n")
    assert f"{names[2]} until 20" in e.run("approve")
    assert not e.calls()
    e.run("approve", "--config", "override=true", "--rerun-triggers", "mtime")
    assert e.calls() == {"ApproveAssignment": 1}
    approved = [r["assignment_id"] for r in e.records("results/approvals/main.jsonl")]
    assert sorted(approved) == sorted(names[:3])
    e.run("results")
    statuses = {r["assignment_id"]: r["status"] for r in e.records("results/results.jsonl")}
    assert list(statuses.values()).count("Approved") == 3
    e.configure(review={"approve": "listed"}, results__statuses=["Submitted", "Approved"])
    e.run("results")
    shown = e.records("results/results.jsonl")
    assert [r["assignment_id"] for r in shown] == names[:3]
    assert all(isinstance(r["seconds"], int) for r in shown)
    assert len(e.records("results/rejections/main.jsonl")) == 2
