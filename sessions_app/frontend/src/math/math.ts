import katex from "katex/dist/katex.mjs";

// A bundle of its own, loaded when the first formula comes to sight.
const OPTIONS = { output: "mathml", throwOnError: true, strict: "ignore", maxExpand: 500, maxSize: 20 } as const;

/** Draw a formula into an element; returns false, and changes nothing, where TeX is at fault. */
export function drawFormula(tex: string, isDisplay: boolean, element: HTMLElement): boolean {
  const made = document.createElement("span");
  try {
    katex.render(tex, made, { ...OPTIONS, displayMode: isDisplay });
  } catch (error) {
    if (error instanceof katex.ParseError) return false;
    throw error;
  }
  element.replaceChildren(...made.childNodes);
  return true;
}
