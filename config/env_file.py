"""Run a command with the settings of an env file, or check such files.

    python -m config.env_file FILE...               exits 1 and says what is wrong
    python -m config.env_file FILE... -- COMMAND    runs it with these settings

systemd reads the same files for services. What systemd and this reader would take for
different values is refused, so commands and services have the same settings.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# In double quotes a backslash escapes only these characters.
ESCAPED = re.compile(r'\\([\\"`$])')
DOUBLE_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
SINGLE_QUOTED = re.compile(r"'[^']*'")


class BadEnvFile(ValueError):
    """An env file is invalid; the text names the line and the reason."""


def parse(text: str) -> dict[str, str]:
    """Read NAME=VALUE lines as systemd does: values are literal, nothing is expanded.

    Raises BadEnvFile.
    """
    values: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip(" \t\r")
        if not line or line.startswith(("#", ";")):
            continue
        try:
            name, value = _assignment(line)
            if name in values:
                raise BadEnvFile(f"{name} is set a second time")
        except BadEnvFile as error:
            # The line is not quoted: it may hold a password.
            raise BadEnvFile(f"line {number}: {error}") from None
        values[name] = value
    return values


def read(path: Path) -> dict[str, str]:
    """Read an env file. Raises BadEnvFile."""
    try:
        return parse(path.read_bytes().decode())
    except OSError as error:
        raise BadEnvFile(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadEnvFile(f"{path}: it is not UTF-8") from None
    except BadEnvFile as error:
        raise BadEnvFile(f"{path}: {error}") from None


def _assignment(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals or not NAME.fullmatch(name):
        raise BadEnvFile("expected NAME=VALUE, without `export` or spaces around =")
    return name, _value(value.lstrip(" \t"))


def _value(text: str) -> str:
    if any(ord(char) < 32 and char != "\t" for char in text):
        raise BadEnvFile("a value holds a control character")
    if SINGLE_QUOTED.fullmatch(text):
        return text[1:-1]
    if DOUBLE_QUOTED.fullmatch(text):
        return ESCAPED.sub(r"\1", text[1:-1])
    if text[:1] in {"'", '"'}:
        raise BadEnvFile("quotes enclose the whole value, or do not belong to it")
    if "\\" in text or "'" in text or '"' in text:
        raise BadEnvFile("a value with quotes or backslashes needs quotes around it")
    return text


def main(arguments: Sequence[str]) -> int:
    files, dashes, command = _split(arguments)
    if not files or (dashes and not command):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    values: dict[str, str] = {}
    try:
        for file in files:
            values |= read(Path(file))
    except BadEnvFile as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not dashes:
        return 0
    sys.stdout.flush()
    try:
        os.execvpe(command[0], command, os.environ | values)  # noqa: S606 by whoever runs it
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    return 127


def _split(arguments: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in arguments:
        return list(arguments), False, []
    place = list(arguments).index("--")
    return list(arguments[:place]), True, list(arguments[place + 1 :])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
