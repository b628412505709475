"""The configuration: what it may hold, and one line for each thing that it may not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from crowdmake.configuration.config import Configuration, configuration_here, read_config
from crowdmake.exceptions import UserError

pytestmark = pytest.mark.usefixtures("experiment")

FILE = Path("config/config.yaml")
OWN_ID = "0b9a7c52"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's documented example
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"  # AWS's own example, in two parts for scanners


def changed(**parts: Any) -> dict[str, Any]:
    """Return the sound values with the dotted keys of ``parts`` (``__`` for a dot) changed."""
    values = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for name, value in parts.items():
        *above, last = name.split("__")
        place = values
        for step in above:
            place = place.setdefault(step, {})
        place[last] = value
    return values


def away(**parts: Any) -> dict[str, Any]:
    """Return sound values for a market that is not local, with ``parts`` changed."""
    sound = {"market__endpoint": "https://market.example.org", "experiment_id": OWN_ID}
    return changed(**(sound | {"budget__max_usd": 20} | parts))


def configured(values: dict[str, Any]) -> Configuration:
    return Configuration(values, Path())


def faults(values: dict[str, Any]) -> list[str]:
    with pytest.raises(UserError) as caught:
        configured(values)
    return list(caught.value.lines)


def fault(values: dict[str, Any]) -> str:
    (line,) = faults(values)
    return line.removeprefix("config/config.yaml: ")


def file_fault(content: str | bytes) -> str:
    """Return the one line that is said of a configuration file with this content."""
    FILE.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError) as caught:
        Configuration(read_config(), Path())
    (line,) = caught.value.lines
    return line


def test_a_small_configuration_has_every_answer():
    """A configuration of the required keys alone answers every question with its default."""
    found = configured(changed())
    assert (found.endpoint, found.fees, found.crowd, found.max_usd) == ("local", "amazon") + (
        None,
    ) * 2
    assert (found.wait, found.expire, found.hit_ids, found.chosen) == (0.0, False, [], None)
    assert found.experiment_id == "sample-sample"
    assert found.review("pilot").approve == "listed"
    assert found.hit("pilot").html_fields == []
    assert found.hit("pilot").properties["MaxAssignments"] == 1


# The file itself


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "config/config.yaml: found null; expected a mapping of keys"),
        ("# nothing\n", "config/config.yaml: found null; expected a mapping of keys"),
        ("- a\n- b\n", 'config/config.yaml: found ["a", "b"]; expected a mapping of keys'),
        ("text", 'config/config.yaml: found "text"; expected a mapping of keys'),
        ("a: 1\nb: [\n", "config/config.yaml:3: not YAML ("),
        ("a: 1\n\tb: 2\n", "config/config.yaml:2: not YAML ("),
        ("a: 1\nb: 2\na: 3\n", 'config/config.yaml:3: not YAML (key "a" stands twice)'),
        ("a: {b: 1,\n  b: 2}\n", 'config/config.yaml:2: not YAML (key "b" stands twice)'),
        ("[a]: 1\n", "config/config.yaml:1: not YAML (found unhashable key)"),
        ("? {a: 1}\n: 1\n", "config/config.yaml:1: not YAML (found unhashable key)"),
        ("a: !!python/object/apply:os.getcwd []\n", "config/config.yaml:1: not YAML ("),
        ("a: \x07\n", "config/config.yaml: not YAML ("),
        ("a: 2026-13-45\n", "config/config.yaml: not YAML (month must be in 1..12)"),
        (f"a: {'7' * 5000}\n", "config/config.yaml:1: not YAML (a number of 5000 digits)"),
        (f"a: 1\nb: 0x{'f' * 5000}\n", "config/config.yaml:2: not YAML (a number of 5002 digits)"),
        ("a: " + "[" * 100_000, "config/config.yaml: nested too deeply; expected a few levels"),
        (b"a: caf\xe9\n", "config/config.yaml: cannot be read ("),
        (b"\xff\xfea\x00", "config/config.yaml: cannot be read ("),
    ],
    ids=range(18),
)
def test_a_file_that_holds_no_configuration_is_one_line(content, said):
    """A file that is empty, a list, no YAML or no UTF-8 is one line, with the line's number."""
    line = file_fault(content)
    assert line.startswith(said)
    assert len(line.splitlines()) == 1


