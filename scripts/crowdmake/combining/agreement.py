"""Krippendorff's alpha: how much the answers agree beyond chance, 1 at best, 0 by chance.

The formula for nominal data, https://en.wikipedia.org/wiki/Krippendorff%27s_alpha.
"""

from collections import Counter
from collections.abc import Iterable, Sequence


def alpha(units: Iterable[Sequence[str]]) -> float | None:
    """Return alpha over ``units``, each the labels that one HIT was given.

    HITs with fewer than two labels are left out. None where none is left; 1.0 where every
    label is the same one.
    """
    paired = [Counter(labels) for labels in units if len(labels) > 1]
    totals: Counter[str] = Counter()
    observed = 0.0
    for counts in paired:
        totals.update(counts)
        observed += _unequal(counts) / (counts.total() - 1)
    if not paired:
        return None
    number = totals.total()
    expected = _unequal(totals) / (number - 1)
    return 1 - observed / expected if expected else 1.0


def _unequal(counts: Counter[str]) -> int:
    """Return how many ordered pairs of labels differ."""
    return counts.total() ** 2 - sum(n * n for n in counts.values())
