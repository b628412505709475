"""What the Snakefile asks while it plans: offline, and without writing anything."""

from pathlib import Path

import pytest
from crowdmake.configuration.config import read_config
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import content_key, read_rows
from crowdmake.ledgers.batches import Batch
from crowdmake.planning import pending, plan
from ledger_events import assignment, created, decided

RUN = "1234"


@pytest.fixture(autouse=True)
def place(experiment):
    """Work in a small experiment, remembering no other's rows."""
    pending._rows.cache_clear()
    return experiment


def inputs(*names, content="1\n"):
    for name in names:
        Path(f"input/{name}.jsonl").write_text(content, encoding="utf-8")


def planned(**values):
    return plan.Plan(read_config() | values, RUN)


def crowded(**values):
    market = {"endpoint": "local", "crowd": {"answer": {"a": "1"}}}
    return planned(market=market, **values)


def faults(**values):
    with pytest.raises(UserError) as caught:
        planned(**values)
    return list(caught.value.lines)


def tree():
    return sorted((str(path), path.stat().st_mtime_ns) for path in Path().rglob("*"))


def test_every_input_file_is_a_batch():
    """Each file in input/ is a batch, whatever its extension, in the order of the alphabet."""
    inputs("pilot", "main", "A.b_c-9", "9")
    for beside in ("notes.md", "pilot.csv", "main.jsonl~", "main.jsonl.bak", ".hidden"):
        Path("input", beside).touch()
    for other in ("old.txt", "array.json", "plain"):
        Path("input", other).write_text('{"text": "t"}')
    found = planned()
    assert found.batches == ["9", "A.b_c-9", "array", "main", "old", "pilot", "plain"]
    assert found.rows_of("old") == "input/old.txt"
    assert found.input_of("old") == ["input/old.txt"]


def test_two_files_of_one_batch_are_an_error():
    """Two input files of one name would be one batch, and are refused by their names."""
    inputs("main", "pilot")
    Path("input/pilot.txt").touch()
    assert faults() == [
        "input/pilot.jsonl, input/pilot.txt: found 2 files of the batch pilot; expected one;"
        " rename or remove the others"
    ]


@pytest.mark.parametrize(
    ("names", "found"),
    [((), "found nothing"), (("a.md", "b.csv"), "found only a.md, b.csv")],
)
def test_no_input_is_one_line(names, found):
    """A folder without input, or with other files only, is one line naming them."""
    for name in names:
        Path("input", name).touch()
    assert faults() == [f"input/: {found}; expected at least one batch, input/NAME.jsonl"]


def test_no_input_folder_is_one_line():
    """An experiment without the folder is told the same."""
    Path("input").rmdir()
    assert faults() == ["input/: found nothing; expected at least one batch, input/NAME.jsonl"]


def test_bad_batch_names_are_a_line_each():
    """Every file whose name cannot be a batch's is a printable line saying to rename it."""
    inputs("good", "a b", "é", ".hidden", "-x", "x" * 65, "a\nb", "a\x1b[31m")
    found = faults()
    assert len(found) == 6
    assert all(line.endswith("a letter or digit; rename the file") for line in found)
    assert all(line.isprintable() for line in found)


def test_a_faulty_configuration_stops_the_plan():
    """The configuration's faults are the plan's."""
    inputs("pilot")
    assert faults(experiment="") != []


@pytest.mark.parametrize("batch", ["b", ["b"], ["b", "b"]])
def test_targets_can_be_limited_to_batches(batch):
    """--config batch=NAME limits the plan to it."""
    inputs("a", "b", "c")
    assert planned(batch=batch).batches == ["b"]
    assert crowded(batch=batch).worked == ["b"]


def test_what_delete_leaves():
    """With all=account `delete` leaves the receipts of HITs of no experiment, whatever their ids."""
    inputs("a")
    Batch("a", "local").money.append(created("A"))
    assert planned().deletions()[0] == "results/deletions/a.jsonl"
    assert planned(all="account", hit="3UNKNOWN").deletions() == ["results/account/deletions.jsonl"]


