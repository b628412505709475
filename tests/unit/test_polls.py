"""Polls: rows from ledgers, pages from rows, and what ballots come to."""

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.files import write_records
from crowdmake.inputs.paths import input_files
from crowdmake.inputs.rows import Row, read_rows
from crowdmake.interpolation.texts import text_of
from crowdmake.ledgers.batches import Batch
from crowdmake.market import questions
from crowdmake.planning.plan import Plan
from crowdmake.polling import ballots, rows
from crowdmake.polling.forms import (
    PollPage,
    check_headings,
    preview_of_poll,
    rehearsed,
    render_polls,
)
from crowdmake.polling.names import MOST
from crowdmake.rendering.questions import MAX_BYTES
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from unit.ledger_events import assignment, created, decided

OPTIONS = {
    "title": "Hi!",
    "instructions": "hello!",
    "assignments": 2,
    "row_template": "This is {{sentiment}}",
}
# The agent's specs at l.532 and l.596.
ANSWERS = [
    {"sentiment": mood, "feedback": f"This is my feedback {number}"}
    for number, mood in enumerate(["sad", "neutral", "happy", "happy"], start=1)
]
BALLOTS = [{"1": "2", "2": "5", "3": "3", "4": "2"}, {"1": "3", "2": "4", "3": "1", "4": "4"}]


def document(fields):
    """Return the XML in which a market gives an answer."""
    given_ = "".join(
        f"<Answer><QuestionIdentifier>{escape(name)}</QuestionIdentifier>"
        f"<FreeText>{escape(value)}</FreeText></Answer>"
        for name, value in fields.items()
    )
    return f"<QuestionFormAnswers>{given_}</QuestionFormAnswers>"


def answered(batch, key, answers, *, closed=True, wanted=None, status="Submitted"):
    """Let the ledgers of ``batch`` hold one HIT with these answers."""
    wanted = len(answers) if wanted is None else wanted
    batch.money.append(created(key, wanted))
    for number, each in enumerate(answers):
        event = assignment(
            key, f"{key}{number}", status, f"2026-11-22T09:0{number}:00Z", document(each)
        )
        batch.answers.append(event | {"worker_id": f"A{key}{number}"})
    if closed:
        event = {"event": "closed", "hit_id": f"3{key}", "assignments": len(answers)}
        batch.money.append(event)


def shown(batch, key, value):
    batch.answers.append({"event": "row", "key": key, "row": 1, "input": value})


def polled(state, given_ballots, answers=ANSWERS, **more):
    """Return a batch of one HIT with its poll, and the poll's row."""
    batch = Batch("b", "local", state)
    shown(batch, "K", {"message": "m"})
    answered(batch, "K", answers)
    (row,) = rows.keyed(rows.poll_rows(batch))
    polls = Batch("b.poll", "local", state)
    shown(polls, row.key, row.value)
    answered(polls, row.key, given_ballots, **more)
    return batch


def outcome(batch):
    (found,) = ballots.outcomes(batch).values()
    return found.record()


def page(row_template, language="jinja", **more):
    return PollPage(OPTIONS | {"row_template": row_template} | more, language, {"joke": []})


def texts(question):
    """Return what stands in a form as the text of its items."""
    questions.check(question)
    contents = fromstring(question).findall(".//{*}QuestionContent")
    return [content[0].text for content in contents]


def row_of(*answers, value=None):
    items = {str(number): each for number, each in enumerate(answers, 1)}
    return Row("k-1", 1, 1, {"hit_id": "3K", "input": value or {}, "items": items})


def test_the_best_answer_is_the_one_with_the_highest_score(tmp_path):
    """A finished poll gives the agent's payload: the answers, the ballots as submitted, the best answer."""
    record = outcome(polled(tmp_path, BALLOTS))
    assert record["answers"] == ANSWERS
    assert record["poll"] == BALLOTS
    assert record["best_answer"] == {
        "sentiment": "neutral",
        "feedback": "This is my feedback 2",
    }
    assert record["scores"] == {"1": 5, "2": 9, "3": 4, "4": 6}
    assert record["poll_ties"] == []
    assert [each["worker_id"] for each in record["ballots"]] == [
        row["worker_id"] for row in Batch("b.poll", "local", tmp_path).read().assignments().values()
    ]


