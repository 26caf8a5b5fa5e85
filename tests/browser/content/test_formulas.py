from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.faults.arena import Arena

TEXT = r"""Mass is $E = mc^2$, and

$$\frac{a}{b} + \sqrt{c}$$

but $\unknowncommand{x}$ stays, and so does $5 to $10.
Names: &nbsp;&hearts;&nvlt;&notit; and `&amp;`.

<details>
<summary>More</summary>

**重要。**次に, press <kbd>Ctrl</kbd>.
</details>
"""


def test_formulas_are_drawn_and_what_is_no_tex_stays_as_it_was_written(
    arena: Arena, open_tab: OpenTab
) -> None:
    session = arena.sessions.queue("[scenario: long tokens=5 rate=0]")
    arena.sessions.await_rest(session, "completed")
    arena.extend(session, {"type": "text", "block": "m9.0", "text": TEXT})
    tab = open_tab(arena.cookies).open_session(arena.server.url, session)
    formulas = tab.page.locator(".math")
    expect(formulas).to_have_count(3)
    expect(formulas.nth(0).locator("math msup")).to_have_count(1)
    expect(formulas.nth(0)).to_have_attribute("title", "$E = mc^2$")
    expect(formulas.nth(1).locator("math[display=block] mfrac")).to_have_count(1)
    expect(formulas.nth(2)).to_have_text(r"$\unknowncommand{x}$")
    page = tab.page
    expect(page.get_by_text("$5 to $10")).to_be_visible()
    # The browser itself knows what names of characters stand for.
    expect(page.get_by_text("\u00a0♥<⃒&notit; and &amp;.")).to_be_visible()
    page.locator("summary").click()
    expect(page.locator("strong", has_text="重要。")).to_be_visible()
    expect(page.locator("kbd")).to_have_text("Ctrl")