def test_an_unknown_batch_is_a_line():
    """--config batch=NAME that is neither input nor launched is a line with the known ones."""
    inputs("a", "b")
    Batch("old", "local").money.append(created("A"))
    assert faults(batch=["c", "a", "../d"]) == [
        '--config batch: found "c"; expected one of a, b, old',
        '--config batch: found "../d"; expected one of a, b, old',
    ]
    assert planned(batch="old").batches == []
    assert planned(batch="old").worked == ["old"]


def test_what_follows_launch_concerns_launched_batches_only():
    """Where people work only launched batches are polled; with a crowd every batch is."""
    inputs("a", "b")
    Batch("b", "local").money.append(created("A"))
    Batch("old", "local").money.append(created("A"))
    Batch("c", "sandbox").money.append(created("A"))
    assert planned().worked == ["b", "old"]
    assert crowded().worked == ["a", "b", "old"]
    assert [planned().crowd, crowded().crowd] == [False, True]


def test_a_stage_that_is_not_done_has_a_token_of_this_run():
    """A stage that has to run again is named by this run, so that it runs."""
    inputs("a")
    batch = Batch("a", "local")
    batch.money.append(created("A", wanted=1))
    batch.remember_round("poll", "77")
    assert planned().token("poll", "a") == f".snakemake/crowdmake/poll/a/{RUN}"
    assert planned().tokens("poll") == [f".snakemake/crowdmake/poll/a/{RUN}"]
    assert crowded().token("poll", "never") == f".snakemake/crowdmake/poll/never/{RUN}"


def test_a_stage_that_is_done_keeps_the_token_of_its_run():
    """A finished stage keeps the number of the run that finished it, each stage its own."""
    inputs("a")
    batch = Batch("a", "local")
    closed = {"event": "closed", "hit_id": "3A", "assignments": 1}
    batch.money.append(created("A", wanted=1), closed)
    for stage, number in (("poll", "77"), ("approve", "78"), ("delete", "79")):
        batch.remember_round(stage, number)
    found = planned()
    assert [found.token(stage, "a")[-4:] for stage in ("poll", "approve", "delete")] == [
        "a/77",
        RUN,
        RUN,
    ]
    batch.money.append(decided("A", "3X"))
    assert planned().token("approve", "a").endswith(RUN)
    batch.remember_round("approve", "78")
    assert planned().token("approve", "a").endswith("/78")
    batch.money.append({"event": "deleted", "key": "A", "hit_id": "3A"})
    batch.remember_round("delete", "79")
    assert planned().token("delete", "a").endswith("/79")
    batch.money.append(created("B"))
    plan_now = planned()
    for stage in ("poll", "approve", "delete"):
        assert plan_now.token(stage, "a").endswith(f"/{RUN}")


def test_the_cost_of_a_batch_is_a_sentence():
    """What launching costs is said for the rows that have no HIT."""
    inputs("a", content="1\n2\n3\n")
    assert planned().cost("a") == (
        "3 HITs x 1 assignment: rewards 0.15 USD, fees 0.03 USD, total 0.18 USD"
    )
    first = read_rows(Path("input/a.jsonl")).rows[0]
    Batch("a", "local").money.append(created(first.key))
    assert planned().cost("a") == (
        "2 HITs x 1 assignment: rewards 0.10 USD, fees 0.02 USD, total 0.12 USD; 1 live"
    )


def test_the_cost_of_faulty_input_is_unknown():
    """Faulty input does not break the plan; its cost is said to be unknown and why."""
    inputs("a", content="NaN\n1\nx\n")
    said = "cost unknown, 2 faults in the input: `snakemake render` names them"
    assert planned().cost("a") == said


def test_a_batch_has_its_own_properties():
    """Properties, and what rendering needs of them, follow the batch's own settings."""
    inputs("a", "b")
    own = {"hit": {"properties": {"Title": "Other", "Reward": 1}}}
    found = planned(batches={"b": own})
    assert found.properties("a")["Reward"] == "0.05"
    assert found.properties_of_all["b"]["Reward"] == "1.00"
    assert found.pages.shown("b") == {
        "Title": "Other",
        "Description": "Do the task.",
        "FrameHeight": 0,
    }


