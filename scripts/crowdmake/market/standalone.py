"""Importing this module sets Django up for the market alone, unless a server already did.

DJANGO_SETTINGS_MODULE is not consulted: where it is set, it is another project's.
"""

import django
from django.apps import apps
from django.conf import settings

from crowdmake.market import settings as market_settings

if not settings.configured:
    settings.configure(
        **{name: value for name, value in vars(market_settings).items() if name.isupper()}
    )
if not apps.ready:
    django.setup()
