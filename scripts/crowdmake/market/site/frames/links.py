"""The address of the frame in which a HIT is shown, and the token that it holds.

The parameters, in preview and after accepting, are those of
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ExternalQuestionArticle.html
in the order of the service's own addresses.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from crowdmake.market import questions
from crowdmake.market.models import HIT, Assignment, Question
from crowdmake.market.site import current
from crowdmake.market.site.frames import external, shown

NOT_ACCEPTED = "ASSIGNMENT_ID_NOT_AVAILABLE"
# A popup is no longer in the frame. It is held by its own response where it shows a HIT, and
# cannot reach the site, whose Cross-Origin-Opener-Policy leaves it without an opener.
SANDBOX = (
    "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals"
    " allow-downloads"
)
SAME_ORIGIN = " allow-same-origin"
PREVIEW = timedelta(hours=1)
# The longest time that a HIT type may give for an assignment, with a day to spare.
_LONGEST_SECONDS = 366 * 24 * 3600
_LABEL = 32
# Tokens of other kinds are encrypted under the same key.
_KIND = "frame "


class Unshowable(Exception):  # noqa: N818 - an answer to a worker, not a fault
    """Why the market does not show a HIT, in words for the worker."""


@dataclass(frozen=True)
class Frame:
    """The frame in which a HIT is shown.

    ``url`` is the iframe's `src`, ``sandbox`` its attribute of that name, ``height`` its height
    in pixels, 0 to fill the window, and ``sources`` the `frame-src` of the page that has it.
    """

    url: str
    sandbox: str
    height: int
    origin: str
    sources: str


@dataclass(frozen=True)
class Pass:
    """What a token is good for: one HIT's page for one worker, on one host.

    ``assignment`` is "" in a preview, ``label`` "" on the host that all pages share, and
    ``until`` in seconds since the epoch.
    """

    hit: str
    assignment: str
    worker: str
    site: str
    label: str
    until: float


def frame_of(request: Any, hit: HIT, assignment: Assignment | None) -> Frame:
    """Return the frame that shows ``hit``, in preview where there is no ``assignment``.

    Raises:
        Unshowable: the HIT's address is one of the market's own.
    """
    question = shown.read(Question.objects.get(hit=hit).xml)
    site = request.place.site
    parameters = _parameters(site, hit, assignment)
    if question.url:
        return _external(request, question, parameters)
    label = _label(hit) if question.stores else ""
    origin = request.place.pages_origin(label)
    if origin is None:
        label, origin = "", request.place.pages_origin()
    until = assignment.deadline if assignment else request.now + PREVIEW
    token = _token(hit, assignment, site, label, until)
    return Frame(
        url=f"{origin}/{token}/dynamic/hit?{parameters}",
        sandbox=sandbox(label),
        height=question.height,
        origin=origin,
        sources=_sources(request, origin),
    )


def sandbox(label: str) -> str:
    """Return the tokens of a page's sandbox: an origin is had only on a host of one's own."""
    return SANDBOX + SAME_ORIGIN if label else SANDBOX


def closed(found: Pass) -> str:
    """Return the token that `opened` reads."""
    return current.vault().lock(_KIND + json.dumps(asdict(found)))


def opened(token: str, now: datetime) -> Pass | None:
    """Return what a token is good for; None where it is no token, or no longer one."""
    text = current.vault().unlock_fresh(token, _LONGEST_SECONDS)
    if text is None or not text.startswith(_KIND):
        return None
    found = Pass(**json.loads(text.removeprefix(_KIND)))
    return found if found.until > now.timestamp() else None


def _external(request: Any, question: shown.Shown, parameters: str) -> Frame:
    # What was put up by an older market was not held to it; its host goes into a header.
    if not questions.is_plain(question.url):
        raise Unshowable("This HIT cannot be shown: its address is none that can be relied on.")
    if external.is_own(question.url, request.place):
        raise Unshowable(
            "This HIT cannot be shown: its address is one of this market's own, where a"
            " requester's page could act for you."
        )
    url = external.address(question.url, parameters)
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Frame(
        url=url,
        sandbox=SANDBOX + SAME_ORIGIN,
        height=question.height,
        origin=origin,
        sources=_sources(request, origin),
    )


def _sources(request: Any, origin: str) -> str:
    """Return where the frame may go: its page, what that may load, and the site's own answer."""
    return " ".join(["'self'", origin, *request.site.sources.split()])


def _parameters(site: str, hit: HIT, assignment: Assignment | None) -> str:
    if assignment is None:
        return urlencode({"assignmentId": NOT_ACCEPTED, "hitId": hit.hit_id})
    return urlencode(
        {
            "assignmentId": assignment.assignment_id,
            "hitId": hit.hit_id,
            "workerId": assignment.worker.worker_id,
            "turkSubmitTo": site,
        }
    )


def _token(hit: HIT, assignment: Assignment | None, site: str, label: str, until: datetime) -> str:
    good_for = Pass(
        hit=hit.hit_id,
        assignment=assignment.assignment_id if assignment else "",
        worker=assignment.worker.worker_id if assignment else "",
        site=site,
        label=label,
        until=until.timestamp(),
    )
    return closed(good_for)


def _label(hit: HIT) -> str:
    """Return the host's name of a requester's HIT type."""
    subject = f"{hit.requester.customer_id} {hit.hit_type.hit_type_id}"
    return sha256(subject.encode()).hexdigest()[:_LABEL]
