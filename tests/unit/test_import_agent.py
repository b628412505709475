"""`crowdmake import agent.json`: the options of Huginn's HumanTaskAgent, and what is refused of them."""

import json
from copy import deepcopy

import pytest
from crowdmake.cli import main
from crowdmake.configuration.config import Configuration, read_config
from crowdmake.exceptions import UserError
from crowdmake.market.forms import question_form
from crowdmake.projects import agent
from crowdmake.projects.report import Report
from crowdmake.projects.sources import Choices, Source
from crowdmake.questions.pages import QuestionPage
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.projects_kit import Imported

# The two examples of the agent's documentation.
SENTIMENT = {
    "expected_receive_period_in_days": 2,
    "trigger_on": "event",
    "hit": {
        "assignments": 1,
        "title": "Sentiment evaluation",
        "description": "Please rate the sentiment of this message: '{{message}}'",
        "reward": 0.05,
        "lifetime_in_seconds": "3600",
        "questions": [
            {
                "type": "selection",
                "key": "sentiment",
                "name": "Sentiment",
                "required": "true",
                "question": "Please select the best sentiment value:",
                "selections": [
                    {"key": "happy", "text": "Happy"},
                    {"key": "sad", "text": "Sad"},
                    {"key": "neutral", "text": "Neutral"},
                ],
            },
            {
                "type": "free_text",
                "key": "feedback",
                "name": "Have any feedback for us?",
                "required": "false",
                "question": "Feedback",
                "default": "Type here...",
                "min_length": "2",
                "max_length": "2000",
            },
        ],
    },
}
JOKES = {
    "trigger_on": "schedule",
    "submission_period": 12,
    "combination_mode": "poll",
    "poll_options": {
        "title": "Take a poll about some jokes",
        "instructions": "Please rank these jokes from most funny (5) to least funny (1)",
        "assignments": 3,
        "row_template": "{{joke}}",
    },
    "hit": {
        "assignments": 5,
        "title": "Tell a joke",
        "description": "Please tell me a joke",
        "reward": 0.05,
        "lifetime_in_seconds": "3600",
        "questions": [
            {
                "type": "free_text",
                "key": "joke",
                "name": "Your joke",
                "required": "true",
                "question": "Joke",
                "min_length": "2",
                "max_length": "2000",
            }
        ],
    },
}


def changed(options, path, value=...):
    """Return options with one of them changed, or (...) taken out."""
    new = deepcopy(options)
    *parents, last = path
    place = new
    for name in parents:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return new


@pytest.fixture
def imported(tmp_path):
    """Return what imports a document, as the configuration that it became."""

    def take(document, name="agent.json", **choices):
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
        made = Imported(tmp_path / name, **choices)
        made.configuration = Configuration(
            read_config(made.folder / "config/config.yaml"), made.folder
        )
        return made

    return take


@pytest.fixture
def refused(imported):
    """Return what imports a document that is refused, as the lines that say why."""

    def take(document):
        with pytest.raises(UserError) as raised:
            imported(document)
        assert all(line.startswith("agent.json: ") for line in raised.value.lines)
        return [line.removeprefix("agent.json: ") for line in raised.value.lines]

    return take


def test_the_sentiment_example(imported):
    """The first example of the agent's documentation is taken with every value."""
    made = imported(SENTIMENT)
    assert made.report.to_mend == []
    hit = made.configuration.hit("any")
    wanted = {"Title": "Sentiment evaluation", "Reward": "0.05", "MaxAssignments": 1}
    assert hit.properties | wanted | {"LifetimeInSeconds": 3600} == hit.properties
    assert [each["key"] for each in hit.questions] == ["sentiment", "feedback"]
    assert [each["required"] for each in hit.questions] == [True, False]
    assert (hit.questions[1]["min_length"], hit.questions[1]["max_length"]) == (2, 2000)
    values = made.configuration.values
    assert (values["trigger_on"], values["expected_receive_period_in_days"]) == ("event", 2)
    assert values["tick"] == {"delete": True}
    assert values["review"] == {"approve": "finished"}
    assert "hit.lifetime_in_seconds" in "\n".join(made.report.changed)


