"""What a round, `snakemake tick`, is to do. All offline."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import moments
from crowdmake.configuration.config import Configuration
from crowdmake.configuration.triggers import EVENT, triggers
from crowdmake.inputs.paths import input_files
from crowdmake.ledgers.batches import Batch, Outline
from crowdmake.polling.names import is_poll
from crowdmake.ticking import schedule
from crowdmake.ticking.freshness import stale_lines
from crowdmake.ticking.schedule import ROWS, SCHEDULED

if TYPE_CHECKING:
    from crowdmake.planning.plan import Plan


class TickPlan:
    """What starts HITs, and what one round of the experiment comes to."""

    def __init__(self, configuration: Configuration) -> None:
        self.triggers = triggers(configuration.values)
        self._scheduled = Batch(SCHEDULED, configuration.endpoint)
        self.asked = False
        """Whether the run is a round; known once Snakemake has asked what it is to do."""

    def inputs(self) -> dict[str, Path]:
        """Return the file of each batch's rows; where rows come by the clock, theirs alone.

        Raises:
            UserError: there are none and none are awaited, or their names have faults.
        """
        if self.triggers.scheduled:
            return {SCHEDULED: ROWS}
        return input_files(awaited=self.triggers.on == EVENT)

    @cached_property
    def due(self) -> bool:
        """Return whether a scheduled row is due."""
        period = self.triggers.period
        if not self.triggers.scheduled or period is None:
            return False
        return schedule.is_due(self._scheduled, period, moments.now())

    def keys(self) -> dict[str, list[str]]:
        """Return the keys of rows that stand in no file of ``input/``, by batch."""
        if not self.triggers.scheduled:
            return {}
        number = len(schedule.moments_of(self._scheduled)) + self.due
        return {SCHEDULED: schedule.keys(number)}

    def targets(self, plan: Plan) -> list[str]:
        """Return what one round leaves."""
        merged = ["results/results.jsonl", "results/results.csv"]
        put_up = [f"results/hits/{batch}.jsonl" for batch in plan.batches]
        listed = [f"results/hit_ids/{batch}.txt" for batch in plan.batches]
        approved = [f"results/approvals/{batch}.jsonl" for batch in plan.worked]
        harvested = [*merged, *plan.tokens("poll"), *plan.polls()]
        decided = [*approved, *plan.tokens("approve")]
        deleted = plan.deletions() if self.triggers.deletes else []
        return [*put_up, *listed, *harvested, *decided, *self.emitted(plan), *deleted]

    def emitted(self, plan: Plan) -> list[str]:
        """Return what `emit` leaves; polls are told with what they decide, not by themselves."""
        told = [batch for batch in plan.worked if not is_poll(batch)]
        files = [f"results/events/{batch}.jsonl" for batch in told]
        return [*files, *(plan.token("emit", batch) for batch in told)]

    def warn_once(self, launched: Mapping[str, Outline], is_new: Callable[[], bool]) -> None:
        """Take the run for a round, and say, once, where rows have not come in as expected."""
        first, self.asked = not self.asked, True
        expected = self.triggers.expected
        if not first or expected is None or is_new():
            return
        rows = (batch for batch in launched if not is_poll(batch))
        received = (launched[batch].received for batch in rows)
        for line in stale_lines(received, expected, moments.now()):
            sys.stderr.write(f"{line}\n")
