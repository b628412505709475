"""The parts of addresses that name something."""

import re

from django.urls import register_converter


class EntityId:
    """A public id (`ids.py`): nothing else ever reaches the database as one."""

    regex = "[A-Z0-9]{1,64}"

    def to_python(self, value: str) -> str:
        """Return the id."""
        return value

    def to_url(self, value: str) -> str:
        """Return the id as it stands in an address."""
        return value

    @classmethod
    def fits(cls, text: str) -> bool:
        """Return whether a parameter's text may be an id."""
        return re.fullmatch(cls.regex, text) is not None


register_converter(EntityId, "entity")
