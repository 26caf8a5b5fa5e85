// From an event (click, touchend, keydown) until the frame that shows the session's rows is painted.
window.opensIn = (session, event) =>
  new Promise((done) => {
    let began = 0;
    addEventListener(event, () => (began = performance.now()), { capture: true, once: true });
    const look = () =>
      document.querySelector(`main[data-session=${session}] .item`)
        ? setTimeout(() => done(performance.now() - began))
        : requestAnimationFrame(look);
    look();
  });
// The same of a page that is loaded: its time starts with the navigation.
window.loaded = () =>
  new Promise((done) => {
    const look = () =>
      document.querySelector("main .item") ? setTimeout(() => done(performance.now())) : requestAnimationFrame(look);
    look();
  });