def test_a_missing_file_is_one_line():
    """A configuration file that does not exist is one line naming it."""
    FILE.unlink()
    with pytest.raises(UserError, match=r"^config/config\.yaml: does not exist$"):
        read_config()


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_crlf_are_read(start, end):
    """A byte order mark and CRLF line ends change nothing."""
    plain = read_config()
    FILE.write_bytes(start + FILE.read_bytes().replace(b"\n", end))
    assert read_config() == plain


def test_a_merged_mapping_may_replace_a_key():
    """YAML's merge keys may be overridden, nested and merged again, without being repetitions."""
    FILE.write_text("a: &a {k: 1}\nb: {c: &c {<<: *a, k: 2}}\nd: {<<: *c, <<: *a, k: 3}\n")
    assert read_config() == {"a": {"k": 1}, "b": {"c": {"k": 2}}, "d": {"k": 3}}


def test_a_value_within_itself_is_one_line():
    """A YAML value that holds itself is one line and no endless loop."""
    text = FILE.read_text(encoding="utf-8").replace("experiment: sample", "experiment: &a [*a]")
    assert "within itself" in file_fault(text)


def test_many_levels_are_one_line():
    """A value nested a thousand levels deep is one line and no crash."""
    deep = "[" * 950 + "]" * 950
    assert "nested too deeply" in file_fault(f"experiment: {deep}\n")


# Keys


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"experimnt_id": "x"}, "experimnt_id: unknown key; did you mean experiment_id?"),
        ({"market__endpiont": "local"}, "market.endpiont: unknown key; did you mean endpoint?"),
        ({"hit__Template": "x"}, "hit.Template: unknown key; did you mean template?"),
        ({"budget__max_eur": 1}, "budget.max_eur: unknown key; did you mean max_usd?"),
        ({"results__wiat": 1}, "results.wiat: unknown key; did you mean wait?"),
        ({"review__aprove": "all"}, "review.aprove: unknown key; did you mean approve?"),
        ({"budget__zzz": 1}, "budget.zzz: unknown key; known here: hourly_usd, max_usd"),
        ({"batches__pilot": {"hits": {}}}, "batches.pilot.hits: unknown key; did you mean hit?"),
        (
            {"hit__properties__LifetimeInSecond": 60},
            "hit.properties.LifetimeInSecond: unknown key; did you mean LifetimeInSeconds?",
        ),
        (
            {"hit__properties__rewards": "0.01"},
            "hit.properties.rewards: unknown key; did you mean Reward?",
        ),
        (
            {"market__crowd": {"answer": {"a": "b"}, "sed": 3}},
            "market.crowd.sed: unknown key; did you mean seed?",
        ),
    ],
    ids=str,
)
def test_an_unknown_key_is_named_with_the_nearest_known(parts, said):
    """A misspelt key is one line with its whole path and the nearest known key."""
    assert fault(changed(**parts)) == said


def test_a_hostile_key_cannot_colour_the_terminal():
    """A key with control characters is spelt out where it is named."""
    said = fault(changed(**{"hit__properties__a\x1b[31m\nb": 1}))
    assert "\\u001b[31m\\u000ab: unknown key" in said
    assert said.isprintable()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("experiment", "experiment: missing; expected the experiment's name"),
        ("market", "market: missing; expected which market the HITs are put up on"),
        ("hit", "hit: missing; expected what a HIT of the experiment is"),
    ],
)
def test_a_missing_key_is_named_with_its_meaning(name, said):
    """A required key that is not there is one line that says what it is for."""
    values = changed()
    del values[name]
    assert fault(values).startswith(said)


