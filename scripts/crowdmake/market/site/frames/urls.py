"""The addresses of the pages' hosts."""

from django.urls import path

from crowdmake.market.site.frames import exams, libraries, views

urlpatterns = [
    path("<str:token>/dynamic/hit", views.hit, name="frame"),
    path("<str:token>/dynamic/test", exams.test, name="test-frame"),
    path("libraries/<str:name>", libraries.serve, name="library"),
]
handler404 = views.gone