@pytest.mark.parametrize("winner", ["1", "2", "3", "4"])
def test_no_winner_is_off_by_one(tmp_path, winner):
    """Whichever item wins, the first included, the best answer is that item's and no neighbour's."""
    ballot = {item: "5" if item == winner else "1" for item in "1234"}
    assert outcome(polled(tmp_path, [ballot]))["best_answer"] == ANSWERS[int(winner) - 1]


def test_ties_are_reported(tmp_path):
    """Of items with the same score the one submitted first is the best, and all are named."""
    record = outcome(polled(tmp_path, [{"1": "1", "2": "4", "3": "2", "4": "4"}]))
    assert record["poll_ties"] == ["2", "4"]
    assert record["best_answer"] == ANSWERS[1]


@pytest.mark.parametrize("bad", ["", "6", "0", "five", "4.5", "٣"])
def test_a_rating_that_is_none_is_counted_apart(tmp_path, bad):
    """A missing or unknown rating stops nothing and does not count."""
    record = outcome(polled(tmp_path, [{"1": "1", "2": bad, "9": "5"}, BALLOTS[0]]))
    assert record["scores"] == {"1": 3, "2": 5, "3": 3, "4": 2}
    assert record["poll_unknown"] == 3
    assert record["poll"][0] == {"1": "1", "2": bad}


def test_a_rejected_ballot_does_not_count(tmp_path):
    """Ballots that were rejected are left out and counted, and the result is partial."""
    batch = polled(tmp_path, BALLOTS)
    polls = Batch("b.poll", "local", tmp_path)
    (key,) = polls.read().hits
    polls.money.append(decided(key, f"{key}0", "Rejected"))
    record = outcome(batch)
    assert (record["poll"], record["poll_rejected"]) == ([BALLOTS[1]], 1)
    assert record["status"] == "partial"


def test_a_poll_that_nobody_answered(tmp_path):
    """A poll that ended without ballots is partial and decides for no answer."""
    record = outcome(polled(tmp_path, [], wanted=2))
    assert (record["poll"], record["best_answer"], record["status"]) == ([], None, "partial")


def test_an_open_poll_decides_nothing(tmp_path):
    """While its poll goes on a HIT has no outcome."""
    assert ballots.outcomes(polled(tmp_path, BALLOTS[:1], closed=False, wanted=2)) == {}


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_than_two_answers_need_no_poll(tmp_path, number):
    """A HIT that ended with one answer is decided by it, with none by nothing; neither gets a poll."""
    batch = Batch("b", "local", tmp_path)
    answered(batch, "K", ANSWERS[:number], wanted=4)
    assert rows.poll_rows(batch) == []
    assert len(rows.notes(batch)) == 1
    record = outcome(batch)
    assert (record["poll"], record["poll_hit_id"]) == ([], None)
    assert record["best_answer"] == (ANSWERS[0] if number else None)


def test_rows_are_those_of_hits_that_are_over(tmp_path):
    """A HIT becomes a row once it is over, rejected and unreadable answers left out, its authors beside the items."""
    batch = Batch("b", "local", tmp_path)
    shown(batch, "K", {"message": "m"})
    answered(batch, "K", ANSWERS)
    answered(batch, "L", ANSWERS[:2], closed=False)
    batch.money.append(decided("K", "K1", "Rejected"))
    batch.answers.append(assignment("K", "K2", answer="<torn") | {"worker_id": "AK2"})
    assert rows.poll_rows(batch) == [
        {
            "hit_id": "3K",
            "input": {"message": "m"},
            "items": {"1": ANSWERS[0], "2": ANSWERS[3]},
            "assignment_ids": ["K0", "K3"],
            "authors": ["AK0", "AK3"],
        }
    ]


