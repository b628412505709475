"""How workers come in: accounts, sessions, invitations, and attempts that are counted.

Tokens that links carry are kept as digests only, so that who reads the database cannot use them.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from crowdmake.market.models.people import Worker


class Account(AbstractBaseUser):
    """A worker's way in: a user name and a password, and what the worker has chosen.

    ``username`` is kept in lower case; ``worker.name`` is as the worker wrote it. ``accept_next``
    is whether another HIT of the same type is accepted after each submission.
    """

    username = models.CharField(max_length=64, unique=True)
    worker = models.OneToOneField(Worker, models.CASCADE)
    created_at = models.DateTimeField()
    accept_next = models.BooleanField(default=False)

    USERNAME_FIELD = "username"


class Session(AbstractBaseSession):
    """A browser's session; ``account`` is who signed in with it, so that all of them can end."""

    account = models.ForeignKey(Account, models.CASCADE, null=True)


class Invitation(models.Model):
    """A link by which workers sign up; ``uses_left`` is null where any number may."""

    token_digest = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    uses_left = models.PositiveIntegerField(null=True)
    used = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)


class PasswordLink(models.Model):
    """A link by which a worker sets a new password, once; the operator makes it."""

    token_digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, models.CASCADE)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Attempt(models.Model):
    """One attempt at what is limited in rate; ``subject`` is a digest of whose."""

    kind = models.CharField(max_length=16)
    subject = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Attempts are counted by whose they are."""

        indexes = [models.Index(fields=["kind", "subject", "at"], name="attempts_by_subject")]
