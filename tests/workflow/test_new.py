"""`crowdmake new`: an experiment's directory that runs at once."""

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import zipfile

import pytest
import yaml
from crowdmake.cli import main
from crowdmake.client import in_process
from crowdmake.configuration.config import Configuration, read_config
from crowdmake.projects.directory import pinned
from crowdmake.projects.new import Wishes
from tools import needed_module
from workflow.conftest import NOTHING, PROBE, ROOT, Experiment


@pytest.fixture
def new(tmp_path):
    """Return a maker of experiments by the command line."""

    def make(name, *options):
        assert main(["new", str(tmp_path / name), *options]) == 0
        made = Experiment(tmp_path / name)
        made.environment["PYTHONPATH"] = f"{PROBE}{os.pathsep}{ROOT / 'scripts'}"
        return made

    return make


def test_from_the_wheel(tmp_path):
    """With nothing but the wheel, `crowdmake new` makes what launches and runs to results."""
    built = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(tmp_path / "dist"),
    ]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    e = Experiment(tmp_path / "made")
    e.environment["PYTHONPATH"] = f"{PROBE}{os.pathsep}{tmp_path / 'installed'}"
    command = [sys.executable, "-m", "crowdmake.cli", "new", str(e.folder)]
    subprocess.run(command, env=e.environment, check=True, capture_output=True, cwd=tmp_path)
    assert "2 HITs x 3 assignments: rewards 0.30 USD, fees 0.06 USD, total 0.36 USD" in e.run(
        "-n", "launch"
    )
    assert not (e.folder / "state").exists()
    e.run("launch")
    assert e.calls()["CreateHIT"] == 2
    e.run("results")
    results = e.records("results/results.jsonl")
    assert len(results) == 6
    assert {record["answers"]["friendly"] for record in results} <= {"yes", "no"}
    assert NOTHING in e.run("results")


def test_two_experiments(new):
    """Two experiments have ids of their own and nothing in common but their package."""
    one, other = new("one"), new("other")
    one.run("launch")
    assert not (other.folder / "state").exists()
    other.run("launch")
    assert set(one.hit_ids("pilot")).isdisjoint(other.hit_ids("pilot"))
    ids = {read_config(e.folder / "config/config.yaml")["experiment_id"] for e in (one, other)}
    assert len(ids) == 2


def test_what_version_control_keeps(new):
    """Version control keeps the ledgers that name nobody, and no answer, worker, market or key."""
    e = new("kept")
    e.run()
    worker = e.records("results/results.jsonl")[0]["worker_id"]
    e.write("state/market.key", "secret")
    e.write("state/workers.jsonl", worker)
    e.write("decisions/pilot.csv", worker)
    for folder in ("workers", "qualifications", "messages"):
        e.write(f"{folder}/list.txt", worker)
    subprocess.run(["git", "init", "-q"], cwd=e.folder, check=True)
    listed = ["git", "ls-files", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=e.folder, check=True, capture_output=True, text=True)
    files = set(done.stdout.split())
    assert {name for name in files if name.startswith("state/")} == {
        "state/spending.jsonl",
        "state/pilot/ledger.jsonl",
    }
    assert {"config/config.yaml", "input/pilot.jsonl", "requirements.txt", "Snakefile"} <= files
    assert not any(worker in (e.folder / name).read_text(encoding="utf-8") for name in files)


def test_the_ci_file(new):
    """The CI file's commands run in a fresh experiment, without credentials."""
    e = new("checked")
    text = (e.folder / ".github/workflows/experiment.yml").read_text(encoding="utf-8")
    commands = re.findall(r"run: snakemake (.+)", text)
    assert commands == ["-n launch", "render"]
    for command in commands:
        e.run(*command.split())
    assert not e.calls()


