"""Forks whose threads are the first to decode; prints the signals that ended some.

Run by `test_prepared.py`, in a process of its own: what a process has decoded once
crashes no more.
"""

import ast
import importlib
import inspect
import os
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any

import django
import msgspec

Decode = Callable[[], object]
THREADS = 4
CALLS = frozenset({"convert", "decode", "Decoder"})


def of_a_log() -> list[Decode]:
    """Decode events of each type."""
    from sessions_app.protocol.encoding.codec import (
        EVENT_TYPES,
        ProtocolError,
        read_event,
    )

    def decode(name: str, fields: dict[str, Any]) -> None:
        with suppress(ProtocolError):  # the class was built all the same
            read_event({"type": name, **fields})

    return [
        partial(decode, name, fields)
        for name, kind in EVENT_TYPES.items()
        for fields in _attempts(kind)
    ]


def of_all_modules() -> list[Decode]:
    """Convert into each type that any module names in a call of msgspec's."""

    def convert(kind: Any, fields: dict[str, Any]) -> None:
        with suppress(msgspec.ValidationError):
            msgspec.convert(fields, kind)

    found = {kind for module in _modules() for kind in _named_types(module)}
    return [partial(convert, kind, each) for kind in found for each in _attempts(kind)]


def _attempts(kind: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """Fields with a wrong value, one at a time: msgspec reads the type of each.

    The last first, since what is half-built lacks its end.
    """
    fields = reversed(msgspec.structs.fields(kind))
    return [{field.encode_name: object()} for field in fields]


def _modules() -> Iterator[ModuleType]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    for room in ("sessions_app", "runners"):
        package = importlib.import_module(room)
        for info in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not info.name.endswith(("__main__", "parent_death_guard")):
                yield importlib.import_module(info.name)


def _named_types(module: ModuleType) -> Iterator[Any]:
    try:
        tree = ast.parse(inspect.getsource(module))
    except OSError:  # an empty file
        return
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            named = [*call.args, *(word.value for word in call.keywords)]
            for argument in named if call.func.attr in CALLS else ():
                kind = getattr(module, getattr(argument, "id", ""), None)
                if inspect.isclass(kind) and issubclass(kind, msgspec.Struct):
                    yield kind


def end_of_fork(decodings: list[Decode]) -> int:
    """Decode in a fork, in several threads at once; return what wait() says of it."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    sys.setswitchinterval(1e-6)
    together = threading.Barrier(THREADS)

    def work() -> None:
        together.wait()
        for decode in decodings:
            decode()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)


def main() -> None:
    decodings = {"log": of_a_log, "modules": of_all_modules}[sys.argv[1]]()
    ends = [end_of_fork(decodings) for _ in range(int(sys.argv[2]))]
    sys.stdout.write(f"{len(decodings)} {[end for end in ends if end]}\n")


if __name__ == "__main__":
    main()
