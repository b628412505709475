"""A PostgreSQL server of the tests' own, from the system's programs."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tools import REQUIRE_ALL

# Debian keeps the server's programs out of PATH.
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Run a server on a free port of the loopback; yield the URL of its `postgres` database.

    Without ``durable`` it does not wait for the disk. Skips the test where PostgreSQL is not
    installed, and fails it where all must run.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="crowdmake-pg-", dir="/tmp"))
    user = _owner(folder)
    data, port = folder / "data", free_port()
    run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
    if not durable:
        settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run(
        [str(programs / "initdb"), "-D", str(data), "-U", "market", "-A", "trust", "-E", "UTF8"],
        user=user, **run,
    )  # fmt: skip
    subprocess.run([*control, "-o", settings, "start"], user=user, **run)
    try:
        yield f"postgresql://market@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], user=user, **run)
        shutil.rmtree(folder)


def new_database(url: str) -> str:
    """Return the URL of a new, empty database on the server of ``url``."""
    name = f"market_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.rsplit("/", 1)[0] + "/" + name


def _programs() -> Path:
    found = shutil.which("initdb")
    places = ([Path(found).parent] if found else []) + PLACES
    if not places:
        reason = "PostgreSQL's server is not installed"
        if os.environ.get(REQUIRE_ALL):
            pytest.fail(reason)
        pytest.skip(reason)
    return places[0]


def _owner(folder: Path) -> str | None:
    """Return who runs the server: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, "postgres")
    return "postgres"


def free_port() -> int:
    """Return the number of a port of the loopback that nobody listens at."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
