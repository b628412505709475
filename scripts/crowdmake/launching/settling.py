"""Learning from the market's list what became of calls whose answer was lost.

Every HIT carries the annotation of the row that it shows. A token tells the same within 24
hours, but only to a call that is made again; the list also tells of rows that are gone.
"""

from collections.abc import Collection, Mapping
from typing import Any

from crowdmake import moments
from crowdmake.calls import pages
from crowdmake.configuration.config import LOCAL
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.intents import forgotten
from crowdmake.ledgers.ledger import Event
from crowdmake.money.fees import price


def settle(client: Any, batch: Batch, repeated: Collection[str], fees: str | float) -> None:
    """Write the receipts that a crash cost, of HITs that a repeated call will not tell.

    ``repeated`` holds the keys whose call is about to be made again. An intent that the
    market does not list stays open: the list may lag, or be another account's. It is
    given up only after the token's time, and where the list shows HITs of this batch.
    """
    snapshot = batch.read()
    asked = {
        event["annotation"]: event
        for key, event in snapshot.open_intents.items()
        # The embedded market's clock may be ahead of ours, so its tokens may be gone sooner.
        if batch.endpoint == LOCAL or key not in repeated or forgotten(event)
    }
    if not asked:
        return
    ours = {hit.hit_id for hit in snapshot.hits.values()}
    ours_listed = False
    for hit in (hit for page in pages(client.list_hits) for hit in page["HITs"]):
        ours_listed |= hit["HITId"] in ours
        intent = asked.pop(hit.get("RequesterAnnotation", ""), None)
        if intent:
            batch.money.append(receipt(hit, intent["key"], intent["page"], fees))
            ours_listed = True
    for intent in asked.values():
        if ours_listed and intent["key"] not in repeated and forgotten(intent):
            batch.money.append({"event": "create_refused", "key": intent["key"]})


def receipt(hit: Mapping[str, Any], key: str, page: str, fees: str | float) -> Event:
    """Return the receipt of a HIT, priced as it stands: the terms may have changed since."""
    properties = {"QualificationRequirements": []} | dict(hit)
    return {
        "event": "created",
        "key": key,
        "hit_id": hit["HITId"],
        "hit_type_id": hit["HITTypeId"],
        "hit_group_id": hit["HITGroupId"],
        "max_assignments": hit["MaxAssignments"],
        "reward": hit["Reward"],
        "fee": f"{price(properties, fees).fee:.2f}",
        "creation_time": moments.written(hit["CreationTime"]),
        "expiration": moments.written(hit["Expiration"]),
        "page": page,
    }