def test_an_external_page(new):
    """With `--url` the HITs are external pages, each with its row's values, and run to results."""
    e = new("external", "--url", "https://example.org/task?id={{ id }}", "--reward", "0.10")
    e.run()
    rendered = e.records("results/rendered/pilot.jsonl")
    assert "https://example.org/task?id=Thank%20you" in rendered[0]["question"]
    hits = in_process(e.market()).list_hits()["HITs"]
    assert {hit["Question"] for hit in hits} == {line["question"] for line in rendered}
    assert len(e.records("results/results.jsonl")) == 6
    e.run("preview")
    assert "<iframe" in (e.folder / "results/preview/pilot/row-1.html").read_text(encoding="utf-8")


def test_rows_and_page_of_ones_own(new, tmp_path):
    """A page and rows that exist already are taken as they are."""
    page = tmp_path / "mine.html"
    page.write_text("<form>{{ word }} {{ input.if }}<input name='a'></form>", encoding="utf-8")
    rows = tmp_path / "first words.jsonl"
    rows.write_text('{"word": "ñ", "if": 1}\n', encoding="utf-8")
    e = new("own", "--page", str(page), "--input", str(rows))
    e.run("render")
    (line,) = e.records("results/rendered/first-words.jsonl")
    assert "ñ 1" in line["question"]


def test_sample_rows_fit_the_page(new, tmp_path):
    """Without rows, two are made that have what the page asks for."""
    page = tmp_path / "mine.html"
    page.write_text("<p title='{{ b }}'>{{ a }}{{ input }}</p>", encoding="utf-8")
    e = new("own", "--page", str(page))
    e.run("render")
    assert [line["input"].keys() for line in e.records("results/rendered/pilot.jsonl")] == [
        {"a", "b"},
        {"a", "b"},
    ]


@pytest.mark.parametrize(
    "name", ["plain", 'a "quoted": name', "# {{ x }} ñ \U0001f600 \u2028", "yes"]
)
def test_names(tmp_path, name):
    """Whatever an experiment is called, its configuration says so and has no fault."""
    assert main(["new", str(tmp_path / "made"), "--name", name, "--title", name]) == 0
    values = read_config(tmp_path / "made/config/config.yaml")
    assert (values["experiment"], values["hit"]["properties"]["Title"]) == (name, name)
    configuration = Configuration(values, tmp_path / "made")
    assert configuration.hit("pilot").properties["AutoApprovalDelayInSeconds"] == 3 * 24 * 3600
    assert configuration.experiment_id == values["experiment_id"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--name", "two\nlines"], '--name: found "two\\nlines"; expected 1 to 100 characters'),
        (["--reward", "$1"], 'hit.properties.Reward: found "$1"; expected US dollars'),
        (["--assignments", "0"], "hit.properties.MaxAssignments: found 0; expected 1 to"),
        (["--url", "http://example.org"], '--url: found "http://example.org"; expected https://'),
        (["--page", "gone.html"], "gone.html: cannot be read"),
        (["--input", "gone.jsonl"], "gone.jsonl: does not exist"),
    ],
)
def test_wishes_that_cannot_be_met(tmp_path, capsys, options, said):
    """What cannot be is refused in one line, and nothing is written."""
    assert main(["new", str(tmp_path / "made"), *options]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "made").exists()


def test_directories_that_are_in_use(tmp_path, capsys):
    """A directory that holds something, and a file, are refused and stay as they are."""
    (tmp_path / "used").mkdir()
    (tmp_path / "used/notes.txt").write_text("mine", encoding="utf-8")
    assert main(["new", str(tmp_path / "used")]) == 1
    assert "is not empty, it holds notes.txt" in capsys.readouterr().err
    assert main(["new", str(tmp_path / "used/notes.txt")]) == 1
    assert "is a file" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "used").iterdir()] == ["notes.txt"]


