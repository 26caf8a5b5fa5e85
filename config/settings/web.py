"""Django's site: hosts, cookies, HTTPS, middleware, templates, static files."""

import sys

from config.settings.base import BASE_DIR, DATA_DIR, env

ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

SESSION_COOKIE_NAME = "ringside_session"
CSRF_COOKIE_NAME = "ringside_csrf"
# All of it over https: cookies go nowhere else, and http is sent there.
HTTPS = env.flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# How long browsers remember HTTPS; begin low, raise it when all works.
SECURE_HSTS_SECONDS = int(env.number("HSTS_SECONDS", 3600)) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Whether browsers ship with that is for the domain's owner to say.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# Only behind a proxy that sets X-Forwarded-Proto, and adds to X-Forwarded-For, itself
# and on every request; Host it must pass on.
BEHIND_PROXY = env.flag("BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# daphne's app replaces Django's runserver. Loading it takes each process a third of a
# second, and `serve` does not need it.
_RUNSERVER = ["daphne"] if "runserver" in sys.argv[1:2] else []
INSTALLED_APPS = [
    *_RUNSERVER,  # before Django's own
    "sessions_app.apps.RingsideAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "axes",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "sessions_app",
    "runners",
]
MIDDLEWARE = [
    "sessions_app.pages.middleware.content_security.content_security",
    "sessions_app.pages.middleware.url_length_limit.url_length_limit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sessions_app.pages.middleware.database_unavailable.DatabaseUnavailable",
    "axes.middleware.AxesMiddleware",  # last: it answers 429 to who is locked out
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The wheel carries the templates inside the package `config`.
        "DIRS": [BASE_DIR / "templates", BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"spelled": "sessions_app.pages.template_filters"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sessions_app.pages.page_context.page_context",
            ],
        },
    },
]

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns where there is none
# Files are served from where they are. A deployment collects them (`manage.py
# collectstatic`): compressed, under names that may be cached for ever.
STATIC_COLLECTED = env.flag("STATIC_COLLECTED")
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if STATIC_COLLECTED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
