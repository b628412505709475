"""The groups of HITs on offer to a worker, and which HIT of a group comes next.

A group is what the HITs of one HIT type are to workers. An Assignable HIT is on the market, has
not expired and has assignments that nobody took: `transitions` and `due` see to that.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from crowdmake.market import eligibility
from crowdmake.market.eligibility import Eligibility
from crowdmake.market.models import ASSIGNABLE, ENGAGED, HIT, Assignment, HITType, Worker


class Group(NamedTuple):
    """A group with the number of its Assignable HITs, and when the newest of them was made.

    ``assignment_duration`` is in seconds.
    """

    pk: int
    hit_group_id: str
    title: str
    description: str
    keywords: str
    requester_id: int
    requester: str
    reward_cents: int
    assignment_duration: int
    requirements: list[Any]
    newest: datetime
    hits: int


class Offer(NamedTuple):
    """A group, the number of its HITs that the worker may still do, and what the worker may."""

    group: Group
    number: int
    may: Eligibility


# Each puts the greatest first; what is equal stays with the newest first.
SORTS: dict[str, Callable[[Offer], Any]] = {
    "newest": lambda offer: offer.group.newest,
    "reward": lambda offer: offer.group.reward_cents,
    "number": lambda offer: offer.number,
    "time": lambda offer: -offer.group.assignment_duration,
}


def on_offer(worker: Worker) -> list[Offer]:
    """Return what is on offer to the worker, the newest first.

    Groups that the worker may not discover are not among it; those that the worker can only
    look at are, with the reasons.
    """
    done = _engaged(worker)
    groups = [each for each in _groups() if each.hits > done.get(each.pk, 0)]
    judged = eligibility.judge_all(eligibility.Standing(worker), groups)
    offers = [
        Offer(group, group.hits - done.get(group.pk, 0), may)
        for group, may in zip(groups, judged, strict=True)
        if may.discover
    ]
    return arranged(offers, "newest")


def search(offers: Iterable[Offer], words: str) -> list[Offer]:
    """Return the offers in whose texts, or requester's name, each of the words occurs."""
    wanted = words.casefold().split()
    return [each for each in offers if all(word in _text(each.group) for word in wanted)]


def arranged(offers: Iterable[Offer], sort: str) -> list[Offer]:
    """Return the offers in an order of SORTS."""
    return sorted(offers, key=SORTS[sort], reverse=True)


def next_hit(worker: Worker, hit_type: HITType, after: int = 0) -> HIT | None:
    """Return the oldest HIT of the type that the worker may still do, None where there is none.

    ``after`` is the key of a HIT that is skipped with all before it; where nothing is left
    then, it begins anew.
    """
    waiting = _waiting(worker, hit_type)
    return waiting.filter(pk__gt=after).first() or (waiting.first() if after else None)


def next_to_take(worker: Worker, hit_type: HITType, preferred: int = 0) -> HIT | None:
    """Return the HIT that the worker is to get, kept from other writers; inside a transaction.

    It is the one with the key ``preferred`` where the worker may still do that. Where others
    take the same one first, the database goes on to the next.
    """
    waiting = _waiting(worker, hit_type).select_for_update(of=("self",))
    wanted = waiting.filter(pk=preferred).first() if preferred else None
    return wanted or waiting.first()


def _groups() -> list[Group]:
    # Named as the index `hits_by_type` begins, so that nothing else of a HIT is read.
    hits = HIT.objects.filter(
        requester=OuterRef("requester"), hit_type=OuterRef("pk"), status=ASSIGNABLE
    ).order_by()
    number = hits.values("status").annotate(number=Count("*")).values("number")
    newest = hits.order_by("-pk").values("creation_time")[:1]
    rows = HITType.objects.filter(Exists(hits)).values_list(
        "pk",
        "hit_group_id",
        "title",
        "description",
        "keywords",
        "requester_id",
        "requester__name",
        "reward_cents",
        "assignment_duration",
        "requirements",
        Subquery(newest),
        Subquery(number),
    )
    return [Group(*row) for row in rows]


def _engaged(worker: Worker) -> dict[int, int]:
    """Return the number of Assignable HITs of each type that the worker has taken on already."""
    work = Assignment.objects.filter(
        worker=worker, status__in=ENGAGED, hit__status=ASSIGNABLE
    ).order_by()
    return dict(work.values_list("hit__hit_type").annotate(number=Count("*")))


def _waiting(worker: Worker, hit_type: HITType) -> "QuerySet[HIT]":
    """Return the type's Assignable HITs that the worker has not taken on, the oldest first."""
    taken = Assignment.objects.filter(worker=worker, hit=OuterRef("pk"), status__in=ENGAGED)
    hits = HIT.objects.filter(requester=hit_type.requester_id, hit_type=hit_type, status=ASSIGNABLE)
    return hits.filter(~Exists(taken)).order_by("pk")


def _text(group: Group) -> str:
    texts = (group.title, group.description, group.keywords, group.requester)
    return "\n".join(texts).casefold()
