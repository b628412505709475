"""The target that pays bonuses, as a user runs it."""

from workflow.conftest import NOTHING, texts

HEAD = "assignment_id,decision,bonus,bonus_reason,bonus_purpose\n"


def test_bonus(experiment):
    """Bonuses of the decisions file are paid once, shown with their cost beforehand, and receipted."""
    e = experiment(budget__max_usd=3)
    e.rows(*texts(1))
    e.run("launch")
    for worker in ("ana", "ben"):
        e.submit(e.hit_ids()[0], worker, {"label": worker})
    e.run("approve")
    e.run("results")
    ana, ben = (r["assignment_id"] for r in e.records("results/results.jsonl"))
    e.calls()
    e.run("bonus")
    assert NOTHING in e.run("bonus")
    assert not e.calls()
    e.write("decisions/main.csv", f"{HEAD}{ana},,0.5,Careful,\n{ben},approve,$1,Fast,\n")
    assert "main.csv:3: bonus: found" in e.run("bonus", fails=True)
    e.write("decisions/main.csv", f"{HEAD}{ana},,0.5,Careful,\n{ben},approve,0,,\n")
    cost = "bonus main: 1 bonus payment: bonuses 0.50 USD, fees 0.10 USD, total 0.60 USD"
    assert cost in e.run("bonus", "-n")
    assert not e.calls()
    assert "main: paid 1 bonus payment\n" in e.run("bonus")
    assert e.calls() == {"GetAccountBalance": 1, "SendBonus": 1}
    (receipt,) = e.records("results/bonuses/main.jsonl")
    assert list(receipt) == [
        "assignment_id", "worker_id", "amount", "fee", "reason", "purpose", "time",
    ]  # fmt: skip
    assert (receipt["amount"], receipt["fee"], receipt["reason"]) == ("0.50", "0.10", "Careful")
    assert NOTHING in e.run("bonus")
    e.write("decisions/main.csv", f"{HEAD}{ana},,0.7,Careful,\n{ana},,0.02,Careful,speed\n")
    (e.folder / "results/bonuses/main.jsonl").unlink()
    assert f"left so: {ana} (0.50 USD)" in e.run("bonus")
    assert [r["purpose"] for r in e.records("results/bonuses/main.jsonl")] == ["bonus", "speed"]
    e.write("decisions/main.csv", f"{HEAD}{ben},,9,Great,\n")
    output = e.run("bonus", fails=True)
    assert "budget.max_usd: paying 1 bonus payment needs 10.80 USD, 2.25 USD is left" in output
    assert "0.75 USD committed" in e.run("balance")