def test_the_configuration_documents_itself(new):
    """The experiment brings the documentation of every key, and pins the version."""
    e = new("documented")
    shipped = (ROOT / "config/README.md").read_text(encoding="utf-8")
    assert (e.folder / "config/README.md").read_text(encoding="utf-8") == shipped
    pin = (e.folder / "requirements.txt").read_text(encoding="utf-8")
    assert re.fullmatch(r"crowdmake==\d+\.\d+\.\d+\n", pin)
    assert yaml.safe_load((e.folder / "profiles/default/config.yaml").read_text(encoding="utf-8"))
    assert json.loads((e.folder / "input/pilot.jsonl").read_text(encoding="utf-8").split("\n")[0])


def test_the_pin_names_the_commit(tmp_path, monkeypatch):
    """A package that came from a repository is pinned to its commit there, others to the version."""
    info = tmp_path / "made-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made\nVersion: 1.2\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert pinned("made") == "made==1.2\n"
    origin = {"url": "https://host/made.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    (info / "direct_url.json").write_text(json.dumps(origin))
    assert pinned("made") == "made @ git+https://host/made.git@abc\n"


def test_a_list_of_questions(new):
    """With `--question` a form asks these questions, in the place of a page, and runs to results."""
    e = new(
        "asked",
        *("--question", "colour: Which <b>colour</b> has {{ word }}, 100 {%?"),
        *("--question", "sky: Is it 'blue'? [yes | no's]"),
    )
    e.run()
    form = e.records("results/rendered/pilot.jsonl")[0]["question"]
    assert (
        "Which &lt;b&gt;colour&lt;/b&gt; has Thank you, that was quick and kind!, 100 {%?" in form
    )
    assert "<SelectionIdentifier>no's</SelectionIdentifier>" in form
    assert not (e.folder / "hit_templates").exists()
    assert "preview/pilot/index.html" in e.run("preview")
    tried = (e.folder / "results/preview/pilot/row-1.html").read_text(encoding="utf-8")
    assert 'name="sky" value="no&#39;s"' in tried
    results = e.records("results/results.jsonl")
    assert len(results) == 6
    assert {record["answers"]["sky"] for record in results} <= {"yes", "no's"}
    assert all(record["answers"]["colour"] for record in results)
    assert "no errors" in e.run("check")


def test_questions_about_rows_of_ones_own(new, tmp_path):
    """A form of questions that name no key shows all that a row holds."""
    rows = tmp_path / "rows.json"
    rows.write_text('[{"a b": "first", "if": "second"}]', encoding="utf-8")
    e = new("shown", "--input", str(rows), "--question", "label: What is it?")
    e.run("render")
    (line,) = e.records("results/rendered/rows.jsonl")
    assert "<Text>What is it?\n\nfirst\nsecond</Text>" in line["question"]


def test_a_page_that_cannot_be_shown(tmp_path, capsys):
    """A page of one's own that does not render is taken, and what is to be mended is named."""
    page = tmp_path / "mine.html"
    page.write_text('<p>{% include "part.html" %}</p>', encoding="utf-8")
    assert main(["new", str(tmp_path / "made"), "--page", str(page)]) == 0
    assert 'hit_templates/mine.html:1: "part.html" is in none' in capsys.readouterr().out


class Terminal:
    """`crowdmake new` on a terminal, whose keys are pressed before it starts."""

    def __init__(self, folder, keys, *options):
        main_end, other_end = pty.openpty()
        command = [sys.executable, "-m", "crowdmake.cli", "new", str(folder), *options]
        with subprocess.Popen(
            command,
            stdin=other_end,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "scripts"), "PYTHONUNBUFFERED": "1"},
            preexec_fn=self._at_the_terminal,
        ) as process:
            try:
                asked = process.stdout.read(len(ASKED)) if keys == CTRL_C else b""
                self.output = (asked + self._pressed(process, main_end, keys)).decode()
            finally:
                process.kill()
        self.status = process.returncode
        os.close(main_end)
        os.close(other_end)

    @staticmethod
    def _at_the_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        # A runner in the background ignores Ctrl-C, and its children would too.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    @staticmethod
    def _pressed(process, main_end, keys):
        os.write(main_end, keys)
        for _ in range(5):
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=6)[0]
            # Between a question and the wait for its answer the key is lost; people press it again.
            if keys == CTRL_C:
                os.write(main_end, keys)
        return process.communicate(timeout=6)[0]


