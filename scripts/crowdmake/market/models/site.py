"""What the operator states about the workers' site."""

from django.db import models

INVITED = "invited"
OPEN = "open"
CLOSED = "closed"


class Site(models.Model):
    """The one row of the site's settings.

    ``address`` is where workers reach it, such as ``https://hits.example.org``, and ``pages`` the
    host of the pages that HITs show, such as ``https://*.pages.example.net``: with ``*.`` before
    it every requester's HIT type may have a host of its own below it. Both are empty for a site
    that is reached on the loopback alone. ``sources`` is what pages may load from elsewhere, as
    Content-Security-Policy lists it. The last four say what rewards are: empty where they are
    practice.
    """

    name = models.CharField(max_length=100, default="")
    address = models.CharField(max_length=255, default="")
    pages = models.CharField(max_length=255, default="")
    sign_up = models.CharField(max_length=16, default=INVITED)
    sources = models.TextField(default="https:")
    address_days = models.PositiveIntegerField(default=7)
    contact = models.CharField(max_length=255, default="")
    currency = models.CharField(max_length=3, default="")
    debtor = models.CharField(max_length=200, default="")
    paid_how = models.CharField(max_length=500, default="")
    paid_when = models.CharField(max_length=200, default="")

    @classmethod
    def stated(cls) -> "Site":
        """Return the row, a new one where nothing has been stated yet."""
        return cls.objects.first() or cls(pk=1)
