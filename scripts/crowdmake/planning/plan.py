"""What the Snakefile asks while it plans. Everything here is offline and writes nothing."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from crowdmake.configuration.config import LOCAL, configuration_here
from crowdmake.inputs.paths import INPUT
from crowdmake.ledgers.batches import Batch, launched_batches
from crowdmake.money.spending import LAUNCH, Spending
from crowdmake.planning import names
from crowdmake.planning.account_plan import TOKENS, AccountPlan
from crowdmake.planning.combine_plan import CombinePlan
from crowdmake.planning.demand import Demand
from crowdmake.planning.page_plan import PagePlan
from crowdmake.planning.pending import Pending
from crowdmake.planning.poll_plan import PollPlan
from crowdmake.planning.tick_plan import TickPlan
from crowdmake.polling.names import POLLS, is_poll, poll_of
from crowdmake.reviewing.decision_lists import list_of
from crowdmake.reviewing.decisions import path_of
from crowdmake.ticking.schedule import SCHEDULED


class Plan:
    """One invocation's view of the experiment in the working directory.

    ``run`` is a number that no other invocation has. It names the tokens of stages that
    have to run again, so that they run under any of Snakemake's rerun triggers; a stage
    that is done keeps the number of the run that finished it.

    Raises:
        UserError: the configuration, the input's names or a ledger have faults.
    """

    def __init__(self, config: Mapping[str, Any], run: str) -> None:
        self.configuration = configuration_here(config)
        self._run = run
        self.account = AccountPlan(self.configuration, run)
        self._launched = launched_batches(self.configuration.endpoint)
        self.tick = TickPlan(self.configuration)
        self._inputs = inputs = self.tick.inputs()
        self.poll = PollPlan(self.configuration, {*inputs, *self._launched})
        self._polls = self.poll.about
        self._known = sorted({*inputs, *self._launched, *self._polls})
        names.check(self.configuration, self._known, self._launched)
        made = self.tick.keys()
        self._pending = Pending(self.configuration, inputs, self._launched, made)
        self.combine = CombinePlan(self.configuration, self._pending)
        self._spending = Demand(self.configuration, self._pending, self._launched)
        self.batches = self._chosen(inputs)
        self.pages = PagePlan(self.configuration, self.batches, self.poll, self.rows_of)
        self.worked = self._chosen(self._known if self.crowd else self._launched)
        names.check_confirmed(self.configuration, self.worked)

    @property
    def crowd(self) -> bool:
        """Return whether simulated workers make the chain whole, from input to results."""
        return self.configuration.endpoint == LOCAL and self.configuration.crowd is not None

    def token(self, stage: str, batch: str) -> str:
        """Return the path of the token that says ``stage`` is done with ``batch``."""
        outline = self._launched.get(batch)
        ledgers = Batch(batch, self.configuration.endpoint)
        if outline is None and batch in self._polls:
            outline = ledgers.outline()  # where no HIT needs a poll, there is nothing to do
        done = outline and outline.done(stage) and not self.configuration.orders(stage)
        if stage in {"poll", "launch"} and self._goes_on(batch):
            done = False
        remembered = ledgers.round_of(stage) if done else None
        return f"{TOKENS}/{stage}/{batch}/{remembered or self._run}"

    def round(self) -> list[str]:
        """Return what one round leaves, and take the run for one."""
        self.tick.warn_once(self._launched, lambda: any(map(self._pending.is_new, self.batches)))
        return self.tick.targets(self)

    def scheduled_token(self) -> str:
        """Return the token that says the rows that are due by the clock stand in their file."""
        ledgers = Batch(SCHEDULED, self.configuration.endpoint)
        remembered = None if self.tick.due else ledgers.round_of("schedule")
        return f"{TOKENS}/schedule/{SCHEDULED}/{remembered or self._run}"

    def spending_token(self, stage: str, batch: str) -> str:
        """Return the token of a stage that spends, and remember that the run may do so."""
        self._spending.expect(stage, batch)
        return self.token(stage, batch)

    def launch_again(self, batch: str) -> list[str]:
        """Return the token that makes `launch` go on, where it puts up work in several runs."""
        again = self.configuration.replaces_rejected(batch) or self._pending.adapts(batch)
        goes_on = again or self.drips(batch)
        if goes_on and self._pending.left_to_say(batch):
            return [self.fresh("launch", batch)]
        return [self.token("launch", batch)] if goes_on else []

    def combined(self) -> list[str]:
        """Return what `combine` leaves; polls are combined with what they are about."""
        answered = [batch for batch in self.worked if not is_poll(batch)]
        files = [f"results/combined/{batch}.jsonl" for batch in answered]
        tokens = [self.token("poll", batch) for batch in answered]
        return [*files, *tokens, *(each for batch in answered for each in self.poll_token(batch))]

    def poll_token(self, batch: str) -> list[str]:
        """Return the token that says the answers of the batch's polls are fetched."""
        poll = poll_of(batch)
        begun = poll in self._polls and (self.crowd or poll in self._launched)
        return [self.token("poll", poll)] if begun else []

    def drips(self, batch: str) -> bool:
        """Return whether the batch is complete only once all of its rows were launched."""
        return self.configuration.open_at_most(batch) is not None

    def fresh(self, stage: str, batch: str) -> str:
        """Return the path of a token that only this run makes."""
        return f"{TOKENS}/{stage}/{batch}/{self._run}"

    def ordered(self, stage: str, batch: str) -> list[str]:
        """Return a token of this run where the command line orders ``stage`` to do something."""
        ordered = self.configuration.orders(stage)
        return [self.fresh(stage, batch)] if ordered else []

    def tokens(self, stage: str) -> list[str]:
        """Return the tokens of ``stage`` for every batch that has, or will have, HITs."""
        return [self.token(stage, batch) for batch in self.worked]

    def deletions(self) -> list[str]:
        """Return what `delete` leaves: of this experiment, or of what belongs to none."""
        if self.configuration.whole_account:
            return ["results/account/deletions.jsonl"]
        receipts = [f"results/deletions/{batch}.jsonl" for batch in self.worked]
        return [*receipts, *self.tokens("poll"), *self.tokens("delete")]

    def polls(self) -> list[str]:
        """Return what `poll` leaves: the polls of every chosen batch put up, and asked."""
        found = self.poll.chosen(self._known if self.crowd else self._launched)
        put_up = [f"results/hits/{name}.jsonl" for name in found]
        return [*put_up, *(self.token("poll", name) for name in found)]

    def qualifications(self, batch: str) -> dict[str, Any]:
        """Return what is said of the qualifications that the batch's HITs may require."""
        return self.configuration.qualifications_of(batch)

    def _goes_on(self, batch: str) -> bool:
        """Return whether the batch will have more HITs than it has now."""
        if batch not in self._polls:
            return self._pending.to_put_up(batch)
        about = self._launched.get(self._polls[batch])
        return about is None or not about.complete() or self._pending.to_put_up(batch)

    def input_of(self, batch: str) -> list[str]:
        """Return the batch's input file; none where it was removed after launch."""
        if batch in self._polls:
            return [self.rows_of(batch)]
        return [str(self._inputs[batch])] if batch in self._inputs else []

    def rows_of(self, batch: str) -> str:
        """Return the path of the batch's input file, whatever its extension."""
        if batch in self._polls:
            return str(POLLS / f"{self._polls[batch]}.jsonl")
        return str(self._inputs.get(batch, INPUT / f"{batch}.jsonl"))

    def to_launch(self, batch: str) -> str:
        """Return the pages that launching needs, and remember that the run may launch them."""
        self._spending.expect(LAUNCH, batch)
        return f"results/rendered/{batch}.jsonl"

    def check_funds(self) -> None:
        """Stop a run that would pass the budget or the account's balance, before its first job.

        Faults of an input file are left to its own job, which launches nothing. The market is
        asked only where something is to be spent.

        Raises:
            UserError: the line says what is needed, what is left and how much would fit; or the
                decisions or orders by which money would be spent have faults.
        """
        wanted = self._spending.demands()
        if wanted.claims:
            # Imported here: planning alone needs no boto3, which takes a third of a second.
            from crowdmake.client import Connection, explained
            from crowdmake.money.funds import check_funds

            endpoint, limit = self.configuration.endpoint, self.configuration.max_usd
            client, spending = Connection(self.configuration.market), Spending(endpoint, limit)
            with explained(endpoint):
                check_funds(client, wanted.claims, spending, wanted.added)

    def decisions_of(self, batch: str) -> list[str]:
        """Return the batch's decisions file and its list of assignments, where they are."""
        return [*_existing(path_of(batch)), *_existing(list_of(batch))]

    def cost(self, batch: str) -> str:
        """Return what launching the batch would create and cost, in words."""
        return self._pending.cost(batch)

    def properties(self, batch: str) -> dict[str, Any]:
        """Return the properties of the batch's HITs, complete."""
        return self.configuration.hit(batch).properties

    @cached_property
    def properties_of_all(self) -> dict[str, Any]:
        """Return the properties of every chosen batch and of its polls, by name."""
        polls = self.poll.chosen(self.batches)
        return {batch: self.properties(batch) for batch in [*self.batches, *polls]}

    def work_of(self, batch: str) -> list[str]:
        """Return the token of the simulated crowd's work; none where people work."""
        has_rows = batch in self.batches or batch in self._polls
        return [f"{TOKENS}/work/{batch}"] if self.crowd and has_rows else []

    def recorded_answers(self) -> list[str]:
        """Return the file of answers that the crowd replays, where it does."""
        return [answers] if (answers := (self.configuration.crowd or {}).get("answers")) else []

    def decided_mark(self, batch: str) -> list[str]:
        """Return the file that changes with every decision; none before the first."""
        return _existing(Batch(batch, self.configuration.endpoint).decided_mark)

    def _chosen(self, names: Iterable[str]) -> list[str]:
        """Return those of ``names`` that `--config batch` does not leave out."""
        chosen = self.configuration.chosen
        return [name for name in names if chosen is None or name in chosen]


def _existing(path: Path) -> list[str]:
    return [str(path)] if path.exists() else []
