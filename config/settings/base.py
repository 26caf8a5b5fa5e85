"""What the other files start from: the environment, the data directory, keys."""

from pathlib import Path

from config import data_dir, secret_key
from config.environment import Environment
from sessions_app.webhooks.push.private_key import new_vapid_key

BASE_DIR = Path(__file__).resolve().parents[2]
env = Environment()
PLAIN_NAMES = env.has_plain_names  # DATABASE_URL counts, besides RINGSIDE_DATABASE_URL
IGNORED_NAMES = env.ignored()
DATA_DIR = data_dir.make(
    Path(env.text("RINGSIDE_DATA_DIR", str(data_dir.default(BASE_DIR))))
)

DEBUG = env.flag("DEBUG")
SECRET_KEY_FILE = DATA_DIR / "secret_key"  # made where SECRET_KEY is not set
SECRET_KEY = env.text("SECRET_KEY") or secret_key.read_or_create(SECRET_KEY_FILE)
# Older keys, that what was encrypted or signed with them can still be read.
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
# By this key push services know us: read when it is used, so that it can be changed.
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY")  # instead of the file's
VAPID_KEY_FILE = DATA_DIR / "vapid_key"
if not VAPID_PRIVATE_KEY:
    secret_key.read_or_create(VAPID_KEY_FILE, new_vapid_key)

USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
