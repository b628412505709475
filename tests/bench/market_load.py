"""Sixteen threads that call one operation of one client, and what they saw."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Any

THREADS = 16
Parameters = Iterator[dict[str, Any]]


@dataclass
class Seen:
    """What came of calls: how long each took and all of them together, in seconds."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Calls per second."""
        return len(self.latencies) / self.seconds

    @property
    def median_ms(self) -> float:
        """The latency of the call in the middle, in milliseconds."""
        return median(self.latencies) * 1000


class Load:
    """A boto3 client and the threads that use it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(THREADS)

    def run(self, method: str, parameters: Parameters, seconds: float, seen: Seen) -> None:
        """Call ``method`` with one of ``parameters`` after the other for some seconds."""
        call = getattr(self._client, method)
        start = time.perf_counter()
        until = start + seconds
        running = [self._threads.submit(_calls, call, parameters, until) for _ in range(THREADS)]
        for each in running:
            seen.latencies.extend(each.result())
        seen.seconds += time.perf_counter() - start


def _calls(call: Callable[..., object], parameters: Parameters, until: float) -> list[float]:
    """Return the latencies of calls, begun until the moment ``until``."""
    latencies = []
    begun = time.perf_counter()
    while begun < until:
        call(**next(parameters))
        done = time.perf_counter()
        latencies.append(done - begun)
        begun = done
    return latencies
