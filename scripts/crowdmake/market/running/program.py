"""A program run so that what it calls Amazon's Mechanical Turk is this market."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

from tornado.netutil import bind_unix_socket

from crowdmake.market.running.proxy import Proxy
from crowdmake.market.running.surroundings import bundle, prepared
from crowdmake.market.serving.server import Respond, serving

FORWARDED = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
# A terminal sends these to every process of the foreground, so to the program as well.
FROM_THE_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
OWNER_ONLY = 0o600


class NotStarted(Exception):  # noqa: N818 - what the caller says, not a fault
    """Why a program could not be started, in one line."""


def run(respond: Respond, command: Sequence[str]) -> int:
    """Run a program to its end; return its exit code, or 128 and the signal that ended it.

    ``respond`` answers every request to Amazon's hosts of the program and of those that it
    starts. Raises NotStarted.
    """
    with TemporaryDirectory(prefix="crowdmake-run-") as folder:
        return asyncio.run(_run(respond, command, Path(folder)))


async def _run(respond: Respond, command: Sequence[str], folder: Path) -> int:
    """Run the program; ``folder`` is closed to others, and so are market and certificates."""
    door, trusted = folder / "market", folder / "certificates.pem"
    async with serving(_listening(door), respond):
        proxy = Proxy(door)
        url = await proxy.start()
        trusted.write_bytes(_bundle(proxy.certificate))
        try:
            return await _ended(command, prepared(os.environ, url, trusted))
        finally:
            await proxy.stop()


def _listening(door: Path) -> socket:
    """Return a Unix socket for this user alone; raises NotStarted."""
    try:
        return bind_unix_socket(str(door), OWNER_ONLY)
    except OSError as error:
        # A socket's path has to be short; TMPDIR says where it is.
        raise NotStarted(f"{door} cannot be listened at: {error}") from None


def _bundle(certificate: bytes) -> bytes:
    """Return what the program is to trust; raises NotStarted."""
    try:
        return bundle(os.environ, certificate)
    except OSError as error:
        reason = f"the certificates in {error.filename} cannot be read: {error.strerror}"
        raise NotStarted(reason) from None


async def _ended(command: Sequence[str], environment: Mapping[str, str]) -> int:
    arrived: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in FORWARDED:
        # What was ignored from the start (nohup) the program shall go on ignoring.
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, arrived.put_nowait, number)
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise NotStarted(f"{command[0]} cannot be started: {why}") from error
    forwarding = asyncio.create_task(_forward(arrived, process))
    status = await process.wait()
    forwarding.cancel()
    return status if status >= 0 else 128 - status


async def _forward(
    arrived: "asyncio.Queue[signal.Signals]", process: asyncio.subprocess.Process
) -> None:
    while True:
        number = await arrived.get()
        if not (number in FROM_THE_KEYBOARD and _in_foreground()):
            with suppress(ProcessLookupError):
                process.send_signal(number)


def _in_foreground() -> bool:
    """Return whether this process is in the foreground of a terminal."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
