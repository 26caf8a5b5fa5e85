// Notes, for each change of the timeline, the number last in its text and the time of
// the second animation frame after the change: by then the first has been painted.
window.painted = [];
const lastNumber = () => {
  const prose = [...document.querySelectorAll("[data-slot=timeline] .prose")].at(-1);
  const found = /(\d{4})\s*$/.exec(prose?.lastElementChild?.textContent ?? "");
  return found ? Number(found[1]) : -1;
};
let seen = -1;
new MutationObserver(() => {
  const number = lastNumber();
  if (number === seen) return;
  seen = number;
  const changed = performance.timeOrigin + performance.now();
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      const now = performance.timeOrigin + performance.now();
      window.painted.push([number, changed, now]);
    });
  });
}).observe(document, { subtree: true, childList: true, characterData: true });
