"""The errors that a requester is answered with.

Two are in the service model (`RequestError`, `ServiceFault`); the others are the error
types that the service was seen to answer with besides
(github.com/boto/boto3/issues/2277, /1222, github.com/NRGI/resourcecontracts.org/issues/1384).
"""

PREFIX = "AWS.MechanicalTurk."


class MarketError(Exception):
    """One answer that is not a success: its type, message and TurkErrorCode."""

    status = 400
    # The two types that the market itself decides on carry the moment in their message.
    dated = False

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def body(self, epoch_ms: int) -> dict[str, str]:
        """Return the JSON body as the sandbox spells it, `Message (<epoch ms> s)`."""
        message = f"{self.message} ({epoch_ms} s)" if self.dated else self.message
        body = {"__type": type(self).__name__, "Message": message}
        if self.code:
            body["TurkErrorCode"] = self.code
        return body


class RequestError(MarketError):
    """What the state of things does not allow; ``code`` gets the service's prefix."""

    dated = True

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, PREFIX + code)


class ParameterValidationError(MarketError):
    """A value out of its range or not well-formed."""

    dated = True

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code)


class ValidationException(MarketError):  # noqa: N818 - the type's name on the wire
    """Values that the service model rules out; all of a request at once."""

    def __init__(self, problems: list[str]) -> None:
        noun = "error" if len(problems) == 1 else "errors"
        super().__init__(f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


class SerializationException(MarketError):  # noqa: N818 - the type's name on the wire
    """A body that is not the JSON object the operation takes."""


class UnknownOperationException(MarketError):  # noqa: N818 - the type's name on the wire
    """A target that is no operation of the service."""


class MissingAuthenticationTokenException(MarketError):  # noqa: N818 - the type's name on the wire
    """A request that names no access key."""


class IncompleteSignatureException(MarketError):  # noqa: N818 - the type's name on the wire
    """A signature that lacks a part, or is of another kind."""


class InvalidSignatureException(MarketError):  # noqa: N818 - the type's name on the wire
    """A signature that is wrong, too old, or for something else."""


class UnrecognizedClientException(MarketError):  # noqa: N818 - the type's name on the wire
    """An access key of no requester of this market."""


class ThrottlingException(MarketError):  # noqa: N818 - the type's name on the wire
    """More at once than the market does; clients try again."""


class ServiceFault(MarketError):  # noqa: N818 - the type's name on the wire
    """A fault of the market itself; clients try again."""

    status = 500


def invalid_value(value: object, parameter: str) -> ParameterValidationError:
    """Return the error for a value that its parameter cannot have."""
    return ParameterValidationError(
        PREFIX + "InvalidParameterValue",
        f'The value "{shortened(value)}" is not valid for the parameter {parameter}.',
    )


def out_of_range(value: object, parameter: str, low: object, high: object) -> MarketError:
    """Return the error for a number outside ``low``..``high``."""
    return ParameterValidationError(
        "AWS.ParameterOutOfRange",
        f"The value {shortened(value)} is invalid for {parameter}. "
        f"Valid values range from {low} to {high}.",
    )


def too_short(parameter: str, least: int = 1) -> ParameterValidationError:
    """Return the error for a text that has fewer characters than its parameter needs."""
    return ParameterValidationError(
        "AWS.MissingParameters",
        f"Your request parameter {parameter} has a minimum length of {least}.",
    )


def missing(names: str) -> ParameterValidationError:
    """Return the error for parameters that the model does not require, but this request does."""
    return ParameterValidationError(
        "AWS.MissingParameters",
        f"Your request is missing required parameters. Missing parameter names: {names}",
    )


def does_not_exist(kind: str, its_id: str) -> RequestError:
    """Return the error for an id of nothing of its ``kind`` that the requester may see."""
    name = "Hit" if kind == "HIT" else kind
    return RequestError(f"{kind}DoesNotExist", f"{name} {shortened(its_id)} does not exist.")


def wrong_state(kind: str, allowed: str) -> RequestError:
    """Return the error for something of that ``kind`` whose status is not among the allowed."""
    return RequestError(
        f"Invalid{kind}State", f"This operation can be called with a status of: {allowed}"
    )


def insufficient_funds(needed: str, available: str) -> RequestError:
    """Return the error for a sum that the account does not cover."""
    return RequestError(
        "InsufficientFunds",
        "This Requester has insufficient funds in their account to complete this transaction."
        f" Needed: {needed}, available: {available}.",
    )


def shortened(value: object) -> str:
    """Return ``value`` as text of a length fit for a message."""
    text = str(value)
    return text if len(text) <= 100 else text[:97] + "..."
