"""`crowdmake market run`: programs that know Amazon's hosts only, each in a process of its own."""

import json
import os
import signal
import ssl
import subprocess
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest
import trustme
from crowdmake.market.embedded import open_market
from crowdmake.market.models import AccessKey, Assignment, HITType, WorkerBlock
from crowdmake.market.running import surroundings

from market.kit import People, html_question

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SECONDS = 60
SCRIPTS = {"PYTHONPATH": str(ROOT / "scripts")}
CLEAN = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


class Experiment:
    """A directory with a market, old programs, and people."""

    def __init__(self, folder, location):
        self.folder = folder
        self.location = location
        self.market = open_market(location)
        self.people = People(self.market)
        keys = {"aws_access_key": "their-own-key", "aws_secret_key": "their-own-secret"}
        self.write("config.json", json.dumps(keys))

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def start(self, *command, under=(), environment=None):
        """Start a program under the market; what is not said it inherits from nobody."""
        whole = [*under, sys.executable, "-m", "crowdmake.cli", "market", "run"]
        whole += ["--database", str(self.location), "--", *command]
        env = {**CLEAN, **SCRIPTS, **(environment or {})}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            whole, cwd=self.folder, env=env, text=True, start_new_session=True, **pipes
        )

    def run(self, *command, given="", environment=None):
        """Run a program to its end; return its exit code, output and errors."""
        with self.start(*command, environment=environment) as process:
            output, errors = process.communicate(given, timeout=SECONDS)
        return process.returncode, output, errors

    def old(self, name, *options, given=""):
        """Return what an old program prints, line by line; it has to succeed in silence."""
        script = str(HERE / "old_programs" / f"{name}.py")
        code, output, errors = self.run(sys.executable, "-E", script, *options, given=given)
        assert (code, errors) == (0, "")
        return output.splitlines()

    def python(self, source, *arguments, environment=None):
        """Return what a program of a few lines prints; it has to succeed in silence."""
        command = (sys.executable, "-I", "-c", source, *arguments)
        code, output, errors = self.run(*command, environment=environment)
        assert (code, errors) == (0, "")
        return output

    def statuses(self):
        """Return how much work is in which status."""
        with self.market.reading():
            return Counter(Assignment.objects.values_list("status", flat=True))


@pytest.fixture
def experiment(tmp_path, path):
    made = Experiment(tmp_path, path)
    yield made
    made.market.close()


@pytest.fixture
def anywhere(tmp_path, location):
    """An experiment on either kind of database."""
    made = Experiment(tmp_path, location)
    yield made
    made.market.close()


@pytest.fixture
def launched(experiment):
    """An experiment with two HITs for two workers each; its ids are in `ids`."""
    ids = [each.split()[-1] for each in _launch(experiment)]
    return experiment, ids


def _launch(experiment):
    properties = {
        "Title": "Describe a picture",
        "Description": "In a sentence",
        "Keywords": "picture, text",
        "Reward": 0.05,
        "MaxAssignments": 2,
        "LifetimeInSeconds": 3600,
        "AssignmentDurationInSeconds": 600,
        "AutoApprovalDelayInSeconds": 86400,
        "FrameHeight": 600,
        "Country": ["US", "DE"],
        "HitsApproved": 100,
        "PercentApproved": 95,
    }
    experiment.write("properties.json", json.dumps(properties))
    experiment.write("page.html", "<!DOCTYPE html><script>let input = {{ input }}</script>")
    experiment.write("input.jsonl", '{"url": "a.jpg"}\n{"url": "ö.jpg"}\n')
    return experiment.old(
        "launch_hits", "--html_template=page.html", "--hit_properties_file=properties.json",
        "--input_json_file=input.jsonl", "--hit_ids_file=ids",
    )  # fmt: skip


def _simulated(experiment, name):
    """Someone who meets every requirement."""
    worker = experiment.people.worker(name)
    worker.simulated = True
    experiment.market.run(lambda _: worker.save())


