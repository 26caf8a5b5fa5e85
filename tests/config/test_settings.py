import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SETTINGS = Path(__file__).parents[2] / "config" / "settings"


def assigned(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    yield from (name for name in names if name.isupper())


def test_each_setting_is_named_in_one_file() -> None:
    counts = Counter(name for path in SETTINGS.glob("*.py") for name in assigned(path))
    assert [name for name, count in counts.items() if count > 1] == []


def test_the_settings_are_those_of_every_file() -> None:
    taken = (SETTINGS / "__init__.py").read_text(encoding="utf-8")
    files = {path.stem for path in SETTINGS.glob("*.py")} - {"__init__"}
    assert files == {
        line.split()[1].removeprefix("config.settings.")
        for line in taken.splitlines()
        if line.startswith("from ")
    }
