"""Mistakes: one line each, all of a file at once, and nothing launched."""

import json

import pytest
from workflow.conftest import PAGE, texts

ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"  # AWS's own example, in two parts for scanners


def _errors(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("error: ")]


def test_input_lines(experiment):
    """All faulty lines of an input file are named at once, by render as by launch, and nothing is launched."""
    e = experiment()
    good = json.dumps({"text": "a"}).encode()
    lines = [
        good,
        b"not json",
        b'{"text": 1, "text": 2}',
        b'{"text": NaN}',
        b'{"text": "\xff"}',
        good,
    ]
    e.write("input/main.jsonl", b"\n".join(lines) + b"\n")
    for target in ("render", "launch"):
        output = e.run(target, fails=True)
        assert [line.split(": ")[1] for line in _errors(output)] == [
            f"input/main.jsonl:{number}" for number in (2, 3, 4, 5)
        ]
        assert "Traceback" not in output
    assert not e.calls()


def test_harmless_oddities(experiment):
    """A byte order mark, CRLF, blank and repeated lines are taken, each said once."""
    e = experiment()
    row = json.dumps({"text": "a"}).encode()
    e.write("input/main.jsonl", b"\xef\xbb\xbf" + b"\r\n".join([row, b"", row, b"", b""]))
    output = e.run("render")
    assert "begins with a byte order mark" in output
    assert output.count("blank lines are skipped: 2, 4") == 1
    assert "lines that repeat an earlier row get a HIT of their own: 3" in output
    keys = [line["key"] for line in e.records("results/rendered/main.jsonl")]
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        ({}, "input/: found nothing; expected at least one batch, input/NAME.jsonl"),
        ({"input/data.csv": "a"}, "input/: found only data.csv; expected at least one batch"),
        ({"input/main.jsonl": ""}, "input/main.jsonl: has no rows; expected one JSON value a line"),
        ({"input/my batch.jsonl": "1\n"}, 'input/my batch.jsonl: "my batch" cannot name a batch'),
    ],
    ids=["none", "other", "empty", "name"],
)
def test_input_files(experiment, write, expected):
    """No input, no rows and a bad batch name are one line each."""
    e = experiment()
    for path, content in write.items():
        e.write(path, content)
    output = e.run("render", fails=True)
    (error,) = _errors(output)
    assert expected in error
    assert not e.calls()