def _work(experiment, ids, **answers):
    """Have each named worker answer each HIT; return the assignments' ids by worker."""
    done = {}
    for name, answer in answers.items():
        _simulated(experiment, name)
        done[name] = [experiment.people.do(name, hit_id, ("output", answer)) for hit_id in ids]
    return done


def test_launch(launched):
    """Every line of input becomes a HIT with its page, its properties and its requirements."""
    experiment, ids = launched
    assert (experiment.folder / "ids").read_text().split() == ids
    with experiment.market.reading():
        hits = list(experiment.market.requester.hit_set.order_by("pk").select_related("question"))
        requirements = HITType.objects.get().requirements
    assert [hit.hit_id for hit in hits] == ids
    assert [hit.max_assignments for hit in hits] == [2, 2]
    assert '{"url": "a.jpg"}' in hits[0].question.xml
    assert "<FrameHeight>600</FrameHeight>" in hits[0].question.xml
    comparators = sorted(each["Comparator"] for each in requirements)
    assert comparators == ["GreaterThan", "GreaterThan", "In"]


def test_harvest_and_approval_by_hit(launched):
    """Progress, results, the decision that a person confirms on the terminal, and deletion."""
    experiment, ids = launched
    done = _work(experiment, ids[:1], Ada='{"text": "Ünï & <b>\\n"}', Ben='{"text": 2}')
    _work(experiment, ids[1:], Cleo="not JSON")
    ids_file = "--hit_ids_file=ids"
    assert experiment.old("show_hit_progress", ids_file) == ["1 / 2: 1", "2 / 2: 1"]

    experiment.write("done", ids[0])
    results = [json.loads(line) for line in experiment.old("get_results", "--hit_ids_file=done")]
    assert [each["output"] for each in results] == [{"text": "Ünï & <b>\n"}, {"text": 2}]
    assert [each["assignment_id"] for each in results] == [*done["Ada"], *done["Ben"]]

    question = "This will approve 2 and reject 1. Go on? (Y/N): "
    assert experiment.old("approve_hits", ids_file, given="N\n") == [question]
    assert experiment.statuses() == {"Submitted": 3}
    assert experiment.old("approve_hits", ids_file, given="Y\n") == [f"{question}done"]
    assert experiment.statuses() == {"Approved": 2, "Rejected": 1}

    refused = f"Could not delete {ids[1]}: AWS.MechanicalTurk.InvalidHITState"
    assert experiment.old("delete_hits", ids_file) == [f"Deleted {ids[0]}", refused]


def test_decisions_by_assignment(launched):
    """Approval and rejection by assignment, rejection by HIT, and the deletion of one HIT."""
    experiment, ids = launched
    done = _work(experiment, ids, Ada='{"n": 1}', Ben='{"n": 2}')
    experiment.write("good", "\n".join(done["Ada"]))
    experiment.write("bad", done["Ben"][0])
    approved = experiment.old("approve_assignments", "--prod", "--assignment_ids_file=good")
    assert approved == [f"Approved {each}" for each in done["Ada"]]
    rejected = experiment.old("reject_assignments", "--prod", "--assignment_ids_file=bad")
    assert rejected == [f"Rejected {done['Ben'][0]}"]
    state = "AWS.MechanicalTurk.InvalidAssignmentState"
    assert experiment.old("reject_hits", "--hit_ids_file=ids") == [
        f"Could not reject {done['Ada'][0]}: {state}",
        f"Could not reject {done['Ben'][0]}: {state}",
        f"Could not reject {done['Ada'][1]}: {state}",
        f"Rejected {done['Ben'][1]}",
    ]
    assert experiment.statuses() == {"Approved": 2, "Rejected": 2}
    assert experiment.old("delete_hit", f"--hit_id={ids[0]}") == [f"Deleted {ids[0]}"]


