"""Putting HITs up, each row once.

Before the call an intent is in the ledger, after it the receipt. CreateHIT carries a
UniqueRequestToken that depends on nothing but whose row it is, so a repeat within the
24 hours in which a market remembers it names the HIT instead of making another
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/RequestTokens.html);
after that the market's own list tells, by the annotation that every HIT carries.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from crowdmake import moments
from crowdmake.batches import Batch, Snapshot
from crowdmake.calls import in_flight, pages
from crowdmake.client import code, refusal
from crowdmake.config import LOCAL
from crowdmake.exceptions import UserError
from crowdmake.fees import price
from crowdmake.files import one_line
from crowdmake.ledger import Event
from crowdmake.messages import counted, listed
from crowdmake.spending import LAUNCH, NOTHING, Claim, Spending

# A market forgets a token after 24 hours; an hour is left for clocks that differ.
_REMEMBERED = timedelta(hours=23)
_EXISTING = re.compile(r'ID "([A-Z0-9]+)"')
# A market that refuses so many rows refuses the rest as well.
_REFUSALS = 20
_NOT_SENT = ("Title", "Description", "FrameHeight")

Rendered = Mapping[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Terms:
    """Under what terms a batch is launched: whose it is, its HITs' properties, the fees."""

    experiment_id: str
    properties: Mapping[str, Any]
    fees: str | float

    def claim(self, batch: str, key: str) -> Claim:
        """Return what one HIT may cost."""
        return Claim(batch, key, LAUNCH, price(self.properties, self.fees).total)

    def page(self, line: Rendered) -> str:
        """Return a digest of all that a worker is shown and promised for one row."""
        shown = [line["title"], line["description"], line["question"], self.properties]
        return hashlib.sha256(one_line(shown).encode()).hexdigest()


def launch(
    client: Any, batch: Batch, rendered: list[Rendered], terms: Terms, spending: Spending, say: Say
) -> int:
    """Create the HITs that ``rendered`` lacks and return how many there were.

    Raises:
        UserError: the budget does not hold them (nothing is created then), or the market
            refused some; what was created before has its receipt.
    """
    settle(client, batch, {line["key"] for line in rendered}, terms, spending, say)
    snapshot = batch.read()
    missing = [line for line in rendered if line["key"] not in snapshot.hits]
    if not missing:
        return 0
    spending.reserve((terms.claim(batch.name, line["key"]) for line in missing), say)
    _keep_rows(batch, snapshot, missing)
    creation = _Creation(client, batch, terms, spending, snapshot.open_intents, say)
    refused: list[str] = []
    for line in in_flight(creation.create, missing):
        refused += [line] if line else []
        if len(refused) >= _REFUSALS:
            break
    UserError.collect(sorted(refused))
    return len(missing)


def settle(
    client: Any, batch: Batch, present: Collection[str], terms: Terms, spending: Spending, say: Say
) -> None:
    """Write the receipts that a crash cost, of HITs that their token cannot tell.

    These are the intents whose token the market no longer knows, and those whose row is
    not ``present`` any more, so that no call will repeat them. What the market does not
    list is not there; a row that is gone gives its money back then.
    """
    forgotten = moments.now() - _REMEMBERED
    asked = {
        annotation(terms, batch.name, key): event
        for key, event in batch.read().open_intents.items()
        # The embedded market's clock may be ahead of ours, so its tokens may be gone sooner.
        if batch.endpoint == LOCAL or key not in present or moments.read(event["time"]) < forgotten
    }
    if not asked:
        return
    for hit in (hit for page in pages(client.list_hits) for hit in page["HITs"]):
        intent = asked.pop(hit.get("RequesterAnnotation", ""), None)
        if intent:
            batch.money.append(_receipt(hit, intent["key"], intent["page"], terms))
    for intent in asked.values():
        key = intent["key"]
        # A list may lag behind a call by seconds, so a young intent is asked again next time.
        if key not in present and moments.read(intent["time"]) < forgotten:
            batch.money.append({"event": "create_refused", "key": key})
            spending.settle([Claim(batch.name, key, LAUNCH, NOTHING)], say)


def annotation(terms: Terms, batch: str, key: str) -> str:
    """Return the RequesterAnnotation by which a HIT tells whose row it shows."""
    return f"crowdmake/{terms.experiment_id}/{batch}/{key}"


