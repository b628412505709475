"""The error that the market's operator is shown."""


class OperatorError(Exception):
    """What the operator can mend, in one line."""
