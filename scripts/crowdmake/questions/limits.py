"""What a question's answer has to be, held against the text that stands there at first."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from regress import Regex, RegressError

from crowdmake.messages import counted, shown

_SECONDS = 2
# A process of its own, which can be stopped: the engine itself knows no limit of time.
_MATCHER = f"""
import json, resource, sys
from regress import Regex
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_CPU, ({_SECONDS}, {_SECONDS}))
pattern, flags, text = json.load(sys.stdin)
print(Regex(pattern, flags).find(text) is not None)
"""


def default_problem(question: Mapping[str, Any]) -> str | None:
    """Return why a worker could not submit the question's default as it is, or None."""
    default = question.get("default")
    if not default:
        return None
    return next(_problems(str(default), question), None)


def regex_problem(question: Mapping[str, Any]) -> str | None:
    """Return why the question's `regex` is no regular expression of JavaScript, or None."""
    try:
        Regex(question.get("regex", ""), _flags(question))
    except RegressError as problem:
        return str(problem)
    except UnicodeEncodeError:
        return "half of a surrogate pair"
    return None


def bounds(question: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the least and the greatest number that answers a question of numbers."""
    numeric = question.get("numeric")
    given = numeric if isinstance(numeric, Mapping) else {}
    return given.get("min"), given.get("max")


def _problems(text: str, question: Mapping[str, Any]) -> Iterator[str]:
    least, most = question.get("min_length"), question.get("max_length")
    if least is not None and len(text) < least:
        yield f"has {counted(len(text), 'character')}; expected min_length: {least} or more"
    if most is not None and len(text) > most:
        yield f"has {counted(len(text), 'character')}; expected max_length: {most} or fewer"
    if "numeric" in question:
        yield from _number_problems(text, *bounds(question))
    if "regex" in question:
        yield from _regex_problems(text, question)


def _regex_problems(text: str, question: Mapping[str, Any]) -> Iterator[str]:
    if regex_problem(question):  # said where the question is checked
        return
    regex = shown(question["regex"])
    found = _matches(question["regex"], _flags(question), text)
    if found is None:
        yield f"takes over {_SECONDS} s to be matched by regex: {regex}; expected a simpler one"
    elif not found:
        yield f"does not match regex: {regex}"


@lru_cache(maxsize=1000)
def _matches(pattern: str, flags: str, text: str) -> bool | None:
    """Return whether a pattern matches a text; None where that takes too long to say."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _MATCHER],
        input=json.dumps([pattern, flags, text.encode(errors="replace").decode()]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode > 0:
        raise RuntimeError(done.stderr)
    return None if done.returncode else done.stdout.strip() == "True"


def _number_problems(text: str, least: int | None, most: int | None) -> Iterator[str]:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        yield "is no number; expected one with numeric"
    elif least is not None and number < least:
        yield f"is under numeric.min: {least}"
    elif most is not None and number > most:
        yield f"is over numeric.max: {most}"


def _flags(question: Mapping[str, Any]) -> str:
    return "i" if question.get("ignore_case") else ""
