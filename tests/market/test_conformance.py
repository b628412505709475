"""Every operation's good path and each of its errors, by a boto3 client (`cases/`)."""

import pytest
from botocore.exceptions import ClientError
from crowdmake.market.operations import OPERATIONS
from crowdmake.market.protocol.errors import PREFIX

from market.cases import Scene, every_case

PROBLEMS = ("RequestError", "ParameterValidationError")


@pytest.fixture
def scene(requester, people, market):
    return Scene(requester, people, market)


def test_nothing_is_left_out():
    """There is a case for each operation's success and for each error that it declares."""
    declared = {(name, code) for name, each in OPERATIONS.items() for code in each.errors}
    wanted = declared | {(name, None) for name in OPERATIONS}
    cases = {(each.operation, each.code) for each in every_case()}
    assert sorted(wanted - cases, key=str) == []
    assert sorted(cases - wanted, key=str) == []


@pytest.mark.parametrize("case", every_case(), ids=str)
def test_case(case, scene):
    """The call ends as the case says, with an answer of the operation's shape or the error's."""
    if case.code is None:
        case.act(scene)
        assert case.operation in scene.requester.transport.answered
        return
    with pytest.raises(ClientError) as caught:
        case.act(scene)
    assert caught.value.operation_name == case.operation
    assert caught.value.response["Error"]["Code"] in PROBLEMS
    assert scene.requester.transport.last["TurkErrorCode"].removeprefix(PREFIX) == case.code