def test_an_extended_hit_has_its_poll_too(tmp_path):
    """Of a HIT with more answers than a poll has room for the first stand in it."""
    batch = Batch("b", "local", tmp_path)
    answered(batch, "K", ANSWERS * 13)
    (row,) = rows.poll_rows(batch)
    assert len(row["items"]) == len(row["authors"]) == MOST


def test_a_poll_stays_as_it_was_put_up(tmp_path):
    """Whatever becomes of the answers later, the row of a launched poll does not change."""
    batch = polled(tmp_path, BALLOTS)
    before = rows.keyed(rows.poll_rows(batch))
    batch.money.append(decided("K", "K1", "Rejected"))
    batch.money.append(
        {"event": "extended", "hit_id": "3K", "key": "K", "max_assignments": 5, "replaced": 0}
    )
    assert rows.keyed(rows.poll_rows(batch)) == before
    assert outcome(batch)["answers"] == ANSWERS


def test_a_changed_row_puts_up_no_second_poll(tmp_path):
    """A row edited by hand does not give its HIT another poll."""
    batch = polled(tmp_path, BALLOTS)
    (row,) = rows.keyed(rows.poll_rows(batch))
    lines = [{"key": "edited-1", "input": row.value}, {"key": "new-1", "input": {"hit_id": "3NEW"}}]
    kept = rows.once_each(lines, Batch("b.poll", "local", tmp_path).read())
    assert [line["key"] for line in kept] == ["new-1"]


def test_keys_are_those_of_a_file(tmp_path):
    """The plan knows polls by the keys that they have in their file."""
    batch = polled(tmp_path, BALLOTS)
    answered(batch, "L", ANSWERS[:2])
    found = rows.keyed(rows.poll_rows(batch))
    path = tmp_path / "rows.jsonl"
    write_records(path, (row.value for row in found))
    assert [row.key for row in read_rows(path).rows] == [row.key for row in found]


def test_the_page_is_the_agents(tmp_path):
    """A poll shows each answer through row_template, numbered from 1 and rated 5 to 1."""
    line = PollPage(OPTIONS, "agent", {}).line(row_of(*ANSWERS))
    xml = line["question"]
    assert texts(xml) == ["This is sad", "This is neutral", "This is happy", "This is happy"]
    assert (line["title"], line["description"]) == ("Hi!", "hello!")
    root = fromstring(xml)
    assert [each.text for each in root.findall(".//{*}QuestionIdentifier")] == ["1", "2", "3", "4"]
    assert root.find(".//{*}DisplayName").text == "Item 1"
    choices = [each.text for each in root.findall(".//{*}SelectionIdentifier")]
    assert choices == ["5", "4", "3", "2", "1"] * 4


@pytest.mark.parametrize("language", ["jinja", "agent"])
def test_what_a_worker_wrote_is_no_template(language):
    """An answer that looks like a template, a path or markup is shown as it is, in both languages."""
    evil = "{{ 7*7 }} {% raw %} <$.joke> <b>&amp;</b> ]]> {{"
    line = page("{{ joke }}", language).line(row_of({"joke": evil}, {"joke": "x"}))
    assert texts(line["question"]) == [evil, "x"]


@given(st.lists(st.text(max_size=40), min_size=2, max_size=5))
def test_no_answer_stops_a_poll(answers):
    """Whatever workers wrote, the market takes the form."""
    line = page("{{ joke }}").line(row_of(*({"joke": each} for each in answers)))
    assert len(texts(line["question"])) == len(answers)


def test_as_many_answers_as_there_may_be_fit():
    """A poll about the most answers that are allowed fits, with something of each."""
    line = page("{{ joke }}").line(row_of(*({"joke": "\U0001f600" * 900} for _ in range(MOST))))
    assert len(line["question"].encode()) <= MAX_BYTES
    assert all(len(text) > 10 for text in texts(line["question"]))


@pytest.mark.parametrize("character", ["x", "&", "é", "\U0001f600", "\x00"])
def test_long_answers_are_cut(character):
    """Answers too long for one question are cut so that the form fits."""
    line = page("{{ joke }}").line(row_of(*({"joke": character * 60_000} for _ in range(9))))
    assert len(line["question"].encode()) <= MAX_BYTES
    assert all(text.endswith("…") for text in texts(line["question"]))


