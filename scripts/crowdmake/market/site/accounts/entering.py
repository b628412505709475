"""Signing in and out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from crowdmake.market.membership import names
from crowdmake.market.models import Account
from crowdmake.market.site import limits
from crowdmake.market.site.accounts import signing_in
from crowdmake.market.site.accounts.forms import SignInForm
from crowdmake.market.site.accounts.waiting import wait

WRONG = "There is no account with this user name and this password."


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Any) -> HttpResponse:
    """Let a worker in, and lead to where that was wanted."""
    following = onward(request.POST.get("next") or request.GET.get("next") or "")
    if request.account:
        return HttpResponseRedirect(following)
    form = SignInForm(request.POST or None)
    if form.is_valid():
        try:
            account = known(request, form.cleaned_data["name"], form.cleaned_data["password"])
        except limits.TooMany as error:
            return wait(request, error)
        if account is not None:
            signing_in.sign_in(request, account)
            return HttpResponseRedirect(following)
        form.add_error(None, WRONG)
    shown = {"form": form, "next": following, "contact": request.site.contact}
    return render(request, "accounts/sign_in.html", shown, status=422 if form.is_bound else 200)


@require_POST
def sign_out(request: Any) -> HttpResponse:
    """End the browser's session."""
    signing_in.sign_out(request)
    messages.success(request, "You have signed out.")
    return redirect("sign-in")


def known(request: Any, name: str, password: str) -> Account | None:
    """Return the account of a user name and its password; raises limits.TooMany.

    A name that nobody has takes as long as a wrong password.
    """
    key = names.key_of(name)
    attempt = limits.attempt(limits.SIGN_IN, address=request.META["REMOTE_ADDR"], name=key)
    account = Account.objects.select_related("worker").filter(username=key).first()
    if account is None:
        make_password(password)
        return None
    # Not the account's own method, which may write.
    if not check_password(password, account.password):
        return None
    attempt.succeeded()
    return account


def onward(wanted: str) -> str:
    """Return where to go on: the path on this site that is ``wanted``, or else the HITs."""
    is_path = wanted.startswith("/") and not wanted.startswith("//")
    is_path = is_path and wanted.isprintable() and "\\" not in wanted
    if is_path and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return iri_to_uri(wanted)
    return reverse("projects")
