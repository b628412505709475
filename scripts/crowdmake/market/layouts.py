"""HIT layouts: pages with `${name}` places, from which HITs are made by naming them.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HITLayoutArticle.html;
github.com/boto/boto/issues/3056 for the words where a value is missing.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crowdmake.market import ids, questions
from crowdmake.market.models import HITLayout, Requester
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import (
    PREFIX,
    ParameterValidationError,
    does_not_exist,
    invalid_value,
    shortened,
)

MAX_NAME = 200

# Longer names are no place: braces after a dollar sign are common in scripts.
_PLACE = re.compile(r"\$\{([A-Za-z0-9_]{1,255})\}")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_MAX_NAMES = 300


def add(requester: Requester, name: str, html: str, now: datetime) -> HITLayout:
    """Return the new layout of a requester's page; runs inside a store's `writing()`.

    Raises:
        ParameterValidationError: a name of more than 200 characters or with unprintable ones, or
            a page that no HIT could show.
    """
    if not 0 < len(name) <= MAX_NAME or _UNPRINTABLE.search(name):
        raise invalid_value(name, "Name")
    questions.check(questions.html_question(html))
    return HITLayout.objects.create(
        requester=requester, hit_layout_id=ids.entity_id(), name=name, html=html, created_at=now
    )


def find(call: Call) -> HITLayout:
    """Return the layout named in the call.

    Raises RequestError (HITLayoutDoesNotExist), for another requester's too.
    """
    layout_id = call.parameters["HITLayoutId"]
    found = HITLayout.objects.filter(requester=call.requester, hit_layout_id=layout_id).first()
    if found is None:
        raise does_not_exist("HITLayout", layout_id)
    return found


def fill(layout: HITLayout, parameters: Sequence[dict[str, Any]]) -> str:
    """Return the question that HITLayoutParameters make of a layout.

    Values come into the page as they are: they are its author's own, and may be markup. A
    value's own places are not filled. Values that the page has no place for are not used.

    Raises:
        ParameterValidationError: a value is missing or there twice, or the page is no question.
    """
    values = _values(parameters)
    missing = sorted(set(_PLACE.findall(layout.html)) - values.keys())
    if missing:
        raise _missing(missing)
    xml = questions.html_question(_PLACE.sub(lambda place: values[place[1]], layout.html))
    questions.check(xml)
    return xml


def _values(parameters: Sequence[dict[str, Any]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for each in parameters:
        if each["Name"] in values:
            raise ParameterValidationError(
                PREFIX + "InvalidParameterValue",
                f"Your request has more than one HITLayoutParameter {shortened(each['Name'])}.",
            )
        values[each["Name"]] = each["Value"]
    return values


def _missing(names: Sequence[str]) -> ParameterValidationError:
    return ParameterValidationError(
        "AWS.MissingParameters",
        "Your request is missing required parameters. Required parameters include "
        "HITLayoutParameter. You have not provided all required HITLayout parameters. "
        f"Missing parameter names: {', '.join(names)[:_MAX_NAMES]}",
    )