def test_workers_are_blocked_and_unblocked(experiment):
    """A file of workers is blocked, and unblocked again."""
    workers = [experiment.people.worker(name).worker_id for name in ("Ada", "Ben")]
    experiment.write("workers", "\n".join(workers))
    blocked = experiment.old("block_workers", "--worker_ids_file=workers")
    assert blocked == [f"Blocked {each}" for each in workers]
    with experiment.market.reading():
        assert set(WorkerBlock.objects.values_list("reason", flat=True)) == {"provided bad data"}
        assert WorkerBlock.objects.count() == 2
    unblocked = experiment.old("unblock_workers", "--worker_ids_file=workers")
    assert unblocked == [f"Unblocked {each}" for each in workers]
    with experiment.market.reading():
        assert not WorkerBlock.objects.exists()


def test_every_hit_is_listed(launched):
    """The account's HITs come page by page, the newest first, and an empty page last."""
    experiment, ids = launched
    lines = experiment.old("get_all_hits")
    hits = [f"{each} Assignable Describe a picture" for each in reversed(ids)]
    assert lines == ["Page 1", *hits, "Page 2", "2 HITs"]


def test_every_host_is_this_market(anywhere):
    """Sandbox, production and no host at all lead to the same account, on both databases."""
    anywhere.market.set_balance(123)
    script = HERE / "old_programs" / "show_account_balance.py"
    balance = f"{sys.executable} -E {script}"
    command = f"{balance} && {balance} --prod && {balance} --no_endpoint"
    assert anywhere.run("sh", "-c", command) == (0, "123.00\n" * 3, "")


def test_ways_to_the_market(experiment):
    """Plain HTTP, another region, no verification, requests and urllib lead to it just as well."""
    lines = experiment.python(
        """
import boto3, requests, sys, urllib.request, warnings
warnings.simplefilter("ignore")
own = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
host = "mturk-requester.us-east-1.amazonaws.com"
for ways in (
    {"use_ssl": False, "region_name": "us-east-1"},
    {"endpoint_url": f"http://{host}", "region_name": "us-east-1"},
    {"endpoint_url": "https://mturk-requester.eu-west-1.amazonaws.com", "region_name": "eu-west-1"},
    {"endpoint_url": f"https://{host}", "region_name": "us-east-1", "verify": False},
):
    print(boto3.client("mturk", **own, **ways).get_account_balance()["AvailableBalance"])
print(boto3.client("mturk").list_hits()["NumResults"])
operation = {"X-Amz-Target": "MTurkRequesterServiceV20170117.ListHITs"}
with requests.Session() as session:
    for scheme in ("http", "https", "http", "https"):
        print(session.post(f"{scheme}://{host}/", data="{}", headers=operation).json()["NumResults"])
request = urllib.request.Request(f"https://{host}/", b"{}", operation)
print(urllib.request.urlopen(request).status)
"""
    ).split()
    assert lines == ["10000.00"] * 4 + ["0"] * 5 + ["200"]


def test_people_work_while_a_program_waits(experiment):
    """What workers do in the same file, a program that is running sees."""
    source = """
import boto3, sys, time
client = boto3.client("mturk", endpoint_url="https://mturk-requester.us-east-1.amazonaws.com")
hit = client.create_hit(
    Title="t", Description="d", Reward="0.01", LifetimeInSeconds=3600,
    AssignmentDurationInSeconds=600, Question=sys.argv[1],
)["HIT"]["HITId"]
print(hit, flush=True)
while not (found := client.list_assignments_for_hit(HITId=hit)["Assignments"]):
    time.sleep(0.05)
print(found[0]["AssignmentId"])
"""
    with experiment.start(sys.executable, "-I", "-c", source, html_question()) as process:
        done = experiment.people.do("Ada", process.stdout.readline().strip())
        output, errors = process.communicate(timeout=SECONDS)
    assert (output, errors, process.returncode) == (f"{done}\n", "", 0)


