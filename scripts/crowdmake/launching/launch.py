"""Putting HITs up, each row once.

Before the call an intent is in the ledger, after it the receipt. CreateHIT carries a
UniqueRequestToken that depends on nothing but whose row it is, so a repeat within the
24 hours in which a market remembers it names the HIT instead of making another
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/RequestTokens.html).
What a token can no longer tell, `settling` learns from the market's list.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.calls import in_flight
from crowdmake.client import code, did_nothing, is_refusal, refusal
from crowdmake.configuration.qualifications import with_ids
from crowdmake.exceptions import UserError
from crowdmake.files import one_line
from crowdmake.harvesting.harvest import poll
from crowdmake.launching.drips import next_keys
from crowdmake.launching.settling import receipt, settle
from crowdmake.ledgers.batches import Batch, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import counted, listed
from crowdmake.money.fees import price
from crowdmake.money.spending import LAUNCH, NOTHING, Claim, Spending
from crowdmake.money.tokens import token

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
    types: Mapping[str, str] = field(default_factory=dict)
    """The ids of the experiment's own qualification types, by name."""

    def claim(self, batch: str, key: str) -> Claim:
        """Return what one HIT may cost."""
        return Claim(batch, key, LAUNCH, price(self.properties, self.fees).total)

    def page(self, line: Rendered) -> str:
        """Return a digest of all that a worker is shown and promised for one row."""
        shown = [line["title"], line["description"], line["question"], self.properties]
        return hashlib.sha256(one_line(shown).encode()).hexdigest()


def launch(
    client: Any,
    batch: Batch,
    rendered: list[Rendered],
    terms: Terms,
    spending: Spending,
    say: Say,
    *,
    most: int | None = None,
    fetched: Callable[[], object] | None = None,
) -> int:
    """Create the HITs that ``rendered`` lacks and return how many there were.

    With ``most`` only so many are open at a time: answers are fetched first, to know, and
    then, before any HIT is created, ``fetched`` is called.

    Raises:
        UserError: the budget does not hold them (nothing is created then), or the market
            refused some; what was created before has its receipt.
    """
    settle(client, batch, {line["key"] for line in rendered}, terms.fees)
    if most is not None:
        poll(client, batch, say)
        if fetched:
            fetched()
    snapshot = batch.read()
    kept = snapshot.hits.keys() | snapshot.open_intents.keys() | {x["key"] for x in rendered}
    spending.free(batch.name, LAUNCH, kept, say)
    missing = _missing(snapshot, rendered, most)
    if not missing:
        return 0
    spending.reserve((terms.claim(batch.name, line["key"]) for line in missing), say)
    _keep_rows(batch, snapshot, missing)
    creation = _Creation(client, batch, terms, spending, snapshot.open_intents, say)
    UserError.collect(sorted(_refusals(creation, missing)))
    return len(missing)


def annotation(terms: Terms, batch: str, key: str) -> str:
    """Return the RequesterAnnotation by which a HIT tells whose row it shows."""
    return f"crowdmake/{terms.experiment_id}/{batch}/{key}"


def _missing(snapshot: Snapshot, rendered: list[Rendered], most: int | None) -> list[Rendered]:
    """Return the lines that have no HIT, as many of them as may be put up now."""
    lacking = {line["key"]: line for line in rendered if line["key"] not in snapshot.taken}
    open_hits = len(snapshot.open_hits())
    chosen = next_keys(list(lacking), snapshot.open_intents, open_hits, most)
    return [lacking[key] for key in chosen]


def _keep_rows(batch: Batch, snapshot: Snapshot, lines: list[Rendered]) -> None:
    """Keep the rows as they are launched: the input file may change, the answers stay theirs."""
    new = [line for line in lines if line["key"] not in snapshot.rows]
    events = ({"event": "row", "key": x["key"], "row": x["row"], "input": x["input"]} for x in new)
    batch.answers.append(*events)


def _refusals(creation: "_Creation", missing: list[Rendered]) -> list[str]:
    """Create the HITs of ``missing`` and return what the market refused, a line each."""
    refused: list[str] = []
    for line in in_flight(creation.create, missing):
        refused += [line] if line else []
        if len(refused) >= _REFUSALS:
            break
    return refused


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
        page = self.terms.page(line)
        intent = self.intents.get(line["key"]) or self._intend(line["key"], page)
        try:
            hit = self.client.create_hit(**self._request(line, intent))["HIT"]
        except ClientError as error:
            # The service's own model spells it with a small "it".
            if code(error).lower() != "hitalreadyexists":
                return self._refused(line, error)
            hit = self._existing(error)
            page = page if hit.get("Question") == line["question"] else intent["page"]
        self.batch.money.append(receipt(hit, line["key"], page, self.terms.fees))
        return None

    def _intend(self, key: str, page: str) -> Event:
        """Return the intent of a first call, written."""
        intent: Event = {
            "event": "create_intent",
            "key": key,
            "token": token(self.terms.experiment_id, self.batch, key, LAUNCH),
            "annotation": annotation(self.terms, self.batch.name, key),
            "page": page,
        }
        self.batch.money.append(intent)
        return intent

    def _request(self, line: Rendered, intent: Event) -> dict[str, Any]:
        sent = {k: v for k, v in self.terms.properties.items() if k not in _NOT_SENT and v != ""}
        requirements = self.terms.properties["QualificationRequirements"]
        return sent | {
            "QualificationRequirements": with_ids(requirements, self.terms.types),
            "Title": line["title"],
            "Description": line["description"],
            "Question": line["question"],
            "RequesterAnnotation": intent["annotation"],
            "UniqueRequestToken": intent["token"],
        }

    def _existing(self, error: ClientError) -> Mapping[str, Any]:
        """Return the HIT that an earlier call with the same token made."""
        found = _EXISTING.search(error.response["Error"]["Message"])
        if not found:
            raise error
        hit: Mapping[str, Any] = self.client.get_hit(HITId=found[1])["HIT"]
        return hit

    def _refused(self, line: Rendered, error: ClientError) -> str:
        """Return why the market refused a row, and note that nothing was created.

        That is certain only where no earlier call, and no earlier try of this one, may have
        created it: otherwise the intent stays open, and the money reserved.
        """
        if not is_refusal(error):
            raise error
        if did_nothing(error) and line["key"] not in self.intents:
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
