"""The addresses of this room's pages."""

from django.urls import URLPattern, path

from crowdmake.market.site import converters  # noqa: F401 - the addresses' parts
from crowdmake.market.site.records import (
    earnings,
    exams,
    history,
    letters,
    qualifications,
    reports,
)

urlpatterns: list[URLPattern] = [
    path("history", history.history, name="history"),
    path("assignments/<entity:assignment_id>", history.record, name="record"),
    path("assignments/<entity:assignment_id>/report", reports.of_work, name="report"),
    path("projects/<entity:group_id>/report", reports.of_group, name="report-group"),
    path("earnings", earnings.earnings, name="earnings"),
    path("messages", letters.inbox, name="messages"),
    path("messages/<int:key>", letters.message, name="message"),
    path("qualifications", qualifications.listed, name="qualifications"),
    path("qualifications/<entity:type_id>", qualifications.shown, name="qualification"),
    path(
        "qualifications/<entity:type_id>/request", qualifications.ask, name="request-qualification"
    ),
    path("qualifications/<entity:type_id>/test", exams.take, name="qualification-test"),
    path("qualifications/<entity:type_id>/test/submit", exams.hand_in, name="hand-in"),
]
