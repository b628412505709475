"""The input files of an experiment: which file is which batch.

A batch is an input file, whatever its extension: simple-amt's `.txt` and `.json` files are
taken like `.jsonl` ones. What commonly lies beside them (notes, tables that the rows were
made from, backups, hidden files, folders) is no batch.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from crowdmake.exceptions import UserError
from crowdmake.messages import listed, printable, shown
from crowdmake.polling.names import is_poll, polled

INPUT = Path("input")
BATCH = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
# Names that the state folder has other files under.
RESERVED = re.compile(r"([a-z]+\.(jsonl?|lock)|market\.sqlite3.*)$")
_BESIDE = frozenset(
    [".bak", ".csv", ".license", ".md", ".ods", ".orig", ".rst", ".tsv", ".xls", ".xlsx"]
)  # fmt: skip


def input_files(folder: Path = INPUT, *, awaited: bool = False) -> dict[str, Path]:
    """Return the input file of each batch, by its name and in its order.

    There may be none yet where they are ``awaited``.

    Raises:
        UserError: there is none, one has a name that cannot be a batch's, or two are of one batch.
    """
    paths = [path for path in visible(folder.glob("*")) if _may_hold_rows(path)]
    UserError.collect(
        f"{printable(str(path))}: {shown(path.stem)} cannot name a batch; expected up to 64"
        " letters, digits, '.', '_' and '-', the first a letter or digit; rename the file"
        for path in paths
        if not re.fullmatch(BATCH, path.stem) or RESERVED.match(path.stem)
    )
    UserError.collect(
        f"{path}: the name {path.stem} is that of the polls of a batch {polled(path.stem)};"
        " rename the file"
        for path in paths
        if is_poll(path.stem)
    )
    UserError.collect(
        f"{path}: is a link that leads nowhere; remove it or mend it"
        for path in paths
        if not path.exists()
    )
    if not paths and not awaited:
        others = [path.name for path in sorted(folder.glob("*"))]
        found = f"found only {printable(listed(others))}" if others else "found nothing"
        raise UserError(f"{folder}/: {found}; expected at least one batch, input/NAME.jsonl")
    UserError.collect(_repeated(paths))
    return {path.stem: path for path in sorted(paths, key=lambda path: path.stem)}


def visible(paths: Iterable[Path]) -> list[Path]:
    """Return the paths in order, without the hidden files that editors and systems leave."""
    return [path for path in sorted(paths) if not path.name.startswith(".")]


def _may_hold_rows(path: Path) -> bool:
    is_backup = path.name.endswith("~") or path.suffix.lower() in _BESIDE
    return not is_backup and not path.is_dir()


def _repeated(paths: list[Path]) -> list[str]:
    batches: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        batches[path.stem].append(path)
    return [
        f"{', '.join(map(str, group))}: found {len(group)} files of the batch {batch}; expected"
        " one; rename or remove the others"
        for batch, group in batches.items()
        if len(group) > 1
    ]
