"""A batch's own settings over those of the experiment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crowdmake.configuration import properties


def merged(values: Mapping[str, Any], batch: str, part: str, root: Path) -> dict[str, Any]:
    """Return ``hit`` or ``review`` with the batch's own keys over the common ones."""
    common: dict[str, Any] = dict(values.get(part, {}))
    own: dict[str, Any] = values.get("batches", {}).get(batch, {}).get(part, {})
    settings = common | own
    layers = [layer["properties"] for layer in (common, own) if "properties" in layer]
    if layers:
        settings["properties"] = {}
        for layer in layers:
            settings["properties"] |= properties.read_properties(layer, root)
    return settings