def test_beside_a_server(experiment):
    """It works while the same file is served over HTTP, with a signed key."""
    command = [sys.executable, "-m", "crowdmake.cli", "market"]
    options = {"cwd": experiment.folder, "env": {**CLEAN, **SCRIPTS}, "text": True}
    # A key file of this file's own, for the rows that the tests share are under another.
    experiment.market.run(lambda _: AccessKey.objects.all().delete())
    where = ["--database", str(experiment.location)]
    made = subprocess.run(
        [*command, "key", "make", *where], **options, check=True, stdout=subprocess.PIPE
    )
    key = dict(line.split("=", 1) for line in made.stdout.split())
    served = [*command, *where, "--port", "0", "--processes", "1"]
    with subprocess.Popen(
        served, **options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        try:
            url = next(each.strip() for each in server.stdout if each.strip().startswith("http:"))
            hits = [each.split()[-1] for each in _launch(experiment)]
            client = boto3.client(
                "mturk",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id=key["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=key["AWS_SECRET_ACCESS_KEY"],
            )
            assert [each["HITId"] for each in client.list_hits()["HITs"]] == hits[::-1]
        finally:
            server.send_signal(signal.SIGTERM)
            server.stdout.read()


def test_other_hosts_stay_what_they_are(experiment):
    """A program reaches other hosts with the certificates that its user trusts."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.2").configure_cert(context)
    authority.cert_pem.write_to_path(experiment.folder / "own.pem")
    with HTTPServer(("127.0.0.2", 0), Hello) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            output = experiment.python(
                "import requests, sys, urllib.request as u;"
                "print(requests.get(sys.argv[1]).text, u.urlopen(sys.argv[1]).read())",
                f"https://127.0.0.2:{server.server_port}/",
                environment={"REQUESTS_CA_BUNDLE": "own.pem", "NO_PROXY": "*"},
            )
        finally:
            server.shutdown()
            thread.join()
    assert output == "hello b'hello'\n"


class Hello(BaseHTTPRequestHandler):
    """A host that is not Amazon's."""

    def do_GET(self):
        """Say hello."""
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        """Say nothing else."""


@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        (["sh", "-c", "exit 7"], 7, ""),
        (["sh", "-c", "kill -TERM $$"], 143, ""),
        (["no-such-program"], 127, "error: no-such-program cannot be started: No such file"),
        (["./config.json"], 126, "error: ./config.json cannot be started: Permission denied\n"),
        ([], 1, "error: no COMMAND to run: crowdmake market run -- COMMAND [ARGUMENT ...]\n"),
    ],
    ids=str,
)
def test_exit_code(experiment, command, code, error):
    """The exit code is the program's; what cannot be started is one line; nothing is left over."""
    folder = experiment.folder / "t"
    folder.mkdir()
    got, output, errors = experiment.run(*command, environment={"TMPDIR": str(folder)})
    assert (got, output) == (code, "")
    assert errors.startswith(error)
    assert errors.count("\n") == bool(error)
    assert not list(folder.iterdir())


def test_bundle_that_cannot_be_read(experiment):
    """A certificate bundle that the environment names and that is not there is one line."""
    named = {"SSL_CERT_FILE": "/no/such/bundle.pem"}
    code, output, errors = experiment.run("true", environment=named)
    assert (code, output) == (126, "")
    missing = "error: the certificates in /no/such/bundle.pem cannot be read: No such file"
    assert errors.startswith(missing)
    assert errors.count("\n") == 1


def test_first_run_in_a_directory(experiment, tmp_path):
    """Without a market there, one is made as the embedded market's default, and that is said."""
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [sys.executable, "-m", "crowdmake.cli", "market", "run", "cat", "-"]
    done = subprocess.run(
        command, cwd=empty, env={**CLEAN, **SCRIPTS}, input=b"\0\xff" * 100_000, capture_output=True
    )
    assert (done.returncode, done.stdout) == (0, b"\0\xff" * 100_000)
    assert done.stderr == b"This is a new market: state/market.sqlite3\n"
    assert (empty / "state" / "market.sqlite3").is_file()


