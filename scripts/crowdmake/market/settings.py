"""Django's settings of the market, embedded or served.

The database named here is a placeholder that is never opened: a store (`stores/`)
binds each thread to the file of the market that it serves.
"""

from pathlib import Path

INSTALLED_APPS = ["crowdmake.market"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
# The host program's logging stays as it is.
LOGGING_CONFIG = None

# The workers' site. Which hosts it answers at is its own first middleware's to say.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "crowdmake.market.site.urls"
MIDDLEWARE = [
    "crowdmake.market.site.visits.written_down",
    "crowdmake.market.site.middleware.market",
    "crowdmake.market.site.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "crowdmake.market.site.middleware.signed_in",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "site" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "crowdmake.market.site.context.shell",
            ],
            "builtins": ["crowdmake.market.site.tags"],
        },
    }
]
SESSION_ENGINE = "crowdmake.market.site.sessions"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "crowdmake.market.site.errors.refused"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
AUTH_USER_MODEL = "market.Account"
# The one of the standard library that is hard in memory, and not only in time.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
