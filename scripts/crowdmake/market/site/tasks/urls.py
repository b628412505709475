"""The addresses of this room's pages, which are those of Amazon's site."""

from django.urls import path

from crowdmake.market.site import converters  # noqa: F401 - the addresses' parts
from crowdmake.market.site.tasks import listing, previews, submitting, work

GROUP = "projects/<entity:group>/tasks"

urlpatterns = [
    path("projects", listing.projects, name="projects"),
    path("tasks", listing.queue, name="queue"),
    path("mturk/preview", previews.by_identifier, name="preview-by-identifier"),
    path(GROUP, previews.preview, name="preview"),
    path(f"{GROUP}/accept_random", previews.accept, name="accept"),
    path(f"{GROUP}/<entity:assignment>", work.work, name="work"),
    path(f"{GROUP}/<entity:assignment>/submit", submitting.submit, name="submit"),
    path(f"{GROUP}/<entity:assignment>/return", work.give_back, name="return"),
]
