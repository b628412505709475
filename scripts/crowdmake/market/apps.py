"""The Django application of the market."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """One application holds the whole market; its tables start with `market_`."""

    name = "crowdmake.market"
    label = "market"
