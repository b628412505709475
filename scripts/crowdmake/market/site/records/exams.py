"""Taking the test of a qualification."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crowdmake.market.qualifications import requesting
from crowdmake.market.site import current
from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.frames import exams, framed
from crowdmake.market.site.records.qualifications import position, tell
from crowdmake.market.site.tasks import submitting
from crowdmake.market.workers import Refused

OTHER_TEST = "This page tried to hand in another test."


@require_safe
@workers_only
def take(request: Any, type_id: str) -> HttpResponse:
    """Show the test that the worker has begun, and the time that is left for it."""
    place = position(request, type_id)
    begun = place.test
    if begun is None:
        return redirect("qualification", type_id)
    shown = {"wanted": place.type, "begun": begun}
    return framed.page(request, "records/test.html", shown, exams.frame_of(request, begun))


@require_POST
def hand_in(request: Any, type_id: str) -> HttpResponse:
    """Take in the answers: {"fields": [[name, value], ...]}, of the test that is being taken.

    The reply is {"next": address} or {"refused": why}.
    """
    if request.worker is None:
        return JsonResponse({"refused": submitting.SIGNED_OUT}, status=401)
    place = position(request, type_id)
    try:
        fields = submitting.handed_over(request).fields
    except submitting.Malformed:
        return JsonResponse({"refused": submitting.MALFORMED}, status=400)
    said = {value for name, value in fields if name == "assignmentId"}
    if place.test and said - {place.test.qualification_request_id}:
        return JsonResponse({"refused": OTHER_TEST}, status=409)
    try:
        asked = current.run(
            lambda now: requesting.request_qualification(request.worker, place.type, fields, now)
        )
    except Refused as why:
        return JsonResponse({"refused": str(why)}, status=409)
    tell(request, asked)
    return JsonResponse({"next": reverse("qualification", args=[type_id])})
