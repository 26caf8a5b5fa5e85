from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def prepared(cls: type[T]) -> type[T]:
    """Build msgspec's type information of a class now; usable as a decorator.

    msgspec builds the information when a class is first decoded or converted, without
    a lock: a second thread that comes meanwhile reads the half-built one, and the
    process ends by SIGSEGV. Modules are imported by one thread, so the information is
    built at import. It includes all types that the fields refer to.
    """
    prepare(cls)
    return cls


def prepare(*types: Any) -> None:
    """Do the same for classes or unions, once their forward references are defined."""
    for each in types:
        msgspec.json.Decoder(each)
