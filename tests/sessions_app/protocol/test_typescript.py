from pathlib import Path

import pytest

from sessions_app.protocol.encoding.codec import EVENT_TYPES
from sessions_app.protocol.typescript import main, render


def interface(name: str) -> str:
    return render().split(f"export interface {name} ")[1].split("}")[0]


def test_the_committed_types_are_current() -> None:
    assert main(["--check"]) == 0


def test_a_stale_file_is_refused_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "protocol.ts"
    target.write_text("export {};\n")
    assert main(["--check", "--target", str(target)]) == 1
    assert "run `python -m sessions_app.protocol.typescript`" in capsys.readouterr().err


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert main(["--check", "--target", str(tmp_path / "protocol.ts")]) == 1


def test_what_is_written_passes_the_check(tmp_path: Path) -> None:
    target = tmp_path / "protocol.ts"
    assert main(["--target", str(target)]) == 0
    assert main(["--check", "--target", str(target)]) == 0


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_event_type_has_its_tag(name: str) -> None:
    assert f'  type: "{name}";\n' in render()


def test_fields_are_named_as_on_the_wire() -> None:
    assert "  toolUseId: string;" in interface("ToolResultEvent extends Stamp")
    assert "  delay_ms: number;" in interface("ThrottleCommand")


def test_fields_with_defaults_are_optional() -> None:
    text = interface("TextEvent extends Stamp")
    assert "  text: string;" in text
    assert "  partial?: boolean;" in text
    assert "  pace?: [number, number][];" in text


def test_required_fields_that_may_be_null_stay_required() -> None:
    assert "  parent: string | null;" in interface("SessionSummary")


def test_only_events_leave_out_the_stamp_that_all_of_them_share() -> None:
    assert "  seq: number;" in interface("LiveFrame")
    assert "seq" not in interface("TextEvent extends Stamp")
