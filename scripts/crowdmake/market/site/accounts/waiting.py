"""What a browser is told that tried too often."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from crowdmake.market.site.limits import TooMany


def wait(request: Any, error: TooMany) -> HttpResponse:
    """Say how long to wait, to people and to programs."""
    shown = {"minutes": -(-error.seconds // 60)}
    response = render(request, "429.html", shown, status=429)
    response["Retry-After"] = str(error.seconds)
    return response
