"""The service's own model, as botocore ships it, read once."""

from functools import cache

from botocore.loaders import create_loader
from botocore.model import ServiceModel, StructureShape

SERVICE = "mturk"


@cache
def model() -> ServiceModel:
    """Return the model of the Mechanical Turk requester API."""
    return ServiceModel(create_loader().load_service_model(SERVICE, "service-2"), SERVICE)


@cache
def target_prefix() -> str:
    """Return what stands before an operation's name in X-Amz-Target, with the dot."""
    return f"{model().metadata['targetPrefix']}."


@cache
def input_shape(operation: str) -> StructureShape:
    """Return the shape of an operation's request."""
    shape = model().operation_model(operation).input_shape
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{operation} takes no structure")
    return shape


@cache
def operation_names() -> frozenset[str]:
    """Return the names of all operations of the service."""
    return frozenset(model().operation_names)
