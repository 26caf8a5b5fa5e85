import os
import re
import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from sessions_app.masking.secret_spans import without_secrets

# The environment variables that a command gets; all others are dropped.
# RINGSIDE_TOOL_ENV, `runagent --env` and `rules --env` add more, see docs/security.md.
BASICS = (
    "PATH HOME USER LOGNAME SHELL HOSTNAME LANG LANGUAGE LC_* TMPDIR TMP TEMP"
    " XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME"
    " CI DEBIAN_FRONTEND SOURCE_DATE_EPOCH GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL"
    " GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL"
)
NETWORK = (
    "HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY"
    " http_proxy https_proxy all_proxy ftp_proxy no_proxy"
    " SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO"
    " NODE_EXTRA_CA_CERTS PIP_CERT CARGO_HTTP_CAINFO AWS_CA_BUNDLE NIX_SSL_CERT_FILE"
)
TOOL_CHAINS = (
    # Python
    "VIRTUAL_ENV VIRTUAL_ENV_PROMPT CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_EXE"
    " CONDA_SHLVL MAMBA_ROOT_PREFIX PYENV_ROOT PYENV_VERSION PIPX_HOME PIPX_BIN_DIR"
    " PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CACHE_DIR PIP_CONFIG_FILE UV_CACHE_DIR"
    " UV_PYTHON UV_INDEX_URL UV_DEFAULT_INDEX UV_INDEX UV_EXTRA_INDEX_URL UV_TOOL_DIR"
    " UV_LINK_MODE UV_OFFLINE UV_NATIVE_TLS UV_PYTHON_INSTALL_DIR POETRY_HOME"
    " POETRY_CACHE_DIR PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED PYTHONUTF8"
    " PYTHONIOENCODING PYTHONPYCACHEPREFIX"
    # JavaScript
    " NVM_DIR NVM_BIN NODE_PATH NODE_OPTIONS NPM_CONFIG_CACHE NPM_CONFIG_PREFIX"
    " NPM_CONFIG_REGISTRY npm_config_cache npm_config_prefix npm_config_registry"
    " COREPACK_HOME PNPM_HOME YARN_CACHE_FOLDER VOLTA_HOME FNM_DIR"
    " FNM_MULTISHELL_PATH BUN_INSTALL DENO_DIR DENO_INSTALL PLAYWRIGHT_BROWSERS_PATH"
    " PUPPETEER_EXECUTABLE_PATH CHROME_BIN CHROMIUM"
    # Go, Rust
    " GOPATH GOROOT GOBIN GOCACHE GOMODCACHE GOPROXY GONOPROXY GOPRIVATE GOSUMDB"
    " GONOSUMDB GOFLAGS GOTOOLCHAIN GO111MODULE CGO_ENABLED GOOS GOARCH CARGO_HOME"
    " CARGO_TARGET_DIR RUSTUP_HOME RUSTUP_TOOLCHAIN RUSTFLAGS RUST_BACKTRACE"
    " RUSTC_WRAPPER SCCACHE_DIR"
    # Java, Android, .NET
    " JAVA_HOME JDK_HOME M2_HOME MAVEN_HOME GRADLE_HOME GRADLE_USER_HOME SDKMAN_DIR"
    " ANDROID_HOME ANDROID_SDK_ROOT ANDROID_NDK_HOME DOTNET_ROOT DOTNET_CLI_HOME"
    " DOTNET_CLI_TELEMETRY_OPTOUT NUGET_PACKAGES"
    # C and C++
    " CC CXX CPP LD AR CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CPATH C_INCLUDE_PATH"
    " CPLUS_INCLUDE_PATH LIBRARY_PATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH"
    " PKG_CONFIG_PATH CMAKE_PREFIX_PATH CMAKE_GENERATOR CCACHE_DIR CUDA_HOME"
    " CUDA_PATH CUDA_VISIBLE_DEVICES"
    # Ruby, PHP, Perl, R, and managers of versions and packages
    " GEM_HOME GEM_PATH BUNDLE_PATH RBENV_ROOT RBENV_VERSION COMPOSER_HOME PERL5LIB"
    " PERL_LOCAL_LIB_ROOT R_HOME R_LIBS R_LIBS_USER ASDF_DIR ASDF_DATA_DIR"
    " MISE_DATA_DIR NIX_PATH NIX_PROFILES HOMEBREW_PREFIX HOMEBREW_CELLAR"
    " HOMEBREW_REPOSITORY"
)
LISTED = frozenset(f"{BASICS} {NETWORK} {TOOL_CHAINS}".split())
_PREFIXES = tuple(name.removesuffix("*") for name in LISTED if name.endswith("*"))
# A URL with a user or token, or user:password@host without a scheme.
_USER_IN_URL = re.compile(r"://[^\s@]*@|^[^\s/@]*:[^\s/@]+@")
# Ringside's own variables: a pattern with `*` never matches them.
OWN_PREFIXES = ("RINGSIDE_", "ANTHROPIC_", "DJANGO_")
# Django overwrites TZ; config/settings/tools.py saves the previous value under this
# name.
OUTER_TIME_ZONE = "RINGSIDE_TZ"
# Commands run without a person: no pager, no prompts, and an editor that exits at once,
# so that git uses its default message.
_QUIET = {
    "EDITOR": "true",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_SEQUENCE_EDITOR": "true",
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "TERM": "dumb",
    "VISUAL": "true",
}


def scrubbed(
    environment: Mapping[str, str], kept: Iterable[str] = ()
) -> dict[str, str]:
    """Build the environment of a command: listed variables, and those in `kept`.

    `kept` are names in which `*` stands for any characters. A listed variable whose
    value looks like a secret is dropped; one that `kept` names is passed on unchecked.
    """
    named = tuple(kept)
    found = {
        name: value
        for name, value in environment.items()
        if _is_named(name, named) or (_is_listed(name) and not _is_secret(value))
    }
    found = _without_own_python(found)
    zone = environment.get(OUTER_TIME_ZONE, environment.get("TZ"))
    return found | _QUIET | ({"TZ": zone} if zone else {})


def _is_listed(name: str) -> bool:
    return name in LISTED or name.startswith(_PREFIXES)


def _is_named(name: str, named: tuple[str, ...]) -> bool:
    if name in named:
        return True
    return not name.startswith(OWN_PREFIXES) and any(
        fnmatchcase(name, n) for n in named
    )


def _is_secret(value: str) -> bool:
    return bool(_USER_IN_URL.search(value)) or without_secrets(value) != value


def _without_own_python(environment: Mapping[str, str]) -> dict[str, str]:
    """Remove the virtual environment in which Ringside itself runs.

    Otherwise a `pip install` in a command would change the running server.
    """
    if sys.prefix == sys.base_prefix:
        return dict(environment)
    own = os.path.realpath(sys.prefix)
    left = dict(environment)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if name in left and os.path.realpath(left[name]) == own:
            kind = name.partition("_")[0]  # VIRTUAL_ENV_PROMPT goes with VIRTUAL_ENV
            left = {n: v for n, v in left.items() if not n.startswith(f"{kind}_")}
    path = left.get("PATH", os.defpath).split(os.pathsep)
    left["PATH"] = os.pathsep.join(p for p in path if not _is_below(p, own))
    return left


def _is_below(path: str, directory: str) -> bool:
    return f"{os.path.realpath(path)}/".startswith(f"{directory}/")