@pytest.mark.parametrize("name", ["Title", "Description", "Reward"])
def test_a_missing_property_is_named(name):
    """A required property that is not there is one line with its path."""
    values = changed()
    del values["hit"]["properties"][name]
    assert fault(values).startswith(f"hit.properties.{name}: missing")


@pytest.mark.parametrize("name", ["template", "properties"])
def test_a_hit_needs_a_page_and_properties(name):
    """A HIT without page or without properties is one line."""
    values = changed()
    del values["hit"][name]
    assert fault(values).startswith(f"hit.{name}: missing; expected ")


def test_all_faults_are_said_at_once():
    """Faults in different sections are one error with a line each, none of them twice."""
    lines = faults(
        changed(
            experiment="",
            market__endpoint="ftp://x",
            budget__max_usd="1,50",
            hit__template="nowhere.html",
            hit__properties__Reward="0.005",
            hit__properties__Lifetime=3,
            review__approve="sometimes",
        )
    )
    keys = [line.split(": ")[1] for line in lines]
    assert sorted(keys) == [
        "budget.max_usd",
        "experiment",
        "hit.properties.Lifetime",
        "hit.properties.Reward",
        "hit.template",
        "market.endpoint",
        "review.approve",
    ]
    assert all(line.startswith("config/config.yaml: ") for line in lines)


# Values


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"experiment": ""}, 'experiment: found ""; expected a name of 1 to 100 characters'),
        ({"experiment": "a\n"}, 'experiment: found "a\\n"; expected a name'),
        ({"experiment": 3}, "experiment: found 3; expected a name"),
        ({"experiment_id": "short"}, 'experiment_id: found "short"; expected 8 to 40 letters'),
        ({"experiment_id": "0b9a7c52\n"}, 'experiment_id: found "0b9a7c52\\n"; expected 8 to'),
        ({"market": None}, "market: found null; expected object"),
        ({"market": ["local"]}, 'market: found ["local"]; expected object'),
        ({"market__endpoint": "locl"}, 'market.endpoint: found "locl"; expected local, sandbox'),
        ({"market__endpoint": "local\n"}, 'market.endpoint: found "local\\n"; expected local'),
        ({"market__insecure": "yes"}, 'market.insecure: found "yes"; expected boolean'),
        ({"market__fees": "amazn"}, 'market.fees: found "amazn"; expected amazon, none or a rate'),
        ({"market__fees": 1.5}, "market.fees: found 1.5; expected amazon, none or a rate from 0"),
        ({"market__fees": -0.1}, "market.fees: found -0.1; expected amazon, none or a rate"),
        ({"market__fees": True}, "market.fees: found true; expected amazon, none or a rate"),
        ({"market__fees": None}, "market.fees: found null; expected amazon, none or a rate"),
        ({"market__fees": float("nan")}, "market.fees: found NaN; expected amazon, none or a"),
        ({"results__wait": -1}, "results.wait: found -1; expected 0 to 31536000"),
        ({"results__wait": float("inf")}, "results.wait: found Infinity; expected number"),
        ({"results__wait": float("nan")}, "results.wait: found NaN; expected number"),
        ({"results__wait": "1h"}, 'results.wait: found "1h"; expected number'),
        ({"review__approve": "al"}, 'review.approve: found "al"; expected one of all, valid, lis'),
        ({"hit__html_fields": "text"}, 'hit.html_fields: found "text"; expected array'),
        ({"expire": "maybe"}, 'expire: found "maybe"; expected boolean'),
        ({"batch": {"a": 1}}, 'batch: found {"a": 1}; expected a batch\'s name or a list'),
        ({"batch": []}, "batch: found []; expected a batch's name or a list of them"),
        ({"market__crowd": {}}, "market.crowd: found {}; expected either answers (a file) or"),
        ({"hit__properties": 3}, "hit.properties: found 3; expected the HIT's properties, or"),
    ],
    ids=str,
)
def test_a_faulty_value_is_one_line(parts, said):
    """A faulty value is one line with its key, what was found and what was expected."""
    assert fault(changed(**parts)).startswith(said)