ASKED = "Title that workers see"
CTRL_C, CTRL_D = b"\x03", b"\x04"


def test_questions_on_a_terminal(tmp_path):
    """On a terminal the first questions are asked, each until it can be met; Enter is the default."""
    keys = b"My title\n\n$1\n0.07\nmany\n0\n2\nhttp://x.org/\ngone.html\n\n"
    keys += b"what?\nsky: Is it blue? [yes | no]\nSKY: Again?\n\n"
    done = Terminal(tmp_path / "asked", keys)
    assert done.status == 0, done.output
    for said in (
        'Reward: found "$1"; expected US dollars',
        'found "many"; expected a number',
        "MaxAssignments: found 0; expected 1 to",
        'found "http://x.org/"; expected https://',
        'found "gone.html"; expected a file that exists',
        'found "what?"; expected NAME: TEXT',
        'found "sky" once more',
    ):
        assert said in done.output
    hit = read_config(tmp_path / "asked/config/config.yaml")["hit"]
    properties = hit["properties"]
    assert (properties["Title"], properties["Reward"]) == ("My title", "0.07")
    assert (properties["Description"], properties["MaxAssignments"]) == (Wishes.description, 2)
    (question,) = hit["questions"]
    assert question["question"].startswith("Is it blue?")
    assert [each["key"] for each in question["selections"]] == ["yes", "no"]


@pytest.mark.parametrize("keys", [CTRL_C, CTRL_D, b"Title\n" + CTRL_D])
def test_nobody_answers(tmp_path, keys):
    """Ctrl-C and Ctrl-D end the questions in one line, and nothing is made."""
    done = Terminal(tmp_path / "asked", keys)
    assert done.status == 1
    assert done.output.endswith("error: no answer; nothing was made\n")
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_made_is_not_asked_about(tmp_path):
    """A directory in use and a name that cannot be are refused before the first question."""
    (tmp_path / "used").mkdir()
    (tmp_path / "used/notes.txt").write_text("mine", encoding="utf-8")
    assert Terminal(tmp_path / "used", b"").output.startswith("error: ")
    assert Terminal(tmp_path / ("x" * 101), b"").output.startswith("error: --name: found")


def test_keys_that_are_no_text(tmp_path):
    """Bytes that are no UTF-8 are asked for again, and refused in an option."""
    done = Terminal(tmp_path / "asked", b"\xff\nTitle\n\n\n\n\n\n")
    assert "no text (UTF-8)" in done.output
    assert done.status == 0, done.output
    for option in ("--title", "--name", "--page", "--question"):
        value = os.fsdecode(b"a: \xff")
        refused = Terminal(tmp_path / "refused", b"\n\n\n\n\n\n", option, value)
        assert refused.status == 1
        assert "Traceback" not in refused.output


@pytest.mark.parametrize(
    "question", ["colour", ": text", "assignmentId: x", "a: x [yes|yes]", "1: x", "a:  "]
)
def test_questions_that_are_none(tmp_path, capsys, question):
    """A question that cannot be a field of a form is refused, and nothing is written."""
    assert main(["new", str(tmp_path / "made"), "--question", question]) == 1
    assert capsys.readouterr().err.startswith("error: --question: found")
    assert not (tmp_path / "made").exists()


def test_the_snakefile_is_formatted(new):
    """The Snakefile of an experiment is one that snakefmt takes as it is."""
    needed_module("snakefmt")
    command = [sys.executable, "-m", "snakefmt.snakefmt", "--check", "Snakefile"]
    done = subprocess.run(command, cwd=new("made").folder, capture_output=True, text=True)
    assert "would be left unchanged" in done.stderr + done.stdout