def test_unknown_batch(experiment):
    """A batch on the command line that does not exist is one line that names those that do."""
    e = experiment()
    e.rows(*texts(1))
    (error,) = _errors(e.run("launch", "--config", "batch=mian", fails=True))
    assert error == 'error: --config batch: found "mian"; expected one of main'


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (PAGE.replace("text", "txet"), "input/main.jsonl:1: hit_templates/page.html:2"),
        (PAGE.replace("<p>", '{% include "no.html" %}<p>'), "hit_templates/page.html:2"),
        (PAGE.replace("<p>", "<script>var a = {{ text }};</script><p>"), "{{ text }}"),
        (PAGE.replace("<p>", "<p class={{ text }}>"), "{{ text }}"),
        (PAGE.replace("<p>", '<p onclick="{{ text }}">'), "{{ text }}"),
        (PAGE.replace("<p>", "<style>p { color: {{ text }} }</style><p>"), "{{ text }}"),
        (PAGE.replace("<p>", "{% if %}<p>"), "hit_templates/page.html:2"),
        (PAGE.replace("<p>", "<p>" + 66_000 * "x"), "65,535"),
    ],
    ids=["undefined", "include", "script", "unquoted", "event", "style", "syntax", "size"],
)
def test_pages(experiment, page, expected):
    """A page that cannot be rendered safely is one line that names the variable or the place."""
    e = experiment()
    e.rows({"text": "a"})
    e.write("hit_templates/page.html", page)
    output = e.run("launch", fails=True)
    (error,) = _errors(output)
    assert expected in error, error
    assert "Traceback" not in output
    assert "CreateHIT" not in e.calls()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hitt": 1}, "config/config.yaml: hitt: unknown key; did you mean hit?"),
        (
            {"hit__properties__Rewrad": "1"},
            "hit.properties.Rewrad: unknown key; did you mean Reward?",
        ),
        (
            {"hit__properties__Reward": "0.005"},
            'hit.properties.Reward: found "0.005"; expected US dollars',
        ),
        (
            {"hit__properties__Reward": "$1"},
            'hit.properties.Reward: found "$1"; expected US dollars',
        ),
        (
            {"hit__properties__LifetimeInSeconds": 29},
            "LifetimeInSeconds: found 29; expected 30 to 31536000",
        ),
        (
            {"hit__properties__PercentApproved": 101},
            "PercentApproved: found 101; expected 0 to 100",
        ),
        ({"hit__template": "hit_templates/no.html"}, "hit_templates/no.html does not exist"),
        (
            {"market__aws_secret_access_key": "abc"},
            "market.aws_secret_access_key: an AWS credential",
        ),
        ({"market__profile": ACCESS_KEY}, "market.profile: holds an AWS access key"),
        ({"market__endpoint": "sandbox"}, "budget.max_usd: missing"),
        ({"market__endpoint": "http://example.org"}, "expected https for another machine"),
    ],
    ids=[
        "key",
        "property",
        "cent",
        "sign",
        "lifetime",
        "percent",
        "template",
        "secret",
        "access",
        "budget",
        "http",
    ],
)
def test_configuration(experiment, changes, expected):
    """A faulty configuration is refused at once, also by a dry run, with the key, what was found and expected."""
    e = experiment(**changes)
    e.rows(*texts(1))
    output = e.run("-n", "launch", fails=True)
    assert any(expected in error for error in _errors(output)), output
    assert "Traceback" not in output
    assert "abc" not in output
    assert ACCESS_KEY not in output


def test_all_errors_at_once(experiment):
    """Every fault of the configuration is said in one run."""
    e = experiment(hit__properties__Reward="free", hit__properties__Tilte="x", reveiw={})
    e.rows(*texts(1))
    errors = _errors(e.run("launch", fails=True))
    assert len(errors) == 3, errors


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("market: [\n", "config/config.yaml:2: not YAML"),
        ("a: 1\na: 2\n", 'config/config.yaml:2: not YAML (key "a" stands twice)'),
        ("- a\n", 'config/config.yaml: found ["a"]; expected a mapping of keys'),
        (None, "config/config.yaml: does not exist"),
    ],
    ids=["yaml", "twice", "list", "missing"],
)
def test_configuration_file(experiment, content, expected):
    """A configuration file that cannot be read is one line with its place."""
    e = experiment()
    e.rows(*texts(1))
    file = e.folder / "config/config.yaml"
    if content is None:
        file.unlink()
    else:
        file.write_text(content, encoding="utf-8")
    (error,) = _errors(e.run("-n", "launch", fails=True))
    assert expected in error


def test_decisions_file(experiment):
    """A faulty decisions file is refused whole, all its lines at once, and nothing is decided."""
    e = experiment(review__approve="listed")
    e.rows(*texts(1))
    e.run("launch")
    e.submit(e.hit_ids()[0], "ana", {"label": "a"})
    e.run("results")
    (result,) = e.records("results/results.jsonl")
    e.write(
        "decisions/main.csv",
        f"assignment_id,decision,feedback\n{result['assignment_id']},approve,\n3XYZ,approve,\n"
        f"{result['assignment_id']},maybe,\n",
    )
    e.calls()
    errors = _errors(e.run("approve", fails=True))
    assert [error.split(": ")[1] for error in errors] == [
        "decisions/main.csv:3",
        "decisions/main.csv:4",
    ]
    assert "ApproveAssignment" not in e.calls()
