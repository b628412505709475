"""Changing a password: by who knows it, or by the operator's link."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from crowdmake.market.membership import password_links
from crowdmake.market.site import current, limits
from crowdmake.market.site.accounts import entering, signing_in
from crowdmake.market.site.accounts.forms import ChangeForm, PasswordForm
from crowdmake.market.site.accounts.waiting import wait

WRONG = "This is not your password."


@require_http_methods(["GET", "HEAD", "POST"])
@signing_in.workers_only
def change(request: Any) -> HttpResponse:
    """Let a worker choose another password; whoever else has signed in with the former is out."""
    account = request.account
    form = ChangeForm(request.POST or None, account=account)
    if form.is_valid():
        given = form.cleaned_data
        try:
            right = entering.known(request, account.username, given["password"])
        except limits.TooMany as error:
            return wait(request, error)
        if right:
            encoded = make_password(given["new_password"])
            current.run(lambda _: password_links.set_password(account, encoded))
            signing_in.sign_in(request, account)
            messages.success(
                request, "Your password is changed. All other browsers are signed out."
            )
            return redirect("account")
        form.add_error("password", WRONG)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/password.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: Any, token: str) -> HttpResponse:
    """Let a worker set a password who has the operator's link."""
    try:
        link = password_links.find(token)
        form = PasswordForm(request.POST or None, account=link.account)
        if form.is_valid():
            encoded = make_password(form.cleaned_data["new_password"])
            current.run(lambda _: password_links.use(link, encoded))
            signing_in.sign_out(request)
            messages.success(request, "Your password is changed: sign in with the new one.")
            return redirect("sign-in")
    except password_links.Unusable as error:
        shown = {"why": f"This link {error}.", "contact": request.site.contact}
        return render(request, "accounts/no_reset.html", shown, status=410)
    status = 422 if form.is_bound else 200
    shown = {"form": form, "name": link.account.worker.name}
    return render(request, "accounts/reset.html", shown, status=status)
