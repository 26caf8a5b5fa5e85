import io
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.pictures.camera import Camera
from tests.browser.tab import approve

SIZE = (1100, 660)
MOST_BYTES = 1_500_000
COLOURS = 256
STEPS = (1, 2, 3, 4, 6, 8)  # every such frame is kept
FASTER = 1.6  # than it was; a pause of a reader is kept short
FRAME_S = 0.16  # between two frames, at least
LAST_MS = 3000
PROMPT = "Share a bill fairly, with tests.\n\n[scenario: coding rate=160]"
TITLE = "Share a bill fairly, with tests"
LONGEST_S = 60.0


class Film:
    """Frames of a real run, each with the moment at which it was seen."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[tuple[float, bytes]] = []

    def shoot(self) -> None:
        """Take a frame, unless nothing has changed since the last one."""
        began = time.monotonic()
        frame = self._page.screenshot()
        if not self._frames or frame != self._frames[-1][1]:
            self._frames.append((began, frame))
        left = FRAME_S - (time.monotonic() - began)
        self._page.wait_for_timeout(max(0.0, left) * 1000)

    def save(self, path: Path) -> None:
        """Write an animated WebP: as many of the frames as MOST_BYTES allow.

        Without loss, in few colours: a lossy one leaves shades where a text was.
        """
        for step in STEPS:
            written = _animated(self._frames[::step])
            if len(written) <= MOST_BYTES:
                break
        path.write_bytes(written)


def _animated(frames: Sequence[tuple[float, bytes]]) -> bytes:
    pauses = [later - at for (at, _), (later, _) in pairwise(frames)]
    shown_ms = [int(1000 * pause / FASTER) for pause in pauses] + [LAST_MS]
    pictures = [Image.open(io.BytesIO(frame)).convert("RGB") for _, frame in frames]
    palette = pictures[len(pictures) // 2].quantize(COLOURS)
    few = [
        one.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
        for one in pictures
    ]
    written = io.BytesIO()
    few[0].save(
        written,
        "WEBP",
        save_all=True,
        append_images=few[1:],
        duration=shown_ms,
        loop=0,
        lossless=True,
        quality=60,
        method=3,
    )
    return written.getvalue()


def film_a_run(camera: Camera, path: Path) -> None:
    """Film a session from its prompt on: it asks, somebody approves, it is done."""
    sessions = camera.arena.sessions
    session = sessions.queue(PROMPT, "default")
    sessions.set(session, title=TITLE)
    with camera.page("light", SIZE) as page:
        page.goto(f"{camera.arena.server.url}/sessions/{session}/")
        film = Film(page)
        ends_at = time.monotonic() + LONGEST_S
        seen = 0
        while time.monotonic() < ends_at:
            film.shoot()
            status = page.locator("main [data-slot=status]").text_content()
            if status == "completed":
                break
            asks = page.locator(".approval:visible").filter(
                has=page.locator("[data-answer=approve]:visible")
            )
            seen = seen + 1 if asks.count() else 0
            if seen > 4:  # for somebody to read it
                approve(asks.first)
                seen = 0
        page.wait_for_timeout(500)
        film.shoot()
        film.save(path)
    camera.arena.end(session)
