"""What a benchmark's client calls over HTTP: a served market, and a stub of one."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crowdmake.client import connect
from crowdmake.market.embedded import EmbeddedMarket
from crowdmake.market.serving import keys
from crowdmake.market.serving.vault import Vault, make_key_file
from crowdmake.market.stores import Location

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
STUB = Path(__file__).with_name("market_stub.py")


@contextmanager
def served(location: Location, market: EmbeddedMarket, key_file: Path) -> Iterator[Any]:
    """Run `crowdmake market` with its defaults; yield a client with a key of the market's."""
    make_key_file(key_file)
    key = market.run(lambda _: keys.make(market.requester, Vault(key_file)))
    with running(location, key_file) as url:
        yield _client(url, *key)


@contextmanager
def running(location: Location, key_file: Path) -> Iterator[str]:
    """Run `crowdmake market` with its defaults; yield its address."""
    places = ["--database", str(location), "--key-file", str(key_file)]
    with _running("-m", "crowdmake.cli", "market", *places, "--port", "0") as url:
        yield url


@contextmanager
def stub(answers: dict[str, bytes], folder: Path) -> Iterator[Any]:
    """Run a stub of a server that gives the ``answers``; yield a client that signs for nobody."""
    known = folder / "answers.json"
    text = {operation: content.decode() for operation, content in answers.items()}
    known.write_text(json.dumps(text), encoding="utf-8")
    with _running(str(STUB), str(known)) as url:
        yield _client(url, "stub", "stub")


@contextmanager
def _running(*arguments: str) -> Iterator[str]:
    """Run a Python program until the end of the context; yield the first URL that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            said = process.stdout or ()
            yield next(found[0] for line in said if (found := re.search(r"http://\S+", line)))
        finally:
            process.terminate()


def _client(url: str, key_id: str, secret: str) -> Any:
    """Return Crowdmake's own client of a market at ``url``."""
    os.environ.update(AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=secret)
    return connect({"endpoint": url, "profile": None})
