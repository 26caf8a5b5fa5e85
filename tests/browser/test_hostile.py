from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.shown import letters
from tests.faults.arena import Arena
from tests.naive_fold import Fields
from tests.process import until

# Several inputs in one text each: every place that shows one is filled with all.
MARKUP = (
    '<script>document.title="owned"</script>',
    "<img src=x onerror=document.title='owned'>",
    '"><svg onload=document.title="owned">',
    "<iframe srcdoc='<script>parent.document.title=1</script>'></iframe>",
    "</textarea></pre><style>body{display:none}</style>",
    "\x1b]0;owned\x07\x1b[31mred\u202edesrever",
    """<ScRiPt>document.title=1</sCrIpT> <script src=//evil.test/x.js></script>
<scr<script>ipt>document.title=1</scr</script>ipt> <svg/onload=document.title=1>
<svg><script>document.title=1</script></svg> <math><mi//xlink:href="data:x,1">
<body onload=document.title=1> <video><source onerror=document.title=1></video>
<details open ontoggle=document.title=1> <input autofocus onfocus=document.title=1>
<marquee onstart=document.title=1> <object data=data:text/html,1> <embed src=x>
<base href=//evil.test/> <meta http-equiv=refresh content="0;url=//evil.test">
<link rel=stylesheet href=//evil.test/x.css> <form action=//evil.test><button>go""",
    """<!--><img src=x onerror=document.title=1>--> <![CDATA[<script>]]>
<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">1</x:script>
&lt;script&gt;document.title=1&lt;/script&gt; &#60;img src=x onerror=1&#62;
<template><script>document.title=1</script></template> <noscript><img src=x>
<style>@import "//evil.test";</style> <div style="background:url(//evil.test)">
{{constructor.constructor('document.title=1')()}} ${document.title=1} #{7*7} {%x%}
__proto__ constructor prototype hasOwnProperty toString""",
    """\x1b[31;1;5;7;38;5;999;48;2;1;2;3mred\x1b[0m
\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07
\x1b]52;c;b3duZWQ=\x07 \x1bP+q544e\x1b\\ \x1b[2J\x1b[1;1H \x1b[?1049h \x9b31m \x1bc
\x1b[<script>m \x1b]0;<img src=x onerror=alert(1)>\x07 \x1b_G\x1b\\ \x1b[1000000000C
\x08\x08\x08<b>\r<i>over</i> \x7f\x00 \x1b[38;2;<script>;0;0m \x1b]0;never ends""",
    """../../etc/passwd C:\\con\\aux \u200b\u2066hidden\u2069 exe.\u202egpj
\ufeff<script>\u2028document.title=1\u2029</script> 😀 a\u0300\u0301\u0302""",
)
LINKS = (
    "[run](javascript:document.title='owned')",
    "![see](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    """[a](JaVaScRiPt:alert(1)) [b](vbscript:msgbox(1)) [c](file:///etc/passwd)
[d](&#106;avascript:alert(1)) [e](java&Tab;script:alert(1)) [f](<java\tscript:1>)
[g](data:text/html;base64,PHNjcmlwdD4=) [h](blob:x) [i](about:blank) [j](//evil.test)
![k](javascript:alert(1)) ![l](//evil.test/x.png) ![m](x "onerror=alert(1)")
[n](http://a.test" onclick="alert(1)) [o]: javascript:alert(1) "t"
[o] <data:text/html,1> <vbscript:1> [p](ws://evil.test) [q](\x01javascript:alert(1))""",
)
INJECTED = """:is([data-slot=timeline], .rows) :is(
  script, iframe, style, object, embed, img, [onload], [onerror])"""
# What a person would write into stays: it takes the focus, and so scrolls.
FOLDED = ":is(.disclosure, .tool-head)[aria-expanded=false]"
HOSTILE_LINKS = 'main a[href]:not([href^="http"]):not([href^="/"]):not([href^="#"])'


def hostile_log(bad: str) -> list[Fields]:
    """Every place of an event that a page shows, filled with one text."""
    edit = {"path": bad, "old_string": bad, "new_string": bad + bad}
    calls = [("bash", {"command": bad}), ("edit_file", edit), (bad, {bad: bad})]
    fenced = f"so {bad}\n\n```{bad}\n{bad}\n```"
    return [
        {"type": "user_message", "text": bad, "by": bad},
        {"type": "thinking", "block": f"{bad}.0", "text": bad, "signature": ""},
        {"type": "text", "block": f"{bad}.1", "text": fenced},
        *[event for call in calls for event in hostile_call(bad, *call)],
        {"type": "opaque_block", "block": f"{bad}.5", "raw": {"type": bad, bad: bad}},
        {"type": "todo_update", "items": [{"content": bad, "status": bad}]},
        {"type": "retry", "attempt": 1, "delayMs": 1, "error": bad},
        {"type": "error", "code": bad, "message": bad, "fatal": False},
        {"type": "weather", "glass": bad},
    ]


def hostile_call(bad: str, tool: str, given: Fields) -> list[Fields]:
    call = {"toolUseId": f"{tool} {bad}", "tool": tool}
    ask = {"type": "approval_request", **call, "input": given, "reason": bad}
    answer = {"decision": "approved", "by": bad, "reason": bad}
    result = {"output": bad, "isError": tool == "bash", "durationMs": 1}
    return [
        {"type": "tool_use", "block": f"{bad}.{tool}", **call, "input": given},
        ask,
        {"type": "approval", **call, **answer},
        {"type": "tool_output_delta", **call, "offset": 0, "delta": bad},
        {"type": "tool_result", **call, **result},
    ]


def test_hostile_text_is_shown_and_injects_nothing(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    arena.sessions.set(session, title=MARKUP[0])
    tab = open_tab(arena.cookies)
    tab.open_session(arena.server.url, session)
    tab.is_connected()
    page = tab.page
    bads = (*MARKUP, *LINKS)
    for bad in bads:
        arena.extend(session, *hostile_log(bad))
    head = arena.head(session)
    until(lambda: tab.cursor(session) == head)
    messages: set[str] = set()
    thoughts = 0
    for _ in tab.leaf_through():
        tab.unfold(FOLDED)
        assert page.locator(f"{INJECTED}, {HOSTILE_LINKS}").count() == 0
        messages.update(page.locator(".message-text").all_inner_texts())
        thoughts = max(thoughts, page.locator(".thought").count())
    assert {letters(bad) for bad in bads} <= {letters(said) for said in messages}
    assert thoughts
    assert page.title().startswith(MARKUP[0])  # not what it would set
    page.goto(arena.server.url)
    tab.lists(session, "completed")
    expect(page.locator(f"li[data-session={session}] a")).to_have_text(MARKUP[0])
    expect(page.locator(INJECTED)).to_have_count(0)


def test_markdown_of_all_kinds_injects_nothing(arena: Arena, open_tab: OpenTab) -> None:
    tab = open_tab(arena.cookies)
    session = arena.sessions.queue("[scenario: markdown rate=0]")
    tab.open_session(arena.server.url, session)
    tab.says("completed")
    tab.is_connected()  # a session that was over already comes with its status
    said = f".row.text[data-session={session}]"
    text, tables = "", 0
    for _ in tab.leaf_through():
        text += tab.shown(session)
        tables += tab.page.locator(f"{said} table").count()
        assert tab.page.locator(f"{INJECTED}, {HOSTILE_LINKS}").count() == 0
    assert '<script>alert("no")</script>' in text
    assert tables
