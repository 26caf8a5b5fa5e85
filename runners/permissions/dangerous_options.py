"""Which arguments turn a harmless program into one that runs others.

A rule such as `bash(git *)` is meant for git, not for `git -c core.pager='…' log`.
Nobody can list all ways out of all programs; these are the well-known ones of programs
that people allow. A call that meets one is asked about, never refused.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class DangerousOptions:
    """Of one program: its option letters, long options, and words that run others."""

    letters: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    def any_in(self, arguments: list[str]) -> bool:
        return any(self._is_one(argument) for argument in arguments)

    def _is_one(self, argument: str) -> bool:
        if argument in self.words:
            return True
        if argument in {"-", "--"} or not argument.startswith("-"):
            return False
        # A long option may be shortened, a letter joined with others and its value.
        name = argument.partition("=")[0]
        if name.startswith("--"):
            return any(option.startswith(name) for option in self.options)
        return name in self.options or not self.letters.isdisjoint(name)


def _of(letters: str = "", options: str = "", words: str = "") -> DangerousOptions:
    return DangerousOptions(
        frozenset(letters), tuple(options.split()), frozenset(words.split())
    )


ESCAPES = MappingProxyType(
    {
        "cargo": _of("Z", "--config"),
        "curl": _of("oOKT", "--output --remote-name --config --upload-file"),
        "fd": _of("xX", "--exec --exec-batch"),
        "fdfind": _of("xX", "--exec --exec-batch"),
        "find": _of(
            "",
            "-exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls",
        ),
        "git": _of(
            "cCxOou",
            "--config-env --exec-path --exec --git-dir --work-tree --upload-pack"
            " --receive-pack --ext-diff --textconv --output --open-files-in-pager"
            " --extcmd --smtp-server --template",
            "config bisect submodule filter-branch difftool mergetool send-email"
            " daemon instaweb alias merge-index for-each-repo credential"
            " credential-store credential-cache",
        ),
        "go": _of("", "-exec -toolexec -vettool -overlay -C -ldflags -gcflags", "run"),
        "less": _of("oOk", "--log-file --lesskey-file"),
        "make": _of("fCIE", "--file --makefile --directory --include-dir --eval"),
        "man": _of("PHC", "--pager --html --config-file"),
        "pytest": _of("cpo", "--config-file --rootdir --override-ini --confcutdir"),
        "rg": _of("z", "--pre --hostname-bin --search-zip"),
        "rsync": _of("e", "--rsh --rsync-path"),
        "sed": _of("if", "--in-place --file"),
        "sort": _of("oT", "--compress-program --output --files0-from"),
        "tar": _of(
            "IFC",
            "--to-command --checkpoint-action --use-compress-program --info-script"
            " --new-volume-script --rsh-command --rmt-command --directory",
        ),
        "wget": _of("oOeiP", "--output-document --execute --use-askpass --config"),
        "zip": _of("T", "--unzip-command"),
    }
)
# These run what they are told: only a rule that names one of them matches it.
RUNS_OTHERS = re.compile(
    r"\.|eval|exec|enable|source|command|builtin|coproc|trap|env|sh|bash|dash|zsh|ksh|fish"
    r"|busybox|xargs|sudo|doas|su|chroot|nsenter|unshare|setpriv|nohup|nice|ionice"
    r"|timeout|time|watch|parallel|script|expect|ssh|sed|tar|docker|podman|kubectl"
    r"|python[\d.]*|perl|ruby|node|deno|bun|php|lua|g?awk|mawk|gdb|ld\.so.*|vim?|ed"
)


def program(words: list[str]) -> str:
    return PurePosixPath(words[0]).name


def escapes(words: list[str]) -> bool:
    """Say whether a command's arguments lead to more than its program."""
    known = ESCAPES.get(program(words))
    return known is not None and known.any_in(words[1:])


def runs_others(words: list[str]) -> bool:
    """Say whether a command's program is there to run what it is told."""
    return RUNS_OTHERS.fullmatch(program(words)) is not None
