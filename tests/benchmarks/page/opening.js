// From the click on a session in the sidebar until the frame that shows its rows is painted.
window.opensIn = (session) =>
  new Promise((done) => {
    let began = 0;
    addEventListener("click", () => (began = performance.now()), { capture: true, once: true });
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
