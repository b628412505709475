"""What some tests need: without it they are skipped, or fail where all must run."""

import importlib
import os
import shutil
from types import ModuleType
from typing import NoReturn

import pytest

REQUIRE_ALL = "CROWDMAKE_TESTS_REQUIRE_ALL"


def needed(program: str) -> str:
    """Return the path of a program, or skip the test (fail, where REQUIRE_ALL is set)."""
    path = shutil.which(program)
    return path or _lacking(program)


def needed_module(name: str) -> ModuleType:
    """Return a module of an extra, or skip the test (fail, where REQUIRE_ALL is set)."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return _lacking(name)


def _lacking(name: str) -> NoReturn:
    reason = f"{name} is not installed"
    if os.environ.get(REQUIRE_ALL):
        pytest.fail(reason)
    pytest.skip(reason)
