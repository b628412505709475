"""What the Snakefile asks while it plans. Everything here is offline and writes nothing."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from crowdmake.configuration.config import (
    CONFIG,
    LOCAL,
    SHIPPED_TEMPLATES,
    TEMPLATES,
    Configuration,
)
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.ledgers.batches import Batch, launched_batches
from crowdmake.messages import counted, listed, nearest, printable, shown
from crowdmake.money import fees
from crowdmake.money.spending import LAUNCH, Claim, Spending
from crowdmake.reviewing.decisions import path_of

INPUT = Path("input")
BATCH = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
TOKENS = ".snakemake/crowdmake"
# Names that the state folder has other files under.
_RESERVED = re.compile(r"(run\.lock|spending\.(jsonl|lock)|market\.sqlite3.*)$")


class Plan:
    """One invocation's view of the experiment in the working directory.

    ``run`` is a number that no other invocation has. It names the tokens of stages that
    have to run again, so that they run under any of Snakemake's rerun triggers; a stage
    that is done keeps the number of the run that finished it.

    Raises:
        UserError: the configuration, the input's names or a ledger have faults.
    """

    def __init__(self, config: Mapping[str, Any], run: str) -> None:
        self.configuration = Configuration(config, Path())
        self._run = run
        self._launching: set[str] = set()
        self._launched = launched_batches(self.configuration.endpoint)
        inputs = _input_batches()
        self._known = sorted({*inputs, *self._launched})
        self._check_names()
        self._check_hit_ids()
        self.batches = self._chosen(inputs)
        self.worked = self._chosen(self._known if self.crowd else self._launched)

    @property
    def crowd(self) -> bool:
        """Return whether simulated workers make the chain whole, from input to results."""
        return self.configuration.endpoint == LOCAL and self.configuration.crowd is not None

    def token(self, stage: str, batch: str) -> str:
        """Return the path of the token that says ``stage`` is done with ``batch``."""
        outline = self._launched.get(batch)
        ledgers = Batch(batch, self.configuration.endpoint)
        remembered = ledgers.round_of(stage) if outline and outline.done(stage) else None
        return f"{TOKENS}/{stage}/{batch}/{remembered or self._run}"

    def tokens(self, stage: str) -> list[str]:
        """Return the tokens of ``stage`` for every batch that has, or will have, HITs."""
        return [self.token(stage, batch) for batch in self.worked]

    def input_of(self, batch: str) -> list[str]:
        """Return the batch's input file; none where it was removed after launch."""
        return _existing(INPUT / f"{batch}.jsonl")

    def to_launch(self, batch: str) -> str:
        """Return the pages that launching needs, and remember that the run may launch them."""
        self._launching.add(batch)
        return f"results/rendered/{batch}.jsonl"

    def check_funds(self) -> None:
        """Stop a run whose launches together pass the budget or the account's balance.

        Called once, before the first job. Input with faults is left to its own job, which
        launches nothing. The market is asked only where something is to be launched.

        Raises:
            UserError: the line says what is needed, what is left and how many HITs would fit.
        """
        claims = [claim for batch in sorted(self._launching) for claim in self._claims(batch)]
        if claims:
            # Imported here: planning alone needs no boto3, which takes a third of a second.
            from crowdmake.client import Connection, explained
            from crowdmake.money.funds import check_funds

            endpoint, limit = self.configuration.endpoint, self.configuration.max_usd
            spending = Spending(endpoint, limit)
            with explained(endpoint):
                check_funds(Connection(self.configuration.market), claims, spending)

    def decisions_of(self, batch: str) -> list[str]:
        """Return the batch's decisions file, where there is one."""
        return _existing(path_of(batch))

    def cost(self, batch: str) -> str:
        """Return what launching the batch would create and cost, in words."""
        try:
            new = self._new(batch)
        except UserError as error:
            faults = counted(len(error.lines), "fault")
            return f"cost unknown, {faults} in the input: `snakemake render` names them"
        live = len(self._launched[batch].hits) if batch in self._launched else 0
        each = fees.price(self.properties(batch), self.configuration.fees)
        return fees.cost_sentence(len(new), each, live=live)

    def properties(self, batch: str) -> dict[str, Any]:
        """Return the properties of the batch's HITs, complete."""
        return self.configuration.hit(batch).properties

    @cached_property
    def properties_of_all(self) -> dict[str, Any]:
        """Return every chosen batch's properties, by name."""
        return {batch: self.properties(batch) for batch in self.batches}

    def shown(self, batch: str) -> dict[str, Any]:
        """Return the properties that rendering needs."""
        names = ("Title", "Description", "FrameHeight")
        return {name: self.properties(batch)[name] for name in names}

    def templates(self) -> list[str]:
        """Return every file that a page may include."""
        own = TEMPLATES.resolve() == SHIPPED_TEMPLATES.resolve()
        folders = [TEMPLATES] if own else [TEMPLATES, SHIPPED_TEMPLATES]
        return [str(path) for folder in folders for path in sorted(folder.rglob("*.html"))]

    def work_of(self, batch: str) -> list[str]:
        """Return the token of the simulated crowd's work; none where people work."""
        return [f"{TOKENS}/work/{batch}"] if self.crowd and batch in self.batches else []

    def recorded_answers(self) -> list[str]:
        """Return the file of answers that the crowd replays, where it does."""
        return [answers] if (answers := (self.configuration.crowd or {}).get("answers")) else []

    def decided_mark(self, batch: str) -> list[str]:
        """Return the file that changes with every decision; none before the first."""
        return _existing(Batch(batch, self.configuration.endpoint).decided_mark)

    def _claims(self, batch: str) -> list[Claim]:
        """Return what the batch's rows without a HIT will cost; nothing where it has faults."""
        try:
            new = self._new(batch)
        except UserError:
            return []
        amount = fees.price(self.properties(batch), self.configuration.fees).total
        # What an interrupted call may have put up is on hold at the market already.
        unsure = self._launched[batch].intents if batch in self._launched else frozenset()
        return [Claim(batch, key, LAUNCH, amount) for key in new if key not in unsure]

    def _new(self, batch: str) -> list[str]:
        """Return the keys of the batch's rows that have no HIT."""
        live = self._launched[batch].hits if batch in self._launched else {}
        rows = _rows(INPUT / f"{batch}.jsonl").rows
        return [row.key for row in rows if row.key not in live]

    def _check_names(self) -> None:
        """Refuse what is said of batches that do not exist: their names are misspelt."""
        UserError.collect(
            f"--config batch: found {shown(name)}; expected one of {listed(self._known)}"
            for name in self.configuration.chosen or []
            if name not in self._known
        )
        UserError.collect(
            f"{CONFIG}: batches.{name}: there is no {INPUT / name}.jsonl;"
            f" {nearest(name, self._known)}"
            for name in self.configuration.values.get("batches", {})
            if name not in self._known
        )
        UserError.collect(
            f"{path}: there is no batch {shown(path.stem)}; {nearest(path.stem, self._known)}"
            for path in _visible(path_of("x").parent.glob("*.csv"))
            if path.stem not in self._known
        )

    def _check_hit_ids(self) -> None:
        """Refuse HIT ids on the command line that no batch has."""
        known = {hit_id for each in self._launched.values() for hit_id in each.hits.values()}
        UserError.collect(
            f"--config hit: found {shown(hit_id)}; expected the id of a HIT of this experiment"
            for hit_id in self.configuration.hit_ids
            if hit_id not in known
        )

    def _chosen(self, names: Iterable[str]) -> list[str]:
        """Return those of ``names`` that `--config batch` does not leave out."""
        chosen = self.configuration.chosen
        return [name for name in names if chosen is None or name in chosen]


