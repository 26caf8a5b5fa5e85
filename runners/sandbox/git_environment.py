from collections.abc import Iterator, Mapping

COUNT, KEY, VALUE = "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"
# Any file tool can write a directory that looks like a bare repository, and its
# configuration names programs to run. Git must not use one implicitly.
SAFE = (("safe.bareRepository", "explicit"), ("core.fsmonitor", "false"))


def with_safe_git(environment: Mapping[str, str]) -> dict[str, str]:
    """Add configuration that keeps git from running what an agent has planted.

    Configuration that is already in the environment stays. Pairs are renumbered: if a
    key was removed as a secret, its value goes too, because git refuses gaps.
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
