"""`poll.exclude: authors`: nobody rates what stands beside an answer of their own.

The polls of a batch require that the worker has not one qualification, and every worker whose
answer is saved in the batch is granted it before a poll is put up.
"""

from collections.abc import Iterable
from typing import Any

from crowdmake.account import once
from crowdmake.account.grant_lists import Grant, outstanding, standing
from crowdmake.account.granting import Types, refusals
from crowdmake.account.orders import Say, worker_ledger, worker_lock
from crowdmake.configuration.qualifications import Requirement, names_in
from crowdmake.ledgers.batches import Batch, launched_batches
from crowdmake.ledgers.ledger import Ledger
from crowdmake.messages import counted
from crowdmake.polling.names import authors_of, is_poll, polled


def types_for(
    client: Any,
    batch: Batch,
    requirements: Iterable[Requirement],
    types: Types,
    ledger: Ledger,
    say: Say,
) -> dict[str, str]:
    """Return the ids of the own qualifications that HITs to be launched require.

    Whom these HITs are to keep out has the qualification then; see also `once.types_for`.
    """
    required = list(requirements)
    ids = once.types_for(client, required, types, ledger, say)
    name = authors_of(polled(batch.name))
    if is_poll(batch.name) and name in names_in(required):
        about = Batch(polled(batch.name), batch.endpoint, batch.state)
        with worker_lock(say, batch.state):
            todo = outstanding((_grant(name, worker) for worker in authors(about)), ledger)
            for line in refusals(client, todo, ids, ledger):
                say(line)
    return ids


def authors(batch: Batch) -> list[str]:
    """Return the ids of all workers whose answers in ``batch`` are saved."""
    saved = batch.read().assignments().values()
    return list(dict.fromkeys(str(each["worker_id"]) for each in saved))


def kept_out(batch: Batch) -> set[str]:
    """Return the ids of the workers who may not take part in the polls ``batch``."""
    name = authors_of(polled(batch.name))
    grants = standing(worker_ledger(batch.endpoint, batch.state))
    return {worker for (each, worker), value in grants.items() if each == name and value}


def too_few(batch: Batch, requirements: Iterable[Requirement], wanted: int) -> list[str]:
    """Return what to say where those who are left may be too few for the polls ``batch``.

    They are where their ``requirements`` keep authors out; ``wanted`` is for how many ballots a
    poll asks. Who works on a market nobody can list: known are those that the experiment has seen.
    """
    if authors_of(polled(batch.name)) not in names_in(requirements):
        return []
    wrote = set(authors(Batch(polled(batch.name), batch.endpoint, batch.state)))
    others = _known(batch) - wrote
    if not wrote or len(others) >= wanted:
        return []
    return [
        f"{batch.name}: poll.exclude keeps out {counted(len(wrote), 'author')}; a poll asks for"
        f" {counted(wanted, 'ballot')}, and of the workers seen so far only {len(others)} may"
        " rate: unless others come, polls stay unfilled"
    ]


def unfilled(batch: Batch) -> list[str]:
    """Return what to say of polls ``batch`` that ended short while authors were kept out."""
    if not is_poll(batch.name) or not kept_out(batch):
        return []
    hits = batch.read().hits.values()
    short = [hit for hit in hits if hit.closed and len(hit.assignments) < hit.wanted]
    if not short:
        return []
    return [
        f"{batch.name}: {counted(len(short), 'poll')} ended with fewer ballots than asked for;"
        " poll.exclude may have left too few workers, none would let authors rate"
    ]


def _known(batch: Batch) -> set[str]:
    names = launched_batches(batch.endpoint, batch.state)
    return {
        worker for name in names for worker in authors(Batch(name, batch.endpoint, batch.state))
    }


def _grant(name: str, worker: str) -> Grant:
    return Grant(name, worker, 1, "poll.exclude")
