"""What a browser is told where there is no page for it; nothing of the inside is told."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def not_found(request: Any, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's
    """Say that there is no such page."""
    return render(request, "404.html", status=404)


def refused(request: Any, reason: str = "", exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's
    """Say that a form came from a page that has grown old; settings.CSRF_FAILURE_VIEW."""
    return render(request, "403.html", status=403)


def malformed(request: Any, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's
    """Say that the request makes no sense."""
    return render(request, "400.html", status=400)


def failed(request: Any) -> HttpResponse:  # noqa: ARG001 - Django's
    """Say that it is the site's fault, without asking the database for anything."""
    return HttpResponse(render_to_string("500.html"), status=500)
