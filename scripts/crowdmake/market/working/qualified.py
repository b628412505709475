"""Where a worker stands with qualifications: what is held, requested, and can be requested."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from crowdmake.market.eligibility import Standing
from crowdmake.market.models import (
    ACTIVE,
    EXPIRED,
    GRANTED,
    PENDING,
    REJECTED,
    REVOKED,
    STARTED,
    Qualification,
    QualificationRequest,
    QualificationType,
    Worker,
)
from crowdmake.market.qualifications import catalogue, requesting, system

TAKING = "taking"


@dataclass(frozen=True)
class Position:
    """Where a worker stands with one qualification type.

    ``held`` is what was ever granted, ``request`` the latest request, a test that is being taken
    included; ``now`` the moment for which this holds.
    """

    type: QualificationType
    held: Qualification | None
    request: QualificationRequest | None
    now: datetime

    @property
    def granted(self) -> bool:
        """Return whether the worker has the qualification."""
        return self.held is not None and self.held.status == GRANTED

    @property
    def test(self) -> QualificationRequest | None:
        """The test that the worker is taking."""
        begun = self.request
        if begun is None or begun.status != STARTED or begun.deadline is None:
            return None
        return begun if self.now <= begun.deadline else None

    @property
    def state(self) -> str:
        """What counts most: GRANTED, PENDING, TAKING, EXPIRED, REJECTED, REVOKED or ""."""
        if self.test:
            return TAKING
        last = self.request.status if self.request else ""
        if last == PENDING or self.granted:
            return PENDING if last == PENDING else GRANTED
        if last in (STARTED, EXPIRED):
            return EXPIRED
        if last == REJECTED:
            return REJECTED
        return REVOKED if self.held else ""

    @property
    def again(self) -> datetime | None:
        """When another request will be taken, if it is not yet time for it."""
        if self.request is None or self.type.retry_delay is None:
            return None
        moment = requesting.free_from(self.request, self.type.retry_delay)
        return moment if self.now < moment else None

    @property
    def may_ask(self) -> bool:
        """Whether a request makes sense, if not now then later."""
        offered = self.type.status == ACTIVE and self.type.deleted_at is None
        again = self.type.test and self.type.retry_delay is not None
        return offered and self.state != PENDING and (not self.granted or bool(again))


class Known(NamedTuple):
    """What the market itself knows about a worker; ``value`` is in words."""

    name: str
    description: str
    value: str


def concerning(worker: Worker) -> "QuerySet[QualificationType]":
    """Return the types that the worker has, had or requested, the newest first."""
    held, requested = _of(worker)
    types = QualificationType.objects.filter(Q(Exists(held)) | Q(Exists(requested)))
    return types.select_related("requester").order_by("-pk")


def find(worker: Worker, type_id: str) -> QualificationType | None:
    """Return the type if the worker may request it, or ever had to do with it."""
    named = {"qualification_type_id": type_id}
    return concerning(worker).filter(**named).first() or (
        catalogue.requestable().filter(**named).first()
    )


def positions(worker: Worker, types: Iterable[QualificationType], now: datetime) -> list[Position]:
    """Return where the worker stands with each of ``types``."""
    wanted = list(types)
    held = Qualification.objects.filter(worker=worker, qualification_type__in=wanted)
    requests = QualificationRequest.objects.filter(worker=worker, qualification_type__in=wanted)
    holding = {each.qualification_type_id: each for each in held}
    latest = {each.qualification_type_id: each for each in requests.order_by("pk")}
    return [Position(each, holding.get(each.pk), latest.get(each.pk), now=now) for each in wanted]


def known(worker: Worker) -> list[Known]:
    """Return the service's own qualifications, as the worker's standing has them."""
    standing = Standing(worker)
    place = "-".join(filter(None, (worker.country, worker.subdivision)))
    values = {
        system.HITS_APPROVED: str(standing.qualification(system.HITS_APPROVED)[1]),
        system.PERCENT_APPROVED: f"{standing.qualification(system.PERCENT_APPROVED)[1]} %",
        system.LOCALE: place or "not stated",
        system.ADULT: "yes" if worker.adult else "no",
        system.MASTERS_IN_PRODUCTION: "yes" if worker.masters else "no",
    }
    types = ((system.BY_ID[type_id], value) for type_id, value in values.items())
    return [Known(each.name, each.description, value) for each, value in types]


def _of(worker: Worker) -> tuple["QuerySet[Qualification]", "QuerySet[QualificationRequest]"]:
    this = {"worker": worker, "qualification_type": OuterRef("pk")}
    return Qualification.objects.filter(**this), QualificationRequest.objects.filter(**this)
