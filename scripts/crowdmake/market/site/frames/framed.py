"""A page of the site around a frame."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from crowdmake.market.models import HIT, Assignment
from crowdmake.market.site.frames import links
from crowdmake.market.site.middleware import policy


def page(request: Any, template: str, shown: dict[str, Any], frame: links.Frame) -> HttpResponse:
    """Return the page of a template, which has the frame as ``frame``."""
    response = render(request, template, {**shown, "frame": frame})
    response["Content-Security-Policy"] = policy(frame_src=frame.sources)
    return response


def page_of_hit(
    request: Any, template: str, shown: dict[str, Any], hit: HIT, assignment: Assignment | None
) -> HttpResponse:
    """Return the page of a template around a HIT; where that cannot be, it says why."""
    try:
        frame = links.frame_of(request, hit, assignment)
    except links.Unshowable as why:
        return render(request, template, {**shown, "unshowable": str(why)})
    return page(request, template, shown, frame)