def token(terms: Terms, batch: Batch, key: str, purpose: str) -> str:
    """Return the UniqueRequestToken (64 characters) of one row and purpose."""
    parts = [terms.experiment_id, batch.endpoint, batch.name, key, purpose]
    return hashlib.sha256(one_line(parts).encode()).hexdigest()


def _keep_rows(batch: Batch, snapshot: Snapshot, lines: list[Rendered]) -> None:
    """Keep the rows as they are launched: the input file may change, the answers stay theirs."""
    new = [line for line in lines if line["key"] not in snapshot.rows]
    events = ({"event": "row", "key": x["key"], "row": x["row"], "input": x["input"]} for x in new)
    batch.answers.append(*events)


def _receipt(hit: Mapping[str, Any], key: str, page: str, terms: Terms) -> Event:
    """Return the receipt of a HIT, priced as it stands: the terms may have changed since."""
    return {
        "event": "created",
        "key": key,
        "hit_id": hit["HITId"],
        "hit_type_id": hit["HITTypeId"],
        "hit_group_id": hit["HITGroupId"],
        "max_assignments": hit["MaxAssignments"],
        "reward": hit["Reward"],
        "fee": f"{price({'QualificationRequirements': []} | dict(hit), terms.fees).fee:.2f}",
        "creation_time": moments.written(hit["CreationTime"]),
        "expiration": moments.written(hit["Expiration"]),
        "page": page,
    }


@dataclass(frozen=True)
class _Creation:
    """What the threads that create the HITs of one batch share."""

    client: Any
    batch: Batch
    terms: Terms
    spending: Spending
    intents: Mapping[str, Event]
    say: Say

    def create(self, line: Rendered) -> str | None:
        """Create one HIT; return why the market refused it, or None when it stands."""
        key, page = line["key"], self.terms.page(line)
        unique = token(self.terms, self.batch, key, LAUNCH)
        if key not in self.intents:
            intent = {"event": "create_intent", "key": key, "token": unique, "page": page}
            self.batch.money.append(intent)
        try:
            hit = self.client.create_hit(**self._request(line, unique))["HIT"]
        except ClientError as error:
            if code(error) != "HITAlreadyExists":
                return self._refused(line, error)
            hit, page = self._existing(error), self.intents.get(key, {}).get("page", page)
        self.batch.money.append(_receipt(hit, key, page, self.terms))
        return None

    def _request(self, line: Rendered, unique: str) -> dict[str, Any]:
        sent = {k: v for k, v in self.terms.properties.items() if k not in _NOT_SENT and v != ""}
        return sent | {
            "Title": line["title"],
            "Description": line["description"],
            "Question": line["question"],
            "RequesterAnnotation": annotation(self.terms, self.batch.name, line["key"]),
            "UniqueRequestToken": unique,
        }

    def _existing(self, error: ClientError) -> Mapping[str, Any]:
        """Return the HIT that an earlier call with the same token made."""
        found = _EXISTING.search(error.response["Error"]["Message"])
        if not found:
            raise error
        hit: Mapping[str, Any] = self.client.get_hit(HITId=found[1])["HIT"]
        return hit

    def _refused(self, line: Rendered, error: ClientError) -> str:
        """Note that nothing was created, where that is certain, and return why."""
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise error
        self.batch.money.append({"event": "create_refused", "key": line["key"]})
        self.spending.settle([Claim(self.batch.name, line["key"], LAUNCH, NOTHING)], self.say)
        reason = f"row {line['row']} of batch {self.batch.name}: {refusal(error)}"
        if code(error) == "InsufficientFunds":
            raise UserError(reason) from error
        return reason


def earlier_pages(
    batch: str, snapshot: Snapshot, rendered: Iterable[Rendered], terms: Terms
) -> list[str]:
    """Return what to say of live HITs whose page or properties were edited since."""
    stale = [
        line["row"]
        for line in rendered
        if (hit := snapshot.hits.get(line["key"]))
        and not hit.closed
        and hit.created["page"] != terms.page(line)
    ]
    if not stale:
        return []
    return [
        f"{batch}: {counted(len(stale), 'HIT')} still show an earlier page or earlier properties"
        f" (rows {listed(stale)}): a HIT stays as launched, a rerun on purpose is a new batch"
    ]
