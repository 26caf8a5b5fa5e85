import codecs
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

SNIFF_BYTES = 8_192  # a NUL among these makes a file without a BOM binary
# Longest first: UTF-32's little-endian BOM begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Tried in order. The second keeps stray bytes of mostly valid UTF-8 as lone surrogates;
# Latin-1 accepts any bytes.
_GUESSES = (
    ("utf-8", "strict"),
    ("utf-8", "surrogateescape"),
    ("cp1252", "strict"),
    ("latin-1", "strict"),
)
_STRAY = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\0-\x7f]")
_SHOWN = {"cp1252": "windows-1252"}


class NotText(ValueError):
    """The bytes are not text in any known encoding; the message says why."""


class NotEncodable(ValueError):
    """A character is missing in the file's encoding; the message names both."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How a file stores text: its encoding, byte order mark and usual line end."""

    encoding: str = "utf-8"
    mark: bytes = b""
    line_end: str = "\n"
    is_mixed: bool = False  # some lines end differently
    errors: str = "strict"

    @classmethod
    def parse(cls, data: bytes) -> "tuple[str, Self]":
        """Decode a file; returns its text with line ends as stored. Raises NotText.

        Encoding the text again gives the same bytes.
        """
        mark, encoding = next(
            ((m, e) for m, e in _MARKS if data.startswith(m)), (b"", "")
        )
        if not mark and b"\0" in data[:SNIFF_BYTES]:
            raise NotText("is a binary file")
        text, encoding, errors = _decoded(data[len(mark) :], encoding)
        windows = text.count("\r\n")
        unix = text.count("\n") - windows
        line_end = "\r\n" if windows > unix else "\n"
        is_mixed = bool(windows and unix)
        return text, cls(encoding, mark, line_end, is_mixed, errors)

    def encode(self, text: str) -> bytes:
        """Encode text as the file stores it. Raises NotEncodable."""
        try:
            return self.mark + text.encode(self.encoding, self.errors)
        except UnicodeEncodeError as error:
            char = text[error.start]
            raise NotEncodable(
                f"is {self.name} text, which has no {char!a}: leave that character "
                "out, or convert the file first (iconv)"
            ) from None

    def with_line_ends(self, text: str) -> str:
        """Convert LF to the file's line end, unless the text has CRLF itself."""
        if self.line_end == "\n" or self.is_mixed or "\r\n" in text:
            return text
        return text.replace("\n", self.line_end)

    @property
    def name(self) -> str:
        name = _SHOWN.get(self.encoding, self.encoding.upper())
        if self.errors != "strict":
            return f"{name} with bytes that are none"
        return f"{name} with a byte order mark" if self.mark else name

    @property
    def is_plain(self) -> bool:
        return not self.mark and self.encoding == "utf-8" and self.errors == "strict"

    @property
    def note(self) -> str:
        """What is unusual about the format; "" for plain UTF-8 with LF."""
        notes = [] if self.is_plain else [self.name]
        if self.is_mixed:
            notes.append("line ends: CRLF and LF mixed")
        elif self.line_end == "\r\n":
            notes.append("line ends: CRLF")
        return ", ".join(notes)


def _decoded(data: bytes, encoding: str) -> tuple[str, str, str]:
    """Return the text, its encoding and its error handler. Raises NotText."""
    for guess, errors in ((encoding, "strict"),) if encoding else _GUESSES:
        try:
            text = data.decode(guess, errors)
        except UnicodeDecodeError as error:
            why = error
            continue
        if errors == "strict" or _is_mostly_good(text):
            return text, guess, errors
    raise NotText(f"begins like {encoding.upper()} text and is none: {why}")


def _is_mostly_good(text: str) -> bool:
    """Whether most non-ASCII characters were valid UTF-8."""
    stray = len(_STRAY.findall(text))
    return stray * 2 < len(_BEYOND_ASCII.findall(text))


@dataclass(frozen=True, slots=True)
class LinedText:
    """Text that is searched with LF line ends but keeps its own line ends."""

    text: str
    flat: str
    windows: tuple[int, ...]  # positions in `flat` whose LF was CRLF
    line_end: str  # the most frequent line end

    @classmethod
    def parse(cls, text: str, line_end: str) -> Self:
        windows = []
        start, removed = 0, 0
        while (found := text.find("\r\n", start)) >= 0:
            windows.append(found - removed)
            removed += 1
            start = found + 2
        return cls(text, flatten(text), tuple(windows), line_end)

    def count(self, old: str) -> int:
        return self.flat.count(flatten(old))

    def replace(self, old: str, new: str) -> str:
        """Replace each `old` by `new`, with the line ends that `old` had there."""
        old, new = flatten(old), flatten(new)
        parts, done = [], 0
        for start in _places(self.flat, old):
            begin, end = self._original(start), self._original(start + len(old))
            line_end = self._line_end(start, start + len(old))
            parts += [self.text[done:begin], new.replace("\n", line_end)]
            done = end
        return "".join([*parts, self.text[done:]])

    def _original(self, place: int) -> int:
        """Convert a position in `flat` to one in `text`."""
        return place + bisect_left(self.windows, place)

    def _line_end(self, start: int, end: int) -> str:
        """The most frequent line end between two positions of `flat`."""
        ends = self.flat.count("\n", start, end)
        windows = bisect_left(self.windows, end) - bisect_left(self.windows, start)
        if not ends:
            return self.line_end
        return "\r\n" if windows * 2 > ends else "\n"


def flatten(text: str) -> str:
    """Convert all line ends of a text to LF."""
    return text.replace("\r\n", "\n")


def _places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + len(wanted))