def test_a_missing_answer_is_blank():
    """An answer that a worker left out stands as blank beside the others, and stops nothing."""
    line = page("{{ joke }}").line(row_of({}, {"joke": " "}, {"joke": "x"}))
    assert texts(line["question"]) == ["(blank)", "(blank)", "x"]


def test_an_answer_on_which_the_template_fails_spoils_no_other():
    """Where row_template fails on what one worker wrote, that item says so and the poll goes ahead."""
    line = page("{{ 4 // (joke | int) }}").line(row_of({"joke": "x"}, {"joke": "2"}))
    assert texts(line["question"]) == ["(this answer cannot be shown)", "2"]


def test_title_and_instructions_show_the_row(tmp_path):
    """Title and instructions hold values of the row, cut to what a market takes; a row that lacks one is refused first."""
    heads = page("{{ joke }}", title="About {{ subject }}", instructions="Rate {{ subject }}.")
    line = heads.line(row_of({"joke": "a"}, {"joke": "b"}, value={"subject": "c" * 200}))
    assert len(line["title"]) == 128
    assert line["description"] == f"Rate {'c' * 200}."
    with pytest.raises(UserError, match=r"^in.jsonl:4: poll_options: 'subject' is undefined"):
        check_headings(Path("in.jsonl"), [Row("k", 1, 4, {"other": 1})], heads)


def test_a_row_that_cannot_be_shown_stops_no_other(tmp_path, capsys):
    """Where title or instructions fail for one HIT the others get their polls."""
    path = tmp_path / "b.jsonl"
    jokes = ({"joke": "1"}, {"joke": "2"})
    write_records(path, (row_of(*jokes, value=each).value for each in ({}, {"subject": "cats"})))
    (line,) = render_polls(path, page("{{ joke }}", title="{{ subject }}"), print)
    assert line["row"] == 2
    assert "b.jsonl:1: no poll for HIT 3K: " in capsys.readouterr().out


def test_a_poll_is_looked_at_with_made_up_answers():
    """Before anything is launched a poll is shown about answers that nobody gave, choices where there are some."""
    polls = {
        "options": OPTIONS | {"row_template": "{{ joke }}, {{ mood }}"},
        "language": "jinja",
        "fields": {"joke": [], "mood": ["sad", "happy"]},
    }
    said = PollPage(**polls).made_up({}, 2)
    assert [each["question"] for each in said.questions] == ["joke 1, happy", "joke 2, sad"]
    html = preview_of_poll(polls, {})
    assert "joke 3, happy" in html
    assert 'type="radio" name="3"' in html
    with pytest.raises(UserError, match=r"poll_options: 'subject' is undefined"):
        preview_of_poll(polls | {"options": OPTIONS | {"title": "{{ subject }}"}}, {})


@pytest.mark.parametrize(
    ("row_template", "answers", "said"),
    [
        ("{{ joke }}", 9, []),
        ("{{ 4 // (joke | int) }}", 2, ["row_template fails on made-up answers"]),
        ("long" * 300 + "{{ joke }}", 50, ["50 answers are too many to be shown in one poll"]),
    ],
)
def test_what_would_go_wrong_with_a_poll(row_template, answers, said):
    """A check says when row_template fails on answers, and when they are too many for one form."""
    found = list(rehearsed(page(row_template), {}, answers))
    assert [each.split(";")[0] for each in found] == said


@pytest.mark.parametrize(
    ("language", "source", "names"),
    [
        (
            "jinja",
            "{{ a }} {{ input.b }} {{ input['c'] }} {% for x in d %}{{ x }}{% endfor %}",
            "abcd",
        ),
        ("agent", "{{ a }} {{ input.b }} <$.c.d> {% assign x = d %}{{ x | upcase }}", "abcd"),
    ],
)
def test_names_of_a_text(language, source, names):
    """A text knows which keys it uses, in either language."""
    assert text_of(source, language).names() == set(names)


QUESTION = {"type": "free_text", "key": "joke", "name": "n", "required": True, "question": "q"}


