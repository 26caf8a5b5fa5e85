import subprocess
import sys
from pathlib import Path

import pytest

from config.env_file import BadEnvFile, parse
from tests.servers.process import ROOT

RUN = [sys.executable, "-m", "config.env_file"]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=", ""),
        ("A=plain", "plain"),
        ("A = 1".replace(" ", ""), "1"),
        ("  A=  spaces around  \r", "spaces around"),
        ("A=two words", "two words"),
        ("A=postgres://u:p&a;b#c@h/n?x=1", "postgres://u:p&a;b#c@h/n?x=1"),
        ("A=$HOME `id` $(id) ~", "$HOME `id` $(id) ~"),
        ("A=b # no comment", "b # no comment"),
        ("A='literal $x \\ \"'", 'literal $x \\ "'),
        ('A="with \\" \\\\ \\$x \\` \\n"', 'with " \\ $x ` \\n'),
        ("A=''", ""),
        ("A==b=c", "=b=c"),
        ("A=a;b", "a;b"),
        ('A="a;b#c&d"', "a;b#c&d"),
        ("A=ümläut", "ümläut"),
    ],
)
def test_a_value_is_what_systemd_takes_it_for(line: str, value: str) -> None:
    assert parse(f"# comment\n; another\n\n{line}\n") == {"A": value}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("export A=1", "line 2: expected NAME=VALUE"),
        ("A", "line 2: expected NAME=VALUE"),
        ("A = 1", "line 2: expected NAME=VALUE"),
        ("A B=1", "line 2: expected NAME=VALUE"),
        ("set A=1", "line 2: expected NAME=VALUE"),
        ("A: 1", "line 2: expected NAME=VALUE"),
        ("1A=1", "line 2: expected NAME=VALUE"),
        ("\ufeffA=1", "line 2: expected NAME=VALUE"),
        ("A='unclosed", "quotes enclose the whole value"),
        ("A='a'b", "quotes enclose the whole value"),
        ('A="a" # comment', "quotes enclose the whole value"),
        ("A=don't", "needs quotes around it"),
        ("A=a\\ b", "needs quotes around it"),
        ("A=a\\", "needs quotes around it"),
        ("A=a\x00b", "control character"),
        ("A=1\nA=2", "line 3: A is set a second time"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(line: str, why: str) -> None:
    with pytest.raises(BadEnvFile, match=why):
        parse(f"B=secret\n{line}\n")


def test_a_command_gets_the_settings_of_all_files_the_last_ones_first(
    tmp_path: Path,
) -> None:
    (tmp_path / "one").write_text("A=1&2;3#4\nB=one\n")
    (tmp_path / "two").write_text("B=two\n")
    files = [str(tmp_path / "one"), str(tmp_path / "two")]
    done = subprocess.run(
        [*RUN, *files, "--", "sh", "-c", 'echo "$A $B"; exit 7'],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (7, "1&2;3#4 two\n")


def test_an_error_stops_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("DATABASE_URL=postgres://u:it's@h/n\n")
    for after in ([], ["--", "touch", str(tmp_path / "ran")]):
        done = subprocess.run(
            [*RUN, str(tmp_path / "env"), *after],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"{tmp_path / 'env'}: line 1: a value with")
        assert "it's" not in done.stderr
    assert not (tmp_path / "ran").exists()


def test_the_examples_can_be_read() -> None:
    for name in ("env.example", "runner-env.example"):
        assert parse((ROOT / "docs" / "deploy" / name).read_text())
