import subprocess
import sys

from django.urls import reverse

from sessions_app.people.signin import signin_address
from sessions_app.sessions.address import session_address
from tests.servers.installation import Installation
from tests.servers.process import ROOT

IMPORTED = """
import sys
from config.command import main
sys.argv = ["manage.py", "signin"]
main()
pages = [name for name in sys.modules if name.startswith("sessions_app.pages")]
sys.exit(", ".join(pages))
"""

SERVED = """
import sys
import django
django.setup()
import config.asgi, config.urls
few_use = {"anthropic", "mcp", "pywebpush", "requests"}
sys.exit(", ".join(few_use & set(sys.modules)))
"""


def test_a_web_process_starts_without_the_libraries_that_few_use(
    installation: Installation,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVED],
        cwd=ROOT,
        env=installation.env | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert not done.stderr.strip()


def test_a_command_starts_without_the_pages(installation: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        cwd=ROOT,
        env=installation.env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "/signin/" in done.stdout
    assert not done.stderr.partition("minutes:")[2].strip()


def test_the_addresses_are_those_of_the_pages() -> None:
    assert session_address("s_a-1") == reverse("session_detail", args=["s_a-1"])
    assert signin_address("T-x_1") == reverse("signin_link", args=["T-x_1"])
