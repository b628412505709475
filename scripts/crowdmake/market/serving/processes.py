"""A served market's processes: some answer requests, one keeps time, and one minds them all.

All of them hold an end of one pipe. When the other end closes, because the minding process
stops or because it was killed, they finish what they are doing and end.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from socket import socket
from threading import Event, Thread

from crowdmake.market import timekeeper
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.serving.proxies import Proxies
from crowdmake.market.serving.served import ServedMarket
from crowdmake.market.serving.server import serving
from crowdmake.market.serving.vault import Vault
from crowdmake.market.site import leftovers
from crowdmake.market.stores import Location, Store, store_at

RESTART_SECONDS = 0.5
STOP_SECONDS = 20
# Requests that have arrived are answered first; the operator's second signal ends it at once.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

# Nothing is open yet when a process is forked: no thread, no loop, no database.
PROCESSES = get_context("fork")

Work = Callable[[Event], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """What is served: a market, with the key of its secrets and its access log, and to whom."""

    location: Location
    vault: Vault
    log: AccessLog
    proxies: Proxies

    def opened(self) -> Store:
        """Return the market's store."""
        store = store_at(self.location)
        store.vault = self.vault
        return store


def serve(listening: socket, service: Service, number: int, started: Callable[[], None]) -> None:
    """Answer requests in ``number`` processes and keep time in one, until a signal to stop.

    Each that ends before is started again. ``started`` is called once all of them are there.
    The calling process has no thread and no market open: each process opens the market itself.
    """
    answer: Work = partial(_answer, listening, service)
    _mind([answer] * number + [partial(_keep_time, listening, service)], started)


def _answer(listening: socket, service: Service, stop: Event) -> None:
    market = ServedMarket(service.opened(), service.vault, service.log)

    async def until_stopped() -> None:
        async with serving(
            listening,
            market.respond,
            market.fetch,
            market.browse,
            uploads=market.uploads,
            proxies=service.proxies,
        ):
            await asyncio.to_thread(stop.wait)

    asyncio.run(until_stopped())


def _keep_time(listening: socket, service: Service, stop: Event) -> None:
    listening.close()
    timekeeper.keep(service.opened(), stop, partial(leftovers.clear, service.log))


def _mind(works: list[Work], started: Callable[[], None]) -> None:
    pipe = os.pipe()
    running: list[BaseProcess] = []
    with _stop_signals() as stop:
        try:
            running.extend(_start(work, pipe) for work in works)
            started()
            _replace_the_dead(works, running, pipe, stop)
        finally:
            _end(running, pipe)


def _replace_the_dead(
    works: list[Work], running: list[BaseProcess], pipe: tuple[int, int], stop: int
) -> None:
    """Start again what ends, until there is something to read from ``stop``."""
    while stop not in wait([stop, *(each.sentinel for each in running)]):
        time.sleep(RESTART_SECONDS)
        for place, each in enumerate(running):
            if each.exitcode is not None:
                logger.warning("a process ended (%s) and is started again", each.exitcode)
                running[place] = _start(works[place], pipe)


def _end(running: list[BaseProcess], pipe: tuple[int, int]) -> None:
    """Let the processes finish what they are doing, and wait until they are gone."""
    os.close(pipe[1])
    for each in running:
        each.join(STOP_SECONDS)
        each.kill()
        each.join()
    os.close(pipe[0])


def _start(work: Work, pipe: tuple[int, int]) -> BaseProcess:
    process = PROCESSES.Process(target=_work, args=(work, *pipe))
    process.start()
    return process


def _work(work: Work, lifeline: int, other_end: int) -> None:
    """Do the work in this process, until the pipe's other end is closed."""
    os.close(other_end)
    # A terminal and a service manager signal every process; here the first one sees to it.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    stop = Event()
    Thread(target=_watch, args=(lifeline, stop), daemon=True).start()
    work(stop)


def _watch(lifeline: int, stop: Event) -> None:
    os.read(lifeline, 1)
    stop.set()
    time.sleep(STOP_SECONDS)
    os._exit(1)


def _is_ignored(number: int) -> bool:
    return signal.getsignal(number) == signal.SIG_IGN


@contextmanager
def _stop_signals() -> Iterator[int]:
    """Yield what can be read from once a signal to stop has arrived; a second one ends at once."""
    arrived, told = os.pipe()

    def tell(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        os.write(told, b"\0")

    # What nohup has ignored stays so.
    heard = [each for each in SIGNALS if each != signal.SIGHUP or not _is_ignored(each)]
    former = {number: signal.signal(number, tell) for number in heard}
    try:
        yield arrived
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        os.close(arrived)
        os.close(told)
