"""Whether what names batches and HITs names any that there are."""

from collections.abc import Collection, Mapping, Sequence

from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.inputs.paths import INPUT, visible
from crowdmake.layout import CONFIG
from crowdmake.ledgers.batches import Outline
from crowdmake.messages import counted, listed, nearest, shown
from crowdmake.reviewing.decision_lists import list_of
from crowdmake.reviewing.decisions import path_of


def check(
    configuration: Configuration, known: Sequence[str], launched: Mapping[str, Outline]
) -> None:
    """Refuse what is said of batches and HITs that do not exist: their names are misspelt.

    Raises:
        UserError: a line for each such name.
    """
    _check_batches(configuration, known)
    if configuration.orders("reject").get("undecided"):
        _check_one(
            "undecided=true", configuration.chosen or [], "all its undecided work is rejected"
        )
    ids = {hit_id for each in launched.values() for hit_id in each.hits.values()}
    UserError.collect(
        f"--config hit: found {shown(hit_id)}; expected the id of a HIT of this experiment"
        for hit_id in configuration.hit_ids
        if hit_id not in ids and not configuration.whole_account
    )


def check_confirmed(configuration: Configuration, worked: Collection[str]) -> None:
    """Refuse a number that would confirm the rejections of several batches at once.

    Raises:
        UserError: it is not said which batch the number is meant for.
    """
    number = configuration.confirmed
    if number is not None and not configuration.whole_account and len(worked) > 1:
        _check_one(f"confirm={number}", worked, "the number is that of its rejections")


def _check_one(order: str, found: Collection[str], why: str) -> None:
    if len(found) != 1:
        raise UserError(
            f"--config {order}: found {counted(len(found), 'batch name')}; expected"
            f" one, such as --config batch=NAME: {why}"
        )


def _check_batches(configuration: Configuration, known: Sequence[str]) -> None:
    UserError.collect(
        f"--config batch: found {shown(name)}; expected one of {listed(known)}"
        for name in configuration.chosen or []
        if name not in known
    )
    UserError.collect(
        f"{CONFIG}: batches.{name}: there is no {INPUT / name}.jsonl; {nearest(name, known)}"
        for name in configuration.values.get("batches", {})
        if name not in known
    )
    UserError.collect(
        f"{path}: there is no batch {shown(path.stem)}; {nearest(path.stem, known)}"
        for kind in (path_of("*"), list_of("*"))
        for path in visible(kind.parent.glob(kind.name))
        if path.stem not in known
    )
