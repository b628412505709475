"""A worker's own account: what is kept, what was chosen, and how to take it or end it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from crowdmake.market.membership import deleting, exporting
from crowdmake.market.models import Account, UploadedFile
from crowdmake.market.serving.files import HEADERS
from crowdmake.market.site import current, limits
from crowdmake.market.site.accounts import entering, signing_in
from crowdmake.market.site.accounts.forms import ChoicesForm, DeleteForm
from crowdmake.market.site.accounts.passwords import WRONG
from crowdmake.market.site.accounts.waiting import wait


@require_http_methods(["GET", "HEAD", "POST"])
@signing_in.workers_only
def account(request: Any) -> HttpResponse:
    """Show the account, and take what the worker chooses."""
    is_post = request.method == "POST"
    form = ChoicesForm(request.POST if is_post else None, instance=request.account, label_suffix="")
    if form.is_valid():
        accept_next = form.cleaned_data["accept_next"]
        mine = Account.objects.filter(pk=request.account.pk)
        current.run(lambda _: mine.update(accept_next=accept_next))
        messages.success(request, "Your choice is kept.")
        return redirect("account")
    shown = {"form": form, "account": request.account, "kept": exporting.counts(request.worker)}
    return render(request, "accounts/account.html", shown)


@require_safe
@signing_in.workers_only
def export(request: Any) -> HttpResponse:
    """Send all that is kept about the worker, as a file."""
    content = exporting.document(request.account, lambda key: reverse("export-file", args=[key]))
    name = f"attachment; filename=worker-{request.worker.worker_id}.json"
    return HttpResponse(content, "application/json", headers={"Content-Disposition": name})


@require_safe
@signing_in.workers_only
def export_file(request: Any, key: str) -> HttpResponse:
    """Send a file that the worker gave as an answer."""
    mine = UploadedFile.objects.filter(assignment__worker=request.worker, key=key)
    file = mine.first()
    if file is None:
        raise Http404
    return HttpResponse(bytes(file.content), headers=HEADERS)


@require_http_methods(["GET", "HEAD", "POST"])
@signing_in.workers_only
def delete(request: Any) -> HttpResponse:
    """Say what goes and what stays, and delete the account of a worker who then wants it."""
    form = DeleteForm(request.POST or None)
    if form.is_valid():
        account = request.account
        try:
            right = entering.known(request, account.username, form.cleaned_data["password"])
        except limits.TooMany as error:
            return wait(request, error)
        if right:
            current.run(lambda now: deleting.delete(account, now))
            signing_in.sign_out(request)
            messages.success(request, "Your account is deleted.")
            return redirect("about")
        form.add_error("password", WRONG)
    shown = {"form": form, "account": request.account}
    return render(request, "accounts/delete.html", shown, status=422 if form.is_bound else 200)
