"""One call of an operation, and the rows it may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from crowdmake.market.models import DISPOSED, HIT, Requester, UploadedFile, Worker
from crowdmake.market.prepared import Select, given
from crowdmake.market.protocol.errors import does_not_exist, invalid_value
from crowdmake.market.serving import files
from crowdmake.market.serving.vault import Vault


def _mine() -> "QuerySet[HIT]":
    hits = HIT.objects.filter(requester=given(HIT, "requester"), hit_id=given(HIT, "hit_id"))
    return hits.select_related("hit_type")


_SHOWN = Select(lambda: _mine().exclude(status=DISPOSED).select_related("question"))
_KNOWN = Select(lambda: _mine().exclude(status=DISPOSED).select_related(None).only("hit_id"))
_LOCKED = Select(lambda: _mine().select_for_update(of=("self",)))


@dataclass(frozen=True)
class Call:
    """Who asks for what, and when; ``vault`` reads the secrets that the market keeps.

    ``file_url`` returns where a file that a worker gave can be fetched.
    """

    requester: Requester
    parameters: dict[str, Any]
    now: datetime
    vault: Vault | None = None
    file_url: Callable[[UploadedFile], str] = files.data_url


def hits_of(call: Call) -> "QuerySet[HIT]":
    """Return the requester's HITs that were not deleted, each with its type."""
    hits = HIT.objects.filter(requester=call.requester).exclude(status=DISPOSED)
    return hits.select_related("hit_type")


def shown_hit(call: Call) -> HIT:
    """Return the requester's HIT named in the call, with its question.

    Raises RequestError (HITDoesNotExist), for a deleted one too.
    """
    return _existing(_SHOWN.first(**_key(call)), call)


def known_hit(call: Call) -> HIT:
    """Return the requester's HIT named in the call, of which no more than its ids were read.

    Raises RequestError (HITDoesNotExist), for a deleted one too.
    """
    return _existing(_KNOWN.first(**_key(call)), call)


def locked_hit(call: Call) -> HIT:
    """Return the requester's HIT named in the call, kept from other writers.

    Deleted HITs are returned too. Raises RequestError (HITDoesNotExist).
    """
    return _existing(_LOCKED.first(**_key(call)), call)


def undeleted(call: Call, hit: HIT) -> HIT:
    """Return ``hit``; raises RequestError (HITDoesNotExist) for one that was deleted."""
    return _existing(None if hit.status == DISPOSED else hit, call)


def named_worker(call: Call) -> Worker:
    """Return the worker named in the call; raises ParameterValidationError."""
    worker = Worker.objects.filter(worker_id=call.parameters["WorkerId"]).first()
    if worker is None:
        raise invalid_value(call.parameters["WorkerId"], "WorkerId")
    return worker


def _key(call: Call) -> dict[str, Any]:
    return {"requester": call.requester.pk, "hit_id": call.parameters["HITId"]}


def _existing(hit: HIT | None, call: Call) -> HIT:
    if hit is None:
        raise does_not_exist("HIT", call.parameters["HITId"])
    return hit
