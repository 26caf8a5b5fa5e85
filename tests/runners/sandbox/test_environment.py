"""What of a runner's environment a command gets."""

import sys

import pytest

from runners.sandbox.environment import LISTED, scrubbed

SECRETS = """
ACCESS_TOKEN_V2 ANTHROPIC_API_KEY API_KEY_2 APIKEY AUTH_HEADER AWS_SECRET_ACCESS_KEY
AZURE_STORAGE_CONNECTION_STRING BEARER CI_JOB_JWT DATABASE_URL DB_PASS DB_PASSWORD DB_PW
DJANGO_SECRET_KEY DOCKER_AUTH_CONFIG ENCRYPTION_KEY FOO_PIN GITHUB_TOKEN GITHUB_TOKEN_RO
GIT_ASKPASS GPG_PASS HTTP_BASIC KEY1 KUBECONFIG LICENSEKEY MASTERKEY MYSQL_PWD MY_PASSWD
NPM_AUTH OPENAI_API_KEYS OPENAI_KEY1 PGPASS PGPASSFILE PRIVATE_PEM RAILS_MASTER_KEY
REDIS_PW REDIS_URL RINGSIDE_DATABASE_URL ROOTPW SENTRY_DSN SESSION_ID SLACK_WEBHOOK_URL
SMTP_PASS SSHPASS SSH_AUTH_SOCK SSH_ASKPASS TOKEN_GITHUB npm_config__authToken
LD_PRELOAD BASH_ENV ENV PROMPT_COMMAND GIT_SSH_COMMAND GIT_CONFIG_GLOBAL MAKEFLAGS
PERL5OPT RUBYOPT GIT_DIR GIT_WORK_TREE PYTHONUSERBASE
UV_PROJECT_ENVIRONMENT NOTIFY_SOCKET INVOCATION_ID DISPLAY
PYTHONPATH PYTHONHOME PYTHONSTARTUP
"""


@pytest.mark.parametrize("name", SECRETS.split())
def test_what_is_not_listed_is_dropped(name: str) -> None:
    assert name not in scrubbed({name: "something"})
    assert name not in LISTED


def test_what_is_listed_is_kept() -> None:
    given = {
        "PATH": "/usr/bin",
        "HOME": "/home/joe",
        "LC_TIME": "de_DE.UTF-8",
        "GOPROXY": "https://proxy.golang.org,direct",
        "HTTPS_PROXY": "http://proxy:3128",
        "no_proxy": "localhost:80,.corp",
        "JAVA_HOME": "/opt/java@17",
        "NPM_CONFIG_REGISTRY": "https://npm.corp/",
    }
    assert scrubbed(given).items() >= given.items()


@pytest.mark.parametrize(
    "value",
    [
        "https://joe:pw@pypi.corp/simple",
        "https://ghp_tokenonly123@github.com/x/y",
        "http://u:pa/ss@h/db",
        "socks5h://joe@proxy:1080",
        "joe:pw@proxy:3128",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_a_listed_name_with_a_secret_in_its_value_is_dropped(value: str) -> None:
    assert "HTTPS_PROXY" not in scrubbed({"HTTPS_PROXY": value})


def test_what_is_named_is_kept_whatever_its_value() -> None:
    given = {
        "PIP_INDEX_URL": "https://joe:pw@pypi.corp/simple",
        "MYAPP_TOKEN": "t",
        "MYAPP_MODE": "m",
        "OTHER": "o",
        "RINGSIDE_DATABASE_URL": "d",
    }
    found = scrubbed(given, ["PIP_INDEX_URL", "MYAPP_*"])
    assert {*found} & {*given} == {"PIP_INDEX_URL", "MYAPP_TOKEN", "MYAPP_MODE"}
    assert "RINGSIDE_DATABASE_URL" not in scrubbed(given, ["*"])


def test_ringsides_own_virtual_environment_is_left() -> None:
    own = sys.prefix
    assert own != sys.base_prefix
    given = {
        "PATH": f"{own}/bin:/usr/bin:{own}/lib/x:{own}er/bin",
        "VIRTUAL_ENV": own,
        "VIRTUAL_ENV_PROMPT": "ringside",
    }
    found = scrubbed(given)
    assert found["PATH"] == f"/usr/bin:{own}er/bin"
    assert not {"VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT"} & {*found}


def test_a_persons_virtual_environment_stays() -> None:
    given = {"PATH": "/home/joe/venv/bin:/usr/bin", "VIRTUAL_ENV": "/home/joe/venv"}
    assert scrubbed(given).items() >= given.items()


def test_the_time_zone_is_the_one_from_before_django() -> None:
    assert "TZ" not in scrubbed({"TZ": "UTC", "RINGSIDE_TZ": ""})
    given = {"TZ": "UTC", "RINGSIDE_TZ": "America/New_York"}
    assert scrubbed(given)["TZ"] == "America/New_York"
    assert scrubbed({"TZ": "Asia/Tokyo"})["TZ"] == "Asia/Tokyo"
