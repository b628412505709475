"""The wording of what a run says: short, on one line, safe to print on a terminal."""

import difflib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal

SHOWN = 60
LISTED = 8


def shown(value: object) -> str:
    """Return ``value`` as it may stand in a message: JSON in ASCII, cut when long."""
    try:
        text = json.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError):  # YAML holds more than JSON can say
        text = f"a {type(value).__name__} that JSON cannot hold"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def printable(text: str) -> str:
    """Return ``text`` on one line with every control character spelt out.

    What a market or a worker wrote must not move the cursor or colour the terminal.
    """
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def listed(items: Iterable[object]) -> str:
    """Return ``items`` separated by commas, the long tail counted instead of named."""
    names = [str(item) for item in items]
    tail = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {tail} more" if tail > 0 else "")


def counted(number: int, noun: str) -> str:
    """Return the number with its noun, such as ``1 HIT`` or ``3 HITs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def usd(amount: Decimal) -> str:
    """Return ``amount`` in US dollars with two decimals."""
    return f"{amount:.2f} USD"


def nearest(name: str, known: Sequence[str]) -> str:
    """Return a hint that names the known name nearest to ``name``, or all where none is near."""
    lowered = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), lowered, n=1)
    if close:
        return f"did you mean {lowered[close[0]]}?"
    return f"known here: {', '.join(known)}" if known else "no key is known here"
