"""Events on their way to the webhook: each at least once, and none given up.

That an event arrived is in the ledger after the receiver took it, so a crash between the two
posts it once more, under the id by which the receiver knows it.
"""

import time
from collections.abc import Callable
from typing import Any

from urllib3 import PoolManager

from crowdmake.files import one_line
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted, listed
from crowdmake.ticking import emission, webhook
from crowdmake.ticking.webhook import Answer

# A receiver that refuses so many events refuses the rest as well.
_REFUSALS = 20

Say = Callable[[str], None]


def waiting(batch: Batch) -> list[dict[str, Any]]:
    """Return the emitted events that the webhook has not taken yet, in their order."""
    undelivered = batch.outline().undelivered
    return [event for event in emission.events(batch) if event["event_id"] in undelivered]


def deliver(batch: Batch, url: str, key: bytes, say: Say) -> int:
    """Post what waits, in its order, and return how many events the webhook took.

    A receiver that is down ends the round; an event that alone is refused lets the others by.
    Whatever was not taken waits for the next round.
    """
    taken = 0
    refused: dict[str, str] = {}
    with PoolManager(num_pools=1) as pool:
        for event in waiting(batch):
            answer = _post(pool, url, event, key)
            if answer.taken:
                batch.money.append({"event": "delivered", "event_id": event["event_id"]})
                taken += 1
                continue
            refused[event["event_id"]] = answer.why
            if answer.down or len(refused) >= _REFUSALS:
                break
    _say_left(batch, refused, say)
    return taken


def _post(pool: PoolManager, url: str, event: dict[str, Any], key: bytes) -> Answer:
    body = one_line(event).encode()
    name = event["event_id"]
    return webhook.post(pool, url, body, webhook.headers(name, body, key, int(time.time())))


def _say_left(batch: Batch, refused: dict[str, str], say: Say) -> None:
    if refused:
        left = counted(len(batch.outline().undelivered), "event")
        why = listed(dict.fromkeys(refused.values()))
        say(f"{batch.name}: {left} not taken by the webhook ({why}): the next round tries again")