@pytest.mark.parametrize(
    "value",
    [
        "$5",
        "1,50",
        "-1",
        "",
        "5.",
        ".5",
        "1.005",
        "1\n",
        "1e3",
        "9" * 40,
        -1,
        12.505,
        1e22,
        10**40,
        True,
        None,
        [],
        float("inf"),
        float("nan"),
    ],
    ids=repr,
)
def test_a_budget_that_is_no_amount_of_money_is_one_line(value):
    """A budget that is not a plain amount to the cent is one line, and is not called missing."""
    assert fault(away(budget__max_usd=value)).startswith("budget.max_usd: found ")


@pytest.mark.parametrize(
    ("value", "amount"),
    [(20, "20.00"), ("20", "20.00"), (12.5, "12.50"), ("0.01", "0.01"), (0, "0.00")],
)
def test_a_budget_is_kept_to_the_cent(value, amount):
    """A budget is read as an exact amount, as a text or as a number."""
    assert configured(changed(budget__max_usd=value)).max_usd == amount


# The market


@pytest.mark.parametrize("endpoint", ["sandbox", "production", "https://market.example.org"])
def test_another_market_needs_a_budget_and_an_id(endpoint):
    """Any market but the local one needs a budget and an experiment's id, a line each."""
    assert [line.split(": ")[1] for line in faults(changed(market__endpoint=endpoint))] == [
        "budget.max_usd",
        "experiment_id",
    ]


def test_a_faulty_budget_or_id_is_not_also_missing():
    """A budget or an id that is there but faulty is said once, as what was found."""
    lines = faults(away(budget__max_usd="$5", experiment_id="x"))
    assert [line.split("; ")[0].split(": ", 1)[1] for line in lines] == [
        'budget.max_usd: found "$5"',
        'experiment_id: found "x"',
    ]


def test_simulated_workers_work_on_the_local_market_only():
    """A simulated crowd on another market is an error that says to remove it."""
    said = fault(away(market__crowd={"answer": {"a": "1"}}))
    assert said.startswith("market.crowd: simulated workers work on the local market only")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://market.example.org",
        "http://10.0.0.1:8000",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://[fd00::1]:8000",
    ],
)
def test_plain_http_to_another_machine_is_refused(endpoint):
    """A URL with plain http to a host that is not this machine needs market.insecure."""
    said = fault(away(market__endpoint=endpoint))
    assert said.endswith("expected https for another machine, or market.insecure: true")
    assert configured(away(market__endpoint=endpoint, market__insecure=True)).endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"]
)
def test_plain_http_to_this_machine_is_fine(endpoint):
    """A URL with plain http to the loopback address needs no word."""
    assert configured(away(market__endpoint=endpoint)).endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://",
        "https://[x",
        "https://[1::2::3]",
        "https://a b",
        "https://host/?x=1",
        "https://host\n",
        "file:///etc",
        "//host",
        "HTTP://host",
    ],
)
def test_a_url_that_names_no_market_is_one_line(endpoint):
    """A URL with credentials, a query, spaces or no host is one line and no crash."""
    assert fault(away(market__endpoint=endpoint)).startswith("market.endpoint: found ")


@pytest.mark.parametrize(
    ("parts", "fees"),
    [
        ({"market__endpoint": "production"}, "amazon"),
        ({"market__endpoint": "sandbox"}, "amazon"),
        ({}, "none"),
        ({"market__fees": "amazon"}, "amazon"),
        ({"market__fees": 0.1}, 0.1),
        ({"market__fees": 0}, 0),
    ],
    ids=str,
)
def test_fees_follow_the_endpoint_unless_they_are_said(parts, fees):
    """Fees are Amazon's on its endpoints, none at a URL, and what the configuration says."""
    assert configured(away(**parts)).fees == fees


def test_recorded_answers_have_to_be_there():
    """A crowd that replays a file needs the file."""
    said = fault(changed(market__crowd={"answers": "answers.jsonl"}))
    assert said == "market.crowd.answers: answers.jsonl does not exist; expected a JSON Lines file"


