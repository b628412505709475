"""Signing up: freely where the operator lets everybody in, otherwise by an invitation's link."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from crowdmake.market.membership import invitations, names
from crowdmake.market.models import Invitation
from crowdmake.market.site import limits
from crowdmake.market.site.accounts import admission, signing_in
from crowdmake.market.site.accounts.forms import SignUpForm
from crowdmake.market.site.accounts.waiting import wait

BY_INVITATION = "Workers are invited here: open the link that you were given."


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: Any) -> HttpResponse:
    """Let anybody sign up, where the operator lets everybody in."""
    if request.account:
        return redirect("projects")
    why = admission.closed(request.site)
    if not why and not admission.is_open(request.site):
        why = BY_INVITATION
    return _turn_away(request, why, 403) if why else _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: Any, token: str) -> HttpResponse:
    """Let somebody sign up who has an invitation's link."""
    if request.account:
        messages.info(request, "You have signed in already; the invitation was not used.")
        return redirect("projects")
    why = admission.closed(request.site)
    if why:
        return _turn_away(request, why, 403)
    try:
        return _form(request, invitations.find(token))
    except invitations.Unusable as error:
        return _turn_away(request, f"This invitation link {error}.", 410)


def _form(request: Any, invitation: Invitation | None) -> HttpResponse:
    """Show the form, or do what it asks for; raises invitations.Unusable."""
    form = SignUpForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            return _sign_up(request, form, invitation)
        except admission.Taken:
            form.add_error("name", "Somebody has this user name already: choose another one.")
        except limits.TooMany as error:
            return wait(request, error)
        status = 422
    elif form.is_bound:
        status = 422
    return render(request, "accounts/sign_up.html", {"form": form}, status=status)


def _sign_up(request: Any, form: SignUpForm, invitation: Invitation | None) -> HttpResponse:
    name, password = form.cleaned_data["name"], form.cleaned_data["new_password"]
    address = request.META["REMOTE_ADDR"]
    attempt = limits.attempt(limits.SIGN_UP, address=address, name=names.key_of(name))
    account = admission.admit(name, make_password(password), invitation)
    if invitation is not None:
        # How many may is the invitation's to say; where anybody may, each account counts.
        attempt.succeeded()
    signing_in.sign_in(request, account)
    messages.success(request, f"Welcome, {account.worker.name}. You have signed up.")
    return redirect("projects")


def _turn_away(request: Any, why: str, status: int) -> HttpResponse:
    shown = {"why": why, "contact": request.site.contact}
    return render(request, "accounts/no_sign_up.html", shown, status=status)
