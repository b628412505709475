"""The addresses of this room's pages."""

from django.urls import URLPattern, path

from crowdmake.market.site import converters  # noqa: F401 - the addresses' parts
from crowdmake.market.site.accounts import entering, joining, own, passwords

urlpatterns: list[URLPattern] = [
    path("sign-up", joining.sign_up, name="sign-up"),
    path("join/<str:token>", joining.join, name="join"),
    path("sign-in", entering.sign_in, name="sign-in"),
    path("sign-out", entering.sign_out, name="sign-out"),
    path("reset/<str:token>", passwords.reset, name="reset"),
    path("account", own.account, name="account"),
    path("account/password", passwords.change, name="password"),
    path("account/export", own.export, name="export"),
    path("account/export/files/<entity:key>", own.export_file, name="export-file"),
    path("account/delete", own.delete, name="delete-account"),
]
