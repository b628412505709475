"""The addresses of the site."""

from django.urls import path

from crowdmake.market.site import home, static
from crowdmake.market.site.accounts import urls as accounts
from crowdmake.market.site.frames import submission
from crowdmake.market.site.records import urls as records
from crowdmake.market.site.tasks import urls as tasks

urlpatterns = [
    path("", home.home, name="home"),
    path("about", home.about, name="about"),
    path("static/<str:name>", static.serve, name="static"),
    path("mturk/externalSubmit", submission.external_submit, name="external-submit"),
    # What a page makes of turkSubmitTo with a slash of its own.
    path("/mturk/externalSubmit", submission.external_submit),
    *accounts.urlpatterns,
    *tasks.urlpatterns,
    *records.urlpatterns,
]

handler400 = "crowdmake.market.site.errors.malformed"
handler403 = "crowdmake.market.site.errors.refused"
handler404 = "crowdmake.market.site.errors.not_found"
handler500 = "crowdmake.market.site.errors.failed"
