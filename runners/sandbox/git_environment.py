from collections.abc import Iterator, Mapping

COUNT, KEY, VALUE = "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"
# A directory laid out like a bare repository can be written with any file tool, and its
# configuration names programs. Git shall not take it for a repository unasked.
SAFE = (("safe.bareRepository", "explicit"), ("core.fsmonitor", "false"))


def with_safe_git(environment: Mapping[str, str]) -> dict[str, str]:
    """Add configuration that keeps git from running what an agent has planted.

    Configuration that the environment gives git already stays; a key that was taken
    out as a secret takes its value along, since git would refuse to run at all.
    """
    pairs = [*_given(environment), *SAFE]
    rest = {k: v for k, v in environment.items() if not k.startswith((KEY, VALUE))}
    keys = {f"{KEY}{number}": key for number, (key, _) in enumerate(pairs)}
    values = {f"{VALUE}{number}": value for number, (_, value) in enumerate(pairs)}
    return rest | keys | values | {COUNT: str(len(pairs))}


def _given(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    count = environment.get(COUNT, "")
    for number in range(int(count) if count.isdecimal() else 0):
        key = environment.get(f"{KEY}{number}")
        value = environment.get(f"{VALUE}{number}")
        if key is not None and value is not None:
            yield key, value