def configured(root, **changes):
    values = {
        "experiment": "test",
        "market": {"endpoint": "local"},
        "hit": {
            "questions": [QUESTION],
            "properties": {
                "Title": "t", "Description": "d", "Reward": "0.10", "Keywords": "fun",
                "MaxAssignments": 4, "HitsApproved": 7,
            },
        },
        "combination_mode": "poll",
        "poll_options": OPTIONS | {"row_template": "{{ joke }}"},
    } | changes  # fmt: skip
    return Configuration({k: v for k, v in values.items() if v is not None}, root)


def faults(root, **changes):
    with pytest.raises(UserError) as caught:
        configured(root, **changes)
    return [line.removeprefix("config/config.yaml: ") for line in caught.value.lines]


def test_properties_of_a_poll(tmp_path):
    """A poll's reward and lifetime are the agent's and not the HIT's; who may work is the HIT's."""
    hit = configured(tmp_path).hit("b.poll")
    found = hit.properties
    assert (found["Reward"], found["LifetimeInSeconds"]) == ("0.05", 86400)
    assert (found["MaxAssignments"], found["Keywords"]) == (2, "fun")
    assert len(found["QualificationRequirements"]) == 1
    own = {"b.poll": {"hit": {"properties": {"AssignmentDurationInSeconds": 99}}}}
    more = OPTIONS | {"row_template": "{{ joke }}", "reward": 0.2, "lifetime_in_seconds": 60}
    found = configured(tmp_path, poll_options=more, batches=own).hit("b.poll").properties
    assert (found["Reward"], found["LifetimeInSeconds"]) == ("0.20", 60)
    assert found["AssignmentDurationInSeconds"] == 99


@pytest.mark.parametrize("name", ["title", "instructions", "row_template", "assignments"])
def test_every_option_of_a_poll_is_needed(tmp_path, name):
    """A poll without title, instructions, row_template or assignments is refused (the agent's l.111)."""
    options = {key: value for key, value in OPTIONS.items() if key != name}
    (line,) = faults(tmp_path, poll_options=options)
    assert line.startswith("poll_options")
    assert name in line


def test_faults_of_polls(tmp_path):
    """Polls without options, for no ballots, for no real reward or about unknown answers are refused."""
    assert faults(tmp_path, poll_options=None)[0].startswith("poll_options: missing")
    many = {"batches": {"b": {"hit": {"properties": {"MaxAssignments": 51}}}}}
    assert faults(tmp_path, **many)[0].startswith(
        "hit.properties.MaxAssignments: found 51; expected at most 50 with combination_mode: poll"
    )
    for assignments in (0, "moose", ""):
        (line,) = faults(tmp_path, poll_options=OPTIONS | {"assignments": assignments})
        assert line.startswith("poll_options.assignments: found")
    (line,) = faults(tmp_path, poll_options=OPTIONS | {"row_template": "{{ joek }}"})
    assert line == (
        'poll_options.row_template: names the answer "joek", which no question has;'
        " did you mean joke?"
    )
    (line,) = faults(tmp_path, poll_options=OPTIONS | {"row_template": "{{ joke"})
    assert line.startswith('poll_options.row_template: found "{{ joke"; not a template')


def test_a_batch_is_not_called_like_a_poll(tmp_path):
    """An input file with the name of a batch's polls is refused."""
    (tmp_path / "b.poll.jsonl").write_text("{}\n")
    with pytest.raises(UserError, match=r"the name b.poll is that of the polls of a batch b"):
        input_files(tmp_path)


def test_a_name_too_long_for_its_polls(tmp_path, monkeypatch):
    """A batch whose polls would have too long a name is refused, one that just fits is not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "input").mkdir()
    values = configured(tmp_path).values
    (tmp_path / "input" / f"{'b' * 59}.jsonl").write_text("{}\n")
    assert Plan(values, "1").polls() == []
    (tmp_path / "input" / f"{'c' * 60}.jsonl").write_text("{}\n")
    with pytest.raises(UserError, match="has 60 characters; expected at most 59"):
        Plan(values, "1")
