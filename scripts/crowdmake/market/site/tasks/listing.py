"""What is on offer, and what the worker holds."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.working import offers
from crowdmake.market.working.limits import MOST_HELD
from crowdmake.market.working.queue import held

A_PAGE = 20
SORTS = {
    "newest": "Newest first",
    "reward": "Highest reward first",
    "number": "Most HITs first",
    "time": "Shortest time first",
}


class SearchForm(forms.Form):
    """What a worker looks for among the groups on offer."""

    words = forms.CharField(
        label="Words in the title, description, keywords or requester",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    sort = forms.ChoiceField(label="Order", choices=[*SORTS.items()], required=False)
    qualified = forms.BooleanField(label="Only HITs that I may accept", required=False)


@workers_only
def projects(request: Any) -> HttpResponse:
    """Show the groups on offer, a page at a time."""
    form = SearchForm(request.GET or None)
    wanted = _wanted(form)
    found = offers.search(offers.on_offer(request.worker), wanted["words"])
    if wanted["qualified"]:
        found = [each for each in found if each.may.accept]
    pages = Paginator(offers.arranged(found, wanted["sort"]), A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    query = urlencode({name: value for name, value in wanted.items() if value})
    return render(
        request,
        "tasks/projects.html",
        {"form": form, "page": page, "query": query, "searched": request.GET},
    )


@workers_only
def queue(request: Any) -> HttpResponse:
    """Show what the worker has accepted and not handed in."""
    work = [*held(request.worker).defer("answer")]
    return render(request, "tasks/queue.html", {"held": work, "most": MOST_HELD})


def _wanted(form: SearchForm) -> dict[str, Any]:
    """Return what the form asks for, with what is usual in place of what cannot be."""
    form.full_clean()
    given = getattr(form, "cleaned_data", {})
    return {
        "words": given.get("words", ""),
        "sort": given.get("sort") or "newest",
        "qualified": "on" if given.get("qualified") else "",
    }
