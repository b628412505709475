"""Launching in drips: at most so many HITs are open at a time."""

from collections.abc import Collection, Sequence


def next_keys(
    missing: Sequence[str], begun: Collection[str], open_hits: int, most: int | None
) -> list[str]:
    """Return the keys of ``missing`` rows that are put up now, in their order.

    ``begun`` holds the keys of calls whose outcome is not known: they may be open, and are
    made again. ``most`` is `hit.open_at_most`, None where all are put up at once.
    """
    if most is None:
        return list(missing)
    again = [key for key in missing if key in begun]
    new = [key for key in missing if key not in begun]
    return [*again, *new[: max(0, most - open_hits - len(begun))]]