def test_the_jokes_example(imported):
    """The second example of the agent's documentation is taken with its poll."""
    made = imported(JOKES)
    assert made.report.to_mend == []
    values = made.configuration.values
    assert (values["trigger_on"], values["submission_period"]) == ("schedule", 12)
    assert values["combination_mode"] == "poll"
    assert values["poll_options"] == JOKES["poll_options"]


def test_strings_for_numbers_and_truths(imported):
    """Numbers and truths may be strings, as Huginn's own editor wrote them; false is false."""
    options = changed(SENTIMENT, ["separate_answers"], "false") | {
        "expected_receive_period_in_days": "2"
    }
    options["hit"] |= {"assignments": "2", "reward": "0.1"}
    made = imported(options)
    assert made.configuration.values["separate_answers"] is False
    assert made.configuration.values["expected_receive_period_in_days"] == 2
    properties = made.configuration.hit("any").properties
    assert (properties["MaxAssignments"], properties["Reward"]) == (2, "0.10")


def test_what_the_agent_took_where_nothing_is_said(imported):
    """The reward is 0.05 and the lifetime a day where they are not given."""
    options = changed(changed(SENTIMENT, ["hit", "reward"]), ["hit", "lifetime_in_seconds"])
    properties = imported(options).configuration.hit("any").properties
    assert (properties["Reward"], properties["LifetimeInSeconds"]) == ("0.05", 86400)


def test_legacy_majority(imported, refused):
    """`take_majority: "true"` is the older form of the mode, and needs selections alike."""
    selections = changed(SENTIMENT, ["hit", "questions"], SENTIMENT["hit"]["questions"][:1])
    made = imported(selections | {"take_majority": "true"})
    assert made.configuration.values["combination_mode"] == "take_majority"
    for mode in ({"take_majority": "true"}, {"combination_mode": "take_majority"}):
        (line,) = refused(SENTIMENT | mode)
        assert line.startswith('hit.questions[1].type: found "free_text"; expected selection')
    assert (
        "combination_mode"
        not in imported(SENTIMENT | {"take_majority": "false"}, "b.json").configuration.values
    )


@pytest.mark.parametrize("value", ["", "moose", None, "Event", ...])
def test_trigger_on(refused, value):
    """`trigger_on` is schedule or event, nothing else."""
    lines = refused(changed(SENTIMENT, ["trigger_on"], value))
    assert lines[0].startswith("trigger_on: ")


@pytest.mark.parametrize("value", ["", None, ...])
def test_event_needs_a_period_in_which_one_is_expected(refused, value):
    """With events the option expected_receive_period_in_days is required."""
    (line,) = refused(changed(SENTIMENT, ["expected_receive_period_in_days"], value))
    assert line.startswith("expected_receive_period_in_days: missing; expected")


@pytest.mark.parametrize("value", ["", None, 0, "0", "-5", "moose", ...])
def test_schedule_needs_a_positive_period(refused, value):
    """On a schedule the submission_period is a positive number of hours."""
    (line,) = refused(changed(JOKES, ["submission_period"], value))
    assert line.startswith("submission_period: ")


@pytest.mark.parametrize("name", ["title", "description", "assignments", "questions"])
@pytest.mark.parametrize("value", ["", ...])
def test_what_every_hit_needs(refused, name, value):
    """A HIT needs a title, a description, assignments and questions."""
    (line,) = refused(changed(SENTIMENT, ["hit", name], value))
    assert line.startswith(f"hit.{name}: ")


@pytest.mark.parametrize("value", [[], None, {}])
def test_no_questions(refused, value):
    """A HIT needs at least one question."""
    (line,) = refused(changed(SENTIMENT, ["hit", "questions"], value))
    assert line.startswith("hit.questions: ")


def test_every_fault_at_once(refused):
    """Whatever is wrong with an agent is said at once."""
    hit = {
        "title": "",
        "description": "{{ m | nosuch }}",
        "assignments": "moose",
        "questions": [{}],
    }
    lines = refused({"trigger_on": "never", "hit": hit})
    assert {line.partition(": ")[0] for line in lines} == {
        *(f"hit.questions[0].{name}" for name in ("type", "key", "name", "required", "question")),
        "trigger_on",
        "hit.description",
        "hit.title",
        "hit.assignments",
    }