def test_files_that_need_not_be_there_are_left_out():
    """Input, decisions and marks that do not exist are no inputs of a rule."""
    inputs("a")
    found = planned()
    assert found.input_of("a") == ["input/a.jsonl"]
    assert found.input_of("gone") == found.decisions_of("a") == found.decided_mark("a") == []
    Path("decisions").mkdir()
    Path("decisions/a.csv").touch()
    batch = Batch("a", "local")
    batch.money.append(decided("A", "3X"))
    batch.mark_decided()
    assert found.decisions_of("a") == ["decisions/a.csv"]
    assert found.decided_mark("a") == ["state/a/decided"]


def test_the_crowd_has_its_work_and_its_answers():
    """The crowd's token and recorded answers are there only where a crowd is configured."""
    inputs("a")
    Path("answers.jsonl").touch()
    replayed = planned(market={"endpoint": "local", "crowd": {"answers": "answers.jsonl"}})
    assert replayed.recorded_answers() == ["answers.jsonl"]
    assert replayed.work_of("a") == [".snakemake/crowdmake/work/a"]
    assert replayed.work_of("old") == []
    assert crowded().recorded_answers() == planned().recorded_answers() == []
    assert planned().work_of("a") == []


def test_pages_may_include_the_experiments_and_the_shipped_templates():
    """Every template of the experiment, in folders too, is what a page depends on."""
    inputs("a")
    Path("hit_templates/parts").mkdir()
    Path("hit_templates/parts/head.html").touch()
    found = [Path(each).name for each in planned().pages.templates()]
    assert {"page.html", "head.html", "sort_messages.html"} <= set(found)


def test_planning_writes_nothing():
    """Planning, costing and naming tokens leave every file and folder as it was."""
    inputs("a", "b")
    Batch("b", "local").money.append(created("A"))
    before = tree()
    found = crowded()
    found.tokens("poll")
    for batch in found.batches:
        found.cost(batch)
    assert tree() == before


def test_a_damaged_ledger_stops_the_plan():
    """A damaged ledger is an error before anything is planned."""
    inputs("a")
    batch = Batch("a", "local")
    batch.money.append(created("A"))
    batch.money.path.write_bytes(b"x\n" + batch.money.path.read_bytes())
    assert faults()[0].startswith("state/a/ledger.jsonl:1: damaged")


def test_settings_of_a_batch_that_does_not_exist_are_refused():
    """Settings of a misspelt batch are one line that names the nearest batch."""
    inputs("pilot")
    (line,) = faults(batches={"pilto": {"review": {"approve": "all"}}})
    assert (
        line
        == "config/config.yaml: batches.pilto: there is no input/pilto.jsonl; did you mean pilot?"
    )


@pytest.mark.parametrize("name", ["run.lock", "spending.jsonl", "market.sqlite3-wal"])
def test_names_of_state_files_are_no_batches(name):
    """A batch cannot be called like a file that stands beside the batches' ledgers."""
    inputs(name)
    (line,) = faults()
    assert "cannot name a batch" in line


def test_a_hit_id_of_no_batch_is_refused():
    """A misspelt HIT id on the command line is one line, not a run that does nothing."""
    inputs("a")
    Batch("a", "local").money.append(created("A"))
    assert planned(hit="3A").configuration.hit_ids == ["3A"]
    (line,) = faults(hit="3B")
    assert line == '--config hit: found "3B"; expected the id of a HIT of this experiment'


def test_what_an_interrupted_launch_holds_is_not_asked_of_the_account_again():
    """A row whose call was interrupted may be on hold at the market, and is not checked for funds twice."""
    inputs("a")
    key = f"{content_key(1)}-1"
    Batch("a", "local").money.append({"event": "create_intent", "key": key, "token": "t"})
    found = planned()
    found.to_launch("a")
    found.check_funds()
    assert not Path("state/market.sqlite3").exists()


HEAD = "assignment_id,bonus,bonus_reason\n"


def worked(batch, *, wanted=2, status="Approved", **more):
    """Let a batch have one HIT, put up for long, with one assignment of some status."""
    ledgers = Batch(batch, "local")
    ledgers.money.append(created("A", wanted=wanted, expiration="2999-01-01T00:00:00Z") | more)
    ledgers.answers.append(assignment("A", f"3{batch}"))
    ledgers.money.append(decided("A", f"3{batch}", status))
    closed = {"event": "closed", "hit_id": more.get("hit_id", "3A"), "assignments": wanted}
    ledgers.money.append(closed)
    return ledgers


