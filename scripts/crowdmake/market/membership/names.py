"""User names: how a worker writes one, and by what it is found again."""

from unicodedata import normalize

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from crowdmake.market.models import Account

SHORTEST, LONGEST = 2, 40
RULE = f"{SHORTEST} to {LONGEST} letters, digits and the characters @ . + - _"
_KEY_LONGEST = 64
_letters = UnicodeUsernameValidator(message=f"A user name has {RULE}.")


def written(text: str) -> str:
    """Return a user name as it is shown: one spelling for what looks the same."""
    return normalize("NFKC", text).strip()


def key_of(text: str) -> str:
    """Return by what the account of a user name is found, whatever the letters' case."""
    return normalize("NFKC", written(text).casefold())


def check(name: str) -> None:
    """Raise ValidationError for what is no user name."""
    if not SHORTEST <= len(name) <= LONGEST or len(key_of(name)) > _KEY_LONGEST:
        raise ValidationError(f"A user name has {RULE}.")
    _letters(name)


def is_taken(name: str) -> bool:
    """Return whether somebody has the name."""
    return Account.objects.filter(username=key_of(name)).exists()
