"""`crowdmake market layout`: pages from which HITs are made by naming them."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.market import layouts
from crowdmake.market.commands import common
from crowdmake.market.embedded import REQUESTER
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import HITLayout
from crowdmake.market.protocol.errors import MarketError

if TYPE_CHECKING:
    from datetime import datetime

    from crowdmake.market.commands.common import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "layout", "HIT layouts: pages with ${name} places.")
    text = "Add a page; print the HITLayoutId that requests name it by."
    add_ = common.command(own, "add", text, _add)
    add_.add_argument("name")
    add_.add_argument("file", type=Path, help="the page's HTML")
    add_.add_argument("--requester", default=REQUESTER, help="(default: %(default)s)")
    common.add_json(common.command(own, "list", "List the layouts.", _list))


def _add(arguments: Namespace) -> None:
    try:
        html = arguments.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{arguments.file} cannot be read: {error}") from None

    def make(now: "datetime") -> str:
        requester = common.requester_named(arguments.requester)
        layout_id: str = layouts.add(requester, arguments.name, html, now).hit_layout_id
        return layout_id

    try:
        common.say(common.opened(arguments).run(make))
    except MarketError as error:
        raise OperatorError(error.message) from None


def _list(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        rows = common.of_each(
            HITLayout.objects.select_related("requester").order_by("pk"),
            layout=lambda each: each.hit_layout_id,
            requester=lambda each: each.requester.name,
            name=lambda each: each.name,
            created=lambda each: each.created_at,
        )
    common.show(rows, as_json=arguments.json)