@pytest.mark.parametrize("value", [0, "0", "moose"])
def test_assignments(refused, imported, value):
    """Assignments are a positive number; "2" is one."""
    (line,) = refused(changed(SENTIMENT, ["hit", "assignments"], value))
    assert line.startswith("hit.assignments: found ")
    good = imported(changed(SENTIMENT, ["hit", "assignments"], "2"), "good.json")
    assert good.configuration.hit("any").properties["MaxAssignments"] == 2


@pytest.mark.parametrize("name", ["key", "name", "required", "type", "question"])
@pytest.mark.parametrize("value", ["", ...])
def test_what_every_question_needs(refused, name, value):
    """A question needs key, name, required, type and question."""
    lines = refused(changed(SENTIMENT, ["hit", "questions", 0, name], value))
    assert lines[0].startswith(f"hit.questions[0].{name}: ")


@pytest.mark.parametrize(
    "selections",
    [
        [],
        {},
        "",
        ...,
        [{"key": "", "text": "a"}],
        [{"key": "a", "text": ""}],
        [{"key": "a"}],
        [{"text": "a"}],
        [{"key": "a", "text": "A"}, {"key": "b", "text": ""}],
    ],
)
def test_what_every_selection_needs(refused, selections):
    """A selection needs choices, each with a key and a text."""
    (line,) = refused(changed(SENTIMENT, ["hit", "questions", 0, "selections"], selections))
    assert line.startswith("hit.questions[0].selections")


@pytest.mark.parametrize("name", ["title", "instructions", "row_template", "assignments"])
@pytest.mark.parametrize("value", ["", ...])
def test_what_every_poll_needs(refused, name, value):
    """A poll needs title, instructions, row_template and assignments."""
    (line,) = refused(changed(JOKES, ["poll_options", name], value))
    assert line.startswith(f"poll_options.{name}: missing; expected ")


@pytest.mark.parametrize("value", ["", [], ...])
def test_a_poll_needs_its_options(refused, value):
    """A poll without its options is refused."""
    lines = refused(changed(JOKES, ["poll_options"], value))
    assert lines[0].startswith("poll_options: ")


def test_what_the_agent_failed_to_see(refused):
    """Equal keys, a default outside its own limits and a key with values of a row are refused."""
    twice = changed(SENTIMENT, ["hit", "questions", 1, "key"], "sentiment")
    assert refused(twice) == [
        'hit.questions[1].key: found "sentiment", as in [0].key; expected another'
    ]
    short = changed(SENTIMENT, ["hit", "questions", 1, "max_length"], "5")
    assert refused(short) == [
        'hit.questions[1].default: "Type here..." has 12 characters; expected max_length: 5 or fewer'
    ]
    moving = changed(SENTIMENT, ["hit", "questions", 0, "key"], "{{ key }}")
    assert "a key takes no values of a row" in refused(moving)[0]


def test_a_key_twice_in_the_file(tmp_path):
    """A file in which one object has a key twice is refused."""
    (tmp_path / "agent.json").write_text('{"hit": {}, "hit": {}}', encoding="utf-8")
    with pytest.raises(UserError, match=r'agent\.json: key "hit" stands twice'):
        Imported(tmp_path / "agent.json")


def test_a_scenario(imported, refused):
    """Of a scenario's export the one agent of the kind is taken; the others are left."""
    own = {
        "type": "Agents::HumanTaskAgent",
        "name": "Mood",
        "schedule": "every_10m",
        "options": SENTIMENT,
    }
    rain = {"type": "Agents::WeatherAgent", "name": "Rain", "options": {"location": "94103"}}
    made = imported({"schema_version": 1, "name": "s", "agents": [rain, own], "links": []})
    assert made.configuration.values["experiment"] == "Mood"
    assert "(the agent's schedule was every_10m)" in "\n".join(made.report.changed)
    assert made.report.left == ["agent.json: 1 other agent of the scenario"]
    assert refused({"agents": [rain]}) == [
        "found none of type Agents::HumanTaskAgent; expected one of them"
    ]
    (line,) = refused({"agents": [own, own]})
    assert line.startswith('found "Mood", "Mood" of type')


@pytest.mark.parametrize("document", [[], {}, 3, None, {"hit": 3}, {"options": []}, {"agents": 3}])
def test_other_documents(refused, document):
    """What holds no such agent is refused in one or more plain lines."""
    assert refused(document)


