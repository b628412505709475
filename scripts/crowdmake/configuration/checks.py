"""The faults of a configuration, every one at once."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crowdmake.configuration import (
    combination,
    pages,
    polls,
    properties,
    qualifications,
    schemas,
    triggers,
)
from crowdmake.configuration.expressions import expression_problem
from crowdmake.configuration.layers import PAGES, merged, spelling
from crowdmake.layout import CONFIG
from crowdmake.messages import nearest, shown

LOCAL = "local"
# Without these keys the rest of a section cannot be judged.
_ESSENTIAL = {"hit": (*PAGES, "properties"), "market": ("endpoint",)}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b")
_PASSWORD = re.compile(r"://[^/\s]*:[^/\s]*@")
KEY_NAMES = re.compile(r"aws_?(secret|access)_?(access_?)?key(_?id)?|aws_?session_?token", re.I)


def problems(values: dict[str, Any], root: Path) -> list[str]:
    """Return one line per fault of the whole configuration, read from the directory ``root``."""
    secret = [f"{CONFIG}: {line}" for line in _credentials(values, "")]
    if secret:
        return secret
    schema = schemas.shipped("config")
    known: Any = schema.schema
    found = [f"{CONFIG}: {line}" for line in schemas.problems(schema, values)]
    parts = {
        name: _sound_part(schema, name, value)
        for name, value in values.items()
        if name in known["properties"]
    }
    sound = {name: part for name, part in parts.items() if part is not None}
    if "market" in sound:
        found += [f"{CONFIG}: {line}" for line in _market_problems(sound, values, root)]
    if "budget" in sound:
        found += [f"{CONFIG}: {line}" for line in _budget_problems(sound["budget"])]
    found += [f"{CONFIG}: {line}" for line in triggers.problems(sound, values)]
    found += [f"{CONFIG}: {line}" for line in polls.problems(sound, values, root)]
    if "hit" in sound:
        found += _batch_problems(sound, root)
        found += [f"{CONFIG}: {line}" for line in pages.crowd_problems(sound, root)]
    if not found:
        # Needs what the batches come to, which is sound now.
        found += [f"{CONFIG}: {line}" for line in combination.problems(sound, root)]
    return found


def _sound_part(schema: Any, name: str, value: object) -> Any:
    """Return a section without its faulty keys, None where too little is left to look at.

    So that one key's fault hides no other.
    """
    section = schemas.section(schema, name)
    if name not in _ESSENTIAL or not isinstance(value, Mapping):
        return value if section.is_valid(value) else None
    essential = {key: value[key] for key in _ESSENTIAL[name] if key in value}
    faulty = "questions" in essential and not section.is_valid({"questions": value["questions"]})
    if faulty:
        del essential["questions"]
    if not section.is_valid(essential):
        return None
    sound = {key: each for key, each in value.items() if section.is_valid(essential | {key: each})}
    # That there are questions is known all the same.
    return sound | {"questions": []} if faulty else sound


def _credentials(value: object, place: str) -> Iterator[str]:
    """Yield a line per credential in the configuration, without showing it."""
    advice = "remove it, replace the key at AWS, keep the new one in ~/.aws or the environment"
    if isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{place}.{key}".removeprefix(".")
            if KEY_NAMES.fullmatch(str(key)):
                yield f"{where}: an AWS credential; {advice}"
            else:
                yield from _credentials(inner, where)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _credentials(inner, f"{place}[{number}]")
    elif isinstance(value, str) and ACCESS_KEY.search(value):
        yield f"{place}: holds an AWS access key; {advice}"
    elif isinstance(value, str) and _PASSWORD.search(value):
        yield f"{place}: holds a password; {advice}"


def _budget_problems(budget: Mapping[str, Any]) -> Iterator[str]:
    expected = "US dollars with at most two decimals, such as 12.50"
    for name, amount in budget.items():
        if properties.amount(amount) is None:
            yield f"budget.{name}: found {shown(amount)}; expected {expected}"


def _market_problems(
    sound: Mapping[str, Any], given: Mapping[str, Any], root: Path
) -> Iterator[str]:
    """Yield the faults of the market and of what it asks for; only ``sound`` is well formed."""
    market = sound["market"]
    answers = market.get("crowd", {}).get("answers")
    if answers and not (root / answers).is_file():
        yield f"market.crowd.answers: {answers} does not exist; expected a JSON Lines file"
    for name, source in market.get("crowd", {}).get("answer", {}).items():
        if fault := expression_problem(source):
            yield f"market.crowd.answer.{name}: found {shown(source)}; {fault}"
    rating = market.get("crowd", {}).get("rating")
    if rating and (fault := expression_problem(rating)):
        yield f"market.crowd.rating: found {shown(rating)}; {fault}"
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
        hit = merged(values, batch, "hit", root)
    except ValueError as problem:
        yield from (f"hit.properties: {line}" for line in problem.args)
        return
    secret = list(_credentials(hit.get("properties", {}), _where(values, batch)))
    if secret:
        yield from secret
        return
    yield from pages.page_problems(hit, root)
    if "questions" in hit and values.get("combination_mode") == "take_majority":
        yield from pages.majority_problems(hit["questions"])
    if "properties" not in hit:
        yield "hit.properties: missing; expected at least Title, Description and Reward"
    else:
        written = spelling(values, batch, root)
        where = _where(values, batch)
        given = pages.judged(hit)
        found = list(properties.problems(given, where, written))
        yield from found or _qualification_problems(values, hit, where)


def _qualification_problems(
    values: Mapping[str, Any], hit: Mapping[str, Any], where: str
) -> Iterator[str]:
    """Yield a line per requirement on a qualification that the configuration does not hold."""
    requirements = properties.complete(hit["properties"])["QualificationRequirements"]
    known = list(values.get("qualifications", {}))
    for name in qualifications.names_in(requirements):
        if name not in known:
            yield f"{where}: found Qualification {shown(name)}; {nearest(name, known)}"
    if "once" in hit and len(requirements) >= qualifications.MOST:
        yield (
            f"hit.once: is a requirement too, beside {len(requirements)} others;"
            f" expected at most {qualifications.MOST} in all"
        )


def _where(values: Mapping[str, Any], batch: str) -> str:
    """Return where the properties stand: under their key, with the file where it is one."""
    own = values.get("batches", {}).get(batch, {}).get("hit", {})
    given = own.get("properties", values["hit"].get("properties"))
    return f"hit.properties ({given})" if isinstance(given, str) else "hit.properties"


def _review_problems(values: dict[str, Any], batch: str, root: Path) -> Iterator[str]:
    review = merged(values, batch, "review", root)
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
