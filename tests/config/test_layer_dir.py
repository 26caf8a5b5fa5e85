from pathlib import Path

import pytest

from config.layer_dir import NAME_MAX_BYTES, layer_dir
from sessions_app.channel_layer.layer import LocalLayer

SQLITE = {"HOST": "", "PORT": "", "NAME": "/data/ringside.sqlite3"}


def test_processes_of_one_database_meet_and_others_do_not() -> None:
    data = Path("/data")
    place = layer_dir(data, SQLITE)
    assert place is not None
    assert place == layer_dir(data, dict(SQLITE))
    assert place != layer_dir(data, SQLITE | {"NAME": "/data/copy.sqlite3"})
    assert place != layer_dir(data, SQLITE | {"HOST": "db"})
    assert place.is_relative_to(data)


async def test_every_path_that_is_not_too_long_holds_sockets(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The longest that is allowed: one more byte is too long."""
    deep = tmp_path_factory.mktemp("d")
    while (found := layer_dir(deep, SQLITE)) is not None:
        longest, deep = found, deep.with_name(f"{deep.name}x")
    layer = LocalLayer(longest)
    try:
        name = await layer.new_channel()
    finally:
        await layer.flush()
    assert len(name) <= NAME_MAX_BYTES
