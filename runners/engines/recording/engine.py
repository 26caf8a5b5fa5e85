from typing import BinaryIO

from runners.engines.json_lines.engine import JsonLinesEngine
from runners.engines.recording.recording import open_recording


class RecordingEngine(JsonLinesEngine):
    """Replays recorded lines from one open file (`manage.py ingest`)."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(open_recording(file))
