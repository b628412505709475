"""Which qualification types there are, and for whom.

A type is its owner's to change and to grant. Other requesters see it while it is Active, and
may require it: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/
ApiReference_ListQualificationTypesOperation.html.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from crowdmake.market.models import ACTIVE, QualificationType, Requester
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import RequestError, does_not_exist, wrong_state
from crowdmake.market.qualifications import system

REQUESTABLE = Q(status=ACTIVE)


def requestable() -> "QuerySet[QualificationType]":
    """Return the types that workers may request, the newest first."""
    return _kept().filter(REQUESTABLE).select_related("requester").order_by("-pk")


def owned_by(requester: Requester) -> "QuerySet[QualificationType]":
    """Return the requester's own types that were not deleted."""
    return _kept().filter(requester=requester)


def shown_to(requester: Requester) -> "QuerySet[QualificationType]":
    """Return the requester's own types and the Active ones of others, without the system's."""
    return _kept().filter(Q(requester=requester) | Q(status=ACTIVE))


def shown(call: Call) -> QualificationType:
    """Return the type named in the call, which may be the system's or another's.

    Raises RequestError (QualificationTypeDoesNotExist).
    """
    type_id = call.parameters["QualificationTypeId"]
    found = system.BY_ID.get(type_id) or _named(shown_to(call.requester), type_id)
    if found is None:
        raise does_not_exist("QualificationType", type_id)
    return found


def owned(call: Call) -> QualificationType:
    """Return the caller's own type named in the call.

    Raises RequestError (QualificationTypeDoesNotExist; PermissionDenied for a type that the
    caller sees and does not own).
    """
    found = shown(call)
    if found.requester_id != call.requester.pk:
        raise RequestError(
            "PermissionDenied", "This user is not authorized to perform the requested operation."
        )
    return found


def locked(call: Call) -> QualificationType:
    """Return the caller's own type, as `owned` does, kept from other writers."""
    found = lock(owned(call))
    if found is None:
        raise does_not_exist("QualificationType", call.parameters["QualificationTypeId"])
    return found


def lock(qualification_type: QualificationType) -> QualificationType | None:
    """Return the type as it stands, kept from other writers; None if it was deleted."""
    return for_update(_kept()).filter(pk=qualification_type.pk).first()


def check_usable(requester: Requester, type_ids: Iterable[str]) -> None:
    """Do nothing if the requester may require all these types, and keep them from being deleted.

    Raises RequestError (QualificationTypeDoesNotExist; InvalidQualificationTypeState for an
    Inactive type of the requester's own).
    """
    wanted = sorted(set(type_ids) - set(system.BY_ID))
    if not wanted:
        return
    rows = shown_to(requester).filter(qualification_type_id__in=wanted).order_by("pk")
    status = dict(for_update(rows).values_list("qualification_type_id", "status"))
    for type_id in wanted:
        if type_id not in status:
            raise does_not_exist("QualificationType", type_id)
        if status[type_id] != ACTIVE:
            raise wrong_state("QualificationType", ACTIVE)


def for_update(rows: "QuerySet[QualificationType]") -> "QuerySet[QualificationType]":
    """Return ``rows`` locked, but for what only refers to them."""
    return rows.select_for_update(of=("self",), no_key=True)


def _kept() -> "QuerySet[QualificationType]":
    return QualificationType.objects.filter(deleted_at__isnull=True)


def _named(types: "QuerySet[QualificationType]", type_id: str) -> QualificationType | None:
    return types.filter(qualification_type_id=type_id).first()