# Credentials


@pytest.mark.parametrize(
    "parts",
    [
        {"market__aws_secret_access_key": SECRET},
        {"aws_secret_access_key": SECRET, "experimnt": 3},
        {"market__AWS_SECRET_KEY": SECRET},
        {"market__awsSecretAccessKey": SECRET},
        {"market__aws_session_token": SECRET},
        {"hit__properties": {"aws_access_key_id": ACCESS_KEY}},
        {"market__profile": ACCESS_KEY},
        {"hit__html_fields": ["text", f"x {ACCESS_KEY} y"]},
        {"batches__pilot": {"hit": {"template": ACCESS_KEY}}},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_a_credential_is_refused_and_not_shown(parts):
    """A key of AWS in the configuration, by name or by look, is refused without being shown."""
    lines = faults(changed(**parts))
    assert len(lines) == 1
    assert "remove it, replace the key at AWS" in lines[0]
    assert SECRET not in lines[0]
    assert ACCESS_KEY not in lines[0]


# The page and the properties


def test_a_page_that_is_not_there_is_one_line():
    """A template that does not exist is one line, said once however many batches use it."""
    values = changed(hit__template="hit_templates/pag.html", batches={"a": {}, "b": {"hit": {}}})
    said = fault(values)
    assert said.startswith("hit.template: hit_templates/pag.html does not exist; expected ")


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_properties_may_stand_in_a_file(suffix):
    """hit.properties may be the path of a file that holds them, with a byte order mark even."""
    given = {"Title": "T", "Description": "D", "Reward": 0.1, "Country": "US"}
    Path(f"hit.{suffix}").write_text("\ufeff" + json.dumps(given), encoding="utf-8")
    found = configured(changed(hit__properties=f"hit.{suffix}")).hit("pilot").properties
    assert (found["Reward"], found["QualificationRequirements"][0]["Comparator"]) == ("0.10", "In")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"Title": "T",\n}', "hit.properties: hit.json:2: not JSON ("),
        (b'{"Title": "T", "Title": "U"}', 'hit.properties: hit.json: key "Title" stands twice'),
        (b"[]", "hit.properties: hit.json: found []; expected an object of HIT properties"),
        (b"", "hit.properties: hit.json:1: not JSON ("),
        (b'"\xe9"', "hit.properties: hit.json: cannot be read ("),
        (b"[" * 100_000, "hit.properties: hit.json: nested too deeply"),
    ],
    ids=range(6),
)
def test_a_file_of_properties_that_cannot_be_read_is_one_line(content, said):
    """A file of properties that is no JSON object is one line with file and line."""
    Path("hit.json").write_bytes(content)
    assert fault(changed(hit__properties="hit.json")).startswith(said)


def test_a_missing_file_of_properties_is_one_line():
    """A file of properties that does not exist is one line naming it."""
    assert fault(changed(hit__properties="p.json")) == "hit.properties: p.json: does not exist"


def test_faults_in_a_file_of_properties_name_the_file():
    """Faults within a file of properties are all said, each with the file's name."""
    given = {"Title": "T", "Descripton": "D", "Reward": "$1", "FrameHeight": float("nan")}
    Path("hit.json").write_text(json.dumps(given), encoding="utf-8")
    where = "config/config.yaml: hit.properties (hit.json)."
    lines = faults(changed(hit__properties="hit.json"))
    assert sorted(line.removeprefix(where) for line in lines) == [
        "Description: missing; expected what the worker does, in the list of HITs",
        "Descripton: unknown key; did you mean Description?",
        "FrameHeight: found NaN; expected integer",
        'Reward: found "$1"; expected US dollars with at most two decimals and no sign, such as'
        ' "0.05"',
    ]


# Batches


