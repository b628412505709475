"""The experiment's configuration: read, checked with every error at once, and asked."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from crowdmake.combining.settings import Settings, settings_of
from crowdmake.configuration import properties, schemas
from crowdmake.configuration.batches import Hit, Review, hit_of, review_of
from crowdmake.configuration.checks import LOCAL, problems
from crowdmake.configuration.command_line import meant, orders_of, placed
from crowdmake.configuration.endpoints import AMAZON, one_spelling
from crowdmake.configuration.layers import merged
from crowdmake.configuration.qualifications import ONCE, once_type
from crowdmake.exceptions import UserError
from crowdmake.layout import CONFIG
from crowdmake.messages import shown
from crowdmake.polling import terms
from crowdmake.polling.names import authors_of, is_poll, polled

__all__ = [
    "AMAZON",
    "LOCAL",
    "Configuration",
    "Hit",
    "Review",
    "configuration_here",
    "read_config",
]

# An assignment's: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI, Assignment data structure.
STATUSES = ("Submitted", "Approved", "Rejected")


class Configuration:
    """A configuration without faults, for the experiment in the directory ``root``.

    ``values`` is what stood in config/config.yaml and on the command line. Every
    question has its answer offline.

    Raises:
        UserError: the values have faults; one line each.
    """

    def __init__(self, values: Mapping[str, Any], root: Path) -> None:
        self.values = meant(values, lambda: read_config(root / CONFIG))
        self.root = root
        try:
            found = problems(self.values, root)
        except RecursionError:
            found = [f"{CONFIG}: nested too deeply or within itself; expected a few levels"]
        UserError.collect(found)

    @property
    def experiment_id(self) -> str:
        """Return what keeps the experiment's tokens apart from another's on one account."""
        return str(self.values.get("experiment_id", f"sample-{self.values['experiment']}"))

    @property
    def endpoint(self) -> str:
        """Return ``local``, ``sandbox``, ``production`` or a URL, one spelling for each market."""
        return one_spelling(str(self.values["market"]["endpoint"]))

    @property
    def market(self) -> dict[str, Any]:
        """Return what it takes to reach the market: endpoint, profile, fees."""
        market = self.values["market"]
        return {"endpoint": self.endpoint, "profile": market.get("profile"), "fees": self.fees}

    @property
    def fees(self) -> str | float:
        """Return ``amazon``, ``none`` or a rate."""
        default = "none" if "://" in self.endpoint else "amazon"
        fees: str | float = self.values["market"].get("fees", default)
        return fees

    @property
    def crowd(self) -> dict[str, Any] | None:
        """Return the simulated crowd's settings, or None where people work."""
        crowd: dict[str, Any] | None = self.values["market"].get("crowd")
        return crowd

    @property
    def max_usd(self) -> str | None:
        """Return the budget in US dollars as text, or None where there is none."""
        limit = self.values.get("budget", {}).get("max_usd")
        return None if limit is None else f"{Decimal(str(limit)):.2f}"

    @property
    def hourly_usd(self) -> Decimal | None:
        """Return the hourly wage below which `check` warns, or None."""
        wage = self.values.get("budget", {}).get("hourly_usd")
        return None if wage is None else Decimal(str(wage))

    @property
    def wait(self) -> float:
        """Return for how many seconds `results` goes on polling."""
        return float(self.values.get("results", {}).get("wait", 0))

    @property
    def statuses(self) -> list[str]:
        """Return the statuses of the assignments that the results show."""
        return list(self.values.get("results", {}).get("statuses", STATUSES))

    @property
    def expire(self) -> bool:
        """Return whether `delete` expires open HITs first."""
        return bool(self.values.get("expire", False))

    @property
    def gone(self) -> bool:
        """Return whether HITs that the market does not show are given up, bonuses taken as paid."""
        return bool(self.values.get("gone", False))

    @property
    def whole_account(self) -> bool:
        """Return whether `delete` deletes HITs of no experiment, and not this experiment's."""
        return bool(self.values.get("all") == "account")

    @property
    def confirmed(self) -> int | None:
        """Return the number that a person has confirmed on the command line, if any."""
        number: int | None = self.values.get("confirm")
        return number

    def orders(self, target: str) -> dict[str, Any]:
        """Return what the command line orders ``target`` to do; nothing, usually."""
        return orders_of(self.values, target)

    @property
    def hit_ids(self) -> list[str]:
        """Return the HITs that `delete`, `extend` and `expire` are limited to; none for all."""
        return list(self.values.get("hit_ids", []))

    @property
    def chosen(self) -> list[str] | None:
        """Return the batches that ``batch`` limits the targets to, or None for all."""
        batch = self.values.get("batch")
        if batch is None:
            return None
        return [str(name) for name in (batch if isinstance(batch, list) else [batch])]

    @property
    def polls(self) -> bool:
        """Return whether the answers of each HIT are rated in a poll."""
        return self.values.get("combination_mode") == "poll"

    @property
    def poll_options(self) -> dict[str, Any]:
        """Return what the polls are: title, instructions, assignments, row_template and more."""
        options: dict[str, Any] = self.values.get("poll_options", {})
        return options

    @property
    def excludes_authors(self) -> bool:
        """Return whether those who wrote answers of a batch may not rate them."""
        return bool(self.values.get("poll", {}).get("exclude") == "authors")

    def _poll_hit(self, batch: str) -> Hit:
        """Return what the HITs of the batch of polls ``batch`` are."""
        if not self.poll_options:
            raise UserError(f"{CONFIG}: poll_options: missing; expected for the batch {batch}")
        about = polled(batch)
        given = self._setting(batch, "hit", "properties") or {}
        own = properties.api_names(properties.read_properties(given, self.root))
        answered = self.hit(about)
        complete = terms.poll_properties(answered.properties, self.poll_options, own)
        if self.excludes_authors:
            complete = terms.without_authors(complete, about)
        return answered.as_poll(complete)

    def open_at_most(self, batch: str) -> int | None:
        """Return how many HITs of ``batch`` may be open at a time; None for any number."""
        most: int | None = self._setting(batch, "hit", "open_at_most")
        return most

    def replaces_rejected(self, batch: str) -> bool:
        """Return whether `launch` puts up one more assignment for each that was rejected."""
        return bool(self._setting(batch, "review", "replace_rejected"))

    def hit(self, batch: str) -> Hit:
        """Return what the HITs of ``batch`` are, its own settings over the common ones."""
        if is_poll(batch):
            return self._poll_hit(batch)
        adaptive = self.combining(batch).adaptive
        hit = merged(self.values, batch, "hit", self.root)
        return hit_of(hit, None if adaptive is None else adaptive.start)

    def combining(self, batch: str) -> Settings:
        """Return how the answers of ``batch`` are combined."""
        hit = merged(self.values, batch, "hit", self.root)
        most = properties.complete(hit["properties"])["MaxAssignments"]
        return settings_of(self.values, hit, self.review(batch).answer_schema, most)

    @property
    def qualifications(self) -> dict[str, dict[str, Any]]:
        """Return what is said of the experiment's own qualifications, by name."""
        own: dict[str, dict[str, Any]] = dict(self.values.get("qualifications", {}))
        return own | ({ONCE: once_type(self.experiment_id)} if self.once else {})

    def qualifications_of(self, batch: str) -> dict[str, dict[str, Any]]:
        """Return the same with the one that keeps authors from the polls ``batch``."""
        if not is_poll(batch) or not self.excludes_authors:
            return self.qualifications
        about = polled(batch)
        kept = {authors_of(about): terms.authors_type(self.experiment_id, about)}
        return self.qualifications | kept

    @property
    def once(self) -> bool:
        """Return whether some batch admits only workers who are new to the experiment."""
        batches = self.values.get("batches", {}).values()
        return any("once" in part.get("hit", {}) for part in (self.values, *batches))

    def review(self, batch: str) -> Review:
        """Return how the work of ``batch`` is decided."""
        return review_of(self.values, batch, self.root)

    def _setting(self, batch: str, part: str, name: str) -> Any:
        """Return one key of ``hit`` or ``review`` for ``batch``, None where it is not set."""
        own = self.values.get("batches", {}).get(batch, {}).get(part, {})
        common = {} if part == "hit" and is_poll(batch) else self.values.get(part, {})
        return own.get(name, common.get(name))


def configuration_here(values: Mapping[str, Any]) -> Configuration:
    """Return the configuration of the experiment in the working directory.

    ``values`` is the file's, with what `--config` says over it: a fault names the place it has.
    """
    try:
        return Configuration(values, Path())
    except UserError as error:
        raise UserError(*placed(error.lines, values, read_config())) from None


def read_config(path: Path = CONFIG) -> dict[str, Any]:
    """Return what the configuration file holds.

    Raises:
        UserError: it does not exist, is not YAML, or is not a mapping.
    """
    try:
        values = schemas.read_document(path)
    except ValueError as problem:
        raise UserError(str(problem)) from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: found {shown(values)}; expected a mapping of keys")
    return values
