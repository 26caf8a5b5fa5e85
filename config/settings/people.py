"""Accounts, signing in, shares."""

from datetime import timedelta

SIGNIN_LINK_MAX_AGE_S = 600
SHARE_DAYS = 7  # of a share, unless said otherwise
SHARE_MAX_DAYS = 365

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "session_list"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "sessions_app.people.browser_sessions"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Who has failed this often must wait; a password is guessed slowly, or not at all.
AXES_FAILURE_LIMIT = 10  # wrong passwords for one user name, from one address
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "sessions_app/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "sessions_app.people.client_address.client_address"
AXES_DISABLE_ACCESS_LOG = True  # a sign-in costs no row
AXES_VERBOSE = False
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "sessions_app.people.role_backend.RoleBackend",
]
