"""The experiment's configuration: read, checked with every error at once, and asked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crowdmake import properties, schemas, workflow_root
from crowdmake.exceptions import UserError
from crowdmake.messages import shown

CONFIG = Path("config/config.yaml")
TEMPLATES = Path("hit_templates")
SHIPPED_TEMPLATES = workflow_root / "hit_templates"
LOCAL = "local"
_AMAZON = {"sandbox", "production"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b")
_KEY_NAMES = re.compile(r"aws_?(secret|access)_?(access_?)?key(_?id)?|aws_?session_?token", re.I)


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
            found = _problems(self.values, root)
        except RecursionError:
            found = [f"{CONFIG}: nested too deeply or within itself; expected a few levels"]
        UserError.collect(found)

    @property
    def experiment_id(self) -> str:
        """Return what keeps the experiment's tokens apart from another's on one account."""
        return str(self.values.get("experiment_id", f"sample-{self.values['experiment']}"))

    @property
    def endpoint(self) -> str:
        """Return ``local``, ``sandbox``, ``production`` or a URL."""
        return str(self.values["market"]["endpoint"])

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
        hit = _merged(self.values, batch, "hit", self.root)
        return Hit(
            template=hit["template"],
            html_fields=hit.get("html_fields", []),
            properties=properties.complete(hit["properties"]),
        )

    def review(self, batch: str) -> Review:
        """Return how the work of ``batch`` is decided."""
        review = _merged(self.values, batch, "review", self.root)
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
    expire = values.get("expire")
    if isinstance(expire, str) and expire.lower() in truths:
        meant["expire"] = truths[expire.lower()]
    hit = values.get("hit")
    if hit is not None and not isinstance(hit, Mapping):
        meant["hit_ids"] = [str(each) for each in (hit if isinstance(hit, list) else [hit])]
        meant["hit"] = read_config(root / CONFIG).get("hit")
    return meant


def _problems(values: dict[str, Any], root: Path) -> list[str]:
    secret = list(_credentials(values, ""))
    if secret:
        return secret
    schema = schemas.shipped("config")
    known: Any = schema.schema
    found = [f"{CONFIG}: {line}" for line in schemas.problems(schema, values)]
    sound = {
        name: value
        for name, value in values.items()
        if name in known["properties"] and schemas.part(schema, name).is_valid(value)
    }
    if "market" in sound:
        found += [f"{CONFIG}: {line}" for line in _market_problems(sound, values, root)]
    if "budget" in sound:
        found += [f"{CONFIG}: {line}" for line in _budget_problems(sound["budget"])]
    if "hit" in sound:
        found += _batch_problems(sound, root)
    return found


def _credentials(value: object, place: str) -> Iterator[str]:
    """Yield a line per credential in the configuration, without showing it."""
    advice = "remove it, replace the key at AWS, keep the new one in ~/.aws or the environment"
    if isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{place}.{key}".removeprefix(".")
            if _KEY_NAMES.fullmatch(str(key)):
                yield f"{CONFIG}: {where}: an AWS credential; {advice}"
            else:
                yield from _credentials(inner, where)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _credentials(inner, f"{place}[{number}]")
    elif isinstance(value, str) and _ACCESS_KEY.search(value):
        yield f"{CONFIG}: {place}: holds an AWS access key; {advice}"


def _budget_problems(budget: Mapping[str, Any]) -> Iterator[str]:
    limit = budget.get("max_usd", 0)
    if properties.amount(limit) is None:
        expected = "US dollars with at most two decimals, such as 12.50"
        yield f"budget.max_usd: found {shown(limit)}; expected {expected}"


def _market_problems(
    sound: Mapping[str, Any], given: Mapping[str, Any], root: Path
) -> Iterator[str]:
    """Yield the faults of the market and of what it asks for; only ``sound`` is well formed."""
    market = sound["market"]
    answers = market.get("crowd", {}).get("answers")
    if answers and not (root / answers).is_file():
        yield f"market.crowd.answers: {answers} does not exist; expected a JSON Lines file"
    endpoint = market["endpoint"]
    if endpoint != LOCAL:
        budget = given.get("budget")
        if not isinstance(budget, Mapping) or "max_usd" not in budget:
            yield "budget.max_usd: missing; expected for any market but local, in US dollars"
        if "experiment_id" not in given:
            yield "experiment_id: missing; expected for any market but local, such as uuidgen's"
        if "crowd" in market:
            yield "market.crowd: simulated workers work on the local market only; remove it"
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        yield f"market.endpoint: found {shown(endpoint)}; expected a URL"
        return
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not market.get("insecure"):
        yield (
            f"market.endpoint: found {shown(endpoint)}; expected https for another machine,"
            " or market.insecure: true"
        )


def _batch_problems(values: dict[str, Any], root: Path) -> list[str]:
    """Return the faults of what each batch comes to, each said once."""
    found: dict[str, None] = {}
    for batch in ["", *values.get("batches", {})]:
        where = f"{CONFIG}: batches.{batch}: " if batch else f"{CONFIG}: "
        common = found.keys() if batch else set()
        lines = [*_hit_problems(values, batch, root), *_review_problems(values, batch, root)]
        found |= {f"{where}{line}": None for line in lines if f"{CONFIG}: {line}" not in common}
    return list(found)


def _hit_problems(values: dict[str, Any], batch: str, root: Path) -> Iterator[str]:
    try:
        hit = _merged(values, batch, "hit", root)
    except ValueError as problem:
        yield f"hit.properties: {problem}"
        return
    if "template" not in hit:
        yield "hit.template: missing; expected the path of the HIT's page"
    elif not (root / hit["template"]).is_file():
        yield f"hit.template: {hit['template']} does not exist; expected the path of the HIT's page"
    if "properties" not in hit:
        yield "hit.properties: missing; expected at least Title, Description and Reward"
    else:
        yield from properties.problems(hit["properties"], _where(values, batch))


def _where(values: Mapping[str, Any], batch: str) -> str:
    """Return where the properties stand: under their key, with the file where it is one."""
    own = values.get("batches", {}).get(batch, {}).get("hit", {})
    given = own.get("properties", values["hit"].get("properties"))
    return f"hit.properties ({given})" if isinstance(given, str) else "hit.properties"


def _review_problems(values: dict[str, Any], batch: str, root: Path) -> Iterator[str]:
    review = _merged(values, batch, "review", root)
    schema = review.get("answer_schema")
    if isinstance(schema, str):
        try:
            schema = schemas.read_document(root / schema)
        except ValueError as problem:
            yield f"review.answer_schema: {problem}"
            return
    if schema is None:
        if review.get("approve") == "valid":
            yield "review.answer_schema: missing; expected with review.approve: valid"
    elif fault := schemas.schema_problem(schema):
        yield f"review.answer_schema: not a JSON Schema: {fault}"


def _merged(values: Mapping[str, Any], batch: str, part: str, root: Path) -> dict[str, Any]:
    """Return ``hit`` or ``review`` with the batch's own keys over the common ones."""
    common: dict[str, Any] = dict(values.get(part, {}))
    own: dict[str, Any] = values.get("batches", {}).get(batch, {}).get(part, {})
    merged = common | own
    layers = [layer["properties"] for layer in (common, own) if "properties" in layer]
    if layers:
        merged["properties"] = {}
        for layer in layers:
            merged["properties"] |= properties.read_properties(layer, root)
    return merged
