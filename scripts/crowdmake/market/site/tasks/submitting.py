"""Taking in what the page of a HIT hands to the page around it."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crowdmake.market import workers
from crowdmake.market.answers import RESERVED
from crowdmake.market.models import Account, Assignment
from crowdmake.market.site import current
from crowdmake.market.site.tasks import previews, work
from crowdmake.market.working import accepting, queue
from crowdmake.market.working.answered import form_of

MALFORMED = "The page sent something that is not an answer."
OTHER_WORK = "This page tried to submit other work."
NO_ANSWERS = "This HIT was not submitted correctly: the page sent no answers."
SIGNED_OUT = "You are signed out. Sign in in another tab, then submit again here."
_ASSIGNMENT = "assignmentId"


class Handed(NamedTuple):
    """What a page hands over: fields, files by the questions they answer, the worker's wish."""

    fields: list[tuple[str, str]]
    files: list[tuple[str, bytes]]
    accept_next: bool


class Malformed(Exception):  # noqa: N818 - an answer to a browser, not a fault
    """What was sent is not of the shape that the work page's script sends."""


@require_POST
def submit(request: Any, group: str, assignment: str) -> HttpResponse:
    """Take in the answers: {"fields": [[name, value], ...], "accept_next": true or false}.

    With files it is multipart: that document in the part `answers`, with the names of the
    questions as "files", and the files in the parts `file0`, `file1` ... The reply is
    {"next": address} or {"refused": why}.
    """
    if request.worker is None:
        return JsonResponse({"refused": SIGNED_OUT}, status=401)
    held = work.own(request, group, assignment)
    try:
        handed = handed_over(request)
    except Malformed:
        return JsonResponse({"refused": MALFORMED}, status=400)
    try:
        _check(held, handed)
        current.run(lambda now: _submit(request.account, held, handed, now))
    except workers.Refused as refused:
        return JsonResponse({"refused": _why(held, refused)}, status=409)
    messages.success(request, "Your answers were submitted.")
    return JsonResponse({"next": _next(request, held, handed.accept_next)})


def handed_over(request: Any) -> Handed:
    """Return what a request hands over; raises Malformed."""
    multipart = request.content_type == "multipart/form-data"
    text = request.POST.get("answers", "") if multipart else request.body
    try:
        document = json.loads(text)
        fields = [(_text(name), _text(value)) for name, value in document["fields"]]
        names = [_text(each) for each in document.get("files", [])]
        files = [
            (name, _content(request.FILES[f"file{place}"])) for place, name in enumerate(names)
        ]
        return Handed(fields, files, document.get("accept_next") is True)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise Malformed from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _content(file: Any) -> bytes:
    content: bytes = file.read()
    return content


def _check(held: Assignment, handed: Handed) -> None:
    """Raise Refused for another assignment's fields, and for a page that sends no answers."""
    said = [value for name, value in handed.fields if name == _ASSIGNMENT]
    if any(each != held.assignment_id for each in said):
        raise workers.Refused(OTHER_WORK)
    answers = [*handed.files, *(name for name, _ in handed.fields if name not in RESERVED)]
    # All questions of a form may be left unanswered.
    if not answers and form_of(held) is None:
        raise workers.Refused(NO_ANSWERS)


def _submit(account: Account, held: Assignment, handed: Handed, now: datetime) -> None:
    for question, content in handed.files:
        workers.upload(held, question, content, now)
    workers.submit(held, handed.fields, now)
    Account.objects.filter(pk=account.pk).update(accept_next=handed.accept_next)


def _why(held: Assignment, refused: workers.Refused) -> str:
    """Return why the answers were not taken: what became of the assignment, if anything did."""
    present = queue.own(held.worker, held.hit.hit_type.hit_group_id, held.assignment_id)
    ended = accepting.ending(present) if present else None
    return accepting.WORDS[ended] if ended else str(refused)


def _next(request: Any, held: Assignment, accept_next: bool) -> str:
    """Return the address of what comes after a submission."""
    if accept_next:
        try:
            return previews.taken(request, held.hit.hit_type)
        except workers.Refused as refused:
            messages.warning(request, str(refused))
            return reverse("projects")
    return reverse(work.place_after(request))