PLACES = [
    [], ["hit"], ["hit", "questions"], ["hit", "questions", 0], ["hit", "questions", 1, "type"],
    ["hit", "questions", 0, "selections", 1], ["hit", "questions", 0, "key"],
    ["hit", "questions", 1, "min_length"], ["hit", "reward"], ["hit", "assignments"],
    ["hit", "title"], ["poll_options"], ["combination_mode"], ["take_majority"], ["trigger_on"],
    ["submission_period"], ["separate_answers"],
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=60)
@given(st.sampled_from(PLACES), JSON)
def test_any_value_anywhere(tmp_path_factory, place, value):
    """Whatever stands in the file, it is taken or refused in lines that name the file."""
    document = changed(SENTIMENT, place, value) if place else value
    path = tmp_path_factory.mktemp("any") / "agent.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        project = agent.read(Source(path, Report()), Choices())
    except UserError as error:
        named = [line.startswith("agent.json: ") and line.isprintable() for line in error.lines]
        assert all(named)
    else:
        assert project.experiment.questions


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a\x1b[2Jb"])
def test_characters_that_no_page_holds(imported, refused, text):
    """A text with characters that a market would refuse is refused, or taken as it is."""
    options = changed(SENTIMENT, ["hit", "questions", 0, "question"], f"Is it {text}?")
    (line,) = refused(options)
    assert line.startswith("hit.questions[0].question: ")


def test_what_it_never_had(imported):
    """Options that the agent never had are left out, and reported."""
    options = changed(SENTIMENT, ["hit", "questions", 0, "colour"], "red") | {"extra": 1}
    assert imported(options).report.not_understood == [
        "agent.json: hit.questions[0].colour: left out",
        "agent.json: extra: left out",
    ]


def test_events(imported, tmp_path):
    """A file of events becomes a batch, every row of which is rendered once."""
    events = tmp_path / "events.jsonl"
    events.write_text('{"message": "hello"}\n{"other": 1}\n', encoding="utf-8")
    made = imported(SENTIMENT, inputs=(events,))
    assert made.report.to_mend == []
    assert made.rows("events") == [{"message": "hello"}, {"other": 1}]


# What is asked of a worker: the agent's own tests of its forms.

EVENT = {"foo": {"bar": {"baz": "a2b"}}, "name": "Joe"}


@pytest.mark.parametrize("name", ["{{name}}", "<$.name>", "<.name>"])
def test_values_of_an_event(imported, name):
    """An event's values stand in title, description and the questions' names, in any of the forms."""
    options = changed(SENTIMENT, ["hit", "title"], f"Hi {name}")
    options["hit"]["description"] = f"Make something for {name} "
    options["hit"]["questions"][0]["name"] = f"{name} Question 1"
    hit = imported(options).configuration.hit("any")
    page = QuestionPage(hit.asked, "c: hit")
    said = page.filled(EVENT)
    assert (said.title, said.description) == ("Hi Joe", "Make something for Joe")
    xml = page.question(EVENT)
    assert "<Title>Hi Joe</Title>" in xml
    assert "<Text>Make something for Joe</Text>" in xml
    assert "<DisplayName>Joe Question 1</DisplayName>" in xml
    assert question_form.check(xml)
    wanted = {"MaxAssignments": 1, "Reward": "0.05", "LifetimeInSeconds": 3600}
    assert hit.properties | wanted == hit.properties


@pytest.mark.parametrize("event", [{}, None, [], "x"])
def test_without_an_event(imported, event):
    """Without an event the places of values are empty: 'Hi {{name}}' becomes 'Hi'."""
    options = changed(SENTIMENT, ["hit", "title"], "Hi {{name}}")
    page = QuestionPage(imported(options).configuration.hit("any").asked, "c: hit")
    assert page.filled(event).title == "Hi"


def test_on_the_command_line(tmp_path, monkeypatch, capsys):
    """`crowdmake import agent.json` makes agent-crowdmake and says what to do next."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agent.json").write_text(json.dumps(SENTIMENT), encoding="utf-8")
    assert main(["import", "agent.json"]) == 0
    printed = capsys.readouterr().out
    assert "made agent-crowdmake" in printed
    assert printed.endswith("  snakemake preview\n  snakemake tick\n")
    assert (tmp_path / "agent-crowdmake/IMPORT.md").is_file()
