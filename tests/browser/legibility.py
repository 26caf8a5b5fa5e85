"""What of a page cannot be read: computed from its colours and boxes, not from pixels.

A picture that is compared with another breaks with each font and each machine. What is
measured here is the same everywhere: the contrast of every text with what is behind it,
the size of its letters, and what is wider than the window.
"""

from typing import Any

from playwright.sync_api import Page

FAINT = """least => {
  const canvas = document.createElement("canvas")
    .getContext("2d", {willReadFrequently: true});
  const parse = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2]
    .map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    const white = [255, 255, 255, 1];
    return layers.reverse().reduce((below, top) => over(top, below), white);
  };
  const luminance = ([r, g, b]) => [r, g, b].map(value => value / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Map();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const seen = {visibilityProperty: true, opacityProperty: true};
    const isSeen = element.checkVisibility(seen);
    const box = element.getBoundingClientRect();
    if (!texts.currentNode.data.trim() || !isSeen || box.width < 2) continue;
    const exempt = ":disabled, .sr-only, .skip, option, [aria-hidden=true]";
    if (element.closest(exempt)) continue;
    const below = ground(element);
    const {color} = getComputedStyle(element);
    const [a, b] = [over(parse(color), below), below].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const what = `${element.tagName} ${element.className} ${color}`;
    if (ratio < least) found.set(what, Math.round(ratio * 100) / 100);
  }
  return [...found];
}"""
SMALL = """least => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const px = parseFloat(getComputedStyle(element).fontSize);
    const isSeen = texts.currentNode.data.trim() && element.checkVisibility();
    if (isSeen && px > 0 && px < least) found.add(`${element.tagName} ${px}`);
  }
  return [...found];
}"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faint_texts(page: Page, least: float) -> list[Any]:
    """Return the texts whose contrast is below `least`, with what it is."""
    found: list[Any] = page.evaluate(FAINT, least)
    return found


def small_texts(page: Page, least_px: float) -> list[str]:
    """Return the elements whose letters are smaller than `least_px`."""
    found: list[str] = page.evaluate(SMALL, least_px)
    return found


def too_wide(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate(TOO_WIDE))
