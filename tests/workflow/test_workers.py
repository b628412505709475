"""Targets about workers: blocked, let in again, written to, each once."""

from crowdmake.market import workers
from crowdmake.market.models import Message, WorkerBlock
from workflow.conftest import NOTHING, texts


def registered(experiment, *names):
    """Return the ids of new workers of the experiment's market."""
    market = experiment.market()
    return [market.run(lambda _, name=name: workers.register(name)).worker_id for name in names]


def blocked(experiment):
    """Return who is blocked on the experiment's market, and why."""
    with experiment.market().reading():
        found = WorkerBlock.objects.select_related("worker")
        return {each.worker.worker_id: each.reason for each in found}


def test_block_and_unblock(experiment):
    """Listed workers are blocked once with their reasons, and let in again by the other list."""
    e = experiment()
    e.rows(*texts(1))
    ana, ben, cleo = registered(e, "ana", "ben", "cleo")
    assert "error: workers/block.txt: does not exist" in e.run("block", fails=True)
    e.write("workers/block.txt", f"{ana} gave one answer to everything\n\n{ben}\n")
    assert "block: 2 workers" in e.run("-n", "block")
    assert not e.calls()
    assert "blocked 2 workers" in e.run("block")
    reasons = {ana: "gave one answer to everything", ben: "listed in workers/block.txt"}
    assert blocked(e) == reasons
    receipts = e.records("results/blocks.jsonl")
    assert {r["worker_id"]: r["reason"] for r in receipts} == reasons
    assert e.calls() == {"CreateWorkerBlock": 2}
    assert NOTHING in e.run("block")
    (e.folder / "results/blocks.jsonl").unlink()
    e.run("block")
    assert e.records("results/blocks.jsonl") == receipts
    assert not e.calls()
    e.write("workers/unblock.txt", f"{ben} answered my letter\n{cleo}\n")
    assert f"{ben} also stands in workers/block.txt:3" in e.run("unblock", fails=True)
    e.write("workers/block.txt", f"{ana} gave one answer to everything\n")
    assert "unblocked 2 workers" in e.run("unblock")
    assert blocked(e).keys() == {ana}
    assert NOTHING in e.run("unblock")
    e.write("workers/unblock.txt", "")
    e.write("workers/block.txt", f"{ana} gave one answer to everything\n\n{ben}\n")
    assert "blocked 1 worker\n" in e.run("block")
    assert blocked(e).keys() == {ana, ben}


def test_notify(experiment):
    """A message goes once to each who worked in a batch, and to a list; failures are listed."""
    e = experiment()
    e.rows(*texts(1))
    e.run("launch")
    e.submit(e.hit_ids()[0], "ana", {"label": "a"})
    e.run("approve")
    assert "error: --config: no message; expected message=NAME" in e.run("notify", fails=True)
    e.write("messages/thanks.txt", "Thank you\n\nThere is more to do: é.\n")
    e.calls()
    arguments = ("notify", "--config", "message=thanks", "batch=main")
    assert "notify: 1 worker" in e.run("-n", *arguments)
    assert "Thank you: sent to 1 worker\n" in e.run(*arguments)
    assert e.calls() == {"NotifyWorkers": 1}
    assert NOTHING in e.run(*arguments)
    (ben,) = registered(e, "ben")
    e.write(
        "workers/others.txt",
        f"{ben}\n{e.records('results/approvals/main.jsonl')[0]['worker_id']}\n",
    )
    output = e.run("notify", "--config", "message=thanks", "to=workers/others.txt")
    assert f"not sent to 1 worker ({ben}): Cannot send a notification to a worker who" in output
    assert [(r["subject"], r["status"]) for r in e.records("results/notifications.jsonl")] == [
        ("Thank you", "sent"),
        ("Thank you", "failed"),
    ]
    with e.market().reading():
        sent = [(each.subject, each.text) for each in Message.objects.all()]
    assert sent == [("Thank you", "There is more to do: é.")]
