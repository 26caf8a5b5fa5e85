from typing import Any

from playwright.sync_api import Page

# What a browser calls a shift: something in sight stands elsewhere than a frame before,
# and neither scrolling nor a person's own doing has moved it. That is what a reader
# takes for one, too: a line lost, a button that slips away from the finger. So these
# are none, and the browser counts none of them: what comes to sight where nothing was;
# the end that is followed, for there the list scrolls and nothing in it moves; what a
# reader folds, if the rest stays (which is looked at apart, since a browser forgives
# all that happens for half a second after a click).
WITNESS = """
window.shifts = [];
const named = (node) => {
  const element = node?.nodeType === 1 ? node : node?.parentElement;
  return element ? `${element.tagName} ${element.className}` : "something gone";
};
new PerformanceObserver((list) => {
  for (const { startTime, value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    window.shifts.push([startTime, value, sources.map(({ node }) => named(node))]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
GAP_MS = 1_000  # what comes later belongs to another burst
BURST_MS = 5_000  # and no burst is longer


class Shifts:
    """The layout shifts of a page, from its first paint on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(WITNESS)

    @property
    def all(self) -> list[Any]:
        return list(self._page.evaluate("window.shifts"))

    @property
    def score(self) -> float:
        """The cumulative layout shift, as browsers report it: of the worst burst."""
        worst = burst = 0.0
        began = last = float("-inf")
        for at, value, _ in self.all:
            if at - last > GAP_MS or at - began > BURST_MS:
                began, burst = at, 0.0
            last = at
            burst += value
            worst = max(worst, burst)
        return worst
