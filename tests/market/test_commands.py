"""`crowdmake market ...`: what an operator types, and what is answered."""

import json
import stat
from argparse import ArgumentParser
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from crowdmake.cli import main
from crowdmake.market import commands, workers
from crowdmake.market.commands import common
from crowdmake.market.models import Requester, Worker
from crowdmake.market.serving.keys import NewKey

from market.kit import PER_HIT, TYPE, connect
from market.served import crowdmake

ESCAPE = "\x1b[31m red\r\n\u202e"


@pytest.fixture
def type_(location, vault, capsys, market):
    """Type a command about the test's market; return what it printed."""

    def run(*arguments):
        places = ["--database", str(location), "--key-file", str(vault.path)]
        assert main(["market", *arguments, *places]) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def refused(location, vault, capsys, market):
    """Type a command that is refused; return its one line."""

    def run(*arguments, places=None):
        given = places or ["--database", str(location), "--key-file", str(vault.path)]
        assert main(["market", *arguments, *given]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        return err

    return run


def key_in(output):
    """Return the key that `key make` printed, as a shell or an .env file would read it."""
    values = dict(line.split("=", 1) for line in output.splitlines())
    return NewKey(values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"])


class TestKeys:
    """`key make`, `list`, `rotate`, `revoke`."""

    def test_a_life(self, type_, url):
        """A key is made, used, rotated and revoked, and the list tells of it."""
        first = key_in(type_("key", "make"))
        assert connect(url, first).list_hits()["NumResults"] == 0
        second = key_in(type_("key", "rotate", first.key_id))
        for key in (first, second):
            assert key.key_id in type_("key", "list")
            assert key.secret not in type_("key", "list") + type_("key", "list", "--json")
        with pytest.raises(ClientError):
            connect(url, first).list_hits()
        assert "is revoked" in type_("key", "revoke", second.key_id)
        listed = {each["key"]: each for each in json.loads(type_("key", "list", "--json"))}
        assert listed[first.key_id]["last_used"] is not None
        assert listed[second.key_id]["last_used"] is None
        assert all(listed[key.key_id]["revoked"] for key in (first, second))

    def test_of_a_requester(self, type_, url):
        """A key is one requester's; without a name it is that of the embedded market's."""
        type_("requester", "make", "ann", "--balance", "5")
        key = key_in(type_("key", "make", "ann"))
        assert connect(url, key).get_account_balance()["AvailableBalance"] == "5.00"
        (row,) = json.loads(type_("key", "list", "ann", "--json"))
        assert (row["requester"], row["key"]) == ("ann", key.key_id)
        other = key_in(type_("key", "make"))
        assert connect(url, other).get_account_balance()["AvailableBalance"] == "10000.00"

    def test_refusals(self, refused):
        """Unknown requesters and keys are named."""
        assert "no requester 'bob'" in refused("key", "make", "bob")
        assert "no requester 'bob'" in refused("key", "list", "bob")
        assert "no key CMNONE" in refused("key", "revoke", "CMNONE")
        assert "no key CMNONE" in refused("key", "rotate", "CMNONE")

    def test_another_key_file(self, refused, location, tmp_path):
        """A market's secrets are not mixed: a missing or another key file is refused."""
        places = ["--database", str(location), "--key-file", str(tmp_path / "x.key")]
        assert "is not there" in refused("key", "make", places=places)
        assert not (tmp_path / "x.key").exists()
        main(["market", "key", "make", "--database", str(tmp_path / "other.sqlite3"), *places[2:]])

    def test_a_lost_key_file(self, type_, refused, location, tmp_path, capsys):
        """A key file that is lost is replaced once no secret under it is of use any more."""
        places = ["--database", str(location), "--key-file", str(tmp_path / "x.key")]
        for each in json.loads(type_("key", "list", "--json")):
            type_("key", "revoke", each["key"])
        assert type_("notify", "secret").startswith("whsec_")
        assert "is not there" in refused("notify", "secret", places=places)
        assert type_("notify", "end-secret") == "local has no notification secret.\n"
        assert main(["market", "notify", "secret", *places]) == 0
        capsys.readouterr()
        assert "is not the key file" in refused("key", "make")


class TestRequesters:
    """`requester make`, `list`, `balance`, `fees`."""

    def test_accounts(self, type_, url):
        """An account has the money and the fees that the operator says."""
        type_("requester", "make", "ann", "--balance", "1.25", "--fees", "none")
        client = connect(url, key_in(type_("key", "make", "ann")))
        client.create_hit(**TYPE, **PER_HIT)
        rows = json.loads(type_("requester", "list", "--json"))
        ann = next(each for each in rows if each["requester"] == "ann")
        assert (ann["available"], ann["held"], ann["fees"]) == ("1.15", "0.10", "none")
        assert type_("requester", "balance", "ann", "7") == "ann can spend 7.00 USD.\n"
        type_("requester", "fees", "ann", "0.5")
        client.create_hit(**TYPE, **PER_HIT)
        balance = client.get_account_balance()
        assert (balance["AvailableBalance"], balance["OnHoldBalance"]) == ("6.85", "0.25")

    def test_a_table(self, type_):
        """A list is a table with a heading."""
        heading, row = type_("requester", "list").splitlines()
        assert heading.split() == ["requester", "customer_id", "available", "held", "fees"]
        assert row.split()[0] == "local"
        assert row.split()[2:] == ["10000.00", "0.00", "amazon"]

    def test_refusals(self, refused):
        """What cannot be a requester is told so, on one line whatever was typed."""
        assert "already" in refused("requester", "make", "local")
        for name in ("", "x" * 65, ESCAPE):
            assert "1 to 64 printable characters" in refused("requester", "make", name)
        assert "no requester" in refused("requester", "balance", ESCAPE, "5")
        assert "no requester" in refused("requester", "fees", "bob", "none")

    @pytest.mark.parametrize(
        "arguments",
        [
            ("balance", "local", "-1"),
            ("balance", "local", "0.001"),
            ("balance", "local", "1e99"),
            ("balance", "local", "nan"),
            ("balance", "local", "ten"),
            ("fees", "local", "free"),
            ("fees", "local", "-0.1"),
            ("fees", "local", "1e-40"),
            ("make", "ann", "--fees", "101"),
        ],
    )
    def test_bad_values(self, arguments, capsys, path):
        """Amounts and fees that are none do not get as far as the market."""
        with pytest.raises(SystemExit, match="2"):
            main(["market", "requester", *arguments, "--database", str(path)])
        assert "expected" in capsys.readouterr().err


class TestWorkers:
    """`worker list` and `set`."""

    def test_statements(self, type_, market):
        """What the operator states stays until it is stated otherwise."""
        ann = market.run(lambda _: workers.register("Ann")).worker_id
        type_("worker", "set", ann, "--country", "us", "--subdivision", "PA", "--adult", "yes")
        said = type_("worker", "set", ann, "--masters", "yes", "--adult", "no")
        assert said == f"{ann}: adult no, masters yes\n"
        (row,) = json.loads(type_("worker", "list", "--json"))
        assert row == {
            "worker_id": ann,
            "name": "Ann",
            "account": None,
            "country": "US",
            "subdivision": "PA",
            "adult": False,
            "masters": True,
            "simulated": False,
        }
        type_("worker", "set", ann, "--subdivision", "")
        assert json.loads(type_("worker", "list", "--json"))[0]["subdivision"] == ""

    def test_names_are_harmless(self, type_, market):
        """What a worker calls itself cannot move the cursor or start a line of its own."""
        market.run(lambda _: workers.register(ESCAPE))
        market.run(lambda _: Requester.objects.update(name=ESCAPE))
        for group in ("worker", "requester", "key"):
            printed = type_(group, "list")
            assert printed.count("\n") == 2
            assert all(each.isprintable() for each in printed.replace("\n", ""))
            rows = json.loads(type_(group, "list", "--json"))
            assert ESCAPE in rows[0].values()

    def test_refusals(self, refused, market, capsys, path):
        """An unknown worker, or nothing stated, changes nothing."""
        assert "no worker A0NONE" in refused("worker", "set", "A0NONE", "--adult", "yes")
        assert "nothing was stated" in refused("worker", "set", "A0NONE")
        for wrong in (("--country", "USA"), ("--country", "1"), ("--adult", "true")):
            with pytest.raises(SystemExit, match="2"):
                main(["market", "worker", "set", "A0", *wrong, "--database", str(path)])
        with market.reading():
            assert not Worker.objects.exists()


class TestLayouts:
    """`layout add` and `list`."""

    def test_a_layout(self, type_, client, tmp_path):
        """The id that is printed is one that a HIT can be made from."""
        page = tmp_path / "page.html"
        page.write_text("<!DOCTYPE html><title>t</title><p>${text}</p>")
        layout = type_("layout", "add", "page", str(page)).strip()
        hit = client.create_hit(
            **TYPE,
            LifetimeInSeconds=60,
            HITLayoutId=layout,
            HITLayoutParameters=[{"Name": "text", "Value": "Hello"}],
        )["HIT"]
        assert "<p>Hello</p>" in hit["Question"]
        (row,) = json.loads(type_("layout", "list", "--json"))
        assert (row["layout"], row["name"], row["requester"]) == (layout, "page", "local")

    def test_refusals(self, refused, tmp_path):
        """A file that is not there, is no text, or is no page is refused."""
        assert "cannot be read" in refused("layout", "add", "x", str(tmp_path / "none.html"))
        page = tmp_path / "page.html"
        page.write_bytes(b"\xff\xfe")
        assert "cannot be read" in refused("layout", "add", "x", str(page))
        page.write_text("<p>")
        assert "not valid for the parameter Name" in refused("layout", "add", ESCAPE, str(page))
        assert "no requester" in refused("layout", "add", "x", str(page), "--requester", "bob")


class TestDatabase:
    """`migrate`, `backup`, `restore`, and how a market is found."""

    def test_a_backup_is_not_overwritten(self, type_, refused, tmp_path):
        """A file that is there stays."""
        copy = tmp_path / "copy"
        copy.write_text("mine")
        assert str(copy) in refused("backup", str(copy))
        assert copy.read_text() == "mine"

    def test_a_file_is_restored(self, tmp_path, capsys, template, monkeypatch):
        """`restore` makes the file that `--database` names what the backup has."""
        monkeypatch.chdir(tmp_path)
        make = ["market", "requester", "make", "--database", "a.sqlite3"]
        assert main([*make, "before"]) == 0
        assert main(["market", "backup", "copy", "--database", "a.sqlite3"]) == 0
        assert main([*make, "after"]) == 0
        done = crowdmake("market", "restore", "copy", "--database", "b.sqlite3", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        capsys.readouterr()
        main(["market", "requester", "list", "--json", "--database", "b.sqlite3"])
        listed = {each["requester"] for each in json.loads(capsys.readouterr().out)}
        assert listed == {"local", "before"}

    def test_a_new_market_is_said(self, tmp_path, capsys):
        """A command that makes a market says where, and the account `local` is there at once."""
        place = ["--database", str(tmp_path / "new.sqlite3")]
        assert main(["market", "requester", "balance", "local", "5", *place]) == 0
        assert "new market" in capsys.readouterr().err
        assert main(["market", "requester", "list", "--json", *place]) == 0
        out, err = capsys.readouterr()
        assert [each["available"] for each in json.loads(out)] == ["5.00"]
        assert err == ""

    @pytest.mark.parametrize("make", ["mkdir", "touch"])
    def test_what_a_wrong_path_names_keeps_its_mode(self, tmp_path, refused, make):
        """A directory or a file that is no market is left as it is."""
        place = tmp_path / "mine"
        getattr(place, make)()
        if make == "touch":
            place.write_text("mine" * 1000)
        place.chmod(0o755)
        refused("requester", "list", places=["--database", str(place)])
        assert stat.S_IMODE(place.stat().st_mode) == 0o755

    def test_migrate(self, type_):
        """A market that is up to date stays as it is."""
        assert "is up to date" in type_("migrate")
        assert json.loads(type_("requester", "list", "--json"))[0]["requester"] == "local"

    def test_the_default_places(self, tmp_path, monkeypatch, capsys):
        """Without options market and key file are in `state/`, closed to others."""
        monkeypatch.chdir(tmp_path)
        assert main(["market", "key", "make"]) == 0
        for name in ("market.sqlite3", "market.key"):
            assert stat.S_IMODE((tmp_path / "state" / name).stat().st_mode) == 0o600

    def test_named_places(self, tmp_path, monkeypatch, capsys):
        """An option beats the environment, wherever it stands, and the environment the default."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CROWDMAKE_MARKET_DATABASE", "one/market.sqlite3")
        monkeypatch.setenv("CROWDMAKE_MARKET_KEY_FILE", "two/key")
        main(["market", "key", "make"])
        assert (tmp_path / "one/market.sqlite3").exists()
        assert (tmp_path / "two/key").exists()
        main(["market", "--database", "three/m", "key", "make", "--key-file", "three/k"])
        assert {each.name for each in (tmp_path / "three").iterdir()} >= {"m", "k"}
        main(["market", "--database", "three/m", "requester", "list", "--database", "four/m"])
        assert (tmp_path / "four/m").exists()
        assert not (tmp_path / "state").exists()

    @pytest.mark.parametrize(
        ("place", "words"),
        [
            ("mysql://root@localhost/x", "expected postgresql://"),
            (
                "postgresql://user:hush@127.0.0.1:1/x",
                "postgresql://user@127.0.0.1:1/x cannot be used: connection",
            ),
            ("postgresql://user:hush@[/x", "error: "),
            (".", "cannot be used: unable to open database file"),
            ("text", "cannot be used: file is not a database"),
            ("/dev/null/x", "cannot be "),
        ],
    )
    def test_no_market(self, refused, tmp_path, monkeypatch, place, words):
        """A place where no market can be is one line, without a password."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "text").write_text("no database, " * 500)
        line = refused("requester", "list", places=["--database", place])
        assert words in line
        assert "hush" not in line


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("postgresql://me:hush@host:5/name", "postgresql://me@host:5/name"),
        ("postgresql://host/name?password=a@hush", "postgresql://host/name"),
        (Path("state/market.sqlite3"), "state/market.sqlite3"),
    ],
)
def test_what_is_said_of_a_place(place, words):
    """A market's place is named without its password, wherever that stands."""
    assert common.shown(place) == words


def test_an_open_key_file(path, tmp_path, capsys, market):
    """A key file that others can read is refused before anything is served with it."""
    key_file = tmp_path / "market.key"
    key_file.touch(mode=0o644)
    key_file.chmod(0o644)
    assert main(["market", "--database", str(path), "--key-file", str(key_file)]) == 1
    assert "chmod 600" in capsys.readouterr().err


def test_nothing_typed(capsys):
    """Without a command the usage is shown."""
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "usage: crowdmake" in capsys.readouterr().err


def helps(parser, words):
    """Yield each command line below a parser."""
    yield words
    for action in parser._actions:
        if hasattr(action, "choices") and isinstance(action.choices, dict):
            for name, below in action.choices.items():
                yield from helps(below, [*words, name])


def test_every_command_explains_itself(capsys):
    """`--help` works everywhere and says what the command does."""
    parser = ArgumentParser()
    commands.add(parser.add_subparsers())
    every = list(helps(parser, []))
    assert len(every) > 15
    for words in every[1:]:
        with pytest.raises(SystemExit, match="0"):
            main([*words, "--help"])
        shown = capsys.readouterr().out
        assert shown.startswith(f"usage: crowdmake {' '.join(words)}")
        assert len(shown.split("\n\n")[1]) > 10


def test_as_a_module(tmp_path):
    """`python -m crowdmake.cli` is the command, with its exit code."""
    done = crowdmake("market", "key", "revoke", "CMNONE", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("\nerror: there is no key CMNONE that could be revoked\n")
