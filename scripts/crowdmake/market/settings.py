"""Django's settings for a market embedded in another program's process.

The database named here is a placeholder that is never opened: a store (`stores/`)
binds each thread to the file of the market that it serves.
"""

INSTALLED_APPS = ["crowdmake.market"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
# The host program's logging stays as it is.
LOGGING_CONFIG = None