def test_a_batch_may_differ():
    """What stands under batches.NAME goes over hit and review for that batch alone."""
    Path("hit_templates/other.html").write_text("x", encoding="utf-8")
    own = {
        "hit": {
            "template": "hit_templates/other.html",
            "properties": {"Reward": "0.10", "Title": "Pilot"},
        },
        "review": {"approve": "all"},
    }
    found = configured(changed(batches={"pilot": own}))
    pilot, main = found.hit("pilot"), found.hit("main")
    assert pilot.template == "hit_templates/other.html"
    assert main.template == "hit_templates/page.html"
    assert (pilot.properties["Reward"], main.properties["Reward"]) == ("0.10", "0.05")
    assert pilot.properties["Description"] == main.properties["Description"]
    assert (found.review("pilot").approve, found.review("main").approve) == ("all", "listed")


def test_faults_of_one_batch_name_it():
    """A batch's own faults are said with its name, the common ones once."""
    own = {"hit": {"properties": {"Reward": "free"}}}
    lines = faults(changed(hit__properties__Title="", batches={"a": own, "b": own}))
    assert [line.removeprefix("config/config.yaml: ").split(": found")[0] for line in lines] == [
        "hit.properties.Title",
        "batches.a: hit.properties.Reward",
        "batches.b: hit.properties.Reward",
    ]


@pytest.mark.parametrize("name", ["a b", "../x", "", "-a", ".a", "a/b", "é", "a" * 65, "a\n"])
def test_a_name_that_no_batch_can_have_is_one_line(name):
    """A name under batches that no input file can have is one line with the rule."""
    said = fault(changed(batches={name: {}}))
    assert "is no name for a batch; expected up to 64 letters, digits" in said


@pytest.mark.parametrize("name", ["2024", "on", "2024-01-02"])
def test_a_name_that_yaml_reads_as_something_else_is_one_line(name):
    """A name that YAML takes for a number, truth or date is refused instead of never matching."""
    line = file_fault(FILE.read_text(encoding="utf-8") + f"batches: {{{name}: {{}}}}\n")
    assert line.endswith("in quotes where YAML would not read a text")


# Review


def test_an_answer_schema_may_stand_in_a_file():
    """review.answer_schema may be a schema or the path of one."""
    schema = {"type": "object", "required": ["label"]}
    Path("answer.yaml").write_text(yaml.safe_dump(schema), encoding="utf-8")
    for given in (schema, "answer.yaml"):
        found = configured(changed(review={"approve": "valid", "answer_schema": given}))
        assert found.review("pilot").answer_schema == schema


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "objct"}, "not a JSON Schema: type: 'objct' is not valid"),
        ({"properties": {"a": {"pattern": "["}}}, "not a JSON Schema: properties.a.pattern: "),
        ("nowhere.yaml", "nowhere.yaml: does not exist"),
    ],
    ids=str,
)
def test_a_faulty_answer_schema_is_one_line(schema, said):
    """A schema that is none, or cannot be read, is one line."""
    assert fault(changed(review__answer_schema=schema)).startswith(f"review.answer_schema: {said}")


def test_valid_needs_an_answer_schema():
    """review.approve: valid without a schema is one line."""
    said = "review.answer_schema: missing; expected with review.approve: valid"
    assert fault(changed(review__approve="valid")) == said


# The command line


@pytest.mark.parametrize(("given", "meant"), [("true", True), ("False", False), (True, True)])
def test_expire_is_read_as_snakemake_hands_it_over(given, meant):
    """--config expire=true means true, though Snakemake leaves it a text."""
    assert configured(changed(expire=given)).expire is meant


@pytest.mark.parametrize(("given", "meant"), [("3ABC", ["3ABC"]), (["3A", "3B"], ["3A", "3B"])])
def test_hit_on_the_command_line_names_hits(given, meant):
    """--config hit=ID limits `delete` to HITs and leaves the section hit as the file has it."""
    found = configured(changed(hit=given))
    assert found.hit_ids == meant
    assert found.hit("pilot").properties["Title"] == "A task"


