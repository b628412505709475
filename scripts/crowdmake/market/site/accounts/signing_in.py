"""Who a browser's session belongs to."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from crowdmake.market.models import Account
from crowdmake.market.site.sessions import ACCOUNT

View = Callable[..., HttpResponse]


def sign_in(request: HttpRequest, account: Account) -> None:
    """Make the browser's session the account's, under a new key: the former may be known."""
    request.session.flush()
    request.session[ACCOUNT] = account.pk
    rotate_token(request)


def sign_out(request: HttpRequest) -> None:
    """End the browser's session."""
    request.session.flush()


def workers_only(view: View) -> View:
    """Send those who are not signed in to do so first, and then back."""

    @wraps(view)
    def respond(request: Any, *args: Any, **names: Any) -> HttpResponse:
        if request.worker is None:
            return redirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")
        return view(request, *args, **names)

    return respond
