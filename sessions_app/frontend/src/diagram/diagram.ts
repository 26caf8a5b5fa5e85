import mermaid from "mermaid";
import type { Drawing, DrawingRequest } from "./drawing.ts";

// The script of the frame that draws diagrams: a sandbox with an origin of its own, no
// network and no cookies. Mermaid's styles are inline, which no page of ours allows.
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
// What a diagram's own text cannot set.
const OURS = ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "suppressErrorRendering", "layout"];
let drawn = 0; // the ids in a drawing are its own

async function draw({ code, isDark }: DrawingRequest): Promise<Drawing> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    layout: "dagre", // elk is left out of the build
    secure: OURS,
    theme: isDark ? "dark" : "default",
    fontFamily: FONT,
    htmlLabels: false, // an image shows no HTML in every browser
    suppressErrorRendering: true,
    logLevel: "fatal",
  });
  drawn += 1;
  const { svg } = await mermaid.render(`diagram-${drawn}`, code);
  return sized(svg);
}

/** As XML, with the size that its view box says: an image has no other. */
function sized(svg: string): Drawing {
  const root = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
  const [, , width = 0, height = 0] = root?.getAttribute("viewBox")?.split(/[\s,]+/).map(Number) ?? [];
  if (!root || !(width > 0) || !(height > 0)) throw new Error("nothing was drawn");
  root.removeAttribute("style");
  root.setAttribute("width", `${Math.ceil(width)}`);
  root.setAttribute("height", `${Math.ceil(height)}`);
  return { svg: new XMLSerializer().serializeToString(root), width: Math.ceil(width), height: Math.ceil(height) };
}

addEventListener("message", ({ ports: [port] }) => {
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<DrawingRequest>) => {
    void draw(data).then(
      (drawing) => port.postMessage(drawing),
      // Whatever Mermaid throws is about the code that it was given.
      (error: unknown) => port.postMessage({ problem: error instanceof Error ? error.message : `${error}` }),
    );
  };
}, { once: true });
