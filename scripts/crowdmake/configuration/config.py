"""The experiment's configuration: read, checked with every error at once, and asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crowdmake import workflow_root
from crowdmake.configuration import properties, schemas
from crowdmake.configuration.checks import CONFIG, LOCAL, TEMPLATES, problems
from crowdmake.configuration.layers import merged
from crowdmake.exceptions import UserError
from crowdmake.messages import shown

__all__ = [
    "AMAZON",
    "CONFIG",
    "LOCAL",
    "TEMPLATES",
    "Configuration",
    "Hit",
    "Review",
    "read_config",
]

# Stated for both: without it the environment or a profile could lead production elsewhere.
AMAZON = {
    "production": "https://mturk-requester.us-east-1.amazonaws.com",
    "sandbox": "https://mturk-requester-sandbox.us-east-1.amazonaws.com",
}
SHIPPED_TEMPLATES = workflow_root / "hit_templates"


@dataclass(frozen=True)
class Hit:
    """What the HITs of one batch are."""

    template: str
    html_fields: list[str]
    properties: dict[str, Any]


@dataclass(frozen=True)
class Review:
    """How the work of one batch is decided."""

    approve: str
    answer_schema: dict[str, Any] | None


class Configuration:
    """A configuration without faults, for the experiment in the directory ``root``.

    ``values`` is what stood in config/config.yaml and on the command line. Every
    question has its answer offline.

    Raises:
        UserError: the values have faults; one line each.
    """

    def __init__(self, values: Mapping[str, Any], root: Path) -> None:
        self.values = _with_command_line(values, root)
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
        return _one_spelling(str(self.values["market"]["endpoint"]))

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
    def wait(self) -> float:
        """Return for how many seconds `results` goes on polling."""
        return float(self.values.get("results", {}).get("wait", 0))

    @property
    def expire(self) -> bool:
        """Return whether `delete` expires open HITs first."""
        return bool(self.values.get("expire", False))

    @property
    def gone(self) -> bool:
        """Return whether `delete` gives up HITs that the market does not know."""
        return bool(self.values.get("gone", False))

    @property
    def hit_ids(self) -> list[str]:
        """Return the HITs that `delete` is limited to; none for all."""
        return list(self.values.get("hit_ids", []))

    @property
    def chosen(self) -> list[str] | None:
        """Return the batches that ``batch`` limits the targets to, or None for all."""
        batch = self.values.get("batch")
        if batch is None:
            return None
        return [str(name) for name in (batch if isinstance(batch, list) else [batch])]

    def hit(self, batch: str) -> Hit:
        """Return what the HITs of ``batch`` are, its own settings over the common ones."""
        hit = merged(self.values, batch, "hit", self.root)
        return Hit(
            template=hit["template"],
            html_fields=hit.get("html_fields", []),
            properties=properties.complete(hit["properties"]),
        )

    def review(self, batch: str) -> Review:
        """Return how the work of ``batch`` is decided."""
        review = merged(self.values, batch, "review", self.root)
        schema = review.get("answer_schema")
        if isinstance(schema, str):
            schema = schemas.read_document(self.root / schema)
        return Review(review.get("approve", "listed"), schema)


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


def _with_command_line(values: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Return the values as `--config expire=true hit=ID` means them.

    Snakemake leaves `true` a string, and puts the id in the place of the section `hit`.
    """
    meant = dict(values)
    truths = {"true": True, "false": False}
    for name in ("expire", "gone"):
        word = values.get(name)
        if isinstance(word, str) and word.lower() in truths:
            meant[name] = truths[word.lower()]
    hit = values.get("hit")
    if hit is not None and not isinstance(hit, Mapping):
        meant["hit_ids"] = [str(each) for each in (hit if isinstance(hit, list) else [hit])]
        meant["hit"] = read_config(root / CONFIG).get("hit")
    return meant


def _one_spelling(endpoint: str) -> str:
    """Return a URL as every way of writing it comes out, and Amazon's own by their names.

    Ledgers, tokens and budgets are kept by endpoint: a slash must not make it another.
    """
    parts = urlsplit(endpoint)
    if not parts.scheme:
        return endpoint
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    ports = {"http": 80, "https": 443}
    port = f":{parts.port}" if parts.port and parts.port != ports[parts.scheme] else ""
    url = f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
    return {address: name for name, address in AMAZON.items()}.get(url, url)
