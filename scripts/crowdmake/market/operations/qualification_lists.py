"""Lists of qualification types, and of the HITs that require one.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ListQualificationTypesOperation.html,
..._ListHITsForQualificationTypeOperation.html.
"""

from heapq import nlargest
from itertools import chain
from typing import Any

from django.db.models import Q, QuerySet

from crowdmake.market.models import HIT, HITType, QualificationType, RequiredQualification
from crowdmake.market.operations.registry import reading
from crowdmake.market.protocol.calls import Call, hits_of
from crowdmake.market.protocol.paging import newest_first, page_of
from crowdmake.market.protocol.structures import hit_structure
from crowdmake.market.qualifications import catalogue, system
from crowdmake.market.qualifications.structures import type_structure

FEW = 100


def list_qualification_types(call: Call) -> dict[str, Any]:
    """Return a page of the types that the caller sees, the newest first, the system's last."""
    types, systems = _wanted(call)

    def find(key: int | None, size: int) -> list[QualificationType]:
        following = types if key is None else newest_first(types, key)
        last = [each for each in systems if key is None or each.pk < key]
        return [*following.order_by("-pk")[:size], *last][:size]

    found, members = page_of(find, call.parameters, "ListQualificationTypes")
    shown = [type_structure(each, call.requester) for each in found]
    return {**members, "QualificationTypes": shown}


def list_hits_for_qualification_type(call: Call) -> dict[str, Any]:
    """Return a page of the requester's HITs that require a type, the newest first."""
    links = RequiredQualification.objects.filter(
        hit_type__requester=call.requester,
        qualification_type_id=catalogue.shown(call).qualification_type_id,
    )

    def find(key: int | None, size: int) -> list[HIT]:
        hits = hits_of(call) if key is None else newest_first(hits_of(call), key)
        newest = _newest(hits, links, size)
        return list(newest.select_related("question").order_by("-pk")[:size])

    found, members = page_of(find, call.parameters, "ListHITsForQualificationType")
    return {**members, "HITs": [hit_structure(each, each.question.xml) for each in found]}


def _wanted(call: Call) -> "tuple[QuerySet[QualificationType], list[QualificationType]]":
    """Return the requesters' types and the system's that the call asks for."""
    words = call.parameters.get("Query", "").split()
    owned = call.parameters.get("MustBeOwnedByCaller")
    types = (catalogue.owned_by if owned else catalogue.shown_to)(call.requester)
    if call.parameters["MustBeRequestable"]:
        types = types.filter(catalogue.REQUESTABLE)
    for word in words:
        named = Q(name__icontains=word) | Q(keywords__icontains=word)
        types = types.filter(named | Q(description__icontains=word))
    none = owned or call.parameters["MustBeRequestable"]
    return types, [] if none else [each for each in system.TYPES if _has(each, words)]


def _has(each: QualificationType, words: list[str]) -> bool:
    text = f"{each.name}\n{each.description}".lower()
    return all(word.lower() in text for word in words)


def _newest(
    hits: "QuerySet[HIT]", links: "QuerySet[RequiredQualification]", size: int
) -> "QuerySet[HIT]":
    """Return the HITs of the types in ``links``, at least the ``size`` newest.

    The newest of each type are at the end of an index; a database that does not know how rare
    the types are would go through all HITs for them.
    """
    types = HITType.objects.filter(pk__in=links.values("hit_type"))
    few = list(types.values_list("pk", flat=True)[: FEW + 1])
    if len(few) > FEW:
        return hits.filter(hit_type__in=types)
    each_newest = (
        hits.filter(hit_type=each).order_by("-pk").values_list("pk", flat=True)[:size]
        for each in few
    )
    return hits.filter(pk__in=nlargest(size, chain.from_iterable(each_newest)))


_PAGE_ERRORS = ("AWS.ParameterOutOfRange", "InvalidParameterValue")
OPERATIONS = {
    "ListQualificationTypes": reading(list_qualification_types, *_PAGE_ERRORS),
    "ListHITsForQualificationType": reading(
        list_hits_for_qualification_type, "QualificationTypeDoesNotExist", *_PAGE_ERRORS
    ),
}
