"""`crowdmake market letters`: what workers wrote about HITs and rejections."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crowdmake.market.commands import common
from crowdmake.market.working import letters

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "letters", "What workers wrote: reports and replies.")
    text = (
        "List workers' reports of broken HITs, and their replies to rejections with the moment"
        " until which the requester can still override (ApproveAssignment, OverrideRejection)."
    )
    list_ = common.command(own, "list", text, _list)
    list_.add_argument("--requester", metavar="NAME", help="only those to this requester")
    list_.add_argument(
        "--open",
        action="store_true",
        help="only rejections that can still be overridden, and reports of HITs still on offer",
    )
    common.add_json(list_)


def _list(arguments: Namespace) -> None:
    with common.opened(arguments).reading() as now:
        name = arguments.requester
        requester = common.requester_named(name) if name else None
        found = letters.received(requester, now)
        rows = common.of_each(
            [each for each in found if each.open or not arguments.open],
            time=lambda each: each.sent_at,
            kind=lambda each: each.kind,
            requester=lambda each: each.requester,
            hit=lambda each: each.hit_id,
            assignment=lambda each: each.assignment_id,
            worker=lambda each: each.worker_id,
            overridable_until=lambda each: each.overridable_until,
            open=lambda each: each.open,
            reason=lambda each: each.reason,
            text=lambda each: each.text,
        )
    common.show(rows, as_json=arguments.json)
