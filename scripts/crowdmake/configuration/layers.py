"""A batch's own settings over those of the experiment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crowdmake.configuration import properties

PAGES = ("template", "url", "questions")
"""Keys of ``hit`` that each say what page the HIT shows: of them a batch has one."""


def merged(values: Mapping[str, Any], batch: str, part: str, root: Path) -> dict[str, Any]:
    """Return ``hit`` or ``review`` with the batch's own keys over the common ones.

    Raises:
        ValueError: the properties cannot be read; a line an argument.
    """
    layers = _layers(values, batch, part)
    settings = {name: value for layer in layers for name, value in layer.items()}
    if "properties" in settings:
        settings["properties"] = {}
        for source, given in _properties(layers, root):
            settings["properties"] |= properties.api_names(given, source)
    return settings


def spelling(values: Mapping[str, Any], batch: str, root: Path) -> dict[str, str]:
    """Return how the batch's properties are written, where not under the API's names."""
    layers = _properties(_layers(values, batch, "hit"), root)
    return {api: name for _, given in layers for api, name in properties.spelling(given).items()}


def _layers(values: Mapping[str, Any], batch: str, part: str) -> list[Mapping[str, Any]]:
    common, own = values.get(part, {}), values.get("batches", {}).get(batch, {}).get(part, {})
    if not own.keys().isdisjoint(PAGES):
        common = {name: value for name, value in common.items() if name not in PAGES}
    return [common, own]


def _properties(layers: list[Mapping[str, Any]], root: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return each layer's properties behind the path of their file, "" where there is none."""
    given = [layer["properties"] for layer in layers if "properties" in layer]
    return [
        (each if isinstance(each, str) else "", properties.read_properties(each, root))
        for each in given
    ]
