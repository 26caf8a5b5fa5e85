"""A script that holds what the WebSocket brings while `window.isHeld` is true."""

HOLD_FRAMES = """
window.held = [];
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  set onmessage(hear) {
    super.onmessage = message =>
      window.isHeld ? window.held.push(() => hear(message)) : hear(message);
    window.letGo = () => {
      window.isHeld = false;
      for (const release of window.held.splice(0)) release();
    };
  }
};"""
