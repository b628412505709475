"""The poll of a batch is a batch of its own, called after it."""

from pathlib import Path

POLLS = Path("results/polls")
"""Where the rows of polls stand, each file called after the batch that they are about."""

_SUFFIX = ".poll"

LONGEST = 64 - len(_SUFFIX)
"""How long the name of a batch with a poll may be, in characters."""

MOST = 50
"""How many answers a poll may show; a question has no room for many more, whatever they say."""


def poll_of(batch: str) -> str:
    """Return the name of the batch that holds the polls of ``batch``."""
    return f"{batch}{_SUFFIX}"


def is_poll(batch: str) -> bool:
    """Return whether a batch of this name holds polls."""
    return batch.endswith(_SUFFIX)


def polled(batch: str) -> str:
    """Return the name of the batch whose answers are rated in the polls ``batch``."""
    return batch.removesuffix(_SUFFIX)


def authors_of(batch: str) -> str:
    """Return the name of the qualification of those whose answers stand in polls of ``batch``.

    It holds a space, which no name in a configuration does.
    """
    return f"authors of {batch}"
