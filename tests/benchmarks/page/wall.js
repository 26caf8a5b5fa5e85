// For each animation frame: ms since the one before, and ms of script since then, of
// frames and of what sockets brought.
window.probe = { gaps: [], scripts: [] };
let spent = 0;
const timed = (act) => (...given) => {
  const before = performance.now();
  act(...given);
  spent += performance.now() - before;
};
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (act) => request(timed(act));
const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", {
  set(act) {
    set.call(this, timed(act));
  },
});
let last = 0;
const step = (now) => {
  if (last) {
    window.probe.gaps.push(now - last);
    window.probe.scripts.push(spent);
  }
  spent = 0;
  last = now;
  request(step);
};
request(step);