def test_signals_reach_the_program(experiment):
    """A signal to the command is one to its program, but for those ignored from the start."""
    source = """
import os, signal, sys
def tell(number, _):
    os.write(1, signal.Signals(number).name.encode() + b"\\n")
    if number == signal.SIGTERM:
        sys.exit(5)
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(each, tell)
print(signal.getsignal(signal.SIGHUP).name, flush=True)
while True:
    signal.pause()
"""
    shell = 'trap "" HUP; exec "$@"'
    command = [sys.executable, "-I", "-c", source]
    with experiment.start(*command, under=("sh", "-c", shell, "sh")) as process:
        assert process.stdout.readline() == "SIG_IGN\n"
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
            if number != signal.SIGHUP:
                assert process.stdout.readline() == f"{number.name}\n"
        assert process.wait(SECONDS) == 5


def test_environment(tmp_path):
    """What the user's environment says of proxies, hosts and keys gives way where it must, only."""
    inherited = {
        "NO_PROXY": "intern.example, .amazonaws.com,*.us-east-1.amazonaws.com:443,*",
        "AWS_ENDPOINT_URL": "http://minio.example",
        "AWS_ENDPOINT_URL_MTURK": "http://other.example",
        "AWS_ACCESS_KEY_ID": "theirs",
        "AWS_REGION": "eu-west-1",
        "OTHER": "x",
    }
    got = surroundings.prepared(inherited, "http://run:p@127.0.0.1:1", tmp_path / "ca.pem")
    assert got["no_proxy"] == got["NO_PROXY"] == "intern.example,localhost,127.0.0.1,::1"
    assert got["https_proxy"] == got["HTTP_PROXY"] == "http://run:p@127.0.0.1:1"
    assert got["AWS_ENDPOINT_URL"] == "http://minio.example"
    assert got["AWS_ENDPOINT_URL_MTURK"] == "https://mturk-requester.us-east-1.amazonaws.com"
    assert (got["AWS_ACCESS_KEY_ID"], got["AWS_REGION"], got["OTHER"]) == (
        "theirs",
        "eu-west-1",
        "x",
    )
    assert "AWS_SECRET_ACCESS_KEY" not in got
    assert "AWS_DEFAULT_REGION" not in got


def test_credentials_where_there_are_none(tmp_path, monkeypatch):
    """A program without credentials gets some to sign with; those in the user's files stay."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    got = surroundings.prepared({}, "http://127.0.0.1:1", tmp_path / "ca.pem")
    assert got["AWS_ACCESS_KEY_ID"] == got["AWS_SECRET_ACCESS_KEY"] == "market"
    config.write_text("[default]\naws_access_key_id = theirs\naws_secret_access_key = s\n")
    assert "AWS_ACCESS_KEY_ID" not in surroundings.prepared({}, "http://x", tmp_path / "ca.pem")


def test_bundle_holds_what_was_trusted_before(tmp_path):
    """Files and directories of certificates that the environment names are in the run's bundle."""
    authorities = [trustme.CA() for _ in range(3)]
    (tmp_path / "folder").mkdir()
    for place, each in zip(("one.pem", "folder/two.pem"), authorities, strict=False):
        each.cert_pem.write_to_path(tmp_path / place)
    named = {"AWS_CA_BUNDLE": str(tmp_path / "one.pem"), "SSL_CERT_FILE": str(tmp_path / "folder")}
    whole = surroundings.bundle(named, authorities[2].cert_pem.bytes())
    known = ssl.create_default_context(cadata=whole.decode()).get_ca_certs(binary_form=True)
    for each in authorities:
        assert ssl.PEM_cert_to_DER_cert(each.cert_pem.bytes().decode()) in known
    assert len(known) > 50
