from collections.abc import Callable, Iterator

from sessions_app.history.export.export import export_lines
from sessions_app.history.export.html import export_html
from sessions_app.history.export.markdown import export_markdown
from sessions_app.models import AgentSession

Export = Callable[[AgentSession], Iterator[str]]
FORMATS: dict[str, tuple[Export, str]] = {
    "jsonl": (export_lines, "application/x-ndjson"),
    "md": (export_markdown, "text/markdown; charset=utf-8"),
    "html": (export_html, "text/html; charset=utf-8"),
}