def no_funds(stage, *batches, **values):
    """Return why a run of ``stage`` is stopped before its first job."""
    found = planned(**values)
    for batch in batches:
        found.spending_token(stage, batch)
    with pytest.raises(UserError) as caught:
        found.check_funds()
    return list(caught.value.lines)


def test_bonuses_of_all_batches_are_checked_before_the_first():
    """Bonuses that pass the budget together are refused before any is paid, and so are faulty ones."""
    inputs("a", "b")
    Path("decisions").mkdir()
    for batch in ("a", "b"):
        worked(batch)
        Path(f"decisions/{batch}.csv").write_text(f"{HEAD}3{batch},0.50,Good\n")
    assert no_funds("bonus", "a", "b", budget={"max_usd": 1}) == [
        "budget.max_usd: paying 2 bonus payments needs 1.20 USD, 1.00 USD is left of 1.00 USD:"
        " 1 would fit; nothing was paid"
    ]
    for batch in ("a", "b"):
        Path(f"decisions/{batch}.csv").write_text(f"{HEAD}3{batch},5000,Good\n")
    assert no_funds("bonus", "a", "b") == [
        "the account's balance: paying 2 bonus payments needs 12000.00 USD, 10000.00 USD is left:"
        " 1 would fit; nothing was paid"
    ]
    Path("decisions/a.csv").write_text(f"{HEAD}3a,x,Good\n")
    Path("decisions/b.csv").write_text(f"{HEAD}3b,y,Good\n")
    assert len(no_funds("bonus", "a", "b")) == 2


def test_extensions_of_all_batches_are_checked_before_the_first():
    """More assignments that pass the budget, or are ten, are refused before any is added."""
    inputs("a", "b")
    for batch in ("a", "b"):
        worked(batch)
    assert no_funds("extend", "a", "b", assignments=4, budget={"max_usd": 0.2}) == [
        "budget.max_usd: extending 2 HITs needs 0.24 USD, 0.20 USD is left of 0.20 USD:"
        " 1 would fit; nothing was extended"
    ]
    lines = no_funds("extend", "a", "b", assignments=10)
    assert ["cannot be given 10 or more" in line for line in lines] == [True, True]


def test_replacements_are_checked_with_the_launch():
    """What a launch puts up anew and puts up again is checked together against the budget."""
    inputs("a")
    worked("a", status="Rejected")
    found = planned(review={"replace_rejected": True}, budget={"max_usd": 0.1})
    found.to_launch("a")
    with pytest.raises(UserError) as caught:
        found.check_funds()
    assert caught.value.lines == (
        "budget.max_usd: launching 1 HIT and extending 1 HIT needs 0.12 USD, 0.10 USD is left of"
        " 0.10 USD: 1 would fit; nothing was done",
    )


def test_extensions_that_were_cut_off_are_not_asked_of_the_account_again():
    """An addition whose outcome is not known may be on hold already, and is not checked twice."""
    inputs("a")
    intent = {"event": "extend_intent", "hit_id": "3A", "key": "A", "max_assignments": 4}
    worked("a").money.append(intent | {"replaced": 0, "token": "t"})
    found = planned(assignments=4, budget={"max_usd": 0.01})
    found.spending_token("extend", "a")
    found.check_funds()


@pytest.mark.parametrize("stuck", [{"expiration": "2026-01-01T00:00:00Z"}, {"max_assignments": 9}])
def test_what_cannot_be_put_up_again_keeps_no_batch_open(stuck):
    """Rejected work whose HIT is over, or would reach ten, is said by `launch`; results are complete."""
    inputs("a")
    worked("a", status="Rejected", **stuck).remember_round("poll", "77")
    found = planned(review={"replace_rejected": True})
    assert found.token("poll", "a").endswith("/77")
    assert found.launch_again("a") == [f".snakemake/crowdmake/launch/a/{RUN}"]


def test_a_number_confirms_one_batch():
    """A confirmed number is refused where it would count for several batches."""
    inputs("a", "b")
    for batch in ("a", "b"):
        worked(batch)
    (line,) = faults(confirm=2)
    assert line == (
        "--config confirm=2: found 2 batch names; expected one, such as --config batch=NAME:"
        " the number is that of its rejections"
    )
    assert planned(confirm=2, batch="a").worked == ["a"]
    assert planned(confirm=2, all="account").worked == ["a", "b"]
