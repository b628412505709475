"""`results.wait`: going on polling, with a whole run for every poll.

Between two polls nothing runs and no lock is held, so that other targets can work.
"""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from crowdmake.adapter import ending
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import listed

_POLL_SECONDS = 30.0
_MERGED = Path(".snakemake/crowdmake/merged")
_RUN = "CROWDMAKE_RUN"
_UNTIL = "CROWDMAKE_WAIT_UNTIL"


def mark_merged() -> None:
    """Remember that the present run was one of `results`, and so may wait."""
    _MERGED.parent.mkdir(parents=True, exist_ok=True)
    _MERGED.write_text(os.environ.get(_RUN, ""), encoding="ascii")


def goes_on() -> bool:
    """Return whether this run is one of those that a waiting run has started.

    Other targets may work between two polls, so such a run waits for them to end.
    """
    return _UNTIL in os.environ


def poll_again(batches: Iterable[str], endpoint: str, wait: float) -> None:
    """Start the same run of `results` again while answers are outstanding and time is left.

    ``wait`` is `results.wait` in seconds. Returns where there is nothing to wait for, and
    otherwise does not return: the new run takes the place of this process.
    """
    if not wait or not _of_this_run():
        return
    outstanding = [name for name in batches if not Batch(name, endpoint).outline().complete()]
    until = float(os.environ.setdefault(_UNTIL, str(time.time() + wait)))
    left = until - time.time()
    if not outstanding or left <= 0:
        return
    pause = min(_POLL_SECONDS, left)
    print(
        f"incomplete: {listed(outstanding)};"
        f" asking again in {pause:.0f} s, for at most {left:.0f} s more",
        flush=True,
    )
    with ending():
        time.sleep(pause)
    del os.environ[_RUN]
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command


def _of_this_run() -> bool:
    run = os.environ.get(_RUN)
    return _MERGED.exists() and _MERGED.read_text(encoding="ascii") == run