def _input_batches() -> list[str]:
    """Return the names of the input files.

    Raises:
        UserError: there is none, or one has a name that cannot be a batch's.
    """
    paths = _visible(INPUT.glob("*.jsonl"))
    UserError.collect(
        f"{printable(str(path))}: {shown(path.stem)} cannot name a batch; expected up to 64"
        " letters, digits, '.', '_' and '-', the first a letter or digit; rename the file"
        for path in paths
        if not re.fullmatch(BATCH, path.stem) or _RESERVED.match(path.stem)
    )
    UserError.collect(
        f"{path}: is a link that leads nowhere; remove it or mend it"
        for path in paths
        if not path.exists()
    )
    if not paths:
        others = [path.name for path in sorted(INPUT.glob("*"))]
        found = f"found only {printable(listed(others))}" if others else "found nothing"
        raise UserError(f"{INPUT}/: {found}; expected at least one batch, input/NAME.jsonl")
    return [path.stem for path in paths]


@lru_cache(maxsize=8)
def _rows(path: Path) -> Any:
    return read_rows(path)


def _existing(path: Path) -> list[str]:
    return [str(path)] if path.exists() else []


def _visible(paths: Iterable[Path]) -> list[Path]:
    """Return the paths in order, without the hidden files that editors and systems leave."""
    return [path for path in sorted(paths) if not path.name.startswith(".")]
