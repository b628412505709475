"""Programs that some tests need: without one they are skipped, or fail where all must run."""

import os
import shutil

import pytest

REQUIRE_ALL = "CROWDMAKE_TESTS_REQUIRE_ALL"


def needed(program: str) -> str:
    """Return the path of a program, or skip the test (fail, where REQUIRE_ALL is set)."""
    path = shutil.which(program)
    if path is None:
        reason = f"{program} is not installed"
        if os.environ.get(REQUIRE_ALL):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
