// Times the script of each animation frame and of each message of a socket, and counts
// what is mounted under the list of the timeline.
window.probe = { scripts: [], mounted: 0 };
const timed = (act) => (...given) => {
  const before = performance.now();
  act(...given);
  window.probe.scripts.push(performance.now() - before);
  const list = document.querySelector(".timeline");
  const mounted = list ? list.getElementsByTagName("*").length : 0;
  window.probe.mounted = Math.max(window.probe.mounted, mounted);
};
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (act) => request(timed(act));
// Scrolls up by so many px a frame; gives the ms between the frames.
window.scrollUp = (frames, px) =>
  new Promise((done) => {
    const scroller = document.querySelector(".scroller");
    const gaps = [];
    let last = 0;
    const step = (now) => {
      if (last) gaps.push(now - last);
      last = now;
      scroller.scrollTop -= px;
      if (gaps.length < frames) request(step);
      else done(gaps);
    };
    request(step);
  });
