"""The builtins and reserved words of bash.

Many of them evaluate their arguments: as commands (`trap`, `eval`), as arithmetic or as
array subscripts, in which a substitution runs (`unset 'a[$(x)]'`). Those known not to
are in programs.toml.
"""

_BUILTINS = (
    ". : [ alias bg bind break builtin caller cd command compgen complete compopt"
    " continue declare dirs disown echo enable eval exec exit export false fc fg"
    " getopts hash help history jobs kill let local logout mapfile popd printf pushd"
    " pwd read readarray readonly return set shift shopt source suspend test times"
    " trap true type typeset ulimit umask unalias unset wait"
)
_RESERVED = (
    "if then elif else fi time for in until while do done case esac coproc select"
    " function { } [[ ]] !"
)
SHELL_WORDS = frozenset(f"{_BUILTINS} {_RESERVED}".split())
