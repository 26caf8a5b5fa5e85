// From the key until the first line of a difference is painted.
window.openFiles = () =>
  new Promise((done) => {
    const began = performance.now();
    document.querySelector("[data-act=files]").click();
    const look = () =>
      document.querySelector(".files [data-diff=in]")
        ? setTimeout(() => done(performance.now() - began))
        : requestAnimationFrame(look);
    look();
  });
// Scrolls by so many px a frame; gives the ms between frames, and those of script in each.
window.scrollFiles = (frames, px) =>
  new Promise((done) => {
    const ledger = document.querySelector(".review .ledger");
    const gaps = [];
    let last = 0;
    const step = (now) => {
      if (last) gaps.push(now - last);
      last = now;
      ledger.scrollTop += px;
      if (gaps.length < frames) requestAnimationFrame(step);
      else done(gaps);
    };
    requestAnimationFrame(step);
  });
