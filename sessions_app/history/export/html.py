from collections.abc import Iterator

from django.template.loader import render_to_string
from markdown_it import MarkdownIt

from sessions_app.history.export.markdown import passages
from sessions_app.models import AgentSession

# HTML and images of the session's texts are disabled: the page loads and runs nothing.
markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def export_html(session: AgentSession) -> Iterator[str]:
    """Yield a session tree as one self-contained HTML file."""
    context = {"title": session.title or session.pk}
    frame = render_to_string("sessions_app/export.html", context)
    begin, end = frame.split("<!-- content -->")
    yield begin
    for page in passages(session):
        yield "".join(markdown.render(one) for one in page)
    yield end