def test_hit_on_the_command_line_has_to_be_an_id():
    """--config hit=... that cannot be a HIT's id is one line."""
    said = fault(changed(hit="../x"))
    assert said == 'hit_ids[0]: found "../x"; expected a HIT id of capital letters and digits'


@pytest.mark.parametrize(
    ("given", "meant"), [("a", ["a"]), (2024, ["2024"]), (["a", 7], ["a", "7"])]
)
def test_batch_on_the_command_line_names_batches(given, meant):
    """--config batch=NAME, a number or a list of them limits the targets."""
    assert configured(changed(batch=given)).chosen == meant


def test_a_password_in_a_url_is_refused_without_being_shown():
    """A URL that holds a password is refused, and the password is not in the line."""
    line = fault(away(market__endpoint="https://user:secret@host"))
    assert line.startswith("market.endpoint: holds a password")
    assert "secret" not in line


def test_a_reference_out_of_an_answer_schema_is_refused():
    """An answer schema whose reference leads nowhere, or to a server, is one line."""
    for reference in ("#/$defs/none", "https://example.org/schema.json"):
        line = fault(changed(review__answer_schema={"$ref": reference}))
        assert line.startswith(f'review.answer_schema: not a JSON Schema: $ref "{reference}"')


@pytest.mark.parametrize(
    ("written", "endpoint"),
    [
        ("https://m.example.org/", "https://m.example.org"),
        ("https://M.Example.org:443", "https://m.example.org"),
        ("https://m.example.org:8443/api/", "https://m.example.org:8443/api"),
        ("https://mturk-requester.us-east-1.amazonaws.com/", "production"),
        ("https://mturk-requester-sandbox.us-east-1.amazonaws.com", "sandbox"),
    ],
)
def test_a_market_is_the_same_however_it_is_written(written, endpoint):
    """Ledgers, tokens and budgets do not depend on how a market's URL is spelt."""
    assert configured(away(market__endpoint=written)).endpoint == endpoint


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside.html", "page.html", "state/a.jsonl"])
def test_a_page_outside_the_templates_is_refused(path):
    """The page stands in hit_templates/, and nowhere else."""
    Path("page.html").write_text("x", encoding="utf-8")
    said = fault(changed(hit__template=path))
    assert said == f'hit.template: found "{path}"; expected a page in hit_templates/'


def test_a_crowd_with_a_broken_expression_is_refused():
    """An answer that is no expression is one line before anything is launched."""
    said = fault(changed(market__crowd={"answer": {"label": "text +"}}))
    assert said.startswith('market.crowd.answer.label: found "text +"; not an expression (')


def test_an_empty_choice_of_hits_is_refused():
    """`--config hit=[]` chooses nothing, which must not mean everything."""
    assert fault(changed(hit_ids=[])).startswith("hit_ids: found []")


def test_a_fault_of_the_command_line_is_said_to_be_there():
    """A key that only `--config` gave is named with `--config`, the file's own with the file."""
    given = changed(bacth="pilot", confirm="seven", results={"wiat": 1}, all="acount")
    FILE.write_text(yaml.safe_dump(changed(results={"wiat": 1})), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        configuration_here(given)
    assert set(caught.value.lines) == {
        "--config bacth: unknown key; did you mean batch?",
        '--config confirm: found "seven"; expected integer',
        '--config all: found "acount"; expected one of account',
        "config/config.yaml: results.wiat: unknown key; did you mean wait?",
    }


def test_a_faulty_key_hides_no_other():
    """Faults of a section's other keys, and of what they lead to, are said beside a faulty key's."""
    given = {"hit__open_at_most": 0, "hit__colour": "red", "hit__properties__Reward": "a lot"}
    crowd = {"answers": "answers.jsonl", "accuracy": 9}
    with pytest.raises(UserError) as caught:
        configured(changed(**given, market__crowd=crowd, hit__template="hit_templates/none.html"))
    for place in ("hit.open_at_most", "hit.colour", "hit.properties.Reward", "hit.template"):
        assert any(place in line for line in caught.value.lines), place
