import { element } from "../markdown/vnode.ts";
import type { VElement, VNode } from "../markdown/vnode.ts";
import { drawingFrame } from "./drawing_frame.ts";

const PROBLEM_MAX = 600; // chars

interface Diagram {
  readonly code: string;
  shown: VElement | null; // null while it is drawn
}

/** The diagrams that a reader has asked for in one block of a text, by their place in it. */
export class Diagrams {
  version = 0;
  private readonly asked = new Map<number, Diagram>();

  /** Draw the code at a place; once more takes the drawing away. */
  async toggle(nth: number, code: string): Promise<void> {
    this.version += 1;
    if (this.asked.delete(nth)) return;
    const diagram: Diagram = { code, shown: null };
    this.asked.set(nth, diagram);
    const isDark = !isLight(getComputedStyle(document.documentElement).backgroundColor);
    const answer = await drawingFrame.draw({ code, isDark });
    this.version += 1;
    diagram.shown = "svg" in answer ? image(answer.svg, answer.width, answer.height, isDark) : problem(answer.problem);
  }

  /** A document with what was asked for above its codes. */
  addTo(nodes: readonly VNode[]): VNode[] {
    let nth = 0;
    const added = (node: VNode): VNode[] => {
      if (typeof node === "string") return [node];
      if (!isDiagram(node)) return [{ ...node, children: node.children.flatMap(added) }];
      const diagram = this.asked.get(nth);
      nth += 1;
      if (!diagram) return [node];
      const pressed = node.children.map((child) => (isDraw(child) ? pressedDown(child) : child));
      return [diagram.shown ?? DRAWING, { ...node, children: pressed }];
    };
    return nodes.flatMap(added);
  }
}

const DRAWING = element("p", { class: "diagram-note", role: "status" }, ["Drawing…"]);

/** As an image, in which no script runs and from which nothing is fetched. */
function image(svg: string, width: number, height: number, isDark: boolean): VElement {
  const src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  const alt = "The diagram that the code below describes";
  const shown = element("img", { src, alt, width: `${width}`, height: `${height}` });
  return element("div", { class: "diagram", "data-scheme": isDark ? "dark" : "light" }, [shown]);
}

function problem(words: string): VElement {
  const [what = ""] = words.split("\nExpecting "); // a list of the parser's own names
  const shown = what.length > PROBLEM_MAX ? `${what.slice(0, PROBLEM_MAX)}…` : what;
  return element("p", { class: "diagram-note problem", role: "status" }, [`Cannot be drawn: ${shown}`]);
}

function isDiagram(node: VElement): boolean {
  return node.tag === "pre" && node.children.some(isDraw);
}

function isDraw(node: VNode): node is VElement {
  return typeof node === "object" && node.attrs["class"] === "draw";
}

function pressedDown(button: VElement): VElement {
  return element(button.tag, { ...button.attrs, "aria-pressed": "true" }, button.children);
}

function isLight(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = colour.match(/[\d.]+/g)?.map(Number) ?? [];
  return red + green + blue > 384;
}
