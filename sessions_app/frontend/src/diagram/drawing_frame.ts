import type { Drawing, DrawingProblem, DrawingRequest } from "./drawing.ts";

const PATH = "/diagram/";
const LOAD_MS = 30_000; // 3 MB of script
const DRAW_MS = 10_000;
const CODE_MAX = 50_000; // chars, as Mermaid has it
const SVG_MAX = 3_000_000; // chars
const TOO_LONG = { problem: "it is longer than 50,000 characters" };
const TOO_LARGE = { problem: "the drawing is too large" };
const TOO_SLOW = { problem: "it took longer than 10 s" };
const AWAY = { problem: "what draws it could not be loaded; try again" };

type Answer = Drawing | DrawingProblem;

/** The hidden frame that draws diagrams, made for the first one. */
class DrawingFrame {
  private frame: HTMLIFrameElement | null = null;
  private port: Promise<MessagePort | null> | null = null;
  private last: Promise<unknown> = Promise.resolve(); // one is drawn at a time

  draw(request: DrawingRequest): Promise<Answer> {
    if (request.code.length > CODE_MAX) return Promise.resolve(TOO_LONG);
    const mine = this.last.then(() => this.ask(request));
    this.last = mine;
    return mine;
  }

  private async ask(request: DrawingRequest): Promise<Answer> {
    this.port ??= this.open();
    const port = await this.port;
    if (!port) return this.close(AWAY);
    const answered = new Promise<Answer>((done) => {
      port.onmessage = ({ data }: MessageEvent<Answer>) => done(data);
    });
    port.postMessage(request);
    const answer = await within(DRAW_MS, answered);
    if (!answer) return this.close(TOO_SLOW);
    return "svg" in answer && answer.svg.length > SVG_MAX ? TOO_LARGE : answer;
  }

  private async open(): Promise<MessagePort | null> {
    const frame = document.createElement("iframe");
    frame.className = "drawing-frame";
    frame.title = "Draws diagrams";
    frame.tabIndex = -1;
    frame.ariaHidden = "true";
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = PATH;
    const loaded = new Promise<true>((done) => frame.addEventListener("load", () => done(true), { once: true }));
    document.body.append(frame);
    this.frame = frame;
    if (!(await within(LOAD_MS, loaded))) return null;
    const { port1, port2 } = new MessageChannel();
    // Its origin is opaque and has no name; the page puts no secret into a message.
    frame.contentWindow?.postMessage(null, "*", [port2]);
    return port1;
  }

  /** A frame that hangs is of no more use. */
  private close(why: DrawingProblem): DrawingProblem {
    this.frame?.remove();
    this.frame = this.port = null;
    return why;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  let timer = 0;
  const late = new Promise<null>((done) => {
    timer = window.setTimeout(() => done(null), ms);
  });
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}

export const drawingFrame = new DrawingFrame();
