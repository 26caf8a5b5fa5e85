import os
from pathlib import Path

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
# The headless shell has no windows, and so no tab that sleeps behind another.
_WHOLE = Path("/usr/bin/chromium")
WINDOWED = _WHOLE if _WHOLE.exists() else CHROMIUM
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)
